#include "functions.hpp"
#include "simd.hpp"

#include <algorithm>
#include <array>
#include <cmath>

// A filter over one-hot bases is a sum of rows of the filter table: weight is (K, 4, C), so the response of
// all C filters at one place is K rows of C numbers added up. The reverse strand reads the rows backwards
// with complemented bases.
namespace cislens::cpu {
namespace {

constexpr std::int64_t block = 4 * lanes;  // channels held in registers at a time
constexpr std::uint8_t no_winner = 255;

/// One sequence with `width / 2` padding bases on both sides, as row numbers k-independent: 0-3 or 4 for
/// "adds nothing".
struct Window {
  std::uint8_t const* bases;
  std::int64_t length;

  std::uint8_t at(std::int64_t position) const {
    return position >= 0 && position < length ? bases[position] : std::uint8_t{4};
  }
};

/// Rows of the filter table that the bases around one centre choose, on both strands. Only known bases are
/// listed.
struct Rows {
  std::array<std::int32_t, 256> forward;
  std::array<std::int32_t, 256> reverse;
  int count = 0;

  Rows(Window const& window, std::int64_t centre, std::int64_t width) {
    for (std::int64_t k = 0; k < width; ++k) {
      std::uint8_t const base = window.at(centre + k - width / 2);
      if (base > 3) continue;
      forward[count] = static_cast<std::int32_t>(4 * k + base);
      reverse[count] = static_cast<std::int32_t>(4 * (width - 1 - k) + 3 - base);
      ++count;
    }
  }
};

/// Both strands' responses of `block` channels at one centre.
struct Responses {
  Vector forward[4];
  Vector reverse[4];

  [[gnu::always_inline]] Responses(Rows const& rows, float const* weight, std::int64_t channels) {
    for (int v = 0; v < 4; ++v) forward[v] = reverse[v] = Vector{};
    for (int n = 0; n < rows.count; ++n) {
      float const* const f = weight + rows.forward[n] * channels;
      float const* const r = weight + rows.reverse[n] * channels;
#pragma GCC unroll 4
      for (int v = 0; v < 4; ++v) {
        forward[v] += load(f + v * lanes);
        reverse[v] += load(r + v * lanes);
      }
    }
  }
};

/// One token, `block` channels: the best of pool places and two strands, and which it was.
[[gnu::always_inline]] inline void token_forward(StemShape const& shape, Window const& window,
                                                 std::int64_t token, float const* weight, float const* bias,
                                                 float* y, std::uint8_t* winner) {
  Vector best[4];
  IntVector which[4];
  std::int64_t const first = token * shape.pool;
  std::int64_t const last = std::min(first + shape.pool, window.length);
  for (std::int64_t centre = first; centre < last; ++centre) {
    Responses const response(Rows(window, centre, shape.width), weight, shape.channels);
    auto const code = static_cast<std::int32_t>(2 * (centre - first));
    for (int v = 0; v < 4; ++v) {
      IntVector const reverse_wins = response.reverse[v] > response.forward[v];
      Vector const value = reverse_wins ? response.reverse[v] : response.forward[v];
      IntVector const value_code = (reverse_wins & 1) + code;
      IntVector const better = centre == first ? IntVector{} - 1 : value > best[v];
      best[v] = better ? value : best[v];
      which[v] = better ? value_code : which[v];
    }
  }
  for (int v = 0; v < 4; ++v) {
    Vector const x = best[v] + load(bias + v * lanes);
    store(y + v * lanes, shape.exponential ? exp(x) : maximum(x, Vector{}));
    for (int i = 0; i < lanes; ++i) winner[v * lanes + i] = static_cast<std::uint8_t>(which[v][i]);
  }
}

/// The same for `count` < block channels at the end, one by one.
void token_forward_rest(StemShape const& shape, Window const& window, std::int64_t token,
                        std::int64_t first_channel, float const* weight, float const* bias, float* y,
                        std::uint8_t* winner) {
  std::int64_t const first = token * shape.pool;
  std::int64_t const last = std::min(first + shape.pool, window.length);
  for (std::int64_t c = first_channel; c < shape.channels; ++c) {
    float best = 0;
    winner[c] = no_winner;
    for (std::int64_t centre = first; centre < last; ++centre) {
      Rows const rows(window, centre, shape.width);
      float strands[2] = {0, 0};
      for (int n = 0; n < rows.count; ++n) {
        strands[0] += weight[rows.forward[n] * shape.channels + c];
        strands[1] += weight[rows.reverse[n] * shape.channels + c];
      }
      for (int strand = 0; strand < 2; ++strand) {
        if (winner[c] != no_winner && !(strands[strand] > best)) continue;
        best = strands[strand];
        winner[c] = static_cast<std::uint8_t>(2 * (centre - first) + strand);
      }
    }
    float const x = best + bias[c];
    Vector const activated = shape.exponential ? exp(broadcast(x)) : maximum(broadcast(x), Vector{});
    y[c] = activated[0];
  }
}

}  // namespace

void stem_forward(StemShape const& shape, std::uint8_t const* bases, std::int64_t const* lengths,
                  float const* weight, float const* bias, float* y, std::uint8_t* winner,
                  float* /*scratch*/) {
  std::int64_t const whole = shape.channels / block * block;
  for (std::int64_t s = 0; s < shape.sequences; ++s) {
    Window const window{bases + s * shape.bases, lengths[s]};
    std::int64_t const used = (lengths[s] + shape.pool - 1) / shape.pool;
    for (std::int64_t token = 0; token < shape.tokens; ++token) {
      std::int64_t const row = (s * shape.tokens + token) * shape.channels;
      if (token >= used) {
        std::fill_n(y + row, shape.channels, 0.0F);
        std::fill_n(winner + row, shape.channels, no_winner);
        continue;
      }
      for (std::int64_t c = 0; c < whole; c += block) {
        token_forward(shape, window, token, weight + c, bias + c, y + row + c, winner + row + c);
      }
      token_forward_rest(shape, window, token, whole, weight, bias, y + row, winner + row);
    }
  }
}

namespace {

/// For one token: the channels that had (place, strand) as their winner get the gradient before the
/// activation (dy where ReLU let the value through, dy * y for exp), the others zero. Returns false when no
/// channel did.
bool masked_gradient(StemShape const& shape, float const* y, std::uint8_t const* winner, float const* dy,
                     int code, float* masked) {
  IntVector any{};
  std::int64_t c = 0;
  for (; c + lanes <= shape.channels; c += lanes) {
    ByteVector codes;
    std::memcpy(&codes, winner + c, sizeof codes);
    IntVector const won = __builtin_convertvector(codes, IntVector) == code;
    Vector const value = load(y + c);
    Vector const gradient = load(dy + c);
    Vector const before = shape.exponential ? gradient * value : (value > 0.0F ? gradient : Vector{});
    Vector const result = won ? before : Vector{};
    store(masked + c, result);
    any |= result != 0.0F;
  }
  float rest = 0;
  for (; c < shape.channels; ++c) {
    float const before = shape.exponential ? dy[c] * y[c] : (y[c] > 0 ? dy[c] : 0.0F);
    masked[c] = winner[c] == code ? before : 0.0F;
    rest += std::abs(masked[c]);
  }
  bool found = rest != 0;
  for (int i = 0; i < lanes; ++i) found |= any[i] != 0;
  return found;
}

}  // namespace

void stem_backward(StemShape const& shape, std::uint8_t const* bases, std::int64_t const* lengths,
                   float const* y, std::uint8_t const* winner, float const* dy, float* dweight, float* dbias,
                   float* scratch) {
  for (std::int64_t s = 0; s < shape.sequences; ++s) {
    Window const window{bases + s * shape.bases, lengths[s]};
    std::int64_t const used = (lengths[s] + shape.pool - 1) / shape.pool;
    for (std::int64_t token = 0; token < used; ++token) {
      std::int64_t const row = (s * shape.tokens + token) * shape.channels;
      std::int64_t const first = token * shape.pool;
      std::int64_t const last = std::min(first + shape.pool, window.length);
      for (std::int64_t centre = first; centre < last; ++centre) {
        Rows const rows(window, centre, shape.width);
        for (int strand = 0; strand < 2; ++strand) {
          auto const code = static_cast<int>(2 * (centre - first) + strand);
          if (!masked_gradient(shape, y + row, winner + row, dy + row, code, scratch)) continue;
          add_scaled(1.0F, scratch, dbias, shape.channels);
          auto const& chosen = strand == 0 ? rows.forward : rows.reverse;
          for (int n = 0; n < rows.count; ++n) {
            add_scaled(1.0F, scratch, dweight + chosen[n] * shape.channels, shape.channels);
          }
        }
      }
    }
  }
}

namespace {

/// weight minus the mean of the four bases at each place of each filter.
void centre_weights(StemShape const& shape, float const* weight, float* centred) {
  std::int64_t const channels = shape.channels;
  for (std::int64_t k = 0; k < shape.width; ++k) {
    float const* const from = weight + 4 * k * channels;
    float* const to = centred + 4 * k * channels;
    for (std::int64_t c = 0; c < channels; ++c) {
      float const mean =
          0.25F * (from[c] + from[channels + c] + from[2 * channels + c] + from[3 * channels + c]);
      for (std::int64_t base = 0; base < 4; ++base)
        to[base * channels + c] = from[base * channels + c] - mean;
    }
  }
}

}  // namespace

void stem_attribution(StemShape const& shape, std::uint8_t const* bases, std::int64_t const* lengths,
                      float const* weight, float const* y, std::uint8_t const* winner, float const* dy,
                      float* base_scores, float* scratch) {
  float* const masked = scratch;
  float* const centred = scratch + shape.channels;
  centre_weights(shape, weight, centred);
  for (std::int64_t s = 0; s < shape.sequences; ++s) {
    Window const window{bases + s * shape.bases, lengths[s]};
    float* const scores = base_scores + s * shape.bases;
    std::fill_n(scores, shape.bases, 0.0F);
    std::int64_t const used = (lengths[s] + shape.pool - 1) / shape.pool;
    for (std::int64_t token = 0; token < used; ++token) {
      std::int64_t const row = (s * shape.tokens + token) * shape.channels;
      std::int64_t const first = token * shape.pool;
      std::int64_t const last = std::min(first + shape.pool, window.length);
      for (std::int64_t centre = first; centre < last; ++centre) {
        for (int strand = 0; strand < 2; ++strand) {
          auto const code = static_cast<int>(2 * (centre - first) + strand);
          if (!masked_gradient(shape, y + row, winner + row, dy + row, code, masked)) continue;
          for (std::int64_t k = 0; k < shape.width; ++k) {
            std::int64_t const position = centre + k - shape.width / 2;
            std::uint8_t const base = window.at(position);
            if (base > 3) continue;
            std::int64_t const table_row = strand == 0 ? 4 * k + base : 4 * (shape.width - 1 - k) + 3 - base;
            scores[position] += dot(masked, centred + table_row * shape.channels, shape.channels);
          }
        }
      }
    }
  }
}

}  // namespace cislens::cpu
