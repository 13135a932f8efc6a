#include "attention_bf16_case.hpp"
#include "readout_case.hpp"
#include "support/backends.hpp"

namespace cislens {
namespace {

using namespace test;
using Kind = AttentionSpan::Kind;

/// A case whose operands are bf16 as they come, the dense computation of it, and how far a weight may be off,
/// relative to itself: of q times its factor the rounding, u = 2^-8, moves a score by u sum_d |q_id k_jd| /
/// sqrt(D) at most. lse is given.
struct Bf16Readout {
  static constexpr double u = 0x1p-8;
  DenseReadout<double> exact;
  double weight_limit;

  explicit Bf16Readout(ReadoutCase const& c) : exact(c) {
    unsigned seed = 1;
    auto& x = exact.x;
    for (std::vector<double>* const rows :
         {&x.q, &x.k, &x.v, &x.d_o, &x.null_key, &x.summary_key, &x.summary_value})
      *rows = as<double>(bf16_floats(static_cast<std::int64_t>(rows->size()), seed++));
    exact.dense = reference::dense_attention(x);
    exact.sums = reference::readout(x, exact.dense);
    double largest = 0;
    for (std::vector<double> const* const keys : {&x.k, &x.null_key, &x.summary_key})
      largest = std::max(largest, largest_product(*keys));
    weight_limit = std::exp(u * largest / std::sqrt(static_cast<double>(c.head_channels))) - 1;
  }

 private:
  /// Of sums of |q_d k_d| over the channels of a head; heads of the null key lie one after the other, as
  /// those of the other rows do.
  double largest_product(std::vector<double> const& keys) const {
    std::int64_t const d = exact.x.head_channels;
    auto const count = static_cast<std::int64_t>(keys.size());
    double largest = 0;
    for (std::int64_t q = 0; q < static_cast<std::int64_t>(exact.x.q.size()); q += d) {
      for (std::int64_t k = q % exact.x.channels(); k < count; k += exact.x.channels()) {
        double sum = 0;
        for (std::int64_t i = 0; i < d; ++i) sum += std::abs(exact.x.q[q + i] * keys[k + i]);
        largest = std::max(largest, sum);
      }
    }
    return largest;
  }
};

/// Partners weigh what those of the exact weights weigh, rank by rank.
void expect_partners(ReadoutRun const& run, Bf16Readout const& dense) {
  ReadoutCase const& c = run.c;
  std::vector<std::int32_t> const partners = run.partners.host();
  std::vector<float> const weights = run.partner_weight.values();
  for (std::int64_t row = 0; row < c.rows(); ++row) {
    double const* const a = dense.exact.dense.weight.data() + row * dense.exact.x.places();
    std::vector<double> sorted(a, a + c.keys);
    std::sort(sorted.begin(), sorted.end(), std::greater<>());
    for (std::int64_t n = 0; n < c.partners; ++n) {
      std::int64_t const at = row * c.partners + n;
      if (partners[at] < 0) continue;
      double const limit = (2 * dense.weight_limit + 1e-5) * sorted[0];
      ASSERT_NEAR(a[partners[at]], sorted[n], limit) << c.name() << ", row " << row << ", rank " << n;
      ASSERT_NEAR(weights[at], a[partners[at]], limit) << c.name() << ", row " << row << ", rank " << n;
    }
  }
}

using ReadoutInBf16 = OnBackend;

// Sums are float32: what they miss is far below what the operands' rounding does, and has 1e-5. A weight
// becomes bf16 itself only where it meets do: dv has one u more.
TEST_P(ReadoutInBf16, IsWithinTheRoundingOfItsOperands) {
  context.set_precision(Precision::bf16);
  for (ReadoutCase const& c :
       std::vector<ReadoutCase>{{1, 1, 1, 1, 8, {1}, {1}, {}, false, 0, false, 1},
                                {2, 97, 97, 2, 16, {97, 23}, {97, 23}, {Kind::local, 5}, true, 3, true, 8},
                                {1, 200, 150, 2, 24, {190}, {150}, {}, true, 0, true, 5},
                                {1, 200, 200, 1, 64, {199}, {199}, {Kind::local, 100}, true, 2, false, 40},
                                {1, 130, 130, 1, 128, {130}, {130}, {Kind::chunk, 60}, false, 1, true, 33}}) {
    Bf16Readout const dense(c);
    reference::Readout<double> const magnitude = dense.exact.magnitudes();
    ReadoutRun run(c, dense.exact);

    run.run(context);

    auto const expect = [&](Guarded const& actual, std::vector<double> reference::Readout<double>::*of,
                            double relative, char const* what) {
      double const limit = (relative + 1e-5) * largest_of(magnitude.*of);
      EXPECT_TRUE(close(actual.values(), dense.exact.sums.*of, limit)) << what << ", " << c.name();
    };
    using D = reference::Readout<double>;
    double const x = dense.weight_limit;
    expect(run.received, &D::received, x, "received");
    expect(run.attribution, &D::attribution, x, "attribution");
    expect(run.distance, &D::distance, x, "distance");
    expect(run.mass, &D::mass, x, "mass");
    expect(run.histogram, &D::histogram, x, "histogram");
    expect(run.dkv, &D::dv, x + Bf16Readout::u, "dv");
    expect(run.summary_received, &D::summary_received, x, "summary_received");
    expect(run.dsummary_value, &D::dsummary_value, x + Bf16Readout::u, "dsummary_value");
    // -sum A ln A, A off by x relative: by x (1 + sum A |ln A|) and what is of second order.
    double const entropy_limit = (x * (1 + x) + 1e-5) * (1 + largest_of(dense.exact.sums.entropy));
    EXPECT_TRUE(close(run.entropy.values(), dense.exact.sums.entropy, entropy_limit)) << c.name();
    expect_partners(run, dense);
    EXPECT_TRUE(run.intact()) << c.name();
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, ReadoutInBf16, ::testing::ValuesIn(test_backends()), test_name);

}  // namespace
}  // namespace cislens
