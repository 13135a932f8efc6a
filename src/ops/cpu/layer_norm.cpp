#include "functions.hpp"
#include "simd.hpp"

#include <cmath>

namespace cislens::cpu {

void layer_norm_forward(std::int64_t rows, std::int64_t channels, float const* x, float const* gain,
                        float const* bias, float epsilon, float* y, float* mean, float* rstd) {
  auto const count = static_cast<float>(channels);
  for (std::int64_t i = 0; i < rows; ++i) {
    float const* const from = x + i * channels;
    float* const to = y + i * channels;
    Vector total{};
    in_vectors(
        channels, [&](std::int64_t c) { total += load(from + c); },
        [&](std::int64_t c, std::int64_t n) { total += load_some(from + c, n); });
    float const m = sum(total) / count;
    Vector squares{};
    in_vectors(
        channels,
        [&](std::int64_t c) {
          Vector const d = load(from + c) - m;
          squares += d * d;
        },
        [&](std::int64_t c, std::int64_t n) {
          Vector d{};
          for (std::int64_t j = 0; j < n; ++j) d[j] = from[c + j] - m;
          squares += d * d;
        });
    float const r = 1.0F / std::sqrt(sum(squares) / count + epsilon);
    in_vectors(
        channels,
        [&](std::int64_t c) { store(to + c, (load(from + c) - m) * r * load(gain + c) + load(bias + c)); },
        [&](std::int64_t c, std::int64_t n) {
          store_some(to + c,
                     (load_some(from + c, n) - m) * r * load_some(gain + c, n) + load_some(bias + c, n), n);
        });
    mean[i] = m;
    rstd[i] = r;
  }
}

namespace {

/// What both passes over a row need at channel c: the normalised input and the gradient times gain.
struct Normalised {
  Vector x_hat, scaled;
};

template <typename Get>
[[gnu::always_inline]] inline Normalised normalised(float const* x, float const* dy, float const* gain,
                                                    float mean, float rstd, Get const& get) {
  return {(get(x) - mean) * rstd, get(dy) * get(gain)};
}

/// work(c, get, put) for every vector of a row, get and put whole vectors or what is left at its end.
template <typename Work>
[[gnu::always_inline]] inline void over_channels(std::int64_t channels, Work const& work) {
  in_vectors(
      channels, [&](std::int64_t c) { work(c, load, store); },
      [&](std::int64_t c, std::int64_t n) {
        work(
            c, [n](float const* p) { return load_some(p, n); },
            [n](float* p, Vector v) { store_some(p, v, n); });
      });
}

}  // namespace

// With x_hat = (x - mean) rstd and g = dy gain:  dx = rstd (g - mean(g) - x_hat mean(g x_hat)) + dresidual.
void layer_norm_backward(std::int64_t rows, std::int64_t channels, float const* x, float const* gain,
                         float const* mean, float const* rstd, float const* dy, float const* dresidual,
                         float* dx, float* dgain, float* dbias) {
  auto const count = static_cast<float>(channels);
  for (std::int64_t i = 0; i < rows; ++i) {
    float const* const from = x + i * channels;
    float const* const gradient = dy + i * channels;
    Vector total{};
    Vector total_x{};
    in_vectors(
        channels,
        [&](std::int64_t c) {
          Normalised const a = normalised(from + c, gradient + c, gain + c, mean[i], rstd[i], load);
          total += a.scaled;
          total_x += a.scaled * a.x_hat;
        },
        [&](std::int64_t c, std::int64_t n) {
          auto const get = [n](float const* p) { return load_some(p, n); };
          Normalised const a = normalised(from + c, gradient + c, gain + c, mean[i], rstd[i], get);
          total += a.scaled;
          total_x += a.scaled * a.x_hat;
        });
    float const mean_g = sum(total) / count;
    float const mean_gx = sum(total_x) / count;
    auto const finish = [&](std::int64_t c, auto const& get, auto const& put) {
      Vector const row_gradient = get(gradient + c);  // before dx is written: it may be the same memory
      Normalised const a = normalised(from + c, gradient + c, gain + c, mean[i], rstd[i], get);
      Vector result = rstd[i] * (a.scaled - mean_g - a.x_hat * mean_gx);
      if (dresidual != nullptr) result += get(dresidual + i * channels + c);
      put(dx + i * channels + c, result);
      if (dgain != nullptr) put(dgain + c, get(dgain + c) + row_gradient * a.x_hat);
      if (dbias != nullptr) put(dbias + c, get(dbias + c) + row_gradient);
    };
    over_channels(channels, finish);
  }
}

// With rstd held constant the norm is linear:  dx = rstd (g - mean(g)) + dresidual,  g = dy gain.
void layer_norm_attribution(std::int64_t rows, std::int64_t channels, float const* gain, float const* rstd,
                            float const* dy, float const* dresidual, float* dx) {
  for (std::int64_t i = 0; i < rows; ++i) {
    float const* const gradient = dy + i * channels;
    float const mean = dot(gradient, gain, channels) / static_cast<float>(channels);
    auto const finish = [&](std::int64_t c, auto const& get, auto const& put) {
      Vector result = rstd[i] * (get(gradient + c) * get(gain + c) - mean);
      if (dresidual != nullptr) result += get(dresidual + i * channels + c);
      put(dx + i * channels + c, result);
    };
    over_channels(channels, finish);
  }
}

}  // namespace cislens::cpu
