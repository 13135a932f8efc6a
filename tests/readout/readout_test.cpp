#include "cislens/base/random.hpp"
#include "cislens/model/network.hpp"
#include "cislens/ops/load.hpp"
#include "cislens/readout/attribution_pass.hpp"
#include "cislens/readout/knock_out.hpp"
#include "cislens/readout/record_readout.hpp"

#include "support/network_backends.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

namespace cislens {
namespace {

using namespace test;

NetworkConfig small_config(HeadKind head) {
  NetworkConfig config;
  config.channels = 24;
  config.filter_width = 7;
  config.heads = 3;
  config.head = head;
  config.readout_heads = 2;
  config.ffn_channels = head == HeadKind::additive ? 0 : 20;
  config.blocks = head == HeadKind::additive ? 1 : 2;
  return config;
}

Bases random_bases(std::int64_t length, std::uint64_t seed) {
  Random random(seed, 1);
  Bases bases(static_cast<std::size_t>(length));
  for (auto& base : bases) base = static_cast<std::uint8_t>(random.below(4));
  bases[5] = base_n;
  return bases;
}

/// Random parameters whose biases are zero wherever they would add something that no token is worth.
std::vector<float> parameters_without_biases(NetworkConfig const& config) {
  std::vector<float> parameters = initial_parameters(config, 3).values();
  Random random(4, 1);
  for (ParameterEntry const& entry : layout_of(config).entries) {
    bool const stem_or_key = entry.name == "stem.bias" || entry.name.ends_with("null_key");
    if (!stem_or_key) continue;
    for (std::int64_t i = 0; i < entry.rows * entry.columns; ++i) {
      parameters[entry.offset + i] = static_cast<float>(0.3 * random.normal());
    }
  }
  return parameters;
}

/// One sequence through the network and back to its tokens.
struct Reading {
  Reading(NetworkConfig const& network, std::vector<float> const& parameters, Bases const& sequence,
          Backend const& backend = load_cpu_backend("auto"))
      : config(network),
        bases(sequence),
        context(backend),
        base_length(static_cast<std::int64_t>(sequence.size())),
        token_length(network.tokens(base_length)),
        batch(on_device(context, {bases, {&base_length, 1}, {&token_length, 1}, base_length, token_length})),
        block(context.memory(), parameters) {
    Weights const weights = bind_weights(config, block.data());
    PassOptions const options{.keep_gradients = true, .want_entropy = true};
    activations = make_activations(context, config, batch, options);
    forward(context, config, weights, batch, options, activations);
    ValueWeights const values(context, config, weights);
    blocks = attribution_pass(context, config, weights, values, batch, activations, 0, {true, true},
                              activations.dtokens);
  }

  /// Sum over tokens of gradient . token.
  double worth(ConstView gradient) {
    std::vector<float> const d = values_of(context, gradient);
    return std::transform_reduce(
        d.begin(), d.end(), tokens().begin(), 0.0, std::plus<>(),
        [](float a, float b) { return static_cast<double>(a) * static_cast<double>(b); });
  }

  std::vector<float> tokens() { return values_of(context, activations.tokens); }
  double logit() { return static_cast<double>(values_of(context, activations.logits)[0]); }

  NetworkConfig config;
  Bases bases;
  Context context;
  std::int64_t base_length, token_length;
  SequenceBatch batch;
  DeviceCopy<float const> block;
  Activations activations;
  std::vector<BlockAttribution> blocks;
};

ReadoutOptions looking() {
  ReadoutOptions options;
  options.looks = options.received = true;
  return options;
}

class Readout : public testing::TestWithParam<HeadKind> {};

TEST_P(Readout, WhatTokensAreWorthAddsUpToTheLogit) {
  NetworkConfig const config = small_config(GetParam());
  std::vector<float> const parameters = parameters_without_biases(config);

  for (std::int64_t const length : {31, 64, 101}) {
    Reading reading(config, parameters, random_bases(length, 7));

    double const worth = reading.worth(reading.activations.dtokens);

    EXPECT_NEAR(worth, reading.logit(), 1e-4 * (1 + std::abs(reading.logit()))) << length << " bases";
  }
}

/// Records of equal and of other lengths, so that some share a pass.
std::vector<Bases> mixed_records() {
  std::vector<Bases> records;
  for (std::int64_t const length : {61, 61, 61, 61, 61, 90, 61, 61, 7}) {
    records.push_back(random_bases(std::max<std::int64_t>(length, 7), 100 + records.size()));
  }
  return records;
}

void expect_same(RecordReadout const& a, RecordReadout const& b) {
  EXPECT_EQ(a.logit, b.logit);
  EXPECT_EQ(a.total, b.total);
  EXPECT_EQ(a.heads, b.heads);
  EXPECT_EQ(a.received, b.received);
  ASSERT_EQ(a.looks.size(), b.looks.size());
  for (std::size_t h = 0; h < a.looks.size(); ++h) {
    EXPECT_EQ(a.looks[h].entropy, b.looks[h].entropy);
    EXPECT_EQ(a.looks[h].distance, b.looks[h].distance);
    EXPECT_EQ(a.looks[h].noop, b.looks[h].noop);
    EXPECT_EQ(a.looks[h].profile, b.looks[h].profile);
  }
}

TEST_P(Readout, ARecordsBitsDoNotDependOnItsNeighboursOrTheDevice) {
  for (char const* mode : {"exact", "local:6+global:2"}) {
    NetworkConfig config = small_config(GetParam());
    config.attention = parse_attention(mode).span;
    config.summaries = parse_attention(mode).summaries;
    std::vector<float> const parameters = parameters_without_biases(config);
    std::vector<Bases> const records = mixed_records();
    Threads threads(2);
    for (HeadScore const score : {HeadScore::attribution, HeadScore::attention}) {
      ReadoutOptions options = looking();
      options.score = score;

      auto const together =
          read_records(config, parameters, records, options, load_cpu_backend("auto"), threads);
      auto const device = read_records(config, parameters, records, options, guarded_backend(), threads);

      for (std::size_t r = 0; r < records.size(); ++r) {
        auto const alone = read_records(config, parameters, std::span(records).subspan(r, 1), options,
                                        load_cpu_backend("auto"), threads);
        expect_same(alone.front(), together[r]);
        expect_same(device[r], together[r]);
      }
    }
  }
}

class ReadoutSpans : public testing::TestWithParam<char const*> {
 protected:
  static NetworkConfig config(HeadKind head) {
    NetworkConfig config = small_config(head);
    AttentionMode const mode = parse_attention(GetParam());
    config.attention = mode.span;
    config.summaries = mode.summaries;
    return config;
  }
};

TEST_P(ReadoutSpans, WhatTokensAreWorthAddsUpToTheLogit) {
  for (HeadKind const head : {HeadKind::additive, HeadKind::pooled}) {
    NetworkConfig const config = ReadoutSpans::config(head);
    Reading reading(config, parameters_without_biases(config), random_bases(101, 7));

    double const worth = reading.worth(reading.activations.dtokens);

    EXPECT_NEAR(worth, reading.logit(), 1e-4 * (1 + std::abs(reading.logit())));
  }
}

TEST_P(ReadoutSpans, LooksAddUp) {
  NetworkConfig const config = ReadoutSpans::config(HeadKind::pooled);
  std::vector<Bases> const records{random_bases(90, 14)};
  Threads threads(1);

  auto const read = read_records(config, parameters_without_biases(config), records, looking(),
                                 load_cpu_backend("auto"), threads);

  for (std::size_t h = 0; h < read[0].looks.size(); ++h) {
    HeadLook const& look = read[0].looks[h];
    auto const first = read[0].received.begin() + static_cast<std::ptrdiff_t>(h * 90);
    EXPECT_NEAR(std::accumulate(first, first + 90, 0.0) / 90, 1 - look.noop, 1e-5);
    EXPECT_NEAR(std::accumulate(look.profile.begin(), look.profile.end(), 0.0), 1, 1e-5);
    EXPECT_EQ(look.summary > 0.01, config.summaries > 0);
    if (config.attention.kind == AttentionSpan::Kind::local) {
      EXPECT_EQ(look.profile[4], 0) << "8 tokens and more away";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Spans, ReadoutSpans,
                         testing::Values("exact", "local:7", "local:7+global:3", "chunk:8"),
                         [](auto const& mode) {
                           std::string name = mode.param;
                           std::replace_if(
                               name.begin(), name.end(), [](char c) { return c == ':' || c == '+'; }, '_');
                           return name;
                         });

TEST(ReadoutAdditive, HeadsAndTokensAddUp) {
  NetworkConfig const config = small_config(HeadKind::additive);
  std::vector<float> const parameters = parameters_without_biases(config);
  Reading reading(config, parameters, random_bases(80, 9));
  Weights const weights = bind_weights(config, parameters.data());

  std::vector<float> const tokens = reading.tokens();
  double by_parts = 0;
  for (View const head : reading.blocks[0].heads) by_parts += reading.worth(head);
  for (std::int64_t i = 0; i < reading.token_length; ++i) {
    for (int c = 0; c < config.channels; ++c) {
      by_parts += static_cast<double>(tokens[static_cast<std::size_t>(i * config.channels + c)]) *
                  static_cast<double>(weights.token.row(c)[0]);
    }
  }

  EXPECT_NEAR(by_parts, reading.logit(), 1e-4 * (1 + std::abs(reading.logit())));
}

TEST(ReadoutAdditive, LeavingAHeadOutTakesAwayWhatItWasWorth) {
  NetworkConfig const config = small_config(HeadKind::additive);
  std::vector<float> const parameters = parameters_without_biases(config);
  Bases const bases = random_bases(80, 11);
  Reading whole(config, parameters, bases);

  for (int head = 0; head < config.heads; ++head) {
    Reading reduced(config, without_head(config, parameters, 0, head), bases);

    EXPECT_NEAR(whole.logit() - reduced.logit(), whole.worth(whole.blocks[0].heads[head]),
                1e-4 * (1 + std::abs(whole.logit())));
  }
}

TEST_P(Readout, TheOtherStrandGivesTheMirroredReadout) {
  NetworkConfig const config = small_config(GetParam());
  std::vector<float> const parameters = parameters_without_biases(config);
  std::vector<Bases> const records{random_bases(61, 13), random_bases(90, 14)};
  std::vector<Bases> const turned{reverse_complement(records[0]), reverse_complement(records[1])};
  Backend const& backend = load_cpu_backend("auto");
  Threads threads(2);

  auto const a = read_records(config, parameters, records, looking(), backend, threads);
  auto const b = read_records(config, parameters, turned, looking(), backend, threads);

  for (std::size_t r = 0; r < records.size(); ++r) {
    std::size_t const length = records[r].size();
    EXPECT_EQ(a[r].logit, b[r].logit);
    for (std::size_t l = 0; l < length; ++l) {
      EXPECT_EQ(a[r].total[l], b[r].total[length - 1 - l]);
      for (std::size_t h = 0; h < a[r].looks.size(); ++h) {
        EXPECT_EQ(a[r].heads[h * length + l], b[r].heads[h * length + length - 1 - l]);
        EXPECT_EQ(a[r].received[h * length + l], b[r].received[h * length + length - 1 - l]);
      }
    }
  }
}

TEST_P(Readout, NAndThreadsChangeNothingElsewhere) {
  NetworkConfig const config = small_config(GetParam());
  std::vector<float> const parameters = parameters_without_biases(config);
  std::vector<Bases> const records{random_bases(61, 13), random_bases(90, 14), random_bases(33, 15)};
  Backend const& backend = load_cpu_backend("auto");
  Threads one(1);
  Threads three(3);

  auto const a = read_records(config, parameters, records, looking(), backend, one);
  auto const b = read_records(config, parameters, records, looking(), backend, three);

  for (std::size_t r = 0; r < records.size(); ++r) {
    EXPECT_EQ(a[r].total, b[r].total);
    EXPECT_EQ(a[r].heads, b[r].heads);
    EXPECT_EQ(a[r].total[5], 0) << "an N is worth nothing";
    for (HeadLook const& look : a[r].looks) {
      EXPECT_GE(look.entropy, 0);
      EXPECT_LE(look.noop, 1);
      EXPECT_GE(look.noop, -1e-6);
    }
  }
}

TEST(ReadoutOptionsTest, AttentionScoresAreReceivedAttention) {
  NetworkConfig const config = small_config(HeadKind::pooled);
  std::vector<float> const parameters = parameters_without_biases(config);
  std::vector<Bases> const records{random_bases(60, 17)};
  ReadoutOptions options;
  options.score = HeadScore::attention;
  options.looks = options.received = true;
  Threads threads(1);

  auto const read = read_records(config, parameters, records, options, load_cpu_backend("auto"), threads);

  // All rows of attention sum to 1 less the null key's share, and a token's number is given to each of its
  // bases.
  for (std::size_t h = 0; h < read[0].looks.size(); ++h) {
    auto const first = read[0].heads.begin() + static_cast<std::ptrdiff_t>(h * 60);
    double const sum = std::accumulate(first, first + 60, 0.0);
    EXPECT_NEAR(sum / 60, 1 - read[0].looks[h].noop, 1e-5);
  }
  EXPECT_EQ(read[0].received, read[0].heads);
}

INSTANTIATE_TEST_SUITE_P(Heads, Readout, testing::Values(HeadKind::additive, HeadKind::pooled),
                         [](auto const& kind) { return std::string(name_of(kind.param)); });

}  // namespace
}  // namespace cislens
