#include "cislens/ops/optimizer.hpp"

#include "reference/linear.hpp"
#include "reference/optimizer.hpp"
#include "reference/regulariser.hpp"
#include "support/backends.hpp"
#include "support/derived_limit.hpp"
#include "support/guarded.hpp"

namespace cislens {
namespace {

using namespace test;

constexpr std::int64_t counts[] = {0, 1, 31, 32, 33, 97, 5000};

template <typename T>
struct AdamWReference {
  std::vector<T> parameter, first, second;

  AdamWReference(std::vector<float> const& start, std::vector<float> const& gradient, double scale, int steps)
      : parameter(as<T>(start)), first(start.size()), second(start.size()) {
    auto scaled = as<T>(gradient);
    for (T& g : scaled) g *= static_cast<T>(scale);
    for (int n = 1; n <= steps; ++n)
      reference::adamw_step({2e-3, 0.9, 0.999, 1e-8, 0.01}, n, scaled, parameter, first, second);
  }
};

using Optimizer = OnBackend;

TEST_P(Optimizer, AdamWMatchesReference) {
  for (std::int64_t const count : counts) {
    auto const start = random_floats(count, 1);
    std::vector<float> const zeros(start.size());
    Guarded const gradient(1, count, random_floats(count, 2));
    Guarded const decay(1, count, std::vector<float>(start.size(), 0.01F));
    Guarded parameter(1, count, start);
    Guarded first(1, count, zeros);
    Guarded second(1, count, zeros);

    for (int n = 1; n <= 5; ++n) {
      adamw(context, AdamWOptions{}, 2e-3, 0.5, n, decay.view(), gradient.view(), parameter.view(),
            first.view(), second.view());
    }

    AdamWReference<double> const exact(start, gradient.values(), 0.5, 5);
    AdamWReference<float> const single(start, gradient.values(), 0.5, 5);
    EXPECT_TRUE(matches(parameter.values(), exact.parameter, single.parameter, 0)) << count;
    EXPECT_TRUE(matches(first.values(), exact.first, single.first, 0)) << count;
    EXPECT_TRUE(matches(second.values(), exact.second, single.second, 0)) << count;
    EXPECT_TRUE(parameter.intact() && first.intact() && second.intact());
  }
}

TEST_P(Optimizer, SumOfSquaresIsTheSum) {
  for (std::int64_t const count : counts) {
    Guarded const x(1, count, random_floats(count, 1));

    double const sum = sum_of_squares(context, x.view());

    double exact = 0;
    float single = 0;
    for (float const value : x.values()) {
      exact += static_cast<double>(value) * static_cast<double>(value);
      single += value * value;
    }
    EXPECT_NEAR(sum, exact, derived_limit({exact}, {single}, 0)) << count;
  }
}

TEST_P(Optimizer, SumOfSquaresKeepsNaN) {
  auto values = random_floats(5000, 1);
  values[4999] = std::nanf("");
  Guarded const x(1, 5000, values);

  EXPECT_TRUE(std::isnan(sum_of_squares(context, x.view())));
}

TEST(HeadDiversity, MatchesReferenceAndAddsToTheGradient) {
  for (std::int64_t const heads : {1, 2, 4, 8}) {
    std::int64_t const channels = 32;
    auto const before = random_floats(3 * channels * channels, 2);
    Guarded const qkv(channels, 3 * channels, random_floats(3 * channels * channels, 1));
    Guarded dqkv(channels, 3 * channels, before);
    double const strength = 3;

    double const value = head_diversity(qkv.view(), heads, strength, dqkv.view());

    auto const exact = reference::head_diversity(channels, heads, as<double>(qkv.values()));
    EXPECT_NEAR(value, exact.value, 1e-12);
    auto gradient = exact.dweight;
    for (double& g : gradient) g *= strength;
    auto const expected = reference::add(as<double>(before), gradient);
    // The op adds in double and rounds when it adds to the buffer, once a pair of heads.
    double const roundings = static_cast<double>(heads) * half_ulp;
    EXPECT_TRUE(close(dqkv.values(), expected, roundings * largest_of(expected))) << heads;
    EXPECT_TRUE(dqkv.intact());
  }
}

TEST(HeadDiversity, OrthogonalHeadsDoNotOverlapAndEqualOnesDo) {
  Guarded orthogonal(4, 12, std::vector<float>(48));
  Guarded equal(4, 12, std::vector<float>(48));
  for (std::int64_t part = 0; part < 3; ++part) {
    for (std::int64_t d = 0; d < 4; ++d) orthogonal.host().row(d)[part * 4 + d] = 2;
    for (std::int64_t d = 0; d < 4; ++d) equal.host().row(d % 2)[part * 4 + d] = 3;
  }

  EXPECT_EQ(head_diversity(orthogonal.view(), 2, 1, {}), 0);
  // Two heads with the columns 3 e0, 3 e1 both: ||9 I||^2 / (18 * 18) = 162 / 324.
  EXPECT_NEAR(head_diversity(equal.view(), 2, 1, {}), 0.5, 1e-15);
}

INSTANTIATE_TEST_SUITE_P(Backends, Optimizer, ::testing::ValuesIn(test_backends()), test_name);

}  // namespace
}  // namespace cislens
