#include "cislens/ops/loss.hpp"

#include "cislens/base/errors.hpp"

#include "reference/loss.hpp"
#include "support/derived_limit.hpp"
#include "support/guarded.hpp"

#include <limits>

namespace cislens {
namespace {

using namespace test;

struct LossCase {
  LossKind kind;
  reference::Loss reference;
  double factor;  // the reference's squared error has no 1/2
};

LossCase const loss_cases[] = {{LossKind::binary, reference::Loss::binary_cross_entropy, 1},
                               {LossKind::poisson, reference::Loss::poisson, 1},
                               {LossKind::squared, reference::Loss::squared_error, 0.5}};

constexpr float nan = std::numeric_limits<float>::quiet_NaN();

TEST(Loss, MatchesReferenceAndSkipsUnknownTargets) {
  for (LossCase const& c : loss_cases) {
    Guarded const logits(11, 3, 5, random_floats(33, 1));
    std::vector<float> known(33);
    for (std::size_t i = 0; i < known.size(); ++i) known[i] = i % 7 == 2 ? nan : static_cast<float>(i % 2);
    Guarded const targets(11, 3, known);
    Guarded dlogits(11, 3);
    auto const count = static_cast<double>(known_entries(targets.view()));

    double const sum = loss(c.kind, logits.view(), targets.view(), 1 / count, dlogits.view());

    auto const exact = reference::mean_loss(c.reference, as<double>(logits.values()), as<double>(known));
    auto const single = reference::mean_loss(c.reference, logits.values(), as<double>(known));
    EXPECT_EQ(count, static_cast<double>(exact.known));
    EXPECT_NEAR(sum / count, c.factor * exact.value, 1e-12);
    auto expected = exact.dlogits;
    for (double& value : expected) value *= c.factor;
    EXPECT_TRUE(close(dlogits.values(), expected, derived_limit(exact.dlogits, single.dlogits, 0)));
    EXPECT_EQ(dlogits.values()[2], 0);
    EXPECT_TRUE(dlogits.intact());
  }
}

TEST(Loss, NothingKnownIsNothing) {
  std::vector<float> const unknown(4, nan);
  Guarded const logits(4, 1, random_floats(4, 1));
  Guarded const targets(4, 1, unknown);
  Guarded dlogits(4, 1);

  double const sum = loss(LossKind::binary, logits.view(), targets.view(), 1, dlogits.view());

  EXPECT_EQ(sum, 0);
  EXPECT_EQ(known_entries(targets.view()), 0);
  EXPECT_EQ(dlogits.values(), std::vector<float>(4));
}

TEST(Loss, BinaryDoesNotOverflow) {
  Guarded const logits(4, 1, {1000, -1000, 1000, -1000});
  Guarded const targets(4, 1, {1, 0, 0, 1});
  Guarded dlogits(4, 1);

  EXPECT_EQ(loss(LossKind::binary, logits.view(), targets.view(), 1, dlogits.view()), 2000);
  EXPECT_EQ(dlogits.values(), (std::vector<float>{0, 0, 1, -1}));
}

TEST(Loss, NaNLogitsGiveNaN) {
  for (LossCase const& c : loss_cases) {
    Guarded const logits(1, 1, std::vector<float>{nan});
    Guarded const targets(1, 1, std::vector<float>{1});

    EXPECT_TRUE(std::isnan(loss(c.kind, logits.view(), targets.view(), 1, {})));
  }
}

TEST(Loss, RefusesShapesThatDoNotFit) {
  Guarded const logits(2, 3);
  Guarded const targets(3, 2);

  EXPECT_THROW(loss(LossKind::binary, logits.view(), targets.view(), 1, {}), ShapeError);
}

}  // namespace
}  // namespace cislens
