#include "cislens/train/metrics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace cislens {
namespace {

using Values = std::vector<float>;

constexpr float nan = std::numeric_limits<float>::quiet_NaN();

TEST(Metrics, AurocCountsPairsInOrder) {
  // Positives 0.9, 0.6, 0.4 and negatives 0.7, 0.3: 0.9 above both, 0.6 and 0.4 above one: 4 of 6 pairs.
  EXPECT_DOUBLE_EQ(auroc(Values{0.9F, 0.7F, 0.6F, 0.4F, 0.3F}, Values{1, 0, 1, 1, 0}), 4.0 / 6.0);
}

TEST(Metrics, AurocCountsTiesHalf) {
  EXPECT_DOUBLE_EQ(auroc(Values{1, 1, 1, 1}, Values{1, 0, 1, 0}), 0.5);
  // 2 above both negatives, 1 tied with one and above the other: (1 + 1 + 0.5 + 1) / 4.
  EXPECT_DOUBLE_EQ(auroc(Values{2, 1, 1, 0}, Values{1, 1, 0, 0}), 3.5 / 4.0);
}

TEST(Metrics, AurocLeavesUnknownLabelsOutAndNeedsBothClasses) {
  EXPECT_DOUBLE_EQ(auroc(Values{3, 2, 1, 9}, Values{1, 0, 0, nan}), 1);
  EXPECT_TRUE(std::isnan(auroc(Values{3, 2}, Values{1, 1})));
  EXPECT_TRUE(std::isnan(auroc(Values{}, Values{})));
}

TEST(Metrics, ScoresThatAreNotNumbersGiveNoFigure) {
  EXPECT_TRUE(std::isnan(auroc(Values{3, nan, 1}, Values{1, 0, 1})));
  EXPECT_TRUE(std::isnan(average_precision(Values{nan, nan, nan}, Values{1, 0, 1})));
  EXPECT_TRUE(std::isnan(pearson(Values{3, nan, 1}, Values{1, 0, 1})));
}

TEST(Metrics, AveragePrecisionIsTheMeanPrecisionAtPositives) {
  // Ranks of the positives 1, 3, 4: (1/1 + 2/3 + 3/4) / 3.
  EXPECT_DOUBLE_EQ(average_precision(Values{0.9F, 0.7F, 0.6F, 0.4F, 0.3F}, Values{1, 0, 1, 1, 0}),
                   (1.0 + 2.0 / 3.0 + 3.0 / 4.0) / 3.0);
  // All tied: precision is the share of positives.
  EXPECT_DOUBLE_EQ(average_precision(Values{1, 1, 1, 1}, Values{1, 0, 0, 0}), 0.25);
  EXPECT_TRUE(std::isnan(average_precision(Values{1, 2}, Values{0, 0})));
}

TEST(Metrics, MatthewsCorrelationOfTheFourCounts) {
  // TP 2, FN 1, TN 1, FP 1: (2 * 1 - 1 * 1) / sqrt(3 * 3 * 2 * 2).
  EXPECT_DOUBLE_EQ(matthews_correlation(Values{1, 2, -1, -1, 3}, Values{1, 1, 1, 0, 0}, 0), 1.0 / 6.0);
  EXPECT_DOUBLE_EQ(matthews_correlation(Values{1, -1}, Values{1, 0}, 0), 1);
  EXPECT_DOUBLE_EQ(matthews_correlation(Values{1, -1}, Values{0, 1}, 0), -1);
  EXPECT_DOUBLE_EQ(matthews_correlation(Values{1, 1}, Values{0, 1}, 0), 0);
}

TEST(Metrics, SpearmanIsPearsonOfRanksWithTiesInTheMiddle) {
  // Ranks (1, 2, 3, 4) and (1.5, 1.5, 4, 3): deviations give 3.5 / sqrt(5 * 4.5); the unknown one has no
  // rank.
  EXPECT_NEAR(spearman(Values{1, 2, 30, 400, 5}, Values{1, 1, 9, 4, nan}), 3.5 / std::sqrt(22.5), 1e-7);
  EXPECT_DOUBLE_EQ(spearman(Values{1, 10, 100}, Values{3, 2, 1}), -1);
  EXPECT_TRUE(std::isnan(spearman(Values{1, 1}, Values{1, 2})));
  EXPECT_TRUE(std::isnan(spearman(Values{3, nan, 1}, Values{1, 0, 1})));
}

TEST(Metrics, PearsonOfThreePoints) {
  // Deviations (-1, 0, 1) and (-1, -1, 2): 3 / sqrt(2 * 6).
  EXPECT_NEAR(pearson(Values{1, 2, 3, 7}, Values{1, 1, 4, nan}), 3 / std::sqrt(12.0), 1e-15);
  EXPECT_TRUE(std::isnan(pearson(Values{1, 1}, Values{1, 2})));
}

TEST(Metrics, EvaluateGivesIntervalsAroundItsFigures) {
  Values scores;
  Values labels;
  for (int i = 0; i < 200; ++i) {
    labels.push_back(static_cast<float>(i % 2));
    scores.push_back(static_cast<float>(i % 2) + static_cast<float>(i * 37 % 100) / 40.0F);
  }

  auto const metrics = evaluate(scores, labels, true, 1);
  auto const again = evaluate(scores, labels, true, 1);

  ASSERT_EQ(metrics.size(), 3U);
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    EXPECT_LT(metrics[i].low, metrics[i].value) << metrics[i].name;
    EXPECT_GT(metrics[i].high, metrics[i].value) << metrics[i].name;
    EXPECT_EQ(metrics[i].low, again[i].low);
  }
  EXPECT_EQ(metrics[0].name, "AUROC");
  EXPECT_EQ(evaluate(scores, labels, false, 1).at(0).name, "Pearson");
  EXPECT_EQ(evaluate(scores, labels, false, 1).at(1).name, "Spearman");
}

TEST(Metrics, AHandfulOfRecordsHasNoInterval) {
  Values scores{0, 1};
  Values labels{0, 1};
  for (int i = 0; i < 30; ++i) {
    scores.push_back(static_cast<float>(i));
    labels.push_back(i < 8 ? 0.0F : 1.0F);
  }
  auto const few = evaluate(scores, labels, true, 1);  // nine of one class
  EXPECT_FALSE(std::isnan(few[0].value));
  EXPECT_TRUE(std::isnan(few[0].low) && std::isnan(few[0].high));

  scores.push_back(0.5F);
  labels.push_back(0);
  EXPECT_FALSE(std::isnan(evaluate(scores, labels, true, 1)[0].low));
}

}  // namespace
}  // namespace cislens
