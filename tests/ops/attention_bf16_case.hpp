#pragma once

#include "attention_case.hpp"

#include <bit>
#include <cmath>

namespace cislens::test {

/// Normal numbers with 8 significant bits: rounding them to bf16 changes nothing.
inline std::vector<float> bf16_floats(std::int64_t count, unsigned seed) {
  std::vector<float> values = random_floats(count, seed);
  for (float& value : values)
    value = std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) & std::uint32_t{0xFFFF0000});
  return values;
}

/// Exact attention of one head of one sequence, with a null key, in double, and what each result may be off
/// by when operands of products are rounded to bf16: the number is relative, u = 2^-9 each.
///
/// q, k, v and do are bf16 as they come. Of q times its factor the rounding moves a score by
/// e_ij = u sum_d |q_id k_jd| / sqrt(D); with E_i the row's largest, weights are off by x_i = exp(2 E_i) - 1
/// at most, and lse by E_i. Weights are rounded before they meet v: |do_i| <= sum_j A_ij |v_j| (x_i + u); the
/// entropy, lse - sum_j A_ij s_ij, may move by 2 E_i (1 + H_i). Backward:
///   dS_ij = A_ij (dP_ij - do_i . o_i - g (ln A_ij + H_i))
/// is off by x_i times the sum of the magnitudes of its terms, by what o and H are off by, and by u when it
/// becomes an operand; dq, dk and dv are sums over that, dk with a q that is rounded once more.
struct Bf16Head {
  static constexpr double u = 0x1p-9;

  std::int64_t tokens, channels;
  double g;  // of the entropy
  std::vector<double> q, k, v, d_o, null_key;
  std::vector<double> o, lse, entropy, dq, dk, dv, dnull;
  std::vector<double> o_limit, lse_limit, entropy_limit, dq_limit, dk_limit, dv_limit, dnull_limit;

  Bf16Head(std::int64_t head_tokens, std::int64_t head_channels, double entropy_gradient)
      : tokens(head_tokens),
        channels(head_channels),
        g(entropy_gradient),
        q(as<double>(bf16_floats(tokens * channels, 1))),
        k(as<double>(bf16_floats(tokens * channels, 2))),
        v(as<double>(bf16_floats(tokens * channels, 3))),
        d_o(as<double>(bf16_floats(tokens * channels, 4))),
        null_key(as<double>(bf16_floats(channels, 5))) {
    for (auto* const rows : {&o, &dq, &dk, &dv, &o_limit, &dq_limit, &dk_limit, &dv_limit})
      rows->resize(tokens * channels);
    for (auto* const numbers : {&lse, &entropy, &lse_limit, &entropy_limit}) numbers->resize(tokens);
    for (auto* const row : {&dnull, &dnull_limit}) row->resize(channels);
    for (std::int64_t i = 0; i < tokens; ++i) add_row(i);
  }

 private:
  /// Key and value of place j; behind the last token the null key.
  double key(std::int64_t j, std::int64_t d) const { return j < tokens ? k[j * channels + d] : null_key[d]; }
  double value(std::int64_t j, std::int64_t d) const { return j < tokens ? v[j * channels + d] : 0; }

  void add_row(std::int64_t i) {
    double const scale = 1 / std::sqrt(static_cast<double>(channels));
    double const* const query = q.data() + i * channels;
    double const* const upstream = d_o.data() + i * channels;
    std::vector<double> score(tokens + 1);
    double largest = 0;  // E_i
    double sum = 0;
    for (std::int64_t j = 0; j <= tokens; ++j) {
      double magnitude = 0;
      for (std::int64_t d = 0; d < channels; ++d) {
        score[j] += scale * query[d] * key(j, d);
        magnitude += u * scale * std::abs(query[d] * key(j, d));
      }
      largest = std::max(largest, magnitude);
      sum += std::exp(score[j]);
    }
    double const x = std::expm1(2 * largest);
    lse[i] = std::log(sum);
    lse_limit[i] = largest;
    double delta = 0;
    double delta_limit = 0;
    for (std::int64_t d = 0; d < channels; ++d) {
      for (std::int64_t j = 0; j <= tokens; ++j) {
        double const a = std::exp(score[j] - lse[i]);
        o[i * channels + d] += a * value(j, d);
        o_limit[i * channels + d] += a * std::abs(value(j, d)) * (x + u);
      }
      delta += upstream[d] * o[i * channels + d];
      delta_limit += std::abs(upstream[d]) * o_limit[i * channels + d];
    }
    for (double const s : score) entropy[i] -= std::exp(s - lse[i]) * (s - lse[i]);
    entropy_limit[i] = 2 * largest * (1 + entropy[i]);
    for (std::int64_t j = 0; j <= tokens; ++j) {
      double const a = std::exp(score[j] - lse[i]);
      double dp = 0;
      for (std::int64_t d = 0; d < channels; ++d) dp += upstream[d] * value(j, d);
      double const information = g * (score[j] - lse[i] + entropy[i]);
      double const ds = a * (dp - delta - information);
      double const ds_limit =
          a * (x * (std::abs(dp) + std::abs(delta) + std::abs(information)) + (1 + x) * delta_limit +
               (1 + x) * std::abs(g) * (2 * largest + entropy_limit[i])) +
          u * std::abs(ds);
      add_place(i, j, scale, a, ds, ds_limit, a * (x + u));
    }
  }

  void add_place(std::int64_t i, std::int64_t j, double scale, double a, double ds, double ds_limit,
                 double a_limit) {
    for (std::int64_t d = 0; d < channels; ++d) {
      double const query = q[i * channels + d];
      dq[i * channels + d] += scale * ds * key(j, d);
      dq_limit[i * channels + d] += scale * ds_limit * std::abs(key(j, d));
      (j < tokens ? dk[j * channels + d] : dnull[d]) += scale * ds * query;
      (j < tokens ? dk_limit[j * channels + d] : dnull_limit[d]) +=
          scale * (ds_limit + u * std::abs(ds)) * std::abs(query);
      if (j == tokens) continue;
      dv[j * channels + d] += a * d_o[i * channels + d];
      dv_limit[j * channels + d] += a_limit * std::abs(d_o[i * channels + d]);
    }
  }
};

}  // namespace cislens::test
