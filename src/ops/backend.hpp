#pragma once

#include <cstdint>

namespace cislens {

// Shapes as plain numbers, for the table below. Letters as in docs/architecture.md; here L counts tokens
// where the name says tokens, bases where it says bases.

/// `sequences` sequences padded to `bases` bases each; a token stands for `pool` bases.
struct StemShape {
  std::int64_t sequences, bases, tokens, channels, width, pool;
  bool exponential;  // activation exp instead of ReLU
};

struct AttentionShape {
  std::int64_t sequences, tokens, heads, head_channels;
  std::int64_t stride;         // floats from one token to the next in q, k, v and their gradients
  std::int64_t output_stride;  // the same in o and do
};

struct HeadShape {
  std::int64_t sequences, tokens, channels, targets, readout_heads;
};

/// One step of AdamW on a stretch of the parameters.
struct AdamWStep {
  float learning_rate, beta1, beta2, epsilon, weight_decay;
  float bias1, bias2;    // 1 - beta^step
  float gradient_scale;  // from clipping
};

/// Everything a device can do for the network, one list for all devices: pointers, integers and floats only,
/// forward beside backward. Filled by src/ops/cpu/module.cpp, once for each instruction set; a missing entry
/// does not compile there because the table is built in order. What each function computes is said at its
/// caller in include/cislens/ops. Gradients of parameters are added to (+=) and may be null: then they are
/// not computed. Gradients of activations are set (=).
struct Backend {
  char const* name;
  std::int64_t preferred_sequences;  // how many sequences at a time through the whole network

  void (*stem_forward)(StemShape const& shape, std::uint8_t const* bases, std::int64_t const* lengths,
                       float const* weight, float const* bias, float* y, std::uint8_t* winner,
                       float* scratch);
  void (*stem_backward)(StemShape const& shape, std::uint8_t const* bases, std::int64_t const* lengths,
                        float const* y, std::uint8_t const* winner, float const* dy, float* dweight,
                        float* dbias, float* scratch);
  void (*stem_attribution)(StemShape const& shape, std::uint8_t const* bases, std::int64_t const* lengths,
                           float const* weight, float const* y, std::uint8_t const* winner, float const* dy,
                           float* base_scores, float* scratch);

  void (*linear_forward)(std::int64_t rows, std::int64_t in, std::int64_t out, float const* x,
                         std::int64_t x_stride, float const* weight, float const* bias, float const* residual,
                         float* y, std::int64_t y_stride);
  void (*linear_backward)(std::int64_t rows, std::int64_t in, std::int64_t out, float const* x,
                          std::int64_t x_stride, float const* weight, float const* dy, std::int64_t dy_stride,
                          float* dx, std::int64_t dx_stride, float* dweight, float* dbias);

  void (*layer_norm_forward)(std::int64_t rows, std::int64_t channels, float const* x, float const* gain,
                             float const* bias, float epsilon, float* y, float* mean, float* rstd);
  void (*layer_norm_backward)(std::int64_t rows, std::int64_t channels, float const* x, float const* gain,
                              float const* mean, float const* rstd, float const* dy, float const* dresidual,
                              float* dx, float* dgain, float* dbias);

  void (*layer_norm_attribution)(std::int64_t rows, std::int64_t channels, float const* gain,
                                 float const* rstd, float const* dy, float const* dresidual, float* dx);
  void (*gelu_forward)(std::int64_t count, float const* x, float* y);
  void (*gelu_backward)(std::int64_t count, float const* x, float const* dy, float* dx);
  void (*gelu_attribution)(std::int64_t count, float const* x, float const* dy, float* dx);
  void (*add)(std::int64_t count, float const* a, float const* b, float* sum);
  void (*dropout)(std::int64_t count, float const* x, float rate, std::uint64_t seed, std::uint64_t first,
                  float* y);

  void (*rotary)(AttentionShape const& shape, float const* angles, float direction, float* x);
  void (*attention_forward)(AttentionShape const& shape, std::int64_t const* lengths, float const* q,
                            float const* k, float const* v, float const* null_key, float* o, float* lse,
                            float* entropy, float* scratch);
  void (*attention_backward)(AttentionShape const& shape, std::int64_t const* lengths, float const* q,
                             float const* k, float const* v, float const* null_key, float const* o,
                             float const* lse, float const* entropy, float entropy_gradient, float const* d_o,
                             float* dq, float* dk, float* dv, float* dnull_key, float* scratch);
  void (*attention_readout)(AttentionShape const& shape, std::int64_t const* lengths, float const* q,
                            float const* k, float const* v, float const* lse, float const* d_o,
                            float* received, float* attribution, float* distance, float* mass, float* dv,
                            float* scratch);
  std::int64_t (*attention_scratch)(AttentionShape const& shape);

  void (*additive_forward)(HeadShape const& shape, std::int64_t const* lengths, float const* token,
                           float const* pair, float const* token_weight, float const* pair_weight,
                           float const* bias, float* sums, float* logits);
  void (*additive_backward)(HeadShape const& shape, std::int64_t const* lengths, float const* token_weight,
                            float const* pair_weight, float const* sums, float const* dlogits, float* dtoken,
                            float* dpair, float* dtoken_weight, float* dpair_weight, float* dbias);
  void (*pooled_forward)(HeadShape const& shape, std::int64_t const* lengths, float const* x,
                         float const* query, float const* value, float const* bias, float* weights,
                         float* pooled, float* logits);
  void (*pooled_backward)(HeadShape const& shape, std::int64_t const* lengths, float const* x,
                          float const* query, float const* value, float const* weights, float const* pooled,
                          float const* dlogits, float* dx, float* dquery, float* dvalue, float* dbias);

  double (*sum_of_squares)(std::int64_t count, float const* x);
  void (*adamw)(AdamWStep const& step, std::int64_t count, float const* gradient, float* parameter,
                float* first_moment, float* second_moment);
};

/// The one symbol of a backend module.
using BackendFunction = Backend const* (*)();
inline constexpr char const* backend_symbol = "cislens_backend";

}  // namespace cislens
