#pragma once

#include "cislens/tensor/context.hpp"
#include "cislens/tensor/view.hpp"

#include <cstdint>
#include <span>

namespace cislens {

/// Which keys a query looks at. Query i and key j of a sequence stand at the places i and j.
struct AttentionSpan {
  enum class Kind {
    exact,  ///< every key
    local,  ///< keys with |i - j| <= width
    chunk,  ///< keys of the query's own chunk: i / width == j / width
  };
  Kind kind = Kind::exact;
  std::int64_t width = 0;  ///< tokens; >= 1 for local and chunk, not used by exact

  bool operator==(AttentionSpan const&) const = default;
};

/// Queries, keys and values of B sequences, H heads side by side. A sequence has Q rows of queries and P rows
/// of keys and values; in self-attention they are the same tokens.
///
/// Summaries are G more keys a sequence, which every query sees whatever its span: their keys are the same in
/// all sequences, their values are the sequence's own. The null key is one more key whose value is 0, so that
/// a head may look at nothing.
struct AttentionInput {
  ConstView q;                           ///< (B * Q, H * D)
  ConstView k, v;                        ///< (B * P, H * D), one stride for both
  ConstView null_key;                    ///< (H, D) or empty
  Mirrored<std::int64_t> query_lengths;  ///< (B) rows of q that are not padding
  Mirrored<std::int64_t> key_lengths;    ///< (B) rows of k and v that are not padding
  std::int64_t heads = 1;
  AttentionSpan span;
  ConstView summary_key;    ///< (G, H * D) or empty
  ConstView summary_value;  ///< (B * G, H * D), empty when summary_key is
};

/// Gradients in the shapes and strides of AttentionInput. Those of null_key and summary_key are added to, the
/// others are set; all but dq, dk and dv may be empty.
struct AttentionGradient {
  View dq, dk, dv, dnull_key;
  View dsummary_key, dsummary_value;
};

/// Scaled dot-product attention, streamed over keys with a running maximum and sum.
///
///   o_i = sum_j A_ij v_j,   A_ij = exp(q_i . k_j / sqrt(D) - lse_i),   lse_i = ln sum_j exp(q_i . k_j /
///   sqrt(D))
///
/// j runs over the keys in the query's span, the summaries and the null key. Rows behind a sequence's length
/// are neither keys nor queries: their o, lse and entropy are 0, as are rows that have no key at all. Memory
/// O(B P H D); time O(P^2) for exact, O(P width) for local and chunk.
/// @param[out] o        (B * Q, H * D), any stride
/// @param[out] lse      (B * H, Q)
/// @param[out] entropy  (B * H, Q), -sum_j A_ij ln A_ij in nats, over all keys; or empty
/// @throws ShapeError   if a shape above does not hold
/// Source: Vaswani et al. 2017, arXiv:1706.03762; streaming: Milakov, Gimelshein 2018, arXiv:1805.02867; Dao
/// 2023, arXiv:2307.08691; spans and summaries: Beltagy et al. 2020, arXiv:2004.05150.
void attention_forward(Context& context, AttentionInput const& input, View o, View lse, View entropy);

/// Recomputes A block by block. `entropy_gradient` is d(loss)/d(row entropy), the same for all rows; 0:
/// entropy may be empty.
void attention_backward(Context& context, AttentionInput const& input, ConstView o, ConstView lse,
                        ConstView entropy, float entropy_gradient, ConstView d_o,
                        AttentionGradient const& gradient);

/// What a streaming pass over A tells; no matrix of Q x P numbers exists. Empty views are not computed. What
/// needs do, the gradient of one logit with respect to o, is: attribution, dv, dsummary_value, partner_worth.
struct AttentionReadout {
  View received;     ///< (B * H, P) sum_i w_i A_ij: how much key j is looked at; w is row_weight, or 1
  View attribution;  ///< (B * H, P) sum_i A_ij (do_i . v_j): what looking at key j is worth to the logit
  View entropy;      ///< (B * H, Q) -sum_j A_ij ln A_ij in nats, over all keys, summaries and null key too
  View distance;     ///< (B * H, Q) sum_j A_ij |i - j| over the sequence's keys, in tokens
  View mass;         ///< (B * H, Q) sum_j A_ij over the sequence's keys: 1 without summaries and null key
  View histogram;    ///< (B * H, distance_bins) sum_ij A_ij by |i - j|: bin 0 is distance 0, bin b is 2^(b-1)
                     ///< ... 2^b - 1
  View dv;           ///< (B * P, H * D) sum_i A_ij do_i, stride of v: A held constant
  View summary_received;  ///< (B * H, G) sum_i w_i A_ig
  View dsummary_value;    ///< (B * G, H * D) sum_i A_ig do_i

  /// The keys that a query looks at most, best first, ties by place: B * H * Q * partner_count indices, -1
  /// where a query has fewer keys.
  std::span<std::int32_t> partners;
  View partner_weight;  ///< (B * H * Q, partner_count) their A_ij, 0 where there is none
  View partner_worth;   ///< (B * H * Q, partner_count) their A_ij (do_i . v_j)
  std::int64_t partner_count = 0;

  static constexpr std::int64_t distance_bins = 33;
};

/// @param lse         from attention_forward
/// @param d_o         (B * Q, H * D) gradient of one logit with respect to o; or empty
/// @param row_weight  (B * H, Q) w in `received`; or empty for 1
void attention_readout(Context& context, AttentionInput const& input, ConstView lse, ConstView d_o,
                       ConstView row_weight, AttentionReadout const& readout);

/// One place of an attention matrix.
struct AttentionEntry {
  std::int64_t sequence = 0;
  std::int64_t head = 0;
  std::int64_t query = 0;
  std::int64_t key = 0;
};

/// A at listed places, in O(D) each: 0 outside the span and in padding.
/// @param entries, weight, worth  in the host's memory
/// @param[out] weight  one number an entry: A_ij
/// @param[out] worth   one number an entry: A_ij (do_i . v_j); empty when d_o is
void attention_entries(Context& context, AttentionInput const& input, ConstView lse, ConstView d_o,
                       std::span<AttentionEntry const> entries, std::span<float> weight,
                       std::span<float> worth);

/// x_i += row i of the table for every token that is not padding; when `interpolated`, the table is stretched
/// linearly over the sequence's own tokens, its first row at the first token and its last at the last.
/// @param lengths  (B) tokens that are not padding
/// @param table    (R, C); R >= 2 when interpolated, else R >= P
/// @param[in,out] x  (B * P, C)
void positions_forward(Context& context, Mirrored<std::int64_t> lengths, ConstView table, bool interpolated,
                       View x);
/// dtable += the transposed of forward on dx.
void positions_backward(Context& context, Mirrored<std::int64_t> lengths, ConstView dx, bool interpolated,
                        View dtable);

/// Rotary positions: in every head the pairs (d, d + D/2) of token i turn by i * base^(-2 d / D), in place.
/// @param angles     (P, D) from rotary_angles
/// @param direction  +1, or -1 to turn back (the gradient)
/// @param x          (B * P, H * D), any stride
/// Source: Su et al. 2021, arXiv:2104.09864.
void rotary(Context& context, ConstView angles, std::int64_t heads, float direction, View x);

/// (P, D): cosines of token i in the first half of its row, sines in the second.
/// Host memory. @pre angles.columns is even
void rotary_angles(double base, View angles);

}  // namespace cislens
