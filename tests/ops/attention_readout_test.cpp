#include "readout_case.hpp"
#include "support/backends.hpp"

namespace cislens {
namespace {

using namespace test;
using Kind = AttentionSpan::Kind;

constexpr AttentionSpan exact_span{};

/// Sizes that a block, a panel, a vector or a range could get wrong; every span; padding; keys of other
/// lengths.
std::vector<ReadoutCase> readout_cases() {
  return {{1, 1, 1, 1, 8, {1}, {1}, exact_span, false, 0, false, 1},
          {2, 31, 31, 2, 16, {31, 17}, {31, 17}, exact_span, true, 0, false, 3},
          {3, 33, 33, 2, 20, {33, 0, 32}, {33, 0, 32}, exact_span, true, 0, true, 8},
          {2, 97, 97, 3, 32, {97, 23}, {97, 23}, {Kind::local, 5}, true, 3, true, 8},
          {2, 61, 61, 2, 32, {61, 35}, {61, 35}, {Kind::local, 1}, false, 1, false, 4},
          {2, 67, 67, 1, 64, {67, 65}, {67, 65}, {Kind::chunk, 7}, true, 0, false, 16},
          {1, 40, 40, 2, 8, {37}, {37}, {Kind::chunk, 1}, false, 2, true, 2},
          {2, 40, 150, 2, 24, {40, 11}, {150, 130}, exact_span, true, 0, true, 20},
          {2, 150, 40, 2, 24, {150, 141}, {40, 3}, {Kind::local, 9}, false, 0, false, 5},
          {1, 150, 40, 1, 16, {150}, {40}, {Kind::chunk, 64}, true, 1, false, 5},
          {1, 257, 257, 1, 128, {257}, {257}, {Kind::local, 64}, true, 1, false, 64},
          {1, 512, 512, 1, 64, {512}, {512}, exact_span, false, 0, false, 8},
          {1, 1000, 1000, 1, 16, {990}, {990}, {Kind::local, 100}, true, 0, true, 8},
          {1, 2100, 2100, 1, 8, {2100}, {2100}, {Kind::local, 40}, false, 2, true, 3},
          {1, 1030, 1300, 1, 8, {1027}, {1290}, exact_span, true, 0, true, 3}};
}

/// What is asserted of every output: the formula in double, missed by no more than three times what the
/// formula in float misses and what the exponential's stated accuracy adds to the sum of the terms'
/// magnitudes. A is off by it twice: once itself, once in lse.
class Comparison {
 public:
  explicit Comparison(ReadoutCase const& c)
      : exact(c), single(c), name_(c.name()), magnitudes_(exact.magnitudes()) {}

  void expect(Guarded const& actual, std::vector<double> reference::Readout<double>::*of,
              std::vector<float> reference::Readout<float>::*in_float, char const* what) const {
    double const floor = 2 * exp2_accuracy * largest_of(magnitudes_.*of);
    EXPECT_TRUE(matches(actual.values(), exact.sums.*of, single.sums.*in_float, floor))
        << what << ", " << name_;
  }

  DenseReadout<double> const exact;
  DenseReadout<float> const single;

 private:
  std::string name_;
  reference::Readout<double> magnitudes_;
};

void expect_sums(ReadoutRun const& run, Comparison const& dense) {
  using D = reference::Readout<double>;
  using F = reference::Readout<float>;
  dense.expect(run.received, &D::received, &F::received, "received");
  dense.expect(run.attribution, &D::attribution, &F::attribution, "attribution");
  dense.expect(run.distance, &D::distance, &F::distance, "distance");
  dense.expect(run.mass, &D::mass, &F::mass, "mass");
  dense.expect(run.histogram, &D::histogram, &F::histogram, "histogram");
  dense.expect(run.dkv, &D::dv, &F::dv, "dv");
  if (run.c.summaries > 0) {
    dense.expect(run.summary_received, &D::summary_received, &F::summary_received, "summary_received");
    dense.expect(run.dsummary_value, &D::dsummary_value, &F::dsummary_value, "dsummary_value");
  }
  // -sum A ln A, A off by 2 e relative: by 2 e (1 + sum A |ln A|).
  double const floor = 2 * exp2_accuracy * (1 + largest_of(dense.exact.sums.entropy));
  EXPECT_TRUE(matches(run.entropy.values(), dense.exact.sums.entropy, dense.single.sums.entropy, floor))
      << run.c.name();
}

/// The places of one row that hold a key, best first, ties by place.
std::vector<std::int64_t> sorted_places(ReadoutCase const& c, double const* weights, std::int64_t b,
                                        std::int64_t i) {
  std::vector<std::int64_t> places;
  for (std::int64_t j = 0; j < c.key_lengths[b]; ++j) {
    if (c.sees(i, j)) places.push_back(j);
  }
  std::stable_sort(places.begin(), places.end(),
                   [&](std::int64_t x, std::int64_t y) { return weights[x] > weights[y]; });
  return places;
}

/// Each partner is one that the sorted dense row holds at its rank, or as good as that one.
void expect_partners(ReadoutRun const& run, DenseReadout<double> const& exact) {
  ReadoutCase const& c = run.c;
  std::vector<float> const weight = run.partner_weight.values();
  std::vector<float> const worth = run.partner_worth.values();
  std::vector<std::int32_t> const partners = run.partners.host();
  std::int64_t const heads = c.sequences * c.heads;
  for (std::int64_t row = 0; row < heads * c.queries; ++row) {
    std::int64_t const b = row / c.queries / c.heads;
    std::int64_t const i = row % c.queries;
    double const* const a = exact.dense.weight.data() + row * exact.x.places();
    double const* const w = exact.dense.worth.data() + row * exact.x.places();
    auto const places = i < c.query_lengths[b] ? sorted_places(c, a, b, i) : std::vector<std::int64_t>{};
    std::vector<bool> taken(static_cast<std::size_t>(c.keys));
    for (std::int64_t n = 0; n < c.partners; ++n) {
      std::int64_t const at = row * c.partners + n;
      std::int64_t const j = partners[static_cast<std::size_t>(at)];
      ASSERT_EQ(j < 0, n >= static_cast<std::int64_t>(places.size())) << c.name() << ", row " << row;
      if (j < 0) {
        ASSERT_EQ(j, -1);
        ASSERT_EQ(weight[at], 0);
        ASSERT_EQ(worth[at], 0);
        continue;
      }
      ASSERT_FALSE(taken[static_cast<std::size_t>(j)]) << c.name() << ", row " << row;
      taken[static_cast<std::size_t>(j)] = true;
      double const limit = 1e-5 * a[places[0]];
      ASSERT_NEAR(a[j], a[places[n]], limit) << c.name() << ", row " << row << ", rank " << n;
      ASSERT_NEAR(weight[at], a[j], limit) << c.name() << ", row " << row;
      ASSERT_NEAR(worth[at], a[j] * w[j], 1e-5 * (1 + std::abs(w[j]))) << c.name() << ", row " << row;
    }
  }
}

using ReadoutOfAttention = OnBackend;

TEST_P(ReadoutOfAttention, MatchesTheDenseComputation) {
  for (ReadoutCase const& c : readout_cases()) {
    Comparison const dense(c);
    ReadoutRun run(c, dense.exact);

    run.run(context);

    expect_sums(run, dense);
    expect_partners(run, dense.exact);
    EXPECT_TRUE(run.intact()) << c.name();
  }
}

TEST_P(ReadoutOfAttention, IsWithinOnePartInAHundredThousandAt512Tokens) {
  ReadoutCase const c{1, 512, 512, 2, 32, {512}, {512}, exact_span, true, 0, false, 8};
  DenseReadout<double> const exact(c);
  reference::Readout<double> const size = exact.magnitudes();

  ReadoutRun run(c, exact);
  run.run(context);

  EXPECT_TRUE(close(run.received.values(), exact.sums.received, 1e-5 * largest_of(size.received)));
  EXPECT_TRUE(close(run.attribution.values(), exact.sums.attribution, 1e-5 * largest_of(size.attribution)));
  EXPECT_TRUE(close(run.entropy.values(), exact.sums.entropy, 1e-5 * largest_of(size.entropy)));
  EXPECT_TRUE(close(run.distance.values(), exact.sums.distance, 1e-5 * largest_of(size.distance)));
  EXPECT_TRUE(close(run.mass.values(), exact.sums.mass, 1e-5));
  EXPECT_TRUE(close(run.histogram.values(), exact.sums.histogram, 1e-5 * largest_of(size.histogram)));
  EXPECT_TRUE(close(run.dkv.values(), exact.sums.dv, 1e-5 * largest_of(size.dv)));
}

INSTANTIATE_TEST_SUITE_P(Backends, ReadoutOfAttention, ::testing::ValuesIn(test_backends()), test_name);

}  // namespace
}  // namespace cislens
