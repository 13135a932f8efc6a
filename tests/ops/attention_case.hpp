#pragma once

#include "cislens/ops/attention.hpp"

#include "reference/attention.hpp"
#include "support/derived_limit.hpp"
#include "support/guarded.hpp"

#include <string>
#include <utility>
#include <vector>

namespace cislens::test {

/// One call of attention: q, k and v lie side by side, as the network has them, so each has a stride of 3 C
/// plus `gap`.
struct AttentionCase {
  std::int64_t sequences, tokens, heads, head_channels;
  std::vector<std::int64_t> lengths;
  bool null_key;
  float entropy_gradient;  // 0: no entropy at all
  std::int64_t gap;

  std::int64_t channels() const { return heads * head_channels; }
  std::int64_t rows() const { return sequences * tokens; }
  std::vector<float> random(std::int64_t count, unsigned seed) const { return random_floats(count, seed); }
  std::vector<float> q() const { return random(rows() * channels(), 1); }
  std::vector<float> k() const { return random(rows() * channels(), 2); }
  std::vector<float> v() const { return random(rows() * channels(), 3); }
  std::vector<float> d_o() const { return random(rows() * channels(), 4); }
  std::vector<float> null() const { return null_key ? random(channels(), 5) : std::vector<float>{}; }
  std::vector<float> dnull_before() const { return random(channels(), 6); }
  std::string name() const {
    return std::to_string(sequences) + " sequences of " + std::to_string(tokens) + " tokens, " +
           std::to_string(heads) + " heads of " + std::to_string(head_channels) + " channels";
  }
};

/// Every size that a block, a panel or a vector could get wrong; padded and fully masked sequences.
inline std::vector<AttentionCase> attention_cases() {
  return {{1, 1, 1, 8, {1}, false, 0, 0},
          {1, 1, 2, 32, {1}, true, 0.5F, 0},
          {2, 31, 2, 16, {31, 17}, true, 0, 5},
          {3, 33, 4, 20, {33, 0, 32}, true, -0.3F, 0},
          {3, 33, 2, 8, {1, 0, 31}, false, 0.7F, 3},
          {2, 67, 1, 64, {67, 65}, false, 0, 0},
          {2, 97, 3, 32, {97, 23}, true, 0.2F, 0},
          {1, 257, 1, 128, {257}, true, 0.1F, 1},
          {1, 512, 1, 64, {512}, false, 0.4F, 0},
          {1, 1000, 1, 16, {1000}, true, 0, 0}};
}

/// The reference's forward and backward in T.
template <typename T>
struct AttentionReference {
  reference::Attention<T> forward;
  reference::AttentionGradients<T> backward;

  explicit AttentionReference(AttentionCase const& c) {
    reference::AttentionShape const shape{c.sequences, c.tokens, c.heads, c.head_channels};
    auto const q = as<T>(c.q());
    auto const k = as<T>(c.k());
    auto const v = as<T>(c.v());
    auto const null = as<T>(c.null());
    forward = reference::attention_forward(shape, c.lengths, q, k, v, null);
    std::vector<T> const dentropy(c.entropy_gradient == 0 ? 0 : forward.entropy.size(),
                                  T(c.entropy_gradient));
    backward =
        reference::attention_backward(shape, c.lengths, q, k, v, null, forward, as<T>(c.d_o()), dentropy);
  }
};

/// Buffers of a case and the op's forward on them.
struct AttentionRun {
  AttentionCase c;
  std::int64_t stride;
  OnBothSides<std::int64_t> lengths;
  Guarded qkv, null_key, o, lse, entropy;

  AttentionRun(Context& context, AttentionCase const& a)
      : c(a),
        stride(3 * a.channels() + a.gap),
        lengths(a.lengths),
        qkv(a.rows(), 3 * a.channels(), stride, side_by_side(a)),
        null_key(a.null_key ? a.heads : 0, a.head_channels, a.null()),
        o(a.rows(), a.channels(), a.channels() + a.gap),
        lse(a.sequences * a.heads, a.tokens),
        entropy(a.sequences * a.heads, a.tokens) {
    attention_forward(context, input(), o.view(), lse.view(), entropy_view());
  }

  AttentionInput input() const {
    std::int64_t const channels = c.channels();
    return {qkv.view().column_range(0, channels),
            qkv.view().column_range(channels, channels),
            qkv.view().column_range(2 * channels, channels),
            c.null_key ? null_key.view() : ConstView(),
            lengths.mirrored(),
            lengths.mirrored(),
            c.heads,
            {},
            {},
            {}};
  }
  View entropy_view() { return c.entropy_gradient == 0 ? View() : entropy.view(); }

  static std::vector<float> side_by_side(AttentionCase const& c) {
    std::vector<float> const parts[] = {c.q(), c.k(), c.v()};
    std::vector<float> all;
    for (std::int64_t row = 0; row < c.rows(); ++row) {
      for (auto const& part : parts) {
        all.insert(all.end(), part.begin() + row * c.channels(), part.begin() + (row + 1) * c.channels());
      }
    }
    return all;
  }
};

/// The op's backward after its forward.
struct AttentionBackwardRun : AttentionRun {
  Guarded d_o, dqkv, dnull_key;

  AttentionBackwardRun(Context& context, AttentionCase const& a)
      : AttentionRun(context, a),
        d_o(a.rows(), a.channels(), a.channels() + a.gap, a.d_o()),
        dqkv(a.rows(), 3 * a.channels(), stride),
        dnull_key(a.heads, a.head_channels, a.dnull_before()) {
    attention_backward(context, input(), std::as_const(o).view(), std::as_const(lse).view(), entropy_view(),
                       c.entropy_gradient, std::as_const(d_o).view(),
                       {part(0), part(1), part(2), c.null_key ? dnull_key.view() : View(), {}, {}});
  }

  View part(std::int64_t index) { return dqkv.view().column_range(index * c.channels(), c.channels()); }
  std::vector<float> part_values(std::int64_t index) const {
    std::vector<float> values;
    ConstView const all = dqkv.host();
    for (std::int64_t i = 0; i < all.rows; ++i) {
      float const* const row = all.row(i) + index * c.channels();
      values.insert(values.end(), row, row + c.channels());
    }
    return values;
  }
};

}  // namespace cislens::test
