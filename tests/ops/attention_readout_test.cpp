#include "attention_case.hpp"
#include "attention_floor.hpp"
#include "reference/position.hpp"
#include "support/backends.hpp"

namespace cislens {
namespace {

using namespace test;

/// The readout from the dense matrix A of the reference in T, (B * H, P) each.
template <typename T>
struct DenseReadout {
  std::vector<T> received, attribution, distance, mass;
  /// Largest sums of |terms|: what the exponential's relative error is multiplied with.
  double received_size = 0, attribution_size = 0, distance_size = 0;

  explicit DenseReadout(AttentionCase const& c)
      : received(c.sequences * c.heads * c.tokens),
        attribution(received),
        distance(received),
        mass(received) {
    reference::AttentionShape const shape{c.sequences, c.tokens, c.heads, c.head_channels};
    auto const v = as<T>(c.v());
    auto const d_o = as<T>(c.d_o());
    auto const a =
        reference::attention_forward(shape, c.lengths, as<T>(c.q()), as<T>(c.k()), v, as<T>(c.null()));
    std::vector<double> magnitude(received.size());
    for (std::int64_t s = 0; s < c.sequences; ++s) {
      for (std::int64_t h = 0; h < c.heads; ++h) {
        reference::detail::HeadAt const at{shape, s, h};
        for (std::int64_t i = 0; i < c.lengths[s]; ++i) {
          for (std::int64_t j = 0; j < c.lengths[s]; ++j) {
            T const weight = a.weights[at.weight(i, j)];
            T const worth =
                reference::detail::dot(d_o.data() + at.token(i), v.data() + at.token(j), c.head_channels);
            received[at.row(j)] += weight;
            attribution[at.row(j)] += weight * worth;
            magnitude[at.row(j)] += std::abs(static_cast<double>(weight * worth));
            distance[at.row(i)] += weight * static_cast<T>(std::abs(i - j));
            mass[at.row(i)] += weight;
          }
        }
      }
    }
    attribution_size = largest_of(magnitude);
    received_size = largest_of(as<double>(received));
    distance_size = largest_of(as<double>(distance));
  }
};

using ReadoutOfAttention = OnBackend;

TEST_P(ReadoutOfAttention, MatchesTheDenseComputation) {
  for (AttentionCase const& c : attention_cases()) {
    AttentionRun run(context, c);
    Guarded const d_o(c.rows(), c.channels(), c.channels() + c.gap, c.d_o());
    std::int64_t const rows = c.sequences * c.heads;
    Guarded received(rows, c.tokens);
    Guarded attribution(rows, c.tokens);
    Guarded distance(rows, c.tokens);
    Guarded mass(rows, c.tokens);
    Guarded dv(c.rows(), c.channels(), run.stride);

    AttentionReadout readout;
    readout.received = received.view();
    readout.attribution = attribution.view();
    readout.distance = distance.view();
    readout.mass = mass.view();
    readout.dv = dv.view();
    attention_readout(context, run.input(), run.lse.view(), d_o.view(), {}, readout);

    DenseReadout<double> const exact(c);
    DenseReadout<float> const single(c);
    // A is off by exp2's accuracy twice: once itself, once in lse.
    double const e = 2 * exp2_accuracy;
    EXPECT_TRUE(matches(received.values(), exact.received, single.received, e * exact.received_size))
        << c.name();
    EXPECT_TRUE(
        matches(attribution.values(), exact.attribution, single.attribution, e * exact.attribution_size))
        << c.name();
    EXPECT_TRUE(matches(distance.values(), exact.distance, single.distance, e * exact.distance_size))
        << c.name();
    EXPECT_TRUE(matches(mass.values(), exact.mass, single.mass, e)) << c.name();
    AttentionReference<double> const dense(c);
    EXPECT_TRUE(matches(dv.values(), dense.backward.dv, AttentionReference<float>(c).backward.dv,
                        AttentionFloors(c, dense).dv))
        << c.name();
    EXPECT_TRUE(received.intact() && attribution.intact() && distance.intact() && mass.intact() &&
                dv.intact());
  }
}

TEST_P(ReadoutOfAttention, IsWithinOnePartInAHundredThousandAt512Tokens) {
  AttentionCase const c{1, 512, 2, 32, {512}, true, 0, 0};
  AttentionRun run(context, c);
  Guarded const d_o(c.rows(), c.channels(), c.d_o());
  Guarded received(2, 512);
  Guarded attribution(2, 512);
  Guarded distance(2, 512);
  Guarded mass(2, 512);

  AttentionReadout readout;
  readout.received = received.view();
  readout.attribution = attribution.view();
  readout.distance = distance.view();
  readout.mass = mass.view();
  attention_readout(context, run.input(), run.lse.view(), d_o.view(), {}, readout);

  DenseReadout<double> const exact(c);
  EXPECT_TRUE(close(received.values(), exact.received, 1e-5 * exact.received_size));
  EXPECT_TRUE(close(attribution.values(), exact.attribution, 1e-5 * exact.attribution_size));
  EXPECT_TRUE(close(distance.values(), exact.distance, 1e-5 * exact.distance_size));
  EXPECT_TRUE(close(mass.values(), exact.mass, 1e-5));
}

INSTANTIATE_TEST_SUITE_P(Backends, ReadoutOfAttention, ::testing::ValuesIn(test_backends()), test_name);

using Rotary = OnBackend;

TEST_P(Rotary, MatchesReferenceAndTurnsBack) {
  for (std::int64_t const channels : {2, 8, 20, 32, 64}) {
    std::int64_t const tokens = 33;
    reference::AttentionShape const shape{2, tokens, 3, channels};
    auto const values = random_floats(2 * tokens * 3 * channels, 1);
    Guarded x(2 * tokens, 3 * channels, 9 * channels + 1, values);
    Guarded angles(tokens, channels);
    rotary_angles(100, angles.view());

    rotary(context, angles.view(), 3, 1.0F, x.view());
    auto const turned = x.values();
    rotary(context, angles.view(), 3, -1.0F, x.view());

    auto const exact = reference::rotary(shape, 100, 1, as<double>(values));
    auto const single = reference::rotary(shape, 100, 1, values);
    double const limit = derived_limit(exact, single, 0);
    EXPECT_TRUE(close(turned, exact, limit)) << channels;
    EXPECT_TRUE(close(x.values(), as<double>(values), 2 * limit)) << channels;
    EXPECT_TRUE(x.intact() && angles.intact());
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, Rotary, ::testing::ValuesIn(test_backends()), test_name);

}  // namespace
}  // namespace cislens
