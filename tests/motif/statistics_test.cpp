#include "cislens/motif/statistics.hpp"

#include "cislens/base/errors.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace cislens {
namespace {

// Expected values: exact fractions (Python) or SciPy 1.x, typed in.

double relative(double value, double expected) {
  return expected == 0 ? std::abs(value) : std::abs(value - expected) / std::abs(expected);
}

TEST(Statistics, LogFactorialIsExactAndJoinsItsSeries) {
  EXPECT_EQ(log_factorial(0), 0);
  EXPECT_EQ(log_factorial(1), 0);
  EXPECT_LT(relative(log_factorial(10), 15.104412573075516), 1e-15);
  EXPECT_LT(relative(log_factorial(15), 27.899271383840894), 1e-15);
  EXPECT_LT(relative(log_factorial(16), 30.671860106080675), 1e-15);
  EXPECT_LT(relative(log_factorial(100), 363.73937555556347), 1e-15);
  EXPECT_LT(relative(log_factorial(1000000), 12815518.384658169), 1e-15);
  EXPECT_LT(relative(log_choose(5, 2), std::log(10.0)), 1e-15);
  EXPECT_EQ(log_choose(5, 6), -std::numeric_limits<double>::infinity());
}

TEST(Statistics, FisherEqualsExactFractions) {
  EXPECT_NEAR(fisher_log_p({8, 10, 1, 6}), -3.710081661764539, 1e-12);
  EXPECT_NEAR(fisher_log_p({3, 4, 1, 4}), -1.4152818979931432, 1e-12);  // Fisher's tea: 17/70
  EXPECT_NEAR(fisher_log_p({30, 100, 10, 100}), -8.03105371732125, 1e-12);
  EXPECT_NEAR(fisher_log_p({10, 100, 30, 100}), -7.7205842117678e-05, 1e-12);
  EXPECT_NEAR(fisher_log_p({1, 1000, 1, 1000}), -0.2875153363113352, 1e-12);
  EXPECT_NEAR(fisher_log_p({1500, 2000, 300, 2000}), -785.610852506536, 1e-9);  // 1e-341
  EXPECT_NEAR(fisher_log_p({4000, 4000, 0, 4000}), -5540.458023466587, 1e-8);
}

TEST(Statistics, FisherOfEmptyAndImpossibleTables) {
  EXPECT_EQ(fisher_log_p({0, 0, 3, 10}), 0);
  EXPECT_EQ(fisher_log_p({3, 10, 0, 0}), 0);
  EXPECT_EQ(fisher_log_p({0, 10, 3, 10}), 0);
  EXPECT_EQ(fisher_log_p({10, 10, 10, 10}), 0);
  EXPECT_THROW(fisher_log_p({11, 10, 0, 10}), Error);
  EXPECT_THROW(fisher_log_p({-1, 10, 0, 10}), Error);
}

TEST(Statistics, BinomialEqualsExactFractions) {
  EXPECT_NEAR(binomial_log_p(7, 10, 0.5), -1.7609878105613008, 1e-12);
  EXPECT_NEAR(binomial_log_p(60, 100, 0.5), -3.5598192034468994, 1e-12);
  EXPECT_NEAR(binomial_log_p(500, 1000, 0.125), -416.8654975328957, 1e-10);
  EXPECT_NEAR(binomial_log_p(1, 20, 0.0625), -0.3216647169165441, 1e-12);
  EXPECT_NEAR(binomial_log_p(3, 20, 0.5), -0.00020124552928457717, 1e-12);
  EXPECT_EQ(binomial_log_p(0, 10, 0.1), 0);
  EXPECT_EQ(binomial_log_p(1, 10, 0), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(binomial_log_p(10, 10, 1), 0);
}

TEST(Statistics, NormalTail) {
  EXPECT_LT(relative(normal_log_p(-3), -0.0013508099647481925), 1e-12);
  EXPECT_LT(relative(normal_log_p(0), -0.6931471805599453), 1e-14);
  EXPECT_LT(relative(normal_log_p(1.6448536269514722), -2.9957322735539904), 1e-12);
  EXPECT_LT(relative(normal_log_p(5), -15.064998393988727), 1e-12);
  EXPECT_LT(relative(normal_log_p(37), -689.0305855768908), 1e-12);
  EXPECT_LT(relative(normal_log_p(40), -804.6084420137539), 1e-12);
  EXPECT_LT(relative(normal_log_p(100), -5005.524208694205), 1e-12);
  EXPECT_NEAR(minus_log10(std::log(1e-5)), 5, 1e-12);
  EXPECT_FALSE(std::signbit(minus_log10(0)));
}

TEST(Statistics, BenjaminiHochbergWithTiesAndUntested) {
  double const nan = std::numeric_limits<double>::quiet_NaN();

  auto const q = benjamini_hochberg(std::vector{0.01, 0.04, nan, 0.03, 0.005, 0.5, 0.04});

  std::vector<double> const expected = {0.03, 0.048, nan, 0.048, 0.03, 0.5, 0.048};
  for (std::size_t i : {0, 1, 3, 4, 5, 6}) EXPECT_NEAR(q[i], expected[i], 1e-15) << i;

  EXPECT_TRUE(std::isnan(q[2]));
  EXPECT_TRUE(benjamini_hochberg({}).empty());
}

TEST(Statistics, RankTests) {
  std::vector<double> const positives = {1.1, 2.2, 3.3, 4.4, 5.5, 2.0};
  std::vector<double> const negatives = {0.5, 2.2, 1.0, 3.0, 0.1};

  EXPECT_NEAR(auroc(positives, negatives), 24.5 / 30, 1e-15);
  EXPECT_NEAR(mann_whitney_log_p(positives, negatives), -2.9999859687627395, 1e-10);
  EXPECT_TRUE(std::isnan(auroc(positives, {})));
  EXPECT_EQ(mann_whitney_log_p(std::vector{1.0, 1.0}, std::vector{1.0}), 0);
}

}  // namespace
}  // namespace cislens
