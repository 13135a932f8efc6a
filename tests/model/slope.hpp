#pragma once

#include "network_case.hpp"
#include "support/derived_limit.hpp"

#include <cmath>
#include <limits>
#include <string>

namespace cislens::test {

/// The slope of the loss along the gradient, by central differences, against the gradient's length. A step of
/// h leaves h^2 f''' / 6, a few parts in a thousand here, and the loss's rounding / h; a gradient that misses
/// one of its parts is off by per cents. Few steps change a winner of the stem, least with exp, which has no
/// corner besides.
inline void expect_slope(Context& context, NetworkConfig const& config, LossKind kind,
                         PassOptions const& options, float entropy_gradient, std::string const& what) {
  auto const parameters = lively_parameters(config);
  NetworkInput const input(config, random_sequences({40, 23, 31}),
                           {1, 0, std::numeric_limits<float>::quiet_NaN(), 1, 0, 1}, 4);
  NetworkRun const at(context, config, parameters, input, kind, options, entropy_gradient);
  for (ParameterEntry const& entry : layout_of(config).entries) {
    double square = 0;
    for (std::int64_t i = 0; i < entry.rows * entry.columns; ++i) {
      double const g = static_cast<double>(at.gradient[entry.offset + i]);
      square += g * g;
    }
    double const norm = std::sqrt(square);
    if (norm < 1e-4) continue;
    double const h = 0x1p-9;
    double loss_at[2];
    for (int side = 0; side < 2; ++side) {
      auto moved = parameters;
      double const step = side == 0 ? h : -h;
      for (std::int64_t i = 0; i < entry.rows * entry.columns; ++i) {
        auto& value = moved[entry.offset + i];
        value += static_cast<float>(step * static_cast<double>(at.gradient[entry.offset + i]) / norm);
      }
      loss_at[side] = NetworkRun(context, config, moved, input, kind, options, entropy_gradient).mean_loss;
    }
    double const slope = (loss_at[0] - loss_at[1]) / (2 * h);
    double const rounding = 64 * half_ulp * std::abs(at.mean_loss) / h;
    EXPECT_NEAR(slope, norm, 0.01 * norm + rounding) << what << ": " << entry.name;
  }
}

}  // namespace cislens::test
