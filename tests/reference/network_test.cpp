#include "reference/network.hpp"

#include "reference/complex_step.hpp"
#include "reference/loss.hpp"
#include "support/golden.hpp"

namespace cislens::reference {
namespace {

struct GoldenCase {
  std::string file;
  NetworkShape shape;
};

StemShape const stem{16, 7, 2, false};
GoldenCase const additive{"additive.txt", {stem, 2, 1, 0, 0, 2, 100, 1e-5, HeadKind::additive}};
GoldenCase const pooled{"pooled.txt", {stem, 2, 2, 32, 2, 2, 100, 1e-5, HeadKind::pooled}};

/// The golden batch through the reference network in T.
template <typename T>
struct GoldenRun {
  std::vector<T> logits;
  T loss{};
  Parameters<T> gradients;

  GoldenRun(test::Golden const& golden, NetworkShape const& shape) {
    Parameters<T> parameters;
    for (auto const& [name, tensor] : golden) {
      if (!name.starts_with("parameter.")) continue;
      auto& values = parameters[name.substr(10)];
      for (double const value : tensor.values) values.push_back(constant<T>(value));
    }
    Network<T> const network(shape, parameters);
    std::vector<Trace<T>> traces;
    auto const& bases = golden.at("input.bases");
    for (std::int64_t b = 0; b < bases.shape[0]; ++b) {
      auto const first = bases.values.begin() + b * bases.shape[1];
      Bases const sequence(first, first + static_cast<std::int64_t>(golden.at("input.lengths").values[b]));
      traces.push_back(network.forward(sequence));
      logits.insert(logits.end(), traces.back().logits.begin(), traces.back().logits.end());
    }
    auto const result = mean_loss(Loss::binary_cross_entropy, logits, golden.at("input.targets").values);
    loss = result.value;
    for (std::size_t b = 0; b < traces.size(); ++b) {
      auto const dlogits = result.dlogits.begin() + b * shape.targets;
      network.backward(traces[b], {dlogits, dlogits + shape.targets}, gradients);
    }
  }
};

/// The golden files hold nine digits.
double const printed = 1e-8;

class ReferenceNetwork : public ::testing::TestWithParam<GoldenCase> {};

TEST_P(ReferenceNetwork, MatchesPyTorch) {
  auto const golden = test::read_golden(std::string(CISLENS_TEST_DATA) + "/golden/" + GetParam().file);

  GoldenRun<double> const run(golden, GetParam().shape);

  EXPECT_TRUE(agree(run.logits, golden.at("output.logits").values, printed));
  EXPECT_NEAR(run.loss, golden.at("output.loss").values[0], printed);
  std::size_t gradients = 0;
  for (auto const& [name, tensor] : golden) {
    if (!name.starts_with("gradient.")) continue;
    ++gradients;
    EXPECT_TRUE(agree(run.gradients.at(name.substr(9)), tensor.values, printed)) << name;
  }
  EXPECT_EQ(gradients, run.gradients.size());
}

TEST_P(ReferenceNetwork, FloatIsNearDouble) {
  auto const golden = test::read_golden(std::string(CISLENS_TEST_DATA) + "/golden/" + GetParam().file);

  GoldenRun<float> const run(golden, GetParam().shape);

  EXPECT_TRUE(agree({run.logits.begin(), run.logits.end()}, golden.at("output.logits").values, 1e-5));
}

INSTANTIATE_TEST_SUITE_P(Golden, ReferenceNetwork, ::testing::Values(additive, pooled),
                         [](auto const& golden) {
                           return golden.param.file.substr(0, golden.param.file.find('.'));
                         });

}  // namespace
}  // namespace cislens::reference
