#include "cislens/readout/partners.hpp"

#include "cislens/base/random.hpp"
#include "cislens/model/network.hpp"
#include "cislens/ops/load.hpp"
#include "cislens/readout/attribution_pass.hpp"

#include "support/guarded_backend.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace cislens {
namespace {

NetworkConfig config_of(std::string const& attention, int pool) {
  NetworkConfig config;
  config.channels = 24;
  config.filter_width = 7;
  config.heads = 3;
  config.blocks = 2;
  config.pool = pool;
  AttentionMode const mode = parse_attention(attention);
  config.attention = mode.span;
  config.summaries = mode.summaries;
  return config;
}

Bases random_bases(std::int64_t length, std::uint64_t seed) {
  Random random(seed, 1);
  Bases bases(static_cast<std::size_t>(length));
  for (auto& base : bases) base = static_cast<std::uint8_t>(random.below(4));
  return bases;
}

bool sees(AttentionSpan const& span, std::int64_t i, std::int64_t j) {
  if (span.kind == AttentionSpan::Kind::local) return std::abs(i - j) <= span.width;
  return span.kind == AttentionSpan::Kind::exact || i / span.width == j / span.width;
}

/// (layer, head, query, key) of one strand: weight and worth, from the definition.
using Dense = std::map<std::tuple<int, int, std::int64_t, std::int64_t>, std::pair<double, double>>;

Dense dense_of(NetworkConfig const& config, std::vector<float> const& parameters, Bases const& bases) {
  Context context(load_cpu_backend("auto"));
  Weights const weights = bind_weights(config, parameters.data());
  auto const length = static_cast<std::int64_t>(bases.size());
  std::int64_t const tokens = config.tokens(length);
  SequenceBatch const batch{bases, {&length, 1}, {&tokens, 1}, length, tokens};
  PassOptions const pass{.keep_gradients = true};
  Activations activations = make_activations(context, config, batch, pass);
  forward(context, config, weights, batch, pass, activations);
  attribution_pass(context, config, weights, ValueWeights(context, config, weights), batch, activations, 0,
                   {}, activations.dtokens);
  Dense dense;
  int const width = config.head_channels();
  for (int b = 0; b < config.blocks; ++b) {
    BlockActivations const& block = activations.blocks[b];
    auto const dot = [&](float const* x, float const* y) {
      double sum = 0;
      for (int d = 0; d < width; ++d) sum += static_cast<double>(x[d]) * static_cast<double>(y[d]);
      return sum;
    };
    for (int h = 0; h < config.heads; ++h) {
      for (std::int64_t i = 0; i < tokens; ++i) {
        float const* const q = block.qkv.row(i) + h * width;
        double const scale = 1 / std::sqrt(static_cast<double>(width));
        double sum = 0;
        if (!weights.blocks[b].null_key.empty())
          sum += std::exp(scale * dot(q, weights.blocks[b].null_key.row(h)));
        for (int g = 0; g < config.summaries; ++g)
          sum += std::exp(scale * dot(q, weights.blocks[b].summary_key.row(g) + h * width));
        for (std::int64_t j = 0; j < tokens; ++j) {
          if (sees(config.attention, i, j))
            sum += std::exp(scale * dot(q, block.qkv.row(j) + config.channels + h * width));
        }
        for (std::int64_t j = 0; j < tokens; ++j) {
          if (!sees(config.attention, i, j)) continue;
          float const* const row = block.qkv.row(j) + h * width;
          double const weight = std::exp(scale * dot(q, row + config.channels)) / sum;
          dense[{b, h, i, j}] = {weight,
                                 weight * dot(block.dattended.row(i) + h * width, row + 2 * config.channels)};
        }
      }
    }
  }
  return dense;
}

std::vector<AttentionPartner> partners_in(NetworkConfig const& config, std::vector<float> const& parameters,
                                          std::vector<PartnerSource> const& sources, std::int64_t count,
                                          int thread_count,
                                          Backend const& backend = load_cpu_backend("auto")) {
  Threads threads(thread_count);
  return best_partners(config, parameters, sources, 0, count, backend, threads);
}

class Partners : public testing::TestWithParam<char const*> {};

TEST_P(Partners, ADeviceListsTheSame) {
  NetworkConfig const config = config_of(GetParam(), 2);
  std::vector<float> const parameters = initial_parameters(config, 3).values();
  Bases const bases = random_bases(45, 6);

  auto const cpu = partners_in(config, parameters, {{bases, 0, 0}}, 50, 2);

  EXPECT_EQ(partners_in(config, parameters, {{bases, 0, 0}}, 50, 2, test::guarded_backend()), cpu);
}

TEST_P(Partners, EqualTheDenseMatricesOfBothStrands) {
  constexpr std::int64_t pool = 4;
  NetworkConfig const config = config_of(GetParam(), pool);
  std::vector<float> const parameters = initial_parameters(config, 3).values();
  for (std::int64_t const tokens : {1, 7, 40}) {
    Bases const bases = random_bases(tokens * pool, 5);
    Dense const forward = dense_of(config, parameters, bases);
    Dense const reverse = dense_of(config, parameters, reverse_complement(bases));

    auto const listed = partners_in(config, parameters, {{bases, 2, 100}}, 1'000'000, 1);

    EXPECT_GE(listed.size(), std::min<std::size_t>(forward.size(), 6 * tokens * partner_candidates));
    bool const every_entry = tokens <= partner_candidates;
    EXPECT_TRUE(!every_entry || listed.size() >= forward.size()) << listed.size();
    double largest = 0;
    for (auto const& [place, numbers] : forward) largest = std::max(largest, std::abs(numbers.second));
    for (AttentionPartner const& partner : listed) {
      std::int64_t const i = (partner.query.start - 100) / pool, j = (partner.key.start - 100) / pool;
      auto const number = [&](Dense const& dense, std::int64_t query, std::int64_t key) {
        auto const found = dense.find({partner.layer, partner.head, query, key});
        return found == dense.end() ? std::pair(0.0, 0.0) : found->second;
      };
      auto const [weight, worth] = number(forward, i, j);
      auto const [turned_weight, turned_worth] = number(reverse, tokens - 1 - i, tokens - 1 - j);
      EXPECT_EQ(partner.record, 2);
      EXPECT_EQ(partner.query.length(), pool);
      EXPECT_NEAR(partner.weight, (weight + turned_weight) / 2, 1e-5);
      EXPECT_NEAR(partner.worth, (worth + turned_worth) / 2, 1e-5 * (largest + 1e-3));
    }
  }
}

TEST_P(Partners, TheOtherStrandGivesMirroredLinesWhateverTheLength) {
  NetworkConfig const config = config_of(GetParam(), 4);
  std::vector<float> const parameters = initial_parameters(config, 4).values();
  for (std::int64_t const length : {3, 61, 62, 63, 64}) {
    Bases const bases = random_bases(length, 6);
    Bases const turned = reverse_complement(bases);

    auto a = partners_in(config, parameters, {{bases, 0, 0}}, 1'000'000, 1);
    auto b = partners_in(config, parameters, {{turned, 0, 0}}, 1'000'000, 1);

    for (AttentionPartner& partner : b) {
      for (RecordWindow* const place : {&partner.query, &partner.key})
        *place = {length - place->end, length - place->start};
    }
    auto const by_place = [](AttentionPartner const& x, AttentionPartner const& y) {
      auto const place = [](AttentionPartner const& z) {
        return std::tuple(z.layer, z.head, z.query.start, z.query.end, z.key.start, z.key.end);
      };
      return place(x) < place(y);
    };
    std::ranges::sort(a, by_place);
    std::ranges::sort(b, by_place);
    EXPECT_TRUE(a == b) << length << " bases";
  }
}

INSTANTIATE_TEST_SUITE_P(Spans, Partners, testing::Values("exact", "local:3", "chunk:8", "local:3+global:2"),
                         [](auto const& mode) {
                           std::string name = mode.param;
                           std::ranges::replace_if(
                               name, [](char c) { return c == ':' || c == '+'; }, '_');
                           return name;
                         });

TEST(PartnerList, HoldsTheBestOnceAndThreadsChangeNothing) {
  NetworkConfig const config = config_of("exact", 4);
  std::vector<float> const parameters = initial_parameters(config, 3).values();
  std::vector<Bases> records;
  std::vector<PartnerSource> sources;
  for (std::int64_t i = 0; i < 70; ++i) records.push_back(random_bases(20 + i, 10 + i));
  for (std::int64_t i = 0; i < 70; ++i) sources.push_back({records[i], i, 0});
  sources.push_back({BasesView(records[60]), 60, 0});  // a window that was read twice

  auto const all = partners_in(config, parameters, sources, 1'000'000, 1);
  auto const best = partners_in(config, parameters, sources, 25, 3);

  ASSERT_EQ(best.size(), 25U);
  for (std::size_t i = 0; i < best.size(); ++i) EXPECT_EQ(best[i], all[i]);
  for (std::size_t i = 1; i < all.size(); ++i) {
    EXPECT_GE(std::abs(all[i - 1].worth), std::abs(all[i].worth));
    EXPECT_FALSE(all[i - 1] == all[i]);
  }
}

}  // namespace
}  // namespace cislens
