#include "cislens/readout/head_importance.hpp"

#include "cislens/base/random.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numbers>

namespace cislens {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::uint64_t bootstrap_stream = 0x70616972;  // "pair"
constexpr int samples = 1000;

double mean_of(std::span<double const> values) {
  double sum = 0;
  for (double const value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

/// Two-sided exact sign test: twice the smaller tail of Binomial(n, 1/2).
double sign_test(std::span<double const> differences) {
  auto const up = static_cast<double>(
      std::count_if(differences.begin(), differences.end(), [](double d) { return d > 0; }));
  auto const down = static_cast<double>(
      std::count_if(differences.begin(), differences.end(), [](double d) { return d < 0; }));
  double const trials = up + down;
  double tail = 0;
  double log_term = -trials * std::numbers::ln2;  // of k = 0
  for (double k = 0; k <= std::min(up, down); ++k) {
    tail += std::exp(log_term);
    log_term += std::log((trials - k) / (k + 1));
  }
  return std::clamp(2 * tail, std::numeric_limits<double>::min(), 1.0);
}

double one_loss(LossKind loss_kind, float logit, float label) {
  return loss(loss_kind, ConstView(&logit, 1, 1), ConstView(&label, 1, 1), 1, {});
}

}  // namespace

PairedEffect paired_effect(std::span<double const> differences, std::uint64_t seed) {
  std::vector<double> known;
  std::copy_if(differences.begin(), differences.end(), std::back_inserter(known),
               [](double d) { return !std::isnan(d); });
  PairedEffect effect;
  effect.records = static_cast<std::int64_t>(known.size());
  if (known.empty()) {
    effect.mean = effect.standard_error = effect.low = effect.high = nan;
    return effect;
  }
  auto const count = static_cast<double>(known.size());
  effect.mean = mean_of(known);
  double squares = 0;
  for (double const value : known) squares += (value - effect.mean) * (value - effect.mean);
  effect.standard_error = count > 1 ? std::sqrt(squares / (count - 1) / count) : nan;
  effect.p = sign_test(known);

  Random random(seed, bootstrap_stream);
  std::vector<double> means;
  for (int sample = 0; sample < samples; ++sample) {
    double sum = 0;
    for (std::size_t i = 0; i < known.size(); ++i) sum += known[random.below(known.size())];
    means.push_back(sum / count);
  }
  std::sort(means.begin(), means.end());
  effect.low = means[samples * 25 / 1000];
  effect.high = means[samples * 975 / 1000 - 1];
  return effect;
}

std::vector<double> loss_differences(LossKind loss_kind, std::span<float const> with,
                                     std::span<float const> without, std::span<float const> labels) {
  std::vector<double> result;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    result.push_back(std::isnan(labels[i]) ? nan
                                           : one_loss(loss_kind, without[i], labels[i]) -
                                                 one_loss(loss_kind, with[i], labels[i]));
  }
  return result;
}

std::vector<double> logit_changes(std::span<float const> with, std::span<float const> without) {
  std::vector<double> result;
  for (std::size_t i = 0; i < with.size(); ++i)
    result.push_back(std::abs(static_cast<double>(without[i]) - static_cast<double>(with[i])));
  return result;
}

}  // namespace cislens
