#include "cislens/ops/loss.hpp"

#include "check.hpp"

#include <algorithm>
#include <cmath>

namespace cislens {

namespace {

struct Value {
  double loss, gradient;
};

Value value_of(LossKind kind, double z, double y) {
  switch (kind) {
    case LossKind::binary: {
      // max(z, 0) - z y + ln(1 + exp(-|z|)): never overflows.
      double const tail = std::exp(-std::abs(z));
      double const probability = z >= 0 ? 1 / (1 + tail) : tail / (1 + tail);
      return {std::max(z, 0.0) - z * y + std::log1p(tail), probability - y};
    }
    case LossKind::poisson: {
      double const rate = std::exp(z);
      return {rate - y * z, rate - y};
    }
    case LossKind::squared:
      return {0.5 * (z - y) * (z - y), z - y};
  }
  return {};
}

}  // namespace

double loss(LossKind kind, ConstView logits, ConstView targets, double scale, View dlogits) {
  require_shape("loss: targets", targets, logits.rows, logits.columns);
  if (!dlogits.empty()) require_shape("loss: dlogits", dlogits, logits.rows, logits.columns);
  double total = 0;
  for (std::int64_t i = 0; i < logits.rows; ++i) {
    for (std::int64_t t = 0; t < logits.columns; ++t) {
      float const y = targets.row(i)[t];
      Value value{0, 0};
      if (!std::isnan(y))
        value = value_of(kind, static_cast<double>(logits.row(i)[t]), static_cast<double>(y));
      total += value.loss;
      if (!dlogits.empty()) dlogits.row(i)[t] = static_cast<float>(scale * value.gradient);
    }
  }
  return total;
}

std::int64_t known_entries(ConstView targets) {
  std::int64_t known = 0;
  for (std::int64_t i = 0; i < targets.rows; ++i) {
    for (std::int64_t t = 0; t < targets.columns; ++t) known += std::isnan(targets.row(i)[t]) ? 0 : 1;
  }
  return known;
}

}  // namespace cislens
