#include "cislens/ops/head.hpp"

#include "cislens/base/errors.hpp"

#include "reference/head.hpp"
#include "reference/linear.hpp"
#include "support/backends.hpp"
#include "support/derived_limit.hpp"
#include "support/guarded.hpp"

namespace cislens {
namespace {

using namespace test;

struct HeadCase {
  std::int64_t tokens, channels, targets, readout_heads;
  std::vector<std::int64_t> lengths;

  std::int64_t sequences() const { return static_cast<std::int64_t>(lengths.size()); }
  std::int64_t rows() const { return sequences() * tokens; }
  std::vector<float> token() const { return random_floats(rows() * channels, 1); }
  std::vector<float> pair() const { return random_floats(rows() * channels, 2); }
  std::vector<float> token_weight() const { return random_floats(channels * targets, 3); }
  std::vector<float> pair_weight() const { return random_floats(channels * targets, 4); }
  std::vector<float> bias() const { return random_floats(targets, 5); }
  std::vector<float> dlogits() const { return random_floats(sequences() * targets, 6); }
  std::vector<float> query() const { return random_floats(readout_heads * channels, 7); }
  std::vector<float> value() const { return random_floats(readout_heads * channels * targets, 8); }
  reference::HeadShape shape() const { return {sequences(), tokens, channels, targets, readout_heads}; }
};

std::vector<HeadCase> head_cases() {
  return {{1, 4, 1, 1, {1}},
          {31, 20, 3, 2, {31, 0, 7}},
          {33, 32, 17, 4, {33, 32}},
          {97, 33, 1, 3, {1, 97, 50}},
          {130, 128, 2, 4, {130, 129, 64, 1}}};
}

/// The parameter gradients' buffers hold these numbers before: what backward adds to them is compared.
std::vector<float> before(std::size_t count) { return random_floats(static_cast<std::int64_t>(count), 9); }

template <typename T>
std::vector<T> after(std::vector<T> const& gradient) {
  return reference::add(as<T>(before(gradient.size())), gradient);
}

struct AdditiveRun {
  Guarded token, pair, token_weight, pair_weight, bias, sums, logits;
  Guarded dlogits, dtoken, dpair, dtoken_weight, dpair_weight, dbias;

  AdditiveRun(Context& context, HeadCase const& c)
      : token(c.rows(), c.channels, c.token()),
        pair(c.rows(), c.channels, c.pair()),
        token_weight(c.channels, c.targets, c.token_weight()),
        pair_weight(c.channels, c.targets, c.pair_weight()),
        bias(1, c.targets, c.bias()),
        sums(c.sequences(), 2 * c.channels),
        logits(c.sequences(), c.targets),
        dlogits(c.sequences(), c.targets, c.dlogits()),
        dtoken(c.rows(), c.channels),
        dpair(c.rows(), c.channels),
        dtoken_weight(c.channels, c.targets, before(c.token_weight().size())),
        dpair_weight(c.channels, c.targets, before(c.pair_weight().size())),
        dbias(1, c.targets, before(c.bias().size())) {
    AdditiveWeights const weights{token_weight.view(), pair_weight.view(), bias.view()};
    OnBothSides<std::int64_t> const lengths(c.lengths);
    additive_forward(context, lengths.mirrored(), token.view(), pair.view(), weights, sums.view(),
                     logits.view());
    additive_backward(context, lengths.mirrored(), weights, sums.view(), dlogits.view(), dtoken.view(),
                      dpair.view(), {dtoken_weight.view(), dpair_weight.view(), dbias.view()});
  }
  bool intact() const {
    return sums.intact() && logits.intact() && dtoken.intact() && dpair.intact() && dtoken_weight.intact() &&
           dpair_weight.intact() && dbias.intact();
  }
};

template <typename T>
std::vector<T> additive_logits(HeadCase const& c) {
  return reference::additive_forward(c.shape(), c.lengths, as<T>(c.token()), as<T>(c.pair()),
                                     as<T>(c.token_weight()), as<T>(c.pair_weight()), as<T>(c.bias()));
}
template <typename T>
reference::AdditiveGradients<T> additive_gradients(HeadCase const& c) {
  return reference::additive_backward(c.shape(), c.lengths, as<T>(c.token()), as<T>(c.pair()),
                                      as<T>(c.token_weight()), as<T>(c.pair_weight()), as<T>(c.dlogits()));
}

struct PooledRun {
  Guarded x, query, value, bias, alpha, pooled, logits;
  Guarded dlogits, dx, dquery, dvalue, dbias;

  PooledRun(Context& context, HeadCase const& c)
      : x(c.rows(), c.channels, c.token()),
        query(c.readout_heads, c.channels, c.query()),
        value(c.readout_heads * c.channels, c.targets, c.value()),
        bias(1, c.targets, c.bias()),
        alpha(c.sequences() * c.readout_heads, c.tokens),
        pooled(c.sequences() * c.readout_heads, c.channels),
        logits(c.sequences(), c.targets),
        dlogits(c.sequences(), c.targets, c.dlogits()),
        dx(c.rows(), c.channels),
        dquery(c.readout_heads, c.channels, before(c.query().size())),
        dvalue(c.readout_heads * c.channels, c.targets, before(c.value().size())),
        dbias(1, c.targets, before(c.bias().size())) {
    PooledWeights const weights{query.view(), value.view(), bias.view()};
    OnBothSides<std::int64_t> const lengths(c.lengths);
    pooled_forward(context, lengths.mirrored(), x.view(), weights, alpha.view(), pooled.view(),
                   logits.view());
    pooled_backward(context, lengths.mirrored(), x.view(), weights, alpha.view(), pooled.view(),
                    dlogits.view(), dx.view(), {dquery.view(), dvalue.view(), dbias.view()});
  }
  bool intact() const {
    return alpha.intact() && pooled.intact() && logits.intact() && dx.intact() && dquery.intact() &&
           dvalue.intact() && dbias.intact();
  }
};

template <typename T>
struct PooledReference {
  reference::Pooled<T> forward;
  reference::PooledGradients<T> backward;

  explicit PooledReference(HeadCase const& c)
      : forward(reference::pooled_forward(c.shape(), c.lengths, as<T>(c.token()), as<T>(c.query()),
                                          as<T>(c.value()), as<T>(c.bias()))),
        backward(reference::pooled_backward(c.shape(), c.lengths, as<T>(c.token()), as<T>(c.query()),
                                            as<T>(c.value()), forward, as<T>(c.dlogits()))) {}
};

using Head = OnBackend;

TEST_P(Head, AdditiveMatchesReference) {
  for (HeadCase const& c : head_cases()) {
    AdditiveRun const run(context, c);

    auto const exact = additive_gradients<double>(c);
    auto const single = additive_gradients<float>(c);
    EXPECT_TRUE(matches(run.logits.values(), additive_logits<double>(c), additive_logits<float>(c), 0))
        << c.tokens;
    EXPECT_TRUE(matches(run.dtoken.values(), exact.dtoken, single.dtoken, 0)) << c.tokens;
    EXPECT_TRUE(matches(run.dpair.values(), exact.dpair, single.dpair, 0)) << c.tokens;
    EXPECT_TRUE(
        matches(run.dtoken_weight.values(), after(exact.dtoken_weight), after(single.dtoken_weight), 0));
    EXPECT_TRUE(matches(run.dpair_weight.values(), after(exact.dpair_weight), after(single.dpair_weight), 0));
    EXPECT_TRUE(matches(run.dbias.values(), after(exact.dbias), after(single.dbias), 0));
    EXPECT_TRUE(run.intact());
  }
}

TEST_P(Head, PooledMatchesReference) {
  for (HeadCase const& c : head_cases()) {
    PooledRun const run(context, c);

    PooledReference<double> const exact(c);
    PooledReference<float> const single(c);
    EXPECT_TRUE(matches(run.logits.values(), exact.forward.logits, single.forward.logits, 0)) << c.tokens;
    EXPECT_TRUE(matches(run.alpha.values(), exact.forward.weights, single.forward.weights, 0)) << c.tokens;
    EXPECT_TRUE(matches(run.dx.values(), exact.backward.dx, single.backward.dx, 0)) << c.tokens;
    auto const dquery = after(exact.backward.dquery);
    EXPECT_TRUE(matches(run.dquery.values(), dquery, after(single.backward.dquery),
                        additions_to(largest_of(dquery), c.rows())));
    EXPECT_TRUE(matches(run.dvalue.values(), after(exact.backward.dvalue), after(single.backward.dvalue), 0));
    EXPECT_TRUE(matches(run.dbias.values(), after(exact.backward.dbias), after(single.backward.dbias), 0));
    EXPECT_TRUE(run.intact());
  }
}

/// dx_i . x_i over the tokens is what the tokens are worth to the logit.
TEST_P(Head, AttributionTimesInputIsTheLogit) {
  for (HeadCase const& c : head_cases()) {
    PooledRun run(context, c);
    OnBothSides<std::int64_t> const lengths(c.lengths);
    PooledWeights const weights{run.query.view(), run.value.view(), run.bias.view()};
    PooledReference<double> const exact(c);
    for (std::int64_t const target : {std::int64_t{0}, c.targets - 1}) {
      Guarded dx(c.rows(), c.channels);

      pooled_attribution(context, lengths.mirrored(), weights, std::as_const(run.alpha).view(), target,
                         dx.view());

      auto const d = dx.values();
      auto const x = c.token();
      for (std::int64_t b = 0; b < c.sequences(); ++b) {
        double sum = static_cast<double>(c.bias()[target]);
        double magnitude = std::abs(sum);
        for (std::int64_t i = b * c.tokens * c.channels; i < (b + 1) * c.tokens * c.channels; ++i) {
          bool const padding = i / c.channels % c.tokens >= c.lengths[b];
          ASSERT_TRUE(!padding || d[i] == 0) << i;
          sum += static_cast<double>(d[i]) * static_cast<double>(x[i]);
          magnitude += std::abs(static_cast<double>(d[i]) * static_cast<double>(x[i]));
        }
        // Each product is off by the weights' roundings and those of the sum over readout heads.
        double const limit =
            (exp2_accuracy * 2 + roundings_of(static_cast<double>(c.readout_heads + 2))) * magnitude;
        EXPECT_NEAR(sum, exact.forward.logits[b * c.targets + target], limit) << c.tokens;
      }
      EXPECT_TRUE(dx.intact());
    }
  }
}

TEST_P(Head, ASequenceDoesNotDependOnItsBatchOrPadding) {
  HeadCase const c = head_cases()[3];
  HeadCase alone = c;
  alone.lengths = {1};
  alone.tokens = 5;

  PooledRun const pooled(context, c);
  PooledRun const pooled_alone(context, alone);
  AdditiveRun const additive(context, c);
  AdditiveRun const additive_alone(context, alone);

  // Random numbers come in order, so the first token and the weights are the same in both.
  EXPECT_EQ(pooled.logits.values()[0], pooled_alone.logits.values()[0]);
  EXPECT_EQ(additive.logits.values()[0], additive_alone.logits.values()[0]);
}

TEST_P(Head, GivesTheSameBitsAgain) {
  HeadCase const c = head_cases()[4];

  PooledRun const first(context, c);
  PooledRun const second(context, c);

  EXPECT_TRUE(same_bits(first.dx.values(), second.dx.values()));
  EXPECT_TRUE(same_bits(first.dvalue.values(), second.dvalue.values()));
}

TEST_P(Head, RefusesShapesThatDoNotFit) {
  HeadCase const c{5, 4, 1, 2, {5, 3}};
  std::vector<std::int64_t> const too_long{6, 3};
  PooledRun run(context, c);
  PooledWeights const weights{run.query.view(), run.value.view(), run.bias.view()};
  View const alpha = run.alpha.view();
  View const pooled = run.pooled.view();

  EXPECT_THROW(pooled_forward(context, too_long, run.x.view(), weights, alpha, pooled, run.logits.view()),
               ShapeError);
  EXPECT_THROW(pooled_forward(context, c.lengths, run.x.view(), weights, pooled, pooled, run.logits.view()),
               ShapeError);
}

INSTANTIATE_TEST_SUITE_P(Backends, Head, ::testing::ValuesIn(test_backends()), test_name);

}  // namespace
}  // namespace cislens
