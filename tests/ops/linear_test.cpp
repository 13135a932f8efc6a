#include "reference/linear.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/ops/dense.hpp"

#include "support/backends.hpp"
#include "support/derived_limit.hpp"
#include "support/guarded.hpp"

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
  return {{0, 8, 8, 0},   {1, 1, 1, 0},    {1, 128, 384, 0}, {31, 32, 33, 5},  {32, 31, 31, 0},
          {33, 33, 1, 3}, {37, 64, 96, 7}, {100, 1, 16, 0},  {257, 128, 2, 1}, {300, 130, 70, 0}};
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
