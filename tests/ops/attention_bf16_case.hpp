#pragma once

#include "attention_span_case.hpp"

#include <bit>
#include <cmath>

namespace cislens::test {

/// Numbers cut to 8 significant bits: rounding them to bf16 changes nothing.
template <typename T>
void cut_to_bf16(std::vector<T>& values) {
  for (T& value : values) {
    auto const bits = std::bit_cast<std::uint32_t>(static_cast<float>(value)) & std::uint32_t{0xFFFF0000};
    value = static_cast<T>(std::bit_cast<float>(bits));
  }
}

/// Normal numbers that are bf16.
inline std::vector<float> bf16_floats(std::int64_t count, unsigned seed) {
  std::vector<float> values = random_floats(count, seed);
  cut_to_bf16(values);
  return values;
}

/// A case's input, all of whose numbers are bf16.
template <typename T>
reference::ReadoutInput<T> bf16_input(ReadoutCase const& c) {
  auto x = c.input<T>();
  for (auto* const part : {&x.q, &x.k, &x.v, &x.d_o, &x.null_key, &x.summary_key, &x.summary_value})
    cut_to_bf16(*part);
  return x;
}

/// The dense computation in double, and what each number may be off by when operands of products are rounded
/// to bf16, by u = 2^-8 each, relative.
///
/// q, k, v and do are bf16 as they come. Of q times its factor the rounding moves a score by
/// e_ij = u sum_d |q_id k_jd| / sqrt(D); with E_i the row's largest, weights are off by x_i = exp(2 E_i) - 1
/// at most, and lse by E_i. Weights are rounded before they meet v: |do_i| <= sum_j A_ij |v_j| (x_i + u); the
/// entropy, lse - sum_j A_ij s_ij, may move by 2 E_i (1 + H_i). Backward:
///   dS_ij = A_ij (dP_ij - do_i . o_i - g (ln A_ij + H_i))
/// is off by x_i times the sum of the magnitudes of its terms, by what o and H are off by, and by u when it
/// becomes an operand; dq, dk and dv are sums over that, dk with a q that is rounded once more.
struct Bf16Spans {
  static constexpr double u = 0x1p-8;

  reference::ReadoutInput<double> x;
  reference::DenseAttention<double> dense;
  reference::SpanAttention<double> forward, forward_limit;
  reference::SpanGradients<double> backward, backward_limit;

  Bf16Spans(ReadoutCase const& c, double g)
      : x(bf16_input<double>(c)),
        dense(reference::dense_attention(x)),
        forward(reference::span_attention(x, dense)),
        forward_limit(forward),
        backward(reference::span_attention_backward(x, dense, forward, g)),
        backward_limit(backward) {
    for (auto* const limit :
         {&forward_limit.o, &forward_limit.lse, &forward_limit.entropy, &backward_limit.dq,
          &backward_limit.dk, &backward_limit.dv, &backward_limit.dnull_key, &backward_limit.dsummary_key,
          &backward_limit.dsummary_value})
      std::fill(limit->begin(), limit->end(), 0.0);
    reference::detail::for_each_query(x,
                                      [&](std::int64_t row, std::int64_t b, std::int64_t h, std::int64_t i) {
                                        add_row({row, b, h, i}, g);
                                      });
  }

 private:
  struct Query {
    std::int64_t row, b, h, i;
  };

  std::int64_t from(Query const& at) const {
    return (at.b * x.queries + at.i) * x.channels() + at.h * x.head_channels;
  }

  /// Calls work(place, key and value, A_ij) for what a query sees.
  template <typename Work>
  void for_each_place(Query const& at, Work const& work) const {
    for (std::int64_t place = 0; place < x.places(); ++place) {
      reference::detail::Place<double> const seen(x, at.b, at.h, at.i, place);
      if (seen.key != nullptr) work(place, seen, dense.weight[at.row * x.places() + place]);
    }
  }

  /// E_i.
  double score_limit(Query const& at) const {
    double largest = 0;
    for_each_place(at, [&](std::int64_t, auto const& seen, double) {
      double sum = 0;
      for (std::int64_t d = 0; d < x.head_channels; ++d) sum += std::abs(x.q[from(at) + d] * seen.key[d]);
      largest = std::max(largest, u * sum / std::sqrt(static_cast<double>(x.head_channels)));
    });
    return largest;
  }

  void add_row(Query const& at, double g) {
    double const e = score_limit(at);
    double const off = std::expm1(2 * e);
    double const entropy = forward.entropy[at.row];
    forward_limit.lse[at.row] = e;
    forward_limit.entropy[at.row] = 2 * e * (1 + entropy);
    for_each_place(at, [&](std::int64_t, auto const& seen, double a) {
      for (std::int64_t d = 0; seen.value != nullptr && d < x.head_channels; ++d)
        forward_limit.o[from(at) + d] += a * std::abs(seen.value[d]) * (off + u);
    });
    double delta = 0;
    double delta_limit = 0;
    for (std::int64_t d = from(at); d < from(at) + x.head_channels; ++d) {
      delta += x.d_o[d] * forward.o[d];
      delta_limit += std::abs(x.d_o[d]) * forward_limit.o[d];
    }
    double const entropy_limit = std::abs(g) * (2 * e + forward_limit.entropy[at.row]);
    for_each_place(at, [&](std::int64_t place, auto const& seen, double a) {
      double const dp = dense.worth[at.row * x.places() + place];
      double const information = g * (std::log(a) + entropy);
      double const ds = std::abs(a * (dp - delta - information));
      double const limit = a * (off * (std::abs(dp) + std::abs(delta) + std::abs(information)) +
                                (1 + off) * (delta_limit + entropy_limit)) +
                           u * ds;
      add_gradients(at, place, seen.key, limit, limit + u * ds, a * (off + u));
    });
  }

  /// @param dq, dk, dv  by how much their terms may be off, but for the factor they have in common
  void add_gradients(Query const& at, std::int64_t place, double const* key, double dq, double dk,
                     double dv) {
    double const scale = 1 / std::sqrt(static_cast<double>(x.head_channels));
    reference::detail::PlaceIndex const index(x, at.b, at.h, place);
    bool const own = place < x.keys;
    bool const null = place == x.places() - 1;
    auto& keys = own ? backward_limit.dk : null ? backward_limit.dnull_key : backward_limit.dsummary_key;
    auto& values = own ? backward_limit.dv : backward_limit.dsummary_value;
    for (std::int64_t d = 0; d < x.head_channels; ++d) {
      backward_limit.dq[from(at) + d] += scale * dq * std::abs(key[d]);
      keys[index.key + d] += scale * dk * std::abs(x.q[from(at) + d]);
      if (!null) values[index.value + d] += dv * std::abs(x.d_o[from(at) + d]);
    }
  }
};

}  // namespace cislens::test
