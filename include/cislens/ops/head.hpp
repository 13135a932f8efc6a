#pragma once

#include "cislens/tensor/context.hpp"
#include "cislens/tensor/view.hpp"

#include <cstdint>

namespace cislens {

struct AdditiveWeights {
  ConstView token;  ///< (C, T) what a token is worth by itself
  ConstView pair;   ///< (C, T) what the attention block's output is worth
  ConstView bias;   ///< (1, T)
};
struct AdditiveGradient {
  View token, pair, bias;  ///< added to; may be empty
};

/// logit_t = bias_t + sum_i token_t . h_i + sum_i pair_t . y_i over the tokens that are not padding. With y =
/// W_O o this is exactly bias + sum_i token . h_i + sum_heads sum_ij A_ij (u . v_j), u = W_O pair: an
/// identity, no approximation.
/// @param h, y  (B * P, C) tokens before attention, and the attention block's output
/// @param[out] sums    (B, 2 C), needed by additive_backward
/// @param[out] logits  (B, T)
/// @throws ShapeError  if a shape above does not hold
void additive_forward(Context& context, Mirrored<std::int64_t> lengths, ConstView h, ConstView y,
                      AdditiveWeights const& weights, View sums, View logits);
void additive_backward(Context& context, Mirrored<std::int64_t> lengths, AdditiveWeights const& weights,
                       ConstView sums, ConstView dlogits, View dh, View dy, AdditiveGradient const& gradient);

struct PooledWeights {
  ConstView query;  ///< (R, C)
  ConstView value;  ///< (R * C, T)
  ConstView bias;   ///< (1, T)
};
struct PooledGradient {
  View query, value, bias;  ///< added to; may be empty
};

/// R learned queries look at the tokens: alpha_r = softmax_i(query_r . x_i / sqrt(C)),
/// logit_t = bias_t + sum_r value_rt . sum_i alpha_ri x_i.
/// @param x  (B * P, C)
/// @param[out] alpha   (B * R, P), 0 in padding
/// @param[out] pooled  (B * R, C)
/// @param[out] logits  (B, T)
/// @throws ShapeError  if a shape above does not hold
void pooled_forward(Context& context, Mirrored<std::int64_t> lengths, ConstView x,
                    PooledWeights const& weights, View alpha, View pooled, View logits);
void pooled_backward(Context& context, Mirrored<std::int64_t> lengths, ConstView x,
                     PooledWeights const& weights, ConstView alpha, ConstView pooled, ConstView dlogits,
                     View dx, PooledGradient const& gradient);

/// dx_i = sum_r alpha_ri value_rt of target t: what its logit gives back to the tokens when alpha is held
/// constant, so that dx_i . x_i adds up to logit_t - bias_t. 0 in padding.
/// @param alpha    from pooled_forward
/// @param[out] dx  (B * P, C)
void pooled_attribution(Context& context, Mirrored<std::int64_t> lengths, PooledWeights const& weights,
                        ConstView alpha, std::int64_t target, View dx);

}  // namespace cislens
