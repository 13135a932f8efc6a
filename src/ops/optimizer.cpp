#include "cislens/ops/optimizer.hpp"

#include "backend.hpp"
#include "check.hpp"

#include <cmath>
#include <vector>

namespace cislens {

void adamw(Context& context, AdamWOptions const& options, double rate, double gradient_scale,
           std::int64_t step, ConstView decay, ConstView gradient, View parameter, View first_moment,
           View second_moment) {
  for (ConstView const x : {decay, gradient, ConstView(first_moment), ConstView(second_moment)}) {
    require_contiguous("adamw: a vector", x, 1, parameter.columns);
  }
  auto const n = static_cast<double>(step);
  AdamWStep const numbers{.learning_rate = static_cast<float>(rate),
                          .beta1 = static_cast<float>(options.beta1),
                          .beta2 = static_cast<float>(options.beta2),
                          .epsilon = static_cast<float>(options.epsilon),
                          .bias1 = static_cast<float>(1 - std::pow(options.beta1, n)),
                          .bias2 = static_cast<float>(1 - std::pow(options.beta2, n)),
                          .gradient_scale = static_cast<float>(gradient_scale)};
  context.backend().adamw(numbers, parameter.columns, decay.data, gradient.data, parameter.data,
                          first_moment.data, second_moment.data);
}

double sum_of_squares(Context& context, ConstView x) {
  require_contiguous("sum_of_squares", x, 1, x.columns);
  return context.backend().sum_of_squares(x.columns, x.data);
}

namespace {

/// W_a^T W_b of two column blocks, (D, D).
std::vector<double> overlap(ConstView a, ConstView b) {
  std::vector<double> product(static_cast<std::size_t>(a.columns * b.columns));
  for (std::int64_t c = 0; c < a.rows; ++c) {
    for (std::int64_t i = 0; i < a.columns; ++i) {
      for (std::int64_t j = 0; j < b.columns; ++j) {
        product[i * b.columns + j] += static_cast<double>(a.row(c)[i]) * static_cast<double>(b.row(c)[j]);
      }
    }
  }
  return product;
}

double square_norm(ConstView a) {
  double total = 0;
  for (std::int64_t c = 0; c < a.rows; ++c) {
    for (std::int64_t i = 0; i < a.columns; ++i)
      total += static_cast<double>(a.row(c)[i]) * static_cast<double>(a.row(c)[i]);
  }
  return total;
}

/// da += factor times the gradient by a of value = ||a^T b||^2 / (||a||^2 ||b||^2).
void add_gradient(ConstView a, ConstView b, std::vector<double> const& product, bool transposed, double value,
                  double norm_a, double norm_b, double factor, View da) {
  for (std::int64_t c = 0; c < a.rows; ++c) {
    for (std::int64_t i = 0; i < a.columns; ++i) {
      double total = 0;
      for (std::int64_t j = 0; j < b.columns; ++j) {
        total += static_cast<double>(b.row(c)[j]) *
                 (transposed ? product[j * a.columns + i] : product[i * b.columns + j]);
      }
      double const gradient =
          2 * total / (norm_a * norm_b) - 2 * value * static_cast<double>(a.row(c)[i]) / norm_a;
      da.row(c)[i] += static_cast<float>(factor * gradient);
    }
  }
}

}  // namespace

double head_diversity(ConstView qkv, std::int64_t heads, double strength, View dqkv) {
  require(qkv.columns == 3 * qkv.rows && qkv.rows % heads == 0, "head_diversity: qkv is (C, 3 C)");
  if (heads < 2) return 0;
  std::int64_t const channels = qkv.rows / heads;
  double const pairs = 1.5 * static_cast<double>(heads * (heads - 1));
  double total = 0;
  for (std::int64_t part = 0; part < 3; ++part) {
    for (std::int64_t i = 0; i < heads; ++i) {
      for (std::int64_t j = i + 1; j < heads; ++j) {
        std::int64_t const at_a = part * qkv.rows + i * channels;
        std::int64_t const at_b = part * qkv.rows + j * channels;
        ConstView const a = qkv.column_range(at_a, channels);
        ConstView const b = qkv.column_range(at_b, channels);
        std::vector<double> const product = overlap(a, b);
        double const norm_a = square_norm(a);
        double const norm_b = square_norm(b);
        double value = 0;
        for (double const x : product) value += x * x;
        value /= norm_a * norm_b;
        total += value / pairs;
        if (dqkv.empty()) continue;
        add_gradient(a, b, product, false, value, norm_a, norm_b, strength / pairs,
                     dqkv.column_range(at_a, channels));
        add_gradient(b, a, product, true, value, norm_b, norm_a, strength / pairs,
                     dqkv.column_range(at_b, channels));
      }
    }
  }
  return total;
}

}  // namespace cislens
