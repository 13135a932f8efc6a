#pragma once

#include "cislens/tensor/context.hpp"
#include "cislens/tensor/view.hpp"

#include <cstdint>
#include <span>

namespace cislens {

/// The sequences of one call: `count` of them, padded to `padded_bases` bases and `padded_tokens` tokens
/// each.
struct SequenceBatch {
  Mirrored<std::uint8_t> bases;          ///< (count, padded_bases), codes of base/nucleotide.hpp
  Mirrored<std::int64_t> base_lengths;   ///< (count) bases that are not padding, >= 1
  Mirrored<std::int64_t> token_lengths;  ///< (count) tokens that are not padding: ceil(base_length / pool)
  std::int64_t padded_bases = 0;
  std::int64_t padded_tokens = 0;

  std::int64_t count() const { return static_cast<std::int64_t>(base_lengths.size()); }
  std::int64_t token_rows() const { return count() * padded_tokens; }
};

/// The same sequences with their codes and lengths in the device's memory, in the context's arena. A copy
/// where that is the host's.
SequenceBatch on_device(Context& context, SequenceBatch const& batch);

struct StemOptions {
  std::int64_t width = 19;   ///< K, odd
  std::int64_t pool = 2;     ///< bases a token stands for, at most 64
  bool exponential = false;  ///< activation exp instead of ReLU
};

/// Filters over bases, shared between the strands, and max-pooling to tokens.
///
///   forward(l, c) = sum_k weight[k][x_{l + k - K/2}][c]     reverse(l, c) = sum_k weight[K-1-k][3 - x_{l + k
///   - K/2}][c] y(i, c) = activation(max over the token's bases l and both strands + bias[c])
///
/// N and places outside the sequence add nothing. Of equal responses the first wins, forward before reverse.
/// @param weight  (4 K, C), row 4 k + base
/// @param bias    (1, C)
/// @param[out] y       (B * P, C); rows of padding are 0
/// @param[out] winner  B * P * C codes: 2 * (place in the token) + strand (1: reverse); 255 in padding
/// @throws ShapeError  if a shape above does not hold
void stem_forward(Context& context, SequenceBatch const& batch, StemOptions const& options, ConstView weight,
                  ConstView bias, View y, std::span<std::uint8_t> winner);

/// @param y, winner  from stem_forward
/// @param[in,out] dweight, dbias  are added to
void stem_backward(Context& context, SequenceBatch const& batch, StemOptions const& options, ConstView y,
                   std::span<std::uint8_t const> winner, ConstView dy, View dweight, View dbias);

/// What each base is worth: the gradient of the tokens goes back through their winning filters, and each
/// filter's response is dealt out to the bases it read: gradient * (weight at the base - mean weight of the
/// four bases there).
/// @param dy  (B * P, C) gradient of a logit with respect to the tokens
/// @param[out] scores  (B, padded_bases); 0 at N and in padding
/// Source: gradient x input with the column mean as reference, as in Shrikumar et al. 2017, arXiv:1704.02685.
void stem_attribution(Context& context, SequenceBatch const& batch, StemOptions const& options,
                      ConstView weight, ConstView y, std::span<std::uint8_t const> winner, ConstView dy,
                      View scores);

}  // namespace cislens
