#include "functions.hpp"
#include "simd.hpp"

#include <algorithm>
#include <cmath>

namespace cislens::cpu {

double sum_of_squares(std::int64_t count, float const* x) {
  double total = 0;
  for (std::int64_t start = 0; start < count; start += 4096) {
    std::int64_t const n = std::min<std::int64_t>(4096, count - start);
    total += static_cast<double>(dot(x + start, x + start, n));
  }
  return total;
}

void adamw(AdamWStep const& step, std::int64_t count, float const* decay, float const* gradient,
           float* parameter, float* first_moment, float* second_moment) {
  for (std::int64_t i = 0; i < count; ++i) {
    float const g = gradient[i] * step.gradient_scale;
    first_moment[i] = step.beta1 * first_moment[i] + (1 - step.beta1) * g;
    second_moment[i] = step.beta2 * second_moment[i] + (1 - step.beta2) * g * g;
    float const update =
        first_moment[i] / step.bias1 / (std::sqrt(second_moment[i] / step.bias2) + step.epsilon);
    parameter[i] -= step.learning_rate * (update + decay[i] * parameter[i]);
  }
}

}  // namespace cislens::cpu
