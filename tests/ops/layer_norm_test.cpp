#include "reference/layer_norm.hpp"

#include "cislens/ops/dense.hpp"

#include "reference/linear.hpp"
#include "support/backends.hpp"
#include "support/derived_limit.hpp"
#include "support/guarded.hpp"

#include <utility>

namespace cislens {
namespace {

using namespace test;

constexpr float epsilon = 1e-5F;

struct NormCase {
  std::int64_t rows, channels;

  std::vector<float> x = random_floats(rows * channels, 1);
  std::vector<float> gain = random_floats(channels, 2);
  std::vector<float> bias = random_floats(channels, 3);
  std::vector<float> dy = random_floats(rows * channels, 4);
  std::vector<float> dresidual = random_floats(rows * channels, 5);
};

std::vector<NormCase> norm_cases() {
  return {{0, 16}, {1, 1}, {3, 2}, {5, 31}, {33, 32}, {7, 33}, {2, 64}, {101, 97}, {3, 128}, {2, 1000}};
}

template <typename T>
reference::LayerNorm<T> reference_forward(NormCase const& c) {
  return reference::layer_norm_forward(c.rows, c.channels, as<T>(c.x), as<T>(c.gain), as<T>(c.bias),
                                       static_cast<double>(epsilon));
}

template <typename T>
reference::LayerNormGradients<T> reference_backward(NormCase const& c) {
  return reference::layer_norm_backward(c.rows, c.channels, as<T>(c.x), as<T>(c.gain),
                                        reference_forward<T>(c), as<T>(c.dy));
}

/// dx = rstd (g - ...): a rounding of g = dy gain is multiplied with rstd, which is large when a row has one
/// channel.
double dx_floor(NormCase const& c) {
  double const g = largest_of(as<double>(c.dy)) * largest_of(as<double>(c.gain));
  return roundings_of(g * largest_of(reference_forward<double>(c).rstd));
}

/// The op's forward on a case.
struct NormRun {
  Guarded x, gain, bias, y, mean, rstd;

  NormRun(Context& context, NormCase const& c)
      : x(c.rows, c.channels, c.x),
        gain(1, c.channels, c.gain),
        bias(1, c.channels, c.bias),
        y(c.rows, c.channels),
        mean(1, c.rows),
        rstd(1, c.rows) {
    layer_norm_forward(context, std::as_const(x).view(), std::as_const(gain).view(),
                       std::as_const(bias).view(), epsilon, y.view(), mean.view(), rstd.view());
  }
};

using LayerNorm = OnBackend;

TEST_P(LayerNorm, ForwardMatchesReference) {
  for (NormCase const& c : norm_cases()) {
    NormRun const run(context, c);

    auto const exact = reference_forward<double>(c);
    auto const single = reference_forward<float>(c);
    EXPECT_TRUE(matches(run.y.values(), exact.y, single.y, 0)) << c.rows << " x " << c.channels;
    EXPECT_TRUE(
        matches(run.mean.values(), exact.mean, single.mean, roundings_of(largest_of(as<double>(c.x)))));
    EXPECT_TRUE(matches(run.rstd.values(), exact.rstd, single.rstd, 0));
    EXPECT_TRUE(run.y.intact() && run.mean.intact() && run.rstd.intact());
  }
}

TEST_P(LayerNorm, BackwardMatchesReferenceAndAddsToParameters) {
  for (NormCase const& c : norm_cases()) {
    NormRun const run(context, c);
    Guarded const dy(c.rows, c.channels, c.dy);
    Guarded const dresidual(c.rows, c.channels, c.dresidual);
    Guarded dx(c.rows, c.channels);
    Guarded dgain(1, c.channels, c.gain);
    Guarded dbias(1, c.channels, c.bias);

    layer_norm_backward(context, run.x.view(), run.gain.view(), run.mean.view(), run.rstd.view(), dy.view(),
                        dresidual.view(), dx.view(), dgain.view(), dbias.view());

    auto const exact = reference_backward<double>(c);
    auto const single = reference_backward<float>(c);
    EXPECT_TRUE(matches(dx.values(), reference::add(as<double>(c.dresidual), exact.dx),
                        reference::add(c.dresidual, single.dx), dx_floor(c)))
        << c.rows << " x " << c.channels;
    EXPECT_TRUE(matches(dgain.values(), reference::add(as<double>(c.gain), exact.dgain),
                        reference::add(c.gain, single.dgain), 0));
    EXPECT_TRUE(matches(dbias.values(), reference::add(as<double>(c.bias), exact.dbias),
                        reference::add(c.bias, single.dbias), 0));
    EXPECT_TRUE(dx.intact() && dgain.intact() && dbias.intact());
  }
}

/// The slope with rstd held constant is that of a norm with the divisor given: dx = dresidual + rstd (g -
/// mean(g)).
template <typename T>
std::vector<T> reference_attribution(NormCase const& c) {
  auto const rstd = reference_forward<T>(c).rstd;
  auto dx = as<T>(c.dresidual);
  for (std::int64_t r = 0; r < c.rows; ++r) {
    T mean{};
    for (std::int64_t i = 0; i < c.channels; ++i)
      mean += T(c.dy[r * c.channels + i]) * T(c.gain[i]) / static_cast<T>(c.channels);
    for (std::int64_t i = 0; i < c.channels; ++i)
      dx[r * c.channels + i] += rstd[r] * (T(c.dy[r * c.channels + i]) * T(c.gain[i]) - mean);
  }
  return dx;
}

TEST_P(LayerNorm, AttributionHoldsTheDeviationConstant) {
  for (NormCase const& c : norm_cases()) {
    NormRun const run(context, c);
    Guarded const dy(c.rows, c.channels, c.dy);
    Guarded const dresidual(c.rows, c.channels, c.dresidual);
    Guarded dx(c.rows, c.channels);

    layer_norm_attribution(context, run.gain.view(), run.rstd.view(), dy.view(), dresidual.view(), dx.view());

    EXPECT_TRUE(
        matches(dx.values(), reference_attribution<double>(c), reference_attribution<float>(c), dx_floor(c)))
        << c.rows << " x " << c.channels;
    EXPECT_TRUE(dx.intact());
  }
}

TEST_P(LayerNorm, BackwardMayWriteOverItsGradient) {
  NormCase const c{5, 33};
  NormRun const run(context, c);
  Guarded const dy(c.rows, c.channels, c.dy);
  Guarded dx(c.rows, c.channels);
  Guarded in_place(c.rows, c.channels, c.dy);
  auto const zeros = std::vector<float>(static_cast<std::size_t>(c.channels));
  Guarded dgain[2] = {{1, c.channels, zeros}, {1, c.channels, zeros}};
  Guarded dbias[2] = {{1, c.channels, zeros}, {1, c.channels, zeros}};

  layer_norm_backward(context, run.x.view(), run.gain.view(), run.mean.view(), run.rstd.view(), dy.view(), {},
                      dx.view(), dgain[0].view(), dbias[0].view());
  layer_norm_backward(context, run.x.view(), run.gain.view(), run.mean.view(), run.rstd.view(),
                      in_place.view(), {}, in_place.view(), dgain[1].view(), dbias[1].view());

  EXPECT_TRUE(same_bits(in_place.values(), dx.values()));
  EXPECT_TRUE(same_bits(dgain[1].values(), dgain[0].values()));
  EXPECT_TRUE(same_bits(dbias[1].values(), dbias[0].values()));
}

TEST_P(LayerNorm, RowsDoNotSeeEachOther) {
  NormCase const c{7, 33};
  NormCase one{1, 33};
  one.x.assign(c.x.begin() + 4 * 33, c.x.begin() + 5 * 33);

  NormRun const all(context, c);
  NormRun const alone(context, one);

  auto const y = all.y.values();
  EXPECT_TRUE(same_bits(alone.y.values(), {y.begin() + 4 * 33, y.begin() + 5 * 33}));
}

INSTANTIATE_TEST_SUITE_P(Backends, LayerNorm, ::testing::ValuesIn(test_backends()), test_name);

}  // namespace
}  // namespace cislens
