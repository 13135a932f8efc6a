#include "positions.hpp"

#include "cislens/ops/attention.hpp"
#include "cislens/tensor/context_scope.hpp"

#include <cmath>

namespace cislens {

void set_rotary_angles(Context& context, double base, View angles) {
  if (context.memory().is_host) return rotary_angles(base, angles);
  ContextScope const scope(context);
  View const host = context.host_arena().matrix(angles.rows, angles.columns);
  rotary_angles(base, host);
  context.memory().copy_to_device(angles.data, host.data,
                                  static_cast<std::size_t>(host.rows * host.columns) * sizeof(float));
}

void add_sinusoidal(Context& context, Mirrored<std::int64_t> const& lengths, View x) {
  ContextScope const scope(context);
  std::int64_t const tokens = x.rows / static_cast<std::int64_t>(lengths.size());
  View const table = context.host_arena().matrix(tokens, x.columns);
  for (std::int64_t c = 0; c < table.columns; ++c) {
    double const exponent = static_cast<double>(c / 2 * 2) / static_cast<double>(table.columns);
    double const frequency = std::pow(10000.0, -exponent);
    for (std::int64_t i = 0; i < tokens; ++i) {
      double const angle = static_cast<double>(i) * frequency;
      table.row(i)[c] = static_cast<float>(c % 2 == 0 ? std::sin(angle) : std::cos(angle));
    }
  }
  positions_forward(context, lengths, on_device(context, table), false, x);
}

}  // namespace cislens
