#pragma once

#include "../backend.hpp"
#include "launch.cuh"
#include "warp.cuh"

#include <algorithm>
#include <cstdint>

namespace cislens::cuda {

inline constexpr int nothing = 4;  // N, or outside of the sequence

__device__ inline int base_at(std::uint8_t const* sequence, std::int64_t length, std::int64_t place) {
  if (place < 0 || place >= length) return nothing;
  int const code = sequence[place];
  return code < nothing ? code : nothing;
}
__device__ inline int complement_at(std::uint8_t const* sequence, std::int64_t length, std::int64_t place) {
  int const code = base_at(sequence, length, place);
  return code == nothing ? nothing : 3 - code;
}

/// A warp works through runs: stretches of consecutive tokens of one sequence, about equally long, of at most
/// 64 bases. It first writes down for each base what a filter centred there reads, packed into 64-bit words.
struct StemRuns {
  static constexpr int most_bases = 64;

  std::int64_t of_sequence;  // runs of a sequence
  std::int64_t all;
  int tokens, bases;  // of a run, at most

  explicit StemRuns(StemShape const& shape)
      : of_sequence(ceil_div(shape.tokens, std::max<std::int64_t>(most_bases / shape.pool, 1))),
        all(of_sequence * shape.sequences),
        tokens(of_sequence == 0 ? 0 : static_cast<int>(ceil_div(shape.tokens, of_sequence))),
        bases(tokens * static_cast<int>(shape.pool)) {}
};

/// One run, as the lanes of its warp see it.
struct StemRun {
  std::uint8_t const* sequence;
  std::int64_t length, sequence_row;             // bases that are no padding; row of the first token
  std::int64_t first_token, last_token, in_use;  // tokens; from in_use on they are padding
  std::int64_t first_base;

  __device__ StemRun(StemShape const& shape, StemRuns const& runs, std::int64_t run,
                     std::uint8_t const* bases, std::int64_t const* lengths) {
    std::int64_t const s = run / runs.of_sequence;
    sequence = bases + s * shape.bases;
    length = lengths[s];
    sequence_row = s * shape.tokens;
    first_token = run % runs.of_sequence * runs.tokens;
    last_token = min64(first_token + runs.tokens, shape.tokens);
    in_use = min64(ceil_div(length, shape.pool), last_token);
    first_base = first_token * shape.pool;
  }
  static __device__ std::int64_t min64(std::int64_t a, std::int64_t b) { return a < b ? a : b; }
  /// Behind the last base of the run's tokens.
  __device__ std::int64_t last_base(StemShape const& shape) const {
    return min64(last_token * shape.pool, length);
  }
};

/// The gradient before the activation: dy where ReLU let the value through, dy * y for exp.
__device__ inline float before_activation(StemShape const& shape, float y, float dy) {
  if (shape.exponential) return dy * y;
  return y > 0 ? dy : 0.0F;
}

}  // namespace cislens::cuda
