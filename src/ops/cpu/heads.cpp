#include "functions.hpp"
#include "simd.hpp"

#include <algorithm>
#include <cmath>

namespace cislens::cpu {
namespace {

/// out[t] += sum_c x[c] weight[c][t]
void project(float const* x, float const* weight, std::int64_t channels, std::int64_t targets, float* out) {
  for (std::int64_t c = 0; c < channels; ++c) {
    for (std::int64_t t = 0; t < targets; ++t) out[t] += x[c] * weight[c * targets + t];
  }
}

/// dx[c] = sum_t dlogits[t] weight[c][t]
void project_back(float const* dlogits, float const* weight, std::int64_t channels, std::int64_t targets,
                  float* dx) {
  if (targets == 1) {
    for (std::int64_t c = 0; c < channels; ++c) dx[c] = dlogits[0] * weight[c];
    return;
  }
  for (std::int64_t c = 0; c < channels; ++c) dx[c] = dot(dlogits, weight + c * targets, targets);
}

/// dweight[c][t] += x[c] dlogits[t]
void outer(float const* x, float const* dlogits, std::int64_t channels, std::int64_t targets,
           float* dweight) {
  for (std::int64_t c = 0; c < channels; ++c) {
    for (std::int64_t t = 0; t < targets; ++t) dweight[c * targets + t] += x[c] * dlogits[t];
  }
}

/// The first `length` rows are copies of row 0, the rest zero.
void spread_row(float* rows, std::int64_t length, std::int64_t total, std::int64_t channels) {
  for (std::int64_t i = 1; i < length; ++i) std::copy_n(rows, channels, rows + i * channels);
  std::fill(rows + length * channels, rows + total * channels, 0.0F);
}

}  // namespace

// logit_t = b_t + w_t . sum_i h_i + u_t . sum_i y_i: the sums over tokens come first, so the cost is one pass
// over them.
void additive_forward(HeadShape const& shape, std::int64_t const* lengths, float const* token,
                      float const* pair, float const* token_weight, float const* pair_weight,
                      float const* bias, float* sums, float* logits) {
  std::int64_t const channels = shape.channels;
  for (std::int64_t s = 0; s < shape.sequences; ++s) {
    float* const token_sum = sums + s * 2 * channels;
    float* const pair_sum = token_sum + channels;
    std::fill_n(token_sum, 2 * channels, 0.0F);
    for (std::int64_t i = 0; i < lengths[s]; ++i) {
      add_scaled(1.0F, token + (s * shape.tokens + i) * channels, token_sum, channels);
      add_scaled(1.0F, pair + (s * shape.tokens + i) * channels, pair_sum, channels);
    }
    float* const out = logits + s * shape.targets;
    std::copy_n(bias, shape.targets, out);
    project(token_sum, token_weight, channels, shape.targets, out);
    project(pair_sum, pair_weight, channels, shape.targets, out);
  }
}

void additive_backward(HeadShape const& shape, std::int64_t const* lengths, float const* token_weight,
                       float const* pair_weight, float const* sums, float const* dlogits, float* dtoken,
                       float* dpair, float* dtoken_weight, float* dpair_weight, float* dbias) {
  std::int64_t const channels = shape.channels;
  for (std::int64_t s = 0; s < shape.sequences; ++s) {
    float const* const token_sum = sums + s * 2 * channels;
    float const* const d = dlogits + s * shape.targets;
    if (dtoken_weight != nullptr) outer(token_sum, d, channels, shape.targets, dtoken_weight);
    if (dpair_weight != nullptr) outer(token_sum + channels, d, channels, shape.targets, dpair_weight);
    if (dbias != nullptr) add_scaled(1.0F, d, dbias, shape.targets);
    std::int64_t const first = s * shape.tokens * channels;
    project_back(d, token_weight, channels, shape.targets, dtoken + first);
    project_back(d, pair_weight, channels, shape.targets, dpair + first);
    spread_row(dtoken + first, lengths[s], shape.tokens, channels);
    spread_row(dpair + first, lengths[s], shape.tokens, channels);
  }
}

// weights[r] = softmax over tokens of query_r . x_i / sqrt(C);  pooled_r = sum_i weights_ri x_i;
// logit_t = b_t + sum_r value_rt . pooled_r.
void pooled_forward(HeadShape const& shape, std::int64_t const* lengths, float const* x, float const* query,
                    float const* value, float const* bias, float* weights, float* pooled, float* logits) {
  std::int64_t const channels = shape.channels;
  float const factor = 1.0F / std::sqrt(static_cast<float>(channels));
  for (std::int64_t s = 0; s < shape.sequences; ++s) {
    float const* const rows = x + s * shape.tokens * channels;
    float* const out = logits + s * shape.targets;
    std::copy_n(bias, shape.targets, out);
    for (std::int64_t r = 0; r < shape.readout_heads; ++r) {
      float* const alpha = weights + (s * shape.readout_heads + r) * shape.tokens;
      float* const sums = pooled + (s * shape.readout_heads + r) * channels;
      float top = -1e30F;
      for (std::int64_t i = 0; i < lengths[s]; ++i) {
        alpha[i] = factor * dot(query + r * channels, rows + i * channels, channels);
        top = std::max(top, alpha[i]);
      }
      float total = 0;
      for (std::int64_t i = 0; i < lengths[s]; ++i) total += alpha[i] = std::exp(alpha[i] - top);
      std::fill_n(sums, channels, 0.0F);
      for (std::int64_t i = 0; i < lengths[s]; ++i) {
        alpha[i] /= total;
        add_scaled(alpha[i], rows + i * channels, sums, channels);
      }
      std::fill(alpha + lengths[s], alpha + shape.tokens, 0.0F);
      project(sums, value + r * channels * shape.targets, channels, shape.targets, out);
    }
  }
}

void pooled_backward(HeadShape const& shape, std::int64_t const* lengths, float const* x, float const* query,
                     float const* value, float const* weights, float const* pooled, float const* dlogits,
                     float* dx, float* dquery, float* dvalue, float* dbias) {
  std::int64_t const channels = shape.channels;
  float const factor = 1.0F / std::sqrt(static_cast<float>(channels));
  constexpr std::int64_t most_channels = 4096;
  float dpooled[most_channels];
  for (std::int64_t s = 0; s < shape.sequences; ++s) {
    std::int64_t const first = s * shape.tokens * channels;
    float const* const d = dlogits + s * shape.targets;
    std::fill_n(dx + first, shape.tokens * channels, 0.0F);
    if (dbias != nullptr) add_scaled(1.0F, d, dbias, shape.targets);
    for (std::int64_t r = 0; r < shape.readout_heads; ++r) {
      std::int64_t const at = s * shape.readout_heads + r;
      float const* const alpha = weights + at * shape.tokens;
      float const* const matrix = value + r * channels * shape.targets;
      float* const dmatrix = dvalue == nullptr ? nullptr : dvalue + r * channels * shape.targets;
      if (dmatrix != nullptr) outer(pooled + at * channels, d, channels, shape.targets, dmatrix);
      project_back(d, matrix, channels, shape.targets, dpooled);
      float const mean = dot(dpooled, pooled + at * channels, channels);
      for (std::int64_t i = 0; i < lengths[s]; ++i) {
        float const* const row = x + first + i * channels;
        float const dscore = factor * alpha[i] * (dot(dpooled, row, channels) - mean);
        add_scaled(alpha[i], dpooled, dx + first + i * channels, channels);
        add_scaled(dscore, query + r * channels, dx + first + i * channels, channels);
        if (dquery != nullptr) add_scaled(dscore, row, dquery + r * channels, channels);
      }
    }
  }
}

void pooled_attribution(HeadShape const& shape, std::int64_t const* lengths, float const* value,
                        float const* weights, std::int64_t target, float* dx) {
  for (std::int64_t s = 0; s < shape.sequences; ++s) {
    float* const rows = dx + s * shape.tokens * shape.channels;
    std::fill_n(rows, shape.tokens * shape.channels, 0.0F);
    for (std::int64_t r = 0; r < shape.readout_heads; ++r) {
      float const* const alpha = weights + (s * shape.readout_heads + r) * shape.tokens;
      float const* const column = value + r * shape.channels * shape.targets + target;
      for (std::int64_t i = 0; i < lengths[s]; ++i) {
        for (std::int64_t c = 0; c < shape.channels; ++c)
          rows[i * shape.channels + c] += alpha[i] * column[c * shape.targets];
      }
    }
  }
}

}  // namespace cislens::cpu
