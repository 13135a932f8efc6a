#include "cislens/train/metrics.hpp"

#include "cislens/base/random.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

namespace cislens {

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

struct Scored {
  float score;
  float label;
};

/// Records with a known label, highest score first.
std::vector<Scored> ranked(std::span<float const> scores, std::span<float const> labels) {
  std::vector<Scored> records;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (!std::isnan(labels[i])) records.push_back({scores[i], labels[i]});
  }
  std::sort(records.begin(), records.end(),
            [](Scored const& a, Scored const& b) { return a.score > b.score; });
  return records;
}

/// A score that is not a number has no rank: no figure can be given.
bool has_nan(std::span<float const> scores, std::span<float const> labels) {
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (std::isnan(scores[i]) && !std::isnan(labels[i])) return true;
  }
  return false;
}

/// Calls visit(positives, negatives) for every run of tied scores, highest first.
template <typename Visit>
void for_each_tie(std::vector<Scored> const& records, Visit const& visit) {
  for (std::size_t i = 0; i < records.size();) {
    double positives = 0;
    double negatives = 0;
    float const score = records[i].score;
    for (; i < records.size() && records[i].score == score; ++i)
      (records[i].label > 0.5F ? positives : negatives) += 1;
    visit(positives, negatives);
  }
}

}  // namespace

double auroc(std::span<float const> scores, std::span<float const> labels) {
  if (has_nan(scores, labels)) return not_a_number;
  double above = 0;  // positives with a higher score
  double negatives_total = 0;
  double area = 0;
  for_each_tie(ranked(scores, labels), [&](double positives, double negatives) {
    area += negatives * (above + 0.5 * positives);
    above += positives;
    negatives_total += negatives;
  });
  return above * negatives_total > 0 ? area / (above * negatives_total) : not_a_number;
}

double average_precision(std::span<float const> scores, std::span<float const> labels) {
  if (has_nan(scores, labels)) return not_a_number;
  double found = 0;
  double seen = 0;
  double sum = 0;
  for_each_tie(ranked(scores, labels), [&](double positives, double negatives) {
    found += positives;
    seen += positives + negatives;
    sum += positives * found / seen;
  });
  return found > 0 ? sum / found : not_a_number;
}

double matthews_correlation(std::span<float const> scores, std::span<float const> labels, float threshold) {
  if (has_nan(scores, labels)) return not_a_number;
  double table[2][2] = {{0, 0}, {0, 0}};  // [label][called]
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (!std::isnan(labels[i])) table[labels[i] > 0.5F ? 1 : 0][scores[i] > threshold ? 1 : 0] += 1;
  }
  double const product = (table[0][0] + table[0][1]) * (table[1][0] + table[1][1]) *
                         (table[0][0] + table[1][0]) * (table[0][1] + table[1][1]);
  if (!(product > 0)) return 0;
  return (table[1][1] * table[0][0] - table[0][1] * table[1][0]) / std::sqrt(product);
}

double pearson(std::span<float const> scores, std::span<float const> labels) {
  double n = 0;
  double mean_x = 0;
  double mean_y = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (std::isnan(labels[i])) continue;
    n += 1;
    mean_x += (static_cast<double>(scores[i]) - mean_x) / n;
    mean_y += (static_cast<double>(labels[i]) - mean_y) / n;
  }
  double xx = 0;
  double yy = 0;
  double xy = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (std::isnan(labels[i])) continue;
    double const x = static_cast<double>(scores[i]) - mean_x;
    double const y = static_cast<double>(labels[i]) - mean_y;
    xx += x * x;
    yy += y * y;
    xy += x * y;
  }
  return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : not_a_number;
}

namespace {

/// Ranks from 1 among the records with a known label, ties in the middle; elsewhere what `values` says.
std::vector<float> ranks(std::span<float const> values, std::span<float const> labels) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isnan(labels[i])) order.push_back(i);
  }
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return values[a] < values[b]; });
  std::vector<float> result(values.begin(), values.end());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t end = first;
    while (end < order.size() && values[order[end]] == values[order[first]]) ++end;
    float const middle = 0.5F * static_cast<float>(first + 1 + end);
    for (std::size_t k = first; k < end; ++k) result[order[k]] = middle;
    first = end;
  }
  return result;
}

}  // namespace

double spearman(std::span<float const> scores, std::span<float const> labels) {
  if (has_nan(scores, labels)) return not_a_number;
  return pearson(ranks(scores, labels), ranks(labels, labels));
}

namespace {

using Figure = std::function<double(std::span<float const>, std::span<float const>)>;

/// Resampling a handful tells nothing: samples of four that are in order are all in order.
bool enough_for_interval(std::span<float const> labels, bool binary) {
  constexpr std::ptrdiff_t least = 10;  // records, of either class
  auto const known = std::ranges::count_if(labels, [](float label) { return !std::isnan(label); });
  auto const positives = std::ranges::count_if(labels, [](float label) { return label > 0.5F; });
  return binary ? std::min(positives, known - positives) >= least : known >= least;
}

Metric with_interval(std::string name, Figure const& figure, std::span<float const> scores,
                     std::span<float const> labels, bool binary, std::uint64_t seed) {
  constexpr int samples = 500;
  Metric metric{std::move(name), figure(scores, labels), not_a_number, not_a_number};
  if (std::isnan(metric.value) || !enough_for_interval(labels, binary)) return metric;
  std::vector<double> values;
  std::vector<float> x(scores.size());
  std::vector<float> y(scores.size());
  for (int sample = 0; sample < samples; ++sample) {
    Random random(seed, mix(0x626F6F74, static_cast<std::uint64_t>(sample)));  // "boot"
    for (std::size_t i = 0; i < x.size(); ++i) {
      std::uint64_t const pick = random.below(x.size());
      x[i] = scores[pick];
      y[i] = labels[pick];
    }
    if (double const value = figure(x, y); !std::isnan(value)) values.push_back(value);
  }
  if (values.empty()) return metric;
  std::sort(values.begin(), values.end());
  auto const at = [&](double share) {
    return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
  };
  metric.low = at(0.025);
  metric.high = at(0.975);
  return metric;
}

}  // namespace

std::vector<Metric> evaluate(std::span<float const> scores, std::span<float const> labels, bool binary,
                             std::uint64_t seed) {
  if (!binary) {
    return {with_interval("Pearson", pearson, scores, labels, binary, seed),
            with_interval("Spearman", spearman, scores, labels, binary, seed)};
  }
  auto const mcc = [](auto x, auto y) { return matthews_correlation(x, y, 0.0F); };
  return {with_interval("AUROC", auroc, scores, labels, binary, seed),
          with_interval("AUPRC", average_precision, scores, labels, binary, seed),
          with_interval("MCC", mcc, scores, labels, binary, seed)};
}

}  // namespace cislens
