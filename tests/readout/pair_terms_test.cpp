#include "cislens/readout/pair_terms.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/random.hpp"
#include "cislens/model/network.hpp"
#include "cislens/ops/load.hpp"

#include "support/network_backends.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace cislens {
namespace {

constexpr int tokens = 15;

struct Fixture {
  NetworkConfig config;
  std::vector<float> parameters;
  Bases bases = Bases(2 * tokens);
  Context context{load_cpu_backend("auto")};

  Fixture() {
    config.channels = 24;
    config.filter_width = 7;
    config.heads = 3;
    config.head = HeadKind::additive;
    parameters = initial_parameters(config, 3).values();
    Random random(5, 1);
    for (auto& base : bases) base = static_cast<std::uint8_t>(random.below(4));
  }

  Weights weights() const { return bind_weights(config, parameters.data()); }
  PairTerms read(std::span<StretchPair const> pairs) {
    PairQuestion const question{bases, pairs};
    return pair_terms(context, config, weights(), {&question, 1}, 0, {1, 1}).front();
  }

  /// What the tokens are worth by themselves, and the bias.
  double alone() {
    auto const length = static_cast<std::int64_t>(bases.size());
    std::int64_t const count = tokens;
    SequenceBatch const batch{bases, {&length, 1}, {&count, 1}, length, count};
    ArenaScope const scope(context.arena());
    Activations a = make_activations(context, config, batch, {});
    forward(context, config, weights(), batch, {}, a);
    double sum = weights().bias.row(0)[0];
    for (std::int64_t i = 0; i < tokens; ++i) {
      for (std::int64_t c = 0; c < config.channels; ++c)
        sum += static_cast<double>(a.input.row(i)[c]) * weights().token.row(c)[0];
    }
    return sum;
  }
};

TEST(PairTerms, AllOfThemAndTheTokensAreTheLogit) {
  Fixture fixture;
  std::vector<StretchPair> pairs;
  for (std::int64_t i = 0; i < tokens; ++i) {
    for (std::int64_t j = i; j < tokens; ++j) pairs.push_back({2 * i, 2 * i + 1, 2 * j, 2 * j + 1});
  }

  PairTerms const result = fixture.read(pairs);

  double const sum = std::accumulate(result.terms.begin(), result.terms.end(), fixture.alone());
  double size = 0;
  for (float const term : result.terms) size += std::abs(term);
  EXPECT_GT(size, 0.01);
  // Some 700 numbers, each rounded a few times.
  EXPECT_NEAR(sum, result.logit, 1e-5 * (1 + size));
}

TEST(PairTerms, AMiddleBetweenTwoTokensIsBoth) {
  Fixture fixture;
  // The middle of 3-9 lies between the bases 5 and 6, in the tokens 2 and 3; that of 20-23 in token 10.
  std::vector<StretchPair> const pairs = {{3, 9, 20, 23}, {4, 5, 20, 21}, {6, 7, 20, 21}};

  PairTerms const result = fixture.read(pairs);

  for (std::size_t h = 0; h < 3; ++h)
    EXPECT_NEAR(result.terms[h], result.terms[3 + h] + result.terms[6 + h], 1e-6);
}

TEST(PairTerms, WhatDoesNotFitIsAnError) {
  Fixture fixture;
  std::vector<StretchPair> const outside = {{3, 9, 20, 31}};

  EXPECT_THROW(fixture.read(outside), Error);

  fixture.config.head = HeadKind::pooled;
  fixture.parameters = initial_parameters(fixture.config, 3).values();
  EXPECT_THROW(fixture.read({}), Error);
}

TEST(PairTerms, ASequencesBitsDoNotDependOnItsNeighboursOrTheDevice) {
  Fixture fixture;
  std::vector<StretchPair> const pairs = {{3, 9, 20, 23}, {4, 5, 20, 21}};
  std::vector<Bases> sequences(5, fixture.bases);
  for (std::size_t s = 0; s < sequences.size(); ++s) sequences[s][s] ^= 1;
  sequences[3].resize(25);
  std::vector<PairQuestion> questions;
  for (Bases const& bases : sequences) questions.push_back({bases, pairs});
  Context device(test::guarded_backend());
  DeviceCopy<float const> const block(device.memory(), fixture.parameters);

  auto const cpu = pair_terms(fixture.context, fixture.config, fixture.weights(), questions, 0, {1, 1});
  auto const guarded = pair_terms(device, fixture.config, bind_weights(fixture.config, block.data()),
                                  questions, 0, {64, 4096});

  for (std::size_t s = 0; s < sequences.size(); ++s) {
    EXPECT_EQ(cpu[s].logit, guarded[s].logit);
    EXPECT_EQ(cpu[s].terms, guarded[s].terms);
  }
}

}  // namespace
}  // namespace cislens
