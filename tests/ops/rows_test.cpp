#include "cislens/base/errors.hpp"
#include "cislens/ops/dense.hpp"

#include "reference/linear.hpp"
#include "support/backends.hpp"
#include "support/derived_limit.hpp"
#include "support/guarded.hpp"

namespace cislens {
namespace {

using namespace test;

struct RowsCase {
  std::int64_t rows, columns, x_stride, y_stride;

  std::vector<float> x() const { return random_floats(rows * columns, 1); }
  std::vector<float> y() const { return random_floats(rows * columns, 2); }
};

std::vector<RowsCase> rows_cases() {
  return {{0, 5, 5, 5},    {1, 1, 3, 2},        {31, 33, 33, 40},  {32, 32, 96, 32},
          {33, 4, 4, 132}, {97, 128, 384, 128}, {257, 31, 32, 33}, {3, 1000, 1001, 1000}};
}

using Rows = OnBackend;

TEST_P(Rows, AreAddedWithAnyStride) {
  for (RowsCase const& c : rows_cases()) {
    Guarded const x(c.rows, c.columns, c.x_stride, c.x());
    Guarded y(c.rows, c.columns, c.y_stride, c.y());

    add_rows(context, x.view(), y.view());

    EXPECT_TRUE(same_bits(y.values(), reference::add(c.y(), c.x()))) << c.rows << " x " << c.columns;
    EXPECT_TRUE(y.intact() && x.intact());
  }
}

TEST_P(Rows, AreCopiedWithAnyStride) {
  for (RowsCase const& c : rows_cases()) {
    Guarded const x(c.rows, c.columns, c.x_stride, c.x());
    Guarded y(c.rows, c.columns, c.y_stride);

    copy_rows(context, x.view(), y.view());

    EXPECT_TRUE(same_bits(y.values(), c.x())) << c.rows << " x " << c.columns;
    EXPECT_TRUE(y.intact() && x.intact());
  }
}

/// Columns of a wider matrix begin where no vector is aligned.
TEST_P(Rows, MayBeginAnywhereInARow) {
  auto const values = random_floats(9 * 40, 1);
  Guarded const x(9, 40, values);
  Guarded y(9, 36, std::vector<float>(9 * 36));

  copy_rows(context, x.view().column_range(3, 33), y.view().column_range(1, 33));
  add_rows(context, x.view().column_range(5, 33), y.view().column_range(1, 33));

  auto const got = y.values();
  for (std::int64_t i = 0; i < 9; ++i) {
    EXPECT_EQ(got[i * 36], 0.0F);
    for (std::int64_t j = 0; j < 33; ++j)
      EXPECT_EQ(got[i * 36 + 1 + j], values[i * 40 + 3 + j] + values[i * 40 + 5 + j]);
  }
}

struct RepeatCase {
  std::int64_t count, rows, columns;

  std::vector<float> x() const { return random_floats(rows * columns, 1); }
  std::vector<float> dy() const { return random_floats(count * rows * columns, 2); }
  std::vector<float> before() const { return random_floats(rows * columns, 3); }

  template <typename T>
  std::vector<T> expected_gradient() const {
    auto const all = as<T>(dy());
    std::vector<T> sum(static_cast<std::size_t>(rows * columns));
    for (std::size_t i = 0; i < all.size(); ++i) sum[i % sum.size()] += all[i];
    return reference::add(as<T>(before()), sum);
  }
};

std::vector<RepeatCase> repeat_cases() {
  return {{1, 1, 1}, {3, 2, 33}, {31, 1, 32}, {97, 4, 31}, {2, 8, 1000}};
}

using Repeat = OnBackend;

TEST_P(Repeat, WritesEveryCopy) {
  for (RepeatCase const& c : repeat_cases()) {
    Guarded const x(c.rows, c.columns, c.x());
    Guarded y(c.count * c.rows, c.columns);

    repeat_forward(context, x.view(), y.view());

    auto const one = c.x();
    std::vector<float> expected;
    for (std::int64_t n = 0; n < c.count; ++n) expected.insert(expected.end(), one.begin(), one.end());
    EXPECT_TRUE(same_bits(y.values(), expected)) << c.count;
    EXPECT_TRUE(y.intact());
  }
}

TEST_P(Repeat, BackwardAddsTheSumOfTheCopies) {
  for (RepeatCase const& c : repeat_cases()) {
    Guarded const dy(c.count * c.rows, c.columns, c.dy());
    Guarded dx(c.rows, c.columns, c.before());
    Guarded again(c.rows, c.columns, c.before());

    repeat_backward(context, dy.view(), dx.view());
    repeat_backward(context, dy.view(), again.view());

    auto const exact = c.expected_gradient<double>();
    EXPECT_TRUE(
        matches(dx.values(), exact, c.expected_gradient<float>(), additions_to(largest_of(exact), c.count)))
        << c.count;
    EXPECT_TRUE(same_bits(dx.values(), again.values()));
    EXPECT_TRUE(dx.intact());
  }
}

TEST_P(Repeat, RefusesWhatIsNoMultiple) {
  Guarded const x(2, 3, random_floats(6, 1));
  Guarded y(5, 3);

  EXPECT_THROW(repeat_forward(context, x.view(), y.view()), ShapeError);
}

INSTANTIATE_TEST_SUITE_P(Backends, Rows, ::testing::ValuesIn(test_backends()), test_name);
INSTANTIATE_TEST_SUITE_P(Backends, Repeat, ::testing::ValuesIn(test_backends()), test_name);

}  // namespace
}  // namespace cislens
