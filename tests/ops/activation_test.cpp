#include "reference/activation.hpp"

#include "cislens/ops/dense.hpp"

#include "reference/linear.hpp"
#include "support/backends.hpp"
#include "support/derived_limit.hpp"
#include "support/guarded.hpp"

#include <algorithm>
#include <numbers>
#include <numeric>

namespace cislens {
namespace {

using namespace test;

constexpr std::int64_t counts[] = {0, 1, 15, 16, 31, 32, 33, 97, 1000};

/// From -12 to 12: the tails of the distribution too.
std::vector<float> wide_values(std::int64_t count) {
  auto x = random_floats(count, 1);
  for (float& value : x) value *= 4;
  return x;
}

/// An error of erf gives |x| / 2 times as much in x (1 + erf(x / sqrt 2)) / 2.
double forward_floor(std::vector<float> const& x) { return 0.5 * erf_accuracy * largest_of(as<double>(x)); }

/// dy ((1 + erf) / 2 + x phi(x)): half of erf's error, and the exponential's of the second part.
double backward_floor(std::vector<float> const& x, std::vector<float> const& dy) {
  double floor = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    double const value = static_cast<double>(x[i]);
    double const density = std::exp(-0.5 * value * value) / std::sqrt(2 * std::numbers::pi);
    floor = std::max(floor, std::abs(static_cast<double>(dy[i])) *
                                (0.5 * erf_accuracy + std::abs(value) * density * exp2_accuracy));
  }
  return floor;
}

using Activation = OnBackend;

TEST_P(Activation, GeluMatchesReference) {
  for (std::int64_t const count : counts) {
    Guarded const x(1, count, wide_values(count));
    Guarded y(1, count);

    gelu_forward(context, x.view(), y.view());

    EXPECT_TRUE(matches(y.values(), reference::gelu_forward(as<double>(x.values())),
                        reference::gelu_forward(x.values()), forward_floor(x.values())))
        << count;
    EXPECT_TRUE(y.intact());
  }
}

TEST_P(Activation, GeluBackwardMatchesReference) {
  for (std::int64_t const count : counts) {
    Guarded const x(1, count, wide_values(count));
    Guarded const dy(1, count, random_floats(count, 2));
    Guarded dx(1, count);

    gelu_backward(context, x.view(), dy.view(), dx.view());

    EXPECT_TRUE(
        matches(dx.values(), reference::gelu_backward(as<double>(x.values()), as<double>(dy.values())),
                reference::gelu_backward(x.values(), dy.values()), backward_floor(x.values(), dy.values())))
        << count;
    EXPECT_TRUE(dx.intact());
  }
}

TEST_P(Activation, GeluAttributionTimesInputIsGradientTimesOutput) {
  for (std::int64_t const count : counts) {
    Guarded const x(1, count, wide_values(count));
    Guarded dx(1, count, random_floats(count, 2));
    auto const dy = dx.values();

    gelu_attribution(context, x.view(), dx.view(), dx.view());

    auto const attributed = dx.values();
    auto const y = reference::gelu_forward(as<double>(x.values()));
    for (std::int64_t i = 0; i < count; ++i) {
      double const value = static_cast<double>(x.values()[i]);
      double const gradient = static_cast<double>(dy[i]);
      // Phi is off by half of erf's error and three roundings.
      double const limit = std::abs(gradient * value) * (0.5 * erf_accuracy + 3 * half_ulp);
      EXPECT_NEAR(static_cast<double>(attributed[i]) * value, gradient * y[i], limit) << value;
    }
    EXPECT_TRUE(dx.intact());
  }
}

TEST_P(Activation, AnElementDoesNotDependOnItsPlace) {
  auto const values = wide_values(33);
  Guarded const x(1, 33, values);
  Guarded const alone(1, 1, std::vector<float>{values[32]});
  Guarded y(1, 33);
  Guarded y_alone(1, 1);

  gelu_forward(context, x.view(), y.view());
  gelu_forward(context, alone.view(), y_alone.view());

  EXPECT_TRUE(same_bits(y_alone.values(), {y.values()[32]}));
}

TEST_P(Activation, GeluKeepsNaN) {
  Guarded const x(1, 33, std::vector<float>(33, std::nanf("")));
  Guarded y(1, 33);

  gelu_forward(context, x.view(), y.view());

  for (float const value : y.values()) EXPECT_TRUE(std::isnan(value));
}

TEST_P(Activation, AddAddsAlsoInPlace) {
  for (std::int64_t const count : counts) {
    Guarded a(1, count, random_floats(count, 1));
    Guarded const b(1, count, random_floats(count, 2));
    auto const expected = reference::add(a.values(), b.values());

    add(context, a.view(), b.view(), a.view());

    EXPECT_TRUE(same_bits(a.values(), expected));
    EXPECT_TRUE(a.intact());
  }
}

TEST_P(Activation, DropoutDropsTheRateAndKeepsTheMean) {
  constexpr std::int64_t count = 100000;
  Guarded const x(1, count, std::vector<float>(count, 1.0F));
  Guarded y(1, count);

  for (float const rate : {0.0F, 0.1F, 0.5F, 0.9F}) {
    dropout(context, x.view(), rate, 7, 0, y.view());

    auto const values = y.values();
    auto const dropped = static_cast<double>(std::count(values.begin(), values.end(), 0.0F));
    double const mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
    double const p = static_cast<double>(rate);
    EXPECT_NEAR(dropped, p * count, 5 * std::sqrt(p * (1 - p) * count) + 1e-9) << rate;
    EXPECT_NEAR(mean, 1, 5 * std::sqrt(p / (1 - p) / count) + 1e-6) << rate;
    EXPECT_TRUE(y.intact());
  }
}

TEST_P(Activation, DropoutIsAFunctionOfSeedAndElement) {
  auto const values = random_floats(1000, 3);
  Guarded const x(1, 1000, values);
  Guarded const later(1, 400, {values.begin() + 600, values.end()});
  Guarded y(1, 1000);
  Guarded again(1, 1000);
  Guarded other_seed(1, 1000);
  Guarded y_later(1, 400);

  dropout(context, x.view(), 0.3F, 11, 5, y.view());
  dropout(context, x.view(), 0.3F, 11, 5, again.view());
  dropout(context, x.view(), 0.3F, 12, 5, other_seed.view());
  dropout(context, later.view(), 0.3F, 11, 605, y_later.view());

  auto const kept = y.values();
  EXPECT_TRUE(same_bits(kept, again.values()));
  EXPECT_FALSE(same_bits(kept, other_seed.values()));
  EXPECT_TRUE(same_bits(y_later.values(), {kept.begin() + 600, kept.end()}));
}

TEST_P(Activation, NeighbouringSeedsDropIndependently) {
  constexpr std::int64_t count = 100000;
  Guarded const x(1, count, std::vector<float>(count, 1.0F));
  Guarded a(1, count);
  Guarded b(1, count);

  dropout(context, x.view(), 0.5F, 1, 0, a.view());
  dropout(context, x.view(), 0.5F, 2, 0, b.view());

  double both = 0;
  auto const in_a = a.values();
  auto const in_b = b.values();
  for (std::int64_t i = 0; i < count; ++i) both += in_a[i] == 0 && in_b[i] == 0 ? 1 : 0;
  EXPECT_NEAR(both, 0.25 * count, 5 * std::sqrt(0.25 * 0.75 * count));
}

INSTANTIATE_TEST_SUITE_P(Backends, Activation, ::testing::ValuesIn(test_backends()), test_name);

}  // namespace
}  // namespace cislens
