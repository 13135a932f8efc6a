#include "cislens/model/memory_plan.hpp"

#include "cislens/base/threads.hpp"

#include "network_case.hpp"
#include "support/network_backends.hpp"

namespace cislens {
namespace {

using namespace test;

using Memory = OnNetworkBackend;

constexpr std::int64_t no_limit = std::int64_t{1} << 60;

std::vector<NetworkConfig> shapes() {
  NetworkConfig deep = pooled_config();
  deep.blocks = 3;
  NetworkConfig sparse = deep;
  sparse.attention = parse_attention("local:20+global:3").span;
  sparse.summaries = 3;
  NetworkConfig additive = additive_config();
  additive.positions = Positions::sinusoidal;
  return {deep, sparse, additive};
}

/// The bytes that a pass really takes: the smallest arena that need not grow.
bool fits(Backend const& backend, Threads* team, NetworkConfig const& config, PassOptions const& options,
          std::int64_t bytes) {
  Context context(backend);
  context.set_team(team);
  context.arena().reserve(static_cast<std::size_t>(bytes));
  std::size_t const reserved = context.arena().capacity_bytes();
  NetworkInput const input(config, random_sequences({6000, 6000}), {1, 0, 1, 0}, 0);
  Context elsewhere(backend);  // the plan is of what a pass takes besides its input
  SequenceBatch const batch = on_device(elsewhere, input.batch());
  auto const parameters = lively_parameters(config);
  DeviceCopy<float const> const block(context.memory(), parameters);
  DeviceBlock const gradient(context.memory(), std::ssize(parameters));
  Weights const weights = bind_weights(config, block.data());
  Activations a = make_activations(context, config, batch, options);
  forward(context, config, weights, batch, options, a);
  if (options.keep != Keep::nothing) {
    MutableWeights const g = bind_weights(config, gradient.data());
    View const dlogits = context.arena().matrix(batch.count(), config.targets);
    std::vector<float> const numbers(static_cast<std::size_t>(dlogits.rows * dlogits.columns), 0.1F);
    context.memory().copy_to_device(dlogits.data, numbers.data(), numbers.size() * sizeof(float));
    backward(context, config, weights, batch, options, dlogits, options.want_entropy ? 0.1F : 0.0F, a, &g);
  }
  return context.arena().capacity_bytes() == reserved;
}

TEST_P(Memory, ThePlanIsWhatAPassTakes) {
  Threads team(3);
  for (Threads* const threads : {static_cast<Threads*>(nullptr), &team}) {
    for (NetworkConfig const& config : shapes()) {
      for (Keep const keep : {Keep::everything, Keep::inputs, Keep::nothing}) {
        PassOptions const options{false, keep != Keep::nothing, 0.1F, 0, keep};

        PassMemory const memory =
            pass_memory(context.backend(), threads, config, {2, 6000}, options, no_limit);

        EXPECT_GT(memory.activations, 1 << 20);
        EXPECT_TRUE(fits(context.backend(), threads, config, options, memory.total()));
        EXPECT_FALSE(fits(context.backend(), threads, config, options, memory.total() - 64));
      }
    }
  }
}

TEST_P(Memory, NobodyWritesWhatIsOnlyPlanned) {
  NetworkConfig config = pooled_config();
  config.blocks = 6;

  PassMemory const memory =
      pass_memory(context.backend(), nullptr, config, {1, 100'000'000}, PassOptions{}, std::int64_t{1} << 30);

  EXPECT_GT(memory.activations, std::int64_t{1} << 35);
  EXPECT_EQ(memory.scratch, 0);
}

TEST(MemoryPlan, StoredProbabilitiesGrowWithTheSquare) {
  NetworkConfig config;  // 4 heads, 1 block, 2 bases a token
  EXPECT_EQ(stored_probabilities_bytes(config, 2000), 4 * 2 * 1000 * 1000 * 4);
  EXPECT_EQ((MemoryPlan{{{"a", 3}, {"b", 4}}}).total(), 7);
}

INSTANTIATE_TEST_SUITE_P(Backends, Memory, ::testing::ValuesIn(network_backends()), network_test_name);

}  // namespace
}  // namespace cislens
