#pragma once

#include "attention_case.hpp"

namespace cislens::test {

/// What the stated accuracy e of the exponential may add to each output, however many tokens there are.
///
/// Every probability is off by e relative to the others. Forward: o = sum A v by 2 e |v|; lse by e; the
/// entropy, lse - sum A s, by e (1 + 2 ln(P + 1)). Backward: A by 2 e, with m_i = sum_j A_ij |do_i . v_j| the
/// row's do . o by 2 e m_i, so
///   dS_ij = A_ij (dP_ij - do_i . o_i - g (ln A_ij + H_i))
/// by 2 e W_ij, W_ij = A_ij (|dP_ij| + 2 m_i + |g| (|ln A_ij| + 3 H_i + 1)); dq, dk and dv by the sums over
/// that.
struct AttentionFloors {
  double o, lse, entropy;
  double dq = 0, dk = 0, dv = 0, dnull_key = 0;

  AttentionFloors(AttentionCase const& c, AttentionReference<double> const& reference)
      : o(2 * exp2_accuracy * largest_of(as<double>(c.v()))),
        lse(exp2_accuracy),
        entropy(exp2_accuracy * (1 + 2 * std::log(static_cast<double>(c.tokens + 1)))),
        c_(c),
        r_(reference),
        q_(as<double>(c.q())),
        k_(as<double>(c.k())),
        v_(as<double>(c.v())),
        null_(as<double>(c.null())),
        d_o_(as<double>(c.d_o())) {
    std::vector<double> null_sum(c.channels());
    for (std::int64_t s = 0; s < c.sequences; ++s) {
      for (std::int64_t h = 0; h < c.heads; ++h) add_head(s, h, null_sum);
    }
    for (double const sum : null_sum) dnull_key = std::max(dnull_key, score_factor() * sum);
  }

 private:
  double score_factor() const { return 2 * exp2_accuracy / std::sqrt(static_cast<double>(c_.head_channels)); }

  void add_head(std::int64_t s, std::int64_t h, std::vector<double>& null_sum) {
    std::int64_t const channels = c_.head_channels;
    reference::detail::HeadAt const at{{c_.sequences, c_.tokens, c_.heads, channels}, s, h};
    std::vector<double> key_sum(c_.tokens * channels);
    std::vector<double> value_sum(c_.tokens * channels);
    for (std::int64_t i = 0; i < c_.lengths[s]; ++i) {
      std::vector<double> query_sum(channels);
      std::vector<double> const w = row(at, i, c_.lengths[s]);
      for (std::int64_t const j : reference::detail::key_places(at.shape, c_.lengths[s], c_.null_key)) {
        bool const null = j == c_.tokens;
        for (std::int64_t d = 0; d < channels; ++d) {
          double const q = std::abs(q_[at.token(i) + d]);
          query_sum[d] += w[j] * std::abs(null ? null_[h * channels + d] : k_[at.token(j) + d]);
          (null ? null_sum[h * channels + d] : key_sum[j * channels + d]) += w[j] * q;
          if (!null)
            value_sum[j * channels + d] +=
                r_.forward.weights[at.weight(i, j)] * std::abs(d_o_[at.token(i) + d]);
        }
      }
      dq = std::max(dq, score_factor() * largest_of(query_sum));
    }
    dk = std::max(dk, score_factor() * largest_of(key_sum));
    dv = std::max(dv, 2 * exp2_accuracy * largest_of(value_sum));
  }

  /// W_ij of one row, the null key's last.
  std::vector<double> row(reference::detail::HeadAt const& at, std::int64_t i, std::int64_t length) const {
    std::vector<double> dp(c_.tokens + 1);
    double m = 0;
    for (std::int64_t j = 0; j < length; ++j) {
      dp[j] = std::abs(
          reference::detail::dot(d_o_.data() + at.token(i), v_.data() + at.token(j), c_.head_channels));
      m += r_.forward.weights[at.weight(i, j)] * dp[j];
    }
    double const g = std::abs(static_cast<double>(c_.entropy_gradient));
    double const row_entropy = r_.forward.entropy[at.row(i)];
    std::vector<double> w(c_.tokens + 1);
    for (std::int64_t const j : reference::detail::key_places(at.shape, length, c_.null_key)) {
      double const a = r_.forward.weights[at.weight(i, j)];
      w[j] = a * (dp[j] + 2 * m + g * (std::abs(std::log(a)) + 3 * row_entropy + 1));
    }
    return w;
  }

  AttentionCase const& c_;
  AttentionReference<double> const& r_;
  std::vector<double> q_, k_, v_, null_, d_o_;
};

}  // namespace cislens::test
