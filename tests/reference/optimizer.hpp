#pragma once

#include "reference/scalar.hpp"

namespace cislens::reference {

struct AdamW {
  double learning_rate, beta1, beta2, epsilon, weight_decay;
};

/// One step, number `step` (from 1), of AdamW with decay apart from the gradient:
///   m = b1 m + (1 - b1) g,  v = b2 v + (1 - b2) g^2
///   p -= rate (m / (1 - b1^step) / (sqrt(v / (1 - b2^step)) + epsilon) + decay p)
/// Source: Loshchilov, Hutter 2017, arXiv:1711.05101, algorithm 2 with the schedule in the rate.
template <typename T>
void adamw_step(AdamW const& options, std::int64_t step, std::vector<T> const& gradient,
                std::vector<T>& parameter, std::vector<T>& first_moment, std::vector<T>& second_moment) {
  T const beta1 = constant<T>(options.beta1);
  T const beta2 = constant<T>(options.beta2);
  T const correction1 = constant<T>(1 - std::pow(options.beta1, static_cast<double>(step)));
  T const correction2 = constant<T>(1 - std::pow(options.beta2, static_cast<double>(step)));
  for (std::size_t i = 0; i < parameter.size(); ++i) {
    first_moment[i] = beta1 * first_moment[i] + (T(1) - beta1) * gradient[i];
    second_moment[i] = beta2 * second_moment[i] + (T(1) - beta2) * gradient[i] * gradient[i];
    T const direction = first_moment[i] / correction1 /
                        (std::sqrt(second_moment[i] / correction2) + constant<T>(options.epsilon));
    parameter[i] -=
        constant<T>(options.learning_rate) * (direction + constant<T>(options.weight_decay) * parameter[i]);
  }
}

/// What to multiply every gradient with, so that their common norm is at most `largest`: min(1, largest /
/// norm).
template <typename T>
T clipping_scale(std::vector<T> const& all_gradients, double largest) {
  T squares{};
  for (T const g : all_gradients) squares += g * g;
  T const norm = std::sqrt(squares);
  return real_part(norm) > largest ? constant<T>(largest) / norm : T(1);
}

}  // namespace cislens::reference
