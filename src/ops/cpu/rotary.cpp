#include "functions.hpp"

namespace cislens::cpu {

// Pairs (d, d + D/2) of every head turn by the angle of their token: (a, b) -> (a cos - b sin, a sin + b
// cos). `angles` is (tokens, D): D/2 cosines, then D/2 sines. Direction -1 turns back, which is the gradient
// of turning.
void rotary(RotaryShape const& shape, float const* angles, float direction, float* x) {
  std::int64_t const half = shape.head_channels / 2;
  for (std::int64_t s = 0; s < shape.sequences; ++s) {
    for (std::int64_t i = 0; i < shape.tokens; ++i) {
      float const* const cosine = angles + i * shape.head_channels;
      float const* const sine = cosine + half;
      for (std::int64_t h = 0; h < shape.heads; ++h) {
        float* const a = x + (s * shape.tokens + i) * shape.stride + h * shape.head_channels;
        float* const b = a + half;
        for (std::int64_t d = 0; d < half; ++d) {
          float const first = a[d];
          float const turn = direction * sine[d];
          a[d] = first * cosine[d] - b[d] * turn;
          b[d] = first * turn + b[d] * cosine[d];
        }
      }
    }
  }
}

}  // namespace cislens::cpu
