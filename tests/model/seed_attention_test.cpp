#include "cislens/base/nucleotide.hpp"
#include "cislens/model/seed_filters.hpp"
#include "cislens/ops/load.hpp"
#include "cislens/ops/workers.hpp"

#include "network_case.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace cislens {
namespace {

using namespace test;

constexpr int filters = 6;
constexpr std::int64_t site_filter = 5;  // of head 5 mod 4

/// A network whose first six filters are words, with attention as training finds it or as it is drawn.
Tensor start_of(NetworkConfig const& config, std::uint64_t seed, bool seeded) {
  Tensor block = initial_parameters(config, seed);
  MutableWeights const weights = bind_weights(config, block.view().data);
  std::vector<MotifMatrix> motifs;
  for (std::string const word :
       {"ACCGGAAGT", "TGACGTCAT", "CACGTGACC", "TATAAAAGG", "GGGCGGGGC", "CCAATCAGA"}) {
    for (MotifMatrix& motif = motifs.emplace_back(); std::uint8_t const base : encode_bases(word))
      motif.rows.emplace_back(std::array{0.02, 0.02, 0.02, 0.02})[base] = 0.94;
  }
  seed_filters(config, motifs, found_motif_zero, weights);
  if (seeded) seed_attention(config, 0, filters, weights);
  return block;
}

/// Share of a head's attention, over all queries and 16 networks, that goes to the token of a planted site.
double share_at_site(NetworkConfig const& config, std::int64_t head, bool seeded) {
  constexpr int networks = 16;
  constexpr std::int64_t site = 60;
  Threads threads(1);
  Workers workers(load_cpu_backend("auto"), threads);
  Context& context = workers[0];
  std::int64_t const own = config.channels / config.heads;
  double share = 0;
  for (std::uint64_t seed = 1; seed <= networks; ++seed) {
    ContextScope const scope(context);
    Tensor const parameters = start_of(config, seed, seeded);
    Weights const weights = bind_weights(config, parameters.view().data);
    Random random(seed, 9);
    std::vector<std::vector<std::uint8_t>> sequences(1);
    for (int i = 0; i < 100; ++i) sequences[0].push_back(static_cast<std::uint8_t>(random.below(4)));
    std::ranges::copy(encode_bases("CCAATCAGA"), sequences[0].begin() + site);
    NetworkInput const input(config, sequences, {1}, 0);
    SequenceBatch const batch = input.batch();
    Activations a = make_activations(context, config, batch, PassOptions{});
    forward(context, config, weights, batch, PassOptions{}, a);
    AttentionInput const qkv = qkv_on_host(context, config, a.blocks[0]);
    std::int64_t const tokens = batch.token_rows();
    auto const answer = [&](std::int64_t query, float const* key) {
      double sum = 0;
      for (std::int64_t c = 0; c < own; ++c)
        sum += static_cast<double>(qkv.q.row(query)[head * own + c]) * static_cast<double>(key[c]);
      return std::exp(sum / std::sqrt(static_cast<double>(own)));
    };
    for (std::int64_t query = 0; query < tokens; ++query) {
      double total = answer(query, weights.blocks[0].null_key.row(head));
      double at_site = 0;
      for (std::int64_t key = 0; key < tokens; ++key) {
        double const value = answer(query, qkv.k.row(key) + head * own);
        total += value;
        // The filter answers where its middle lies on the site's.
        if (std::abs(2 * key + 1 - (site + 4)) <= 1) at_site += value;
      }
      share += at_site / total / static_cast<double>(tokens) / networks;
    }
  }
  return share;
}

TEST(SeedAttention, AHeadLooksAtSitesOfItsFiltersAndNoOther) {
  NetworkConfig const config;  // the default network
  std::int64_t const own = site_filter % config.heads;

  double const seeded = share_at_site(config, own, true);
  double const drawn = share_at_site(config, own, false);
  double const other = share_at_site(config, own - 1, true);

  EXPECT_GT(seeded, 4 * drawn);
  EXPECT_LT(other, 1.5 * drawn);
  EXPECT_NEAR(drawn, 2.0 / 51, 0.01);  // two of 50 tokens and the null key: nothing to look at
}

TEST(SeedAttention, CopiesWhatItLooksAtAndLeavesTheRest) {
  NetworkConfig const config;
  Tensor const drawn = initial_parameters(config, 1);
  Tensor seeded = initial_parameters(config, 1);
  MutableWeights const weights = bind_weights(config, seeded.view().data);
  Weights const before = bind_weights(config, drawn.view().data);
  std::int64_t const channels = config.channels;

  seed_attention(config, 3, 3, weights);
  EXPECT_EQ(seeded.values(), drawn.values());
  seed_attention(config, 0, filters, weights);

  for (std::int64_t row = 0; row < channels; ++row) {
    for (std::int64_t column = 0; column < channels; ++column)
      ASSERT_EQ(weights.blocks[0].out.row(row)[column], before.blocks[0].qkv.row(column)[2 * channels + row]);
  }
  std::int64_t changed = 0;  // of queries, keys and values
  for (std::int64_t row = 0; row < channels; ++row) {
    for (std::int64_t column = 0; column < 3 * channels; ++column)
      changed += weights.blocks[0].qkv.row(row)[column] == before.blocks[0].qkv.row(row)[column] ? 0 : 1;
  }
  EXPECT_EQ(changed, filters);
}

TEST(SeedAttention, AHeadStartsWithEightFiltersAtMost) {
  NetworkConfig config;
  config.heads = 2;
  Tensor block = initial_parameters(config, 1);
  MutableWeights const weights = bind_weights(config, block.view().data);
  seed_attention(config, 10, 40, weights);
  std::vector<std::int64_t> own;
  for (std::int64_t filter = 0; filter < config.channels; ++filter) {
    for (std::int64_t head = 0; head < 2; ++head) {
      if (weights.blocks[0].qkv.row(filter)[config.channels + head * 64 + 31] == 2.0F)
        own.push_back(100 * head + filter);
    }
  }
  EXPECT_EQ(own, (std::vector<std::int64_t>{10, 111, 12, 113, 14, 115, 16, 117, 18, 119, 20, 121, 22, 123, 24,
                                            125}));
}

TEST(SeedAttention, FewFiltersNarrowHeadsAndNoBlocksAreMet) {
  NetworkConfig config;
  config.positions = Positions::none;
  config.channels = 4;
  config.heads = 4;  // of one channel each
  Tensor block = initial_parameters(config, 1);
  MutableWeights const weights = bind_weights(config, block.view().data);
  seed_attention(config, 1, 3, weights);
  for (std::int64_t head = 0; head < 4; ++head)
    EXPECT_EQ(weights.blocks[0].qkv_bias.data[head], head < 2 ? 2.0F : 0.0F) << head;
  for (std::int64_t filter = 0; filter < 4; ++filter)  // the second and third have a head each
    EXPECT_EQ(weights.blocks[0].qkv.row(filter)[4 + std::max<std::int64_t>(filter - 1, 0)] == 2.0F,
              filter == 1 || filter == 2);
  config.blocks = 0;
  Tensor none = initial_parameters(config, 1);
  std::vector<float> const before = none.values();
  seed_attention(config, 0, 2, bind_weights(config, none.view().data));
  EXPECT_EQ(none.values(), before);
}

}  // namespace
}  // namespace cislens
