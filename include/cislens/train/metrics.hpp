#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace cislens {

// Every figure is NaN when a score whose label is known is not a number.

/// Area under the ROC curve: the chance that a positive scores above a negative, ties counted half. NaN when
/// a class is empty.
/// @param labels  > 0.5: positive; NaN: left out
double auroc(std::span<float const> scores, std::span<float const> labels);

/// Average precision: sum over recall steps of precision at that step; tied scores are one step. NaN without
/// positives.
double average_precision(std::span<float const> scores, std::span<float const> labels);

/// Matthews correlation of score > threshold with the label; 0 when a row or column of the table is empty.
double matthews_correlation(std::span<float const> scores, std::span<float const> labels, float threshold);

/// Pearson correlation of scores and labels; NaN when one of them is constant.
double pearson(std::span<float const> scores, std::span<float const> labels);

/// Spearman correlation: Pearson's of the ranks, ties in the middle; NaN when one of them is constant.
double spearman(std::span<float const> scores, std::span<float const> labels);

/// A figure with a 95 % percentile interval from resampling records.
struct Metric {
  std::string name;
  double value = 0;
  double low = 0;
  double high = 0;
};

/// For binary targets AUROC, AUPRC and MCC at a logit of 0, otherwise Pearson and Spearman; each with its
/// interval from 500 bootstrap samples drawn by `seed` (NaN with fewer than ten records, or of either class).
std::vector<Metric> evaluate(std::span<float const> scores, std::span<float const> labels, bool binary,
                             std::uint64_t seed);

}  // namespace cislens
