#pragma once

#include "reference/scalar.hpp"

#include <algorithm>

namespace cislens::reference {

struct HeadShape {
  std::int64_t sequences, tokens, channels, targets;
  std::int64_t readout_heads;  ///< of the pooled head; the additive head has none
};

template <typename T>
struct AdditiveGradients {
  std::vector<T> dtoken, dpair;                ///< (B * P, C)
  std::vector<T> dtoken_weight, dpair_weight;  ///< (C, T)
  std::vector<T> dbias;                        ///< (T)
};

/// logit_t = b_t + sum_i h_i . w_t + sum_i m_i . u_t over the tokens i < lengths[b].
/// @param token         (B * P, C): h, the tokens that the attention block read (the residual stream before
/// it)
/// @param pair          (B * P, C): m = W_O o, what attention gave, without its bias
/// @param token_weight  (C, T): w
/// @param pair_weight   (C, T): u
/// @return (B, T)
template <typename T>
std::vector<T> additive_forward(HeadShape const& shape, std::vector<std::int64_t> const& lengths,
                                std::vector<T> const& token, std::vector<T> const& pair,
                                std::vector<T> const& token_weight, std::vector<T> const& pair_weight,
                                std::vector<T> const& bias) {
  std::vector<T> logits(shape.sequences * shape.targets);
  for (std::int64_t b = 0; b < shape.sequences; ++b) {
    for (std::int64_t t = 0; t < shape.targets; ++t) {
      T sum = bias[t];
      for (std::int64_t i = 0; i < lengths[b]; ++i) {
        for (std::int64_t c = 0; c < shape.channels; ++c) {
          std::int64_t const at = (b * shape.tokens + i) * shape.channels + c;
          sum +=
              token[at] * token_weight[c * shape.targets + t] + pair[at] * pair_weight[c * shape.targets + t];
        }
      }
      logits[b * shape.targets + t] = sum;
    }
  }
  return logits;
}

/// @param dlogits  (B, T)
template <typename T>
AdditiveGradients<T> additive_backward(HeadShape const& shape, std::vector<std::int64_t> const& lengths,
                                       std::vector<T> const& token, std::vector<T> const& pair,
                                       std::vector<T> const& token_weight, std::vector<T> const& pair_weight,
                                       std::vector<T> const& dlogits) {
  AdditiveGradients<T> result{std::vector<T>(token.size()), std::vector<T>(pair.size()),
                              std::vector<T>(token_weight.size()), std::vector<T>(pair_weight.size()),
                              std::vector<T>(shape.targets)};
  for (std::int64_t b = 0; b < shape.sequences; ++b) {
    for (std::int64_t t = 0; t < shape.targets; ++t) {
      T const d = dlogits[b * shape.targets + t];
      result.dbias[t] += d;
      for (std::int64_t i = 0; i < lengths[b]; ++i) {
        for (std::int64_t c = 0; c < shape.channels; ++c) {
          std::int64_t const at = (b * shape.tokens + i) * shape.channels + c;
          std::int64_t const w = c * shape.targets + t;
          result.dtoken[at] += d * token_weight[w];
          result.dpair[at] += d * pair_weight[w];
          result.dtoken_weight[w] += d * token[at];
          result.dpair_weight[w] += d * pair[at];
        }
      }
    }
  }
  return result;
}

/// The pair terms of the additive head: c_ij = A_ij (u_t . W_O v_j), the head's rows of W_O and columns of v.
/// Their sum over heads, i and j is the second sum of additive_forward.
/// @param weights      (B, H, P, P + 1), as attention_forward gives them
/// @param v            (B * P, C)
/// @param out_weight   (C, C): W_O
/// @param pair_weight  (C, T): u
/// @return (B, H, P, P) for target t
template <typename T>
std::vector<T> pair_terms(HeadShape const& shape, std::int64_t heads, std::int64_t t,
                          std::vector<T> const& weights, std::vector<T> const& v,
                          std::vector<T> const& out_weight, std::vector<T> const& pair_weight) {
  std::int64_t const channels = shape.channels;
  std::int64_t const head_channels = channels / heads;
  std::int64_t const tokens = shape.tokens;
  std::vector<T> pulled(channels);  // W_O u_t: what one unit of attention output is worth
  for (std::int64_t c = 0; c < channels; ++c) {
    for (std::int64_t o = 0; o < channels; ++o) {
      pulled[c] += out_weight[c * channels + o] * pair_weight[o * shape.targets + t];
    }
  }
  std::vector<T> terms(shape.sequences * heads * tokens * tokens);
  for (std::int64_t b = 0; b < shape.sequences; ++b) {
    for (std::int64_t h = 0; h < heads; ++h) {
      for (std::int64_t j = 0; j < tokens; ++j) {
        T worth{};
        for (std::int64_t c = h * head_channels; c < (h + 1) * head_channels; ++c) {
          worth += pulled[c] * v[(b * tokens + j) * channels + c];
        }
        for (std::int64_t i = 0; i < tokens; ++i) {
          std::int64_t const row = (b * heads + h) * tokens + i;
          terms[row * tokens + j] = weights[row * (tokens + 1) + j] * worth;
        }
      }
    }
  }
  return terms;
}

template <typename T>
struct Pooled {
  std::vector<T> logits;   ///< (B, T)
  std::vector<T> weights;  ///< (B, R, P): alpha, zero for padding
};

template <typename T>
struct PooledGradients {
  std::vector<T> dx;      ///< (B * P, C)
  std::vector<T> dquery;  ///< (R, C)
  std::vector<T> dvalue;  ///< (R, C, T)
  std::vector<T> dbias;   ///< (T)
};

/// alpha_r = softmax over p < lengths[b] of (query_r . h_p / sqrt(C)) for one sequence and readout head.
template <typename T>
std::vector<T> pooling_weights(HeadShape const& shape, std::int64_t b, std::int64_t r, std::int64_t length,
                               std::vector<T> const& x, std::vector<T> const& query) {
  T const scale = constant<T>(1 / std::sqrt(static_cast<double>(shape.channels)));
  std::vector<T> weights(length);
  for (std::int64_t p = 0; p < length; ++p) {
    for (std::int64_t c = 0; c < shape.channels; ++c) {
      weights[p] += scale * query[r * shape.channels + c] * x[(b * shape.tokens + p) * shape.channels + c];
    }
  }
  Real<T> largest{};
  for (std::int64_t p = 0; p < length; ++p) {
    largest = p == 0 ? real_part(weights[p]) : std::max(largest, real_part(weights[p]));
  }
  T sum{};
  for (T& weight : weights) sum += weight = std::exp(weight - T(largest));
  for (T& weight : weights) weight /= sum;
  return weights;
}

/// logit_t = b_t + sum_r sum_p alpha_rp (h_p . value_rt).
/// @param x      (B * P, C): h
/// @param query  (R, C)
/// @param value  (R, C, T)
/// @param bias   (T); all that is left for an empty sequence
template <typename T>
Pooled<T> pooled_forward(HeadShape const& shape, std::vector<std::int64_t> const& lengths,
                         std::vector<T> const& x, std::vector<T> const& query, std::vector<T> const& value,
                         std::vector<T> const& bias) {
  Pooled<T> result{std::vector<T>(shape.sequences * shape.targets),
                   std::vector<T>(shape.sequences * shape.readout_heads * shape.tokens)};
  for (std::int64_t b = 0; b < shape.sequences; ++b) {
    for (std::int64_t t = 0; t < shape.targets; ++t) result.logits[b * shape.targets + t] = bias[t];
    for (std::int64_t r = 0; r < shape.readout_heads; ++r) {
      auto const weights = pooling_weights(shape, b, r, lengths[b], x, query);
      for (std::int64_t p = 0; p < lengths[b]; ++p) {
        result.weights[(b * shape.readout_heads + r) * shape.tokens + p] = weights[p];
        for (std::int64_t c = 0; c < shape.channels; ++c) {
          T const pooled = weights[p] * x[(b * shape.tokens + p) * shape.channels + c];
          for (std::int64_t t = 0; t < shape.targets; ++t) {
            result.logits[b * shape.targets + t] +=
                pooled * value[(r * shape.channels + c) * shape.targets + t];
          }
        }
      }
    }
  }
  return result;
}

/// The part of pooled_backward that one sequence and one readout head give, added to `result`.
template <typename T>
void pooled_backward_head(HeadShape const& shape, std::int64_t b, std::int64_t r, std::int64_t length,
                          std::vector<T> const& x, std::vector<T> const& query, std::vector<T> const& value,
                          Pooled<T> const& forward, std::vector<T> const& dlogits,
                          PooledGradients<T>& result) {
  std::int64_t const channels = shape.channels;
  T const scale = constant<T>(1 / std::sqrt(static_cast<double>(channels)));
  T const* const weights = forward.weights.data() + (b * shape.readout_heads + r) * shape.tokens;
  T const* const rows = x.data() + b * shape.tokens * channels;
  std::vector<T> dpooled(channels);  // dlogits through value_r
  for (std::int64_t c = 0; c < channels; ++c) {
    for (std::int64_t t = 0; t < shape.targets; ++t) {
      dpooled[c] += dlogits[b * shape.targets + t] * value[(r * channels + c) * shape.targets + t];
    }
  }
  std::vector<T> g(length);
  T mean{};
  for (std::int64_t p = 0; p < length; ++p) {
    for (std::int64_t c = 0; c < channels; ++c) g[p] += dpooled[c] * rows[p * channels + c];
    mean += weights[p] * g[p];
  }
  for (std::int64_t p = 0; p < length; ++p) {
    T const dscore = weights[p] * (g[p] - mean) * scale;
    for (std::int64_t c = 0; c < channels; ++c) {
      T const h = rows[p * channels + c];
      result.dx[(b * shape.tokens + p) * channels + c] +=
          weights[p] * dpooled[c] + dscore * query[r * channels + c];
      result.dquery[r * channels + c] += dscore * h;
      for (std::int64_t t = 0; t < shape.targets; ++t) {
        result.dvalue[(r * channels + c) * shape.targets + t] +=
            weights[p] * h * dlogits[b * shape.targets + t];
      }
    }
  }
}

/// With g_rp = sum_t dlogit_t (h_p . value_rt):  dscore_rp = alpha_rp (g_rp - sum_p' alpha_rp' g_rp').
/// @param forward  what pooled_forward gave for the same arguments
/// @param dlogits  (B, T)
template <typename T>
PooledGradients<T> pooled_backward(HeadShape const& shape, std::vector<std::int64_t> const& lengths,
                                   std::vector<T> const& x, std::vector<T> const& query,
                                   std::vector<T> const& value, Pooled<T> const& forward,
                                   std::vector<T> const& dlogits) {
  PooledGradients<T> result{std::vector<T>(x.size()), std::vector<T>(query.size()),
                            std::vector<T>(value.size()), std::vector<T>(shape.targets)};
  for (std::int64_t b = 0; b < shape.sequences; ++b) {
    for (std::int64_t t = 0; t < shape.targets; ++t) result.dbias[t] += dlogits[b * shape.targets + t];
    for (std::int64_t r = 0; r < shape.readout_heads; ++r) {
      pooled_backward_head(shape, b, r, lengths[b], x, query, value, forward, dlogits, result);
    }
  }
  return result;
}

}  // namespace cislens::reference
