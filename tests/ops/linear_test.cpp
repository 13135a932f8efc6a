#include "reference/linear.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/ops/dense.hpp"

#include "support/backends.hpp"
#include "support/derived_limit.hpp"
#include "support/guarded.hpp"

#include <bit>
#include <cmath>
#include <limits>

namespace cislens {
namespace {

using namespace test;

struct LinearCase {
  std::int64_t rows, in, out, gap;  // gap: floats between the rows of x, y and their gradients

  std::vector<float> x = random_floats(rows * in, 1);
  std::vector<float> weight = random_floats(in * out, 2);
  std::vector<float> bias = random_floats(out, 3);
  std::vector<float> residual = random_floats(rows * out, 4);
  std::vector<float> dy = random_floats(rows * out, 5);
};

std::vector<LinearCase> linear_cases() {
  return {{0, 8, 8, 0},     {1, 1, 1, 0},      {1, 128, 384, 0}, {31, 32, 33, 5}, {32, 31, 31, 0},
          {33, 33, 1, 3},   {600, 17, 40, 0},  {7, 1030, 32, 2}, {37, 64, 96, 7}, {100, 1, 16, 0},
          {257, 128, 2, 1}, {300, 130, 70, 0}, {70, 128, 72, 4}};
}

template <typename T>
std::vector<T> reference_forward(LinearCase const& c, bool with_residual) {
  auto y = reference::linear_forward(c.rows, c.in, c.out, as<T>(c.x), as<T>(c.weight), as<T>(c.bias));
  return with_residual ? reference::add(y, as<T>(c.residual)) : y;
}

template <typename T>
reference::LinearGradients<T> reference_backward(LinearCase const& c) {
  return reference::linear_backward(c.rows, c.in, c.out, as<T>(c.x), as<T>(c.weight), as<T>(c.dy));
}

using Linear = OnBackend;

TEST_P(Linear, ForwardMatchesReference) {
  for (LinearCase const& c : linear_cases()) {
    for (bool const with_residual : {false, true}) {
      Guarded const x(c.rows, c.in, c.in + c.gap, c.x);
      Guarded const weight(c.in, c.out, c.weight);
      Guarded const bias(1, c.out, c.bias);
      Guarded const residual(c.rows, c.out, c.residual);
      Guarded y(c.rows, c.out, c.out + c.gap);

      linear_forward(context, x.view(), weight.view(), bias.view(),
                     with_residual ? residual.view() : ConstView(), y.view());

      EXPECT_TRUE(matches(y.values(), reference_forward<double>(c, with_residual),
                          reference_forward<float>(c, with_residual), 0))
          << c.rows << " x " << c.in << " x " << c.out;
      EXPECT_TRUE(y.intact());
    }
  }
}

TEST_P(Linear, BackwardMatchesReferenceAndAddsToParameters) {
  for (LinearCase const& c : linear_cases()) {
    Guarded const x(c.rows, c.in, c.in + c.gap, c.x);
    Guarded const weight(c.in, c.out, c.weight);
    Guarded const dy(c.rows, c.out, c.out + c.gap, c.dy);
    Guarded dx(c.rows, c.in, c.in + c.gap);
    Guarded dweight(c.in, c.out, c.weight);
    Guarded dbias(1, c.out, c.bias);

    linear_backward(context, x.view(), weight.view(), dy.view(), dx.view(), dweight.view(), dbias.view());

    auto const exact = reference_backward<double>(c);
    auto const single = reference_backward<float>(c);
    EXPECT_TRUE(matches(dx.values(), exact.dx, single.dx, 0)) << c.rows << " x " << c.in << " x " << c.out;
    EXPECT_TRUE(matches(dweight.values(), reference::add(as<double>(c.weight), exact.dweight),
                        reference::add(c.weight, single.dweight), 0));
    EXPECT_TRUE(matches(dbias.values(), reference::add(as<double>(c.bias), exact.dbias),
                        reference::add(c.bias, single.dbias), 0));
    EXPECT_TRUE(dx.intact() && dweight.intact() && dbias.intact());
  }
}

/// The nearest bfloat16, ties to even: 8 bits of mantissa, which a float's bits are cut to.
std::vector<float> rounded_to_bf16(std::vector<float> values) {
  for (float& value : values) {
    auto const bits = std::bit_cast<std::uint32_t>(value);
    value = std::bit_cast<float>((bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000);
  }
  return values;
}

LinearCase rounded(LinearCase c) {
  c.x = rounded_to_bf16(c.x);
  c.weight = rounded_to_bf16(c.weight);
  c.dy = rounded_to_bf16(c.dy);
  return c;
}

// Sums stay float: the error is that of float for operands that are bfloat16 numbers already.
TEST_P(Linear, Bf16IsTheProductOfRoundedOperands) {
  context.set_precision(Precision::bf16);
  for (LinearCase const& c : linear_cases()) {
    LinearCase const r = rounded(c);
    Guarded const x(c.rows, c.in, c.in + c.gap, c.x);
    Guarded const weight(c.in, c.out, c.weight);
    Guarded const bias(1, c.out, c.bias);
    Guarded const dy(c.rows, c.out, c.out + c.gap, c.dy);
    Guarded y(c.rows, c.out, c.out + c.gap);
    Guarded dx(c.rows, c.in, c.in + c.gap);
    Guarded dweight(c.in, c.out, std::vector<float>(c.weight.size()));

    linear_forward(context, x.view(), weight.view(), bias.view(), {}, y.view());
    linear_backward(context, x.view(), weight.view(), dy.view(), dx.view(), dweight.view(), {});

    auto const exact = reference_backward<double>(r);
    auto const single = reference_backward<float>(r);
    EXPECT_TRUE(
        matches(y.values(), reference_forward<double>(r, false), reference_forward<float>(r, false), 0))
        << c.rows << " x " << c.in << " x " << c.out;
    EXPECT_TRUE(matches(dx.values(), exact.dx, single.dx, 0));
    EXPECT_TRUE(matches(dweight.values(), exact.dweight, single.dweight, 0));
    EXPECT_TRUE(y.intact() && dx.intact() && dweight.intact());
  }
}

// Each operand is off by at most 2^-8 of itself, a product by 2^-7 and a little: so much of the sum of their
// magnitudes.
TEST_P(Linear, Bf16IsOffByTheRoundingOfItsOperands) {
  context.set_precision(Precision::bf16);
  LinearCase c{37, 64, 96, 0};
  c.bias.assign(c.bias.size(), 0.0F);
  LinearCase magnitudes = c;
  for (float& value : magnitudes.x) value = std::abs(value);
  for (float& value : magnitudes.weight) value = std::abs(value);
  Guarded const x(c.rows, c.in, c.x);
  Guarded const weight(c.in, c.out, c.weight);
  Guarded y(c.rows, c.out);

  linear_forward(context, x.view(), weight.view(), {}, {}, y.view());

  double const limit = 0x1.02p-7 * largest_of(reference_forward<double>(magnitudes, false));
  EXPECT_TRUE(close(y.values(), reference_forward<double>(c, false), limit));
  EXPECT_FALSE(close(y.values(), reference_forward<double>(c, false), 1e-4)) << "operands were not rounded";
}

TEST_P(Linear, NaNAndInfinityReachTheResultInBf16) {
  context.set_precision(Precision::bf16);
  for (float const value : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
    Guarded const x(1, 3, {1.0F, value, 1.0F});
    Guarded const weight(3, 2, std::vector<float>(6, 1.0F));
    Guarded y(1, 2);

    linear_forward(context, x.view(), weight.view(), {}, {}, y.view());

    EXPECT_FALSE(std::isfinite(y.values()[0]));
  }
}

// However many rows are multiplied together, a row has the same bits: also what makes teams deterministic.
TEST_P(Linear, ARowDoesNotDependOnTheOthers) {
  for (auto const& [precision, in] : std::vector<std::pair<Precision, std::int64_t>>{
           {Precision::float32, 130}, {Precision::float32, 128}, {Precision::bf16, 130}}) {
    context.set_precision(precision);
    LinearCase const c{300, in, in == 128 ? 72 : 70, 0};
    Guarded const x(c.rows, c.in, c.x);
    Guarded const weight(c.in, c.out, c.weight);
    Guarded together(c.rows, c.out);
    Guarded alone(c.rows, c.out);

    linear_forward(context, x.view(), weight.view(), {}, {}, together.view());
    for (std::int64_t i = 0; i < c.rows; i += 7) {
      std::int64_t const count = std::min<std::int64_t>(7, c.rows - i);
      linear_forward(context, x.view().row_range(i, count), weight.view(), {}, {},
                     alone.view().row_range(i, count));
    }

    EXPECT_TRUE(same_bits(together.values(), alone.values()));
  }
}

TEST_P(Linear, GivesTheSameBitsAgain) {
  LinearCase const c{37, 64, 96, 7};
  Guarded const x(c.rows, c.in, c.x);
  Guarded const weight(c.in, c.out, c.weight);
  Guarded y(c.rows, c.out);
  Guarded again(c.rows, c.out);

  linear_forward(context, x.view(), weight.view(), {}, {}, y.view());
  linear_forward(context, x.view(), weight.view(), {}, {}, again.view());

  EXPECT_TRUE(same_bits(y.values(), again.values()));
}

TEST_P(Linear, EmptyViewsAreNotComputed) {
  LinearCase const c{31, 32, 33, 0};
  Guarded const x(c.rows, c.in, c.x);
  Guarded const weight(c.in, c.out, c.weight);
  Guarded const dy(c.rows, c.out, c.dy);
  Guarded dx(c.rows, c.in);

  linear_backward(context, x.view(), weight.view(), dy.view(), dx.view(), {}, {});

  EXPECT_TRUE(matches(dx.values(), reference_backward<double>(c).dx, reference_backward<float>(c).dx, 0));
}

TEST_P(Linear, RefusesShapesThatDoNotFit) {
  Guarded x(3, 4);
  Guarded weight(5, 6);
  Guarded y(3, 6);

  EXPECT_THROW(linear_forward(context, x.view(), weight.view(), {}, {}, y.view()), ShapeError);
}

INSTANTIATE_TEST_SUITE_P(Backends, Linear, ::testing::ValuesIn(test_backends()), test_name);

}  // namespace
}  // namespace cislens
