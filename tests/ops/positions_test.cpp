#include "cislens/base/errors.hpp"
#include "cislens/ops/attention.hpp"

#include "reference/linear.hpp"
#include "reference/position.hpp"
#include "support/backends.hpp"
#include "support/derived_limit.hpp"
#include "support/guarded.hpp"

namespace cislens {
namespace {

using namespace test;

struct PositionCase {
  std::int64_t tokens, channels, table_rows;
  bool interpolated;
  std::vector<std::int64_t> lengths;

  std::int64_t rows() const { return static_cast<std::int64_t>(lengths.size()) * tokens; }
  std::vector<float> table() const { return random_floats(table_rows * channels, 1); }
  std::vector<float> before() const { return random_floats(table_rows * channels, 2); }
  /// Tokens; NaN in padding, of which nothing may be read.
  std::vector<float> x() const {
    auto values = random_floats(rows() * channels, 3);
    for (std::int64_t row = 0; row < rows(); ++row) {
      if (row % tokens < lengths[row / tokens]) continue;
      std::fill_n(values.begin() + row * channels, channels, std::nanf(""));
    }
    return values;
  }
  std::int64_t rows_used(std::int64_t length) const { return interpolated ? table_rows : length; }
};

std::vector<PositionCase> position_cases() {
  return {{1, 1, 2, true, {1}},      {31, 33, 5, true, {31, 0, 1, 2}}, {33, 32, 40, false, {33, 1, 17}},
          {97, 20, 97, false, {97}}, {97, 128, 512, true, {97, 64}},   {130, 7, 16, true, {130, 129, 128}}};
}

/// What the table adds to the tokens of one sequence.
template <typename T>
std::vector<T> positions_of(PositionCase const& c, std::int64_t length) {
  auto const table = as<T>(c.table());
  if (!c.interpolated) return {table.begin(), table.begin() + length * c.channels};
  return reference::learned_positions_forward(c.table_rows, length, c.channels, table);
}

/// Padding stays what it was: zero here, for a comparison has no NaN.
template <typename T>
std::vector<T> expected_tokens(PositionCase const& c) {
  std::vector<T> all(static_cast<std::size_t>(c.rows() * c.channels));
  auto const x = c.x();
  for (std::size_t s = 0; s < c.lengths.size(); ++s) {
    auto const first = static_cast<std::int64_t>(s) * c.tokens * c.channels;
    auto const added = positions_of<T>(c, c.lengths[s]);
    for (std::size_t i = 0; i < added.size(); ++i) all[first + i] = T(x[first + i]) + added[i];
  }
  return all;
}

template <typename T>
std::vector<T> expected_gradient(PositionCase const& c) {
  auto gradient = as<T>(c.before());
  auto const dx = c.x();
  for (std::size_t s = 0; s < c.lengths.size(); ++s) {
    auto const first = dx.begin() + static_cast<std::int64_t>(s) * c.tokens * c.channels;
    auto one = as<T>(std::vector<float>(first, first + c.lengths[s] * c.channels));
    if (c.interpolated)
      one = reference::learned_positions_backward(c.table_rows, c.lengths[s], c.channels, one);
    for (std::size_t i = 0; i < one.size(); ++i) gradient[i] += one[i];
  }
  return gradient;
}

/// The numbers with 0 in padding.
std::vector<float> without_padding(PositionCase const& c, std::vector<float> values) {
  for (std::int64_t row = 0; row < c.rows(); ++row) {
    if (row % c.tokens >= c.lengths[row / c.tokens])
      std::fill_n(values.begin() + row * c.channels, c.channels, 0.0F);
  }
  return values;
}

/// The op computes the place in the table in float: it is off by a rounding of a place as large as the table.
double place_floor(PositionCase const& c, double largest_difference) {
  return c.interpolated ? roundings_of(static_cast<double>(c.table_rows)) * largest_difference : 0;
}

using Positions = OnBackend;

TEST_P(Positions, ForwardMatchesReferenceAndLeavesPadding) {
  for (PositionCase const& c : position_cases()) {
    OnBothSides<std::int64_t> const lengths(c.lengths);
    Guarded const table(c.table_rows, c.channels, c.table());
    Guarded x(c.rows(), c.channels, c.x());

    positions_forward(context, lengths.mirrored(), table.view(), c.interpolated, x.view());

    auto const exact = expected_tokens<double>(c);
    double const floor = place_floor(c, 2 * largest_of(as<double>(c.table())));
    EXPECT_TRUE(matches(without_padding(c, x.values()), exact, expected_tokens<float>(c), floor)) << c.tokens;
    EXPECT_TRUE(x.intact());
    for (std::int64_t row = 0; row < c.rows(); ++row) {
      bool const padding = row % c.tokens >= c.lengths[row / c.tokens];
      EXPECT_EQ(std::isnan(x.values()[row * c.channels]), padding) << row;
    }
  }
}

TEST_P(Positions, BackwardMatchesReferenceAndAddsToTheTable) {
  for (PositionCase const& c : position_cases()) {
    OnBothSides<std::int64_t> const lengths(c.lengths);
    Guarded const dx(c.rows(), c.channels, c.x());
    Guarded dtable(c.table_rows, c.channels, c.before());

    positions_backward(context, lengths.mirrored(), dx.view(), c.interpolated, dtable.view());

    auto const exact = expected_gradient<double>(c);
    double const floor = place_floor(c, 2 * largest_of(exact)) + additions_to(largest_of(exact), c.rows());
    EXPECT_TRUE(matches(dtable.values(), exact, expected_gradient<float>(c), floor)) << c.tokens;
    EXPECT_TRUE(dtable.intact());
  }
}

TEST_P(Positions, GivesTheSameBitsAgain) {
  PositionCase const c = position_cases()[4];
  OnBothSides<std::int64_t> const lengths(c.lengths);
  Guarded const dx(c.rows(), c.channels, c.x());
  Guarded first(c.table_rows, c.channels, c.before());
  Guarded second(c.table_rows, c.channels, c.before());

  positions_backward(context, lengths.mirrored(), dx.view(), true, first.view());
  positions_backward(context, lengths.mirrored(), dx.view(), true, second.view());

  EXPECT_TRUE(same_bits(first.values(), second.values()));
}

TEST_P(Positions, NaNIsNotSwallowed) {
  PositionCase const c{33, 20, 7, true, {33}};
  OnBothSides<std::int64_t> const lengths(c.lengths);
  Guarded table(c.table_rows, c.channels, c.table());
  Guarded x(c.rows(), c.channels, c.x());
  table.host().row(6)[19] = std::nanf("");

  positions_forward(context, lengths.mirrored(), table.view(), true, x.view());

  EXPECT_TRUE(std::isnan(x.values()[32 * 20 + 19]));
  EXPECT_FALSE(std::isnan(x.values()[19]));
}

TEST_P(Positions, RefusesATableThatIsTooShort) {
  OnBothSides<std::int64_t> const lengths({5});
  Guarded const table(4, 3, random_floats(12, 1));
  Guarded x(5, 3, random_floats(15, 2));

  EXPECT_THROW(positions_forward(context, lengths.mirrored(), table.view(), false, x.view()), ShapeError);
}

INSTANTIATE_TEST_SUITE_P(Backends, Positions, ::testing::ValuesIn(test_backends()), test_name);

}  // namespace
}  // namespace cislens
