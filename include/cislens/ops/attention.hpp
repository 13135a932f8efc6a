#pragma once

#include "cislens/tensor/context.hpp"
#include "cislens/tensor/view.hpp"

#include <cstdint>
#include <span>

namespace cislens {

/// Queries, keys and values of B sequences of P tokens, H heads side by side: each (B * P, H * D), one stride
/// for all three.
struct AttentionInput {
  ConstView q, k, v;
  ConstView null_key;  ///< (H, D) or empty: a key whose value is 0, so that a head may look at nothing
  std::span<std::int64_t const> lengths;  ///< (B) tokens that are not padding
  std::int64_t heads = 1;
};

/// Gradients in the shapes of AttentionInput. dnull_key is added to and may be empty; the others are set.
struct AttentionGradient {
  View dq, dk, dv, dnull_key;
};

/// Per head and row, (B * H, P) each but dv, from a streaming pass: no matrix of L x L numbers exists.
struct AttentionReadout {
  View received;     ///< sum_i A_ij: how much token j is looked at
  View attribution;  ///< sum_i A_ij (do_i . v_j): what looking at token j is worth to the logit whose
                     ///< gradient do is
  View distance;     ///< sum_j A_ij |i - j| of row i, in tokens
  View mass;         ///< sum_j A_ij of row i: 1 without a null key
  View dv;           ///< (B * P, H * D) sum_i A_ij do_i, stride of q: A held constant; or empty
};

/// Scaled dot-product attention, exact, streamed over keys with a running maximum and sum.
///
///   o_i = sum_j A_ij v_j,   A_ij = exp(q_i . k_j / sqrt(D) - lse_i),   lse_i = ln sum_j exp(q_i . k_j /
///   sqrt(D))
///
/// Tokens behind a sequence's length are neither keys nor queries: their rows of o, lse and entropy are 0, as
/// are rows that have no key at all. Memory: O(B P H D).
/// @param[out] o        (B * P, H * D), any stride
/// @param[out] lse      (B * H, P)
/// @param[out] entropy  (B * H, P), -sum_j A_ij ln A_ij in nats, the null key counted; or empty
/// @throws ShapeError   if a shape above does not hold
/// Source: Vaswani et al. 2017, arXiv:1706.03762; streaming: Milakov, Gimelshein 2018, arXiv:1805.02867; Dao
/// 2023, arXiv:2307.08691.
void attention_forward(Context& context, AttentionInput const& input, View o, View lse, View entropy);

/// Recomputes A block by block. `entropy_gradient` is d(loss)/d(row entropy), the same for all rows; 0:
/// entropy may be empty.
void attention_backward(Context& context, AttentionInput const& input, ConstView o, ConstView lse,
                        ConstView entropy, float entropy_gradient, ConstView d_o,
                        AttentionGradient const& gradient);

/// @param d_o  (B * P, H * D) gradient of one logit with respect to o
void attention_readout(Context& context, AttentionInput const& input, ConstView lse, ConstView d_o,
                       AttentionReadout const& readout);

/// Rotary positions: in every head the pairs (d, d + D/2) of token i turn by i * base^(-2 d / D), in place.
/// @param angles     (P, D) from rotary_angles
/// @param direction  +1, or -1 to turn back (the gradient)
/// @param x          (B * P, H * D), any stride
/// Source: Su et al. 2021, arXiv:2104.09864.
void rotary(Context& context, ConstView angles, std::int64_t heads, float direction, View x);

/// (P, D): cosines of token i in the first half of its row, sines in the second.
/// @pre angles.columns is even
void rotary_angles(double base, View angles);

}  // namespace cislens
