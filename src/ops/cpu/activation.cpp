#include "functions.hpp"
#include "simd.hpp"

namespace cislens::cpu {
namespace {

constexpr float inverse_sqrt_2 = 0.70710678118654752F;
constexpr float inverse_sqrt_2_pi = 0.39894228040143268F;

[[gnu::always_inline]] inline Vector normal_cdf(Vector x) { return 0.5F * (1.0F + erf(x * inverse_sqrt_2)); }

/// y = f(a) or f(a, b) for all elements.
template <typename Function>
[[gnu::always_inline]] inline void map_elements(std::int64_t count, float const* a, float const* b, float* y,
                                                Function const& f) {
  in_vectors(
      count, [&](std::int64_t i) { store(y + i, f(load(a + i), load(b + i))); },
      [&](std::int64_t i, std::int64_t n) {
        store_some(y + i, f(load_some(a + i, n), load_some(b + i, n)), n);
      });
}

/// 32 well-mixed bits of a counter: the finaliser of MurmurHash3 over counter and key.
[[gnu::always_inline]] inline std::uint32_t hash(std::uint64_t counter, std::uint64_t key) {
  std::uint64_t z = counter * 0x9E3779B97F4A7C15ULL + key;
  z = (z ^ (z >> 33)) * 0xFF51AFD7ED558CCDULL;
  z = (z ^ (z >> 33)) * 0xC4CEB9FE1A85EC53ULL;
  return static_cast<std::uint32_t>(z >> 32);
}

}  // namespace

void gelu_forward(std::int64_t count, float const* x, float* y) {
  map_elements(count, x, x, y, [](Vector a, Vector) { return a * normal_cdf(a); });
}

void gelu_backward(std::int64_t count, float const* x, float const* dy, float* dx) {
  map_elements(count, x, dy, dx, [](Vector a, Vector gradient) {
    return gradient * (normal_cdf(a) + a * inverse_sqrt_2_pi * exp(-0.5F * a * a));
  });
}

void gelu_attribution(std::int64_t count, float const* x, float const* dy, float* dx) {
  map_elements(count, x, dy, dx, [](Vector a, Vector gradient) { return gradient * normal_cdf(a); });
}

void add(std::int64_t count, float const* a, float const* b, float* total) {
  map_elements(count, a, b, total, [](Vector x, Vector y) { return x + y; });
}

void dropout(std::int64_t count, float const* x, float rate, std::uint64_t seed, std::uint64_t first,
             float* y) {
  auto const limit = static_cast<std::uint32_t>(static_cast<double>(rate) * 4294967296.0);
  float const keep = 1.0F / (1.0F - rate);
  for (std::int64_t i = 0; i < count; ++i) {
    y[i] = hash(first + static_cast<std::uint64_t>(i), seed) < limit ? 0.0F : x[i] * keep;
  }
}

}  // namespace cislens::cpu
