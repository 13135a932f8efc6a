// Memory and time against length: one sequence, one program run, one JSON line.
//
//   length_bench --what attention [--span MODE] [--tokens P] [--heads H] [--head-channels D] [--batch B]
//                [--threads N] [--repeats N] [--backward 0|1] [--isa NAME]
//   length_bench --what network [--tokens P] [--blocks N] [--keep everything|inputs|nothing] [--channels C]
//                [--heads H] [--attention MODE] [--threads N] [--repeats N]
//
// "attention" runs the op alone on random queries, keys and values; "network" a forward pass and, unless it
// keeps nothing, a backward pass of the default network with one base a token. Seconds are of one pass, the
// least over the repeats after one to warm up: CPU time for one thread, wall-clock otherwise; "all_seconds"
// are all of them. Memory is the largest resident size of the process, all of it.

#include "cislens/base/random.hpp"
#include "cislens/base/threads.hpp"
#include "cislens/model/network.hpp"
#include "cislens/ops/load.hpp"
#include "cislens/tensor/tensor.hpp"

#include "arguments.hpp"
#include "peak.hpp"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <sys/resource.h>
#include <vector>

namespace cislens::bench {
namespace {

double peak_rss_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

/// A context, with a team when more than one thread works.
struct Workers {
  explicit Workers(Arguments const& arguments) {
    Backend const& backend = load_cpu_backend(arguments.text("--isa", "auto"));
    auto const count = static_cast<int>(arguments.number("--threads", 1));
    if (count > 1) team = std::make_unique<Threads>(count);
    context = team ? std::make_unique<Context>(backend, *team) : std::make_unique<Context>(backend);
  }
  std::unique_ptr<Threads> team;
  std::unique_ptr<Context> context;
};

std::vector<double> time_passes(Arguments const& arguments, Workers const& workers,
                                std::function<void()> const& pass) {
  auto const now = workers.team ? wall_seconds : thread_seconds;
  std::int64_t const repeats = arguments.number("--repeats", 1);
  std::vector<double> seconds;
  if (repeats > 1) pass();
  for (std::int64_t i = 0; i < repeats; ++i) {
    double const start = now();
    pass();
    seconds.push_back(now() - start);
  }
  return seconds;
}

void print_result(Arguments const& arguments, std::string const& mode, std::int64_t tokens,
                  std::vector<double> const& seconds, double input_mib) {
  std::string all;
  for (double const s : seconds) all += (all.empty() ? "" : ", ") + std::to_string(s);
  std::printf(
      "{\"program\": \"cislens\", \"what\": \"%s\", \"mode\": \"%s\", \"tokens\": %lld, \"threads\": %lld, "
      "\"seconds\": %.6f, \"all_seconds\": [%s], \"arrays_mib\": %.1f, \"peak_rss_mib\": %.1f}\n",
      arguments.text("--what", "attention").c_str(), mode.c_str(), static_cast<long long>(tokens),
      static_cast<long long>(arguments.number("--threads", 1)),
      *std::min_element(seconds.begin(), seconds.end()), all.c_str(), input_mib, peak_rss_mib());
}

Tensor random_tensor(std::int64_t rows, std::int64_t columns, std::uint64_t seed) {
  Tensor tensor(rows, columns);
  std::uint64_t state = mix(seed, 1);
  for (float& x : tensor.values()) {  // sum of two uniform numbers, variance about 1
    state = state * 6364136223846793005U + 1442695040888963407U;
    auto const a = static_cast<float>(state >> 40U), b = static_cast<float>((state >> 16U) & 0xffffffU);
    x = ((a + b) / 16777216.0F - 1.0F) * 2.449F;
  }
  return tensor;
}

void measure_attention(Arguments const& arguments) {
  std::int64_t const tokens = arguments.number("--tokens", 1000), batch = arguments.number("--batch", 1);
  std::int64_t const heads = arguments.number("--heads", 1);
  std::int64_t const rows = batch * tokens, columns = heads * arguments.number("--head-channels", 32);
  bool const with_backward = arguments.number("--backward", 1) != 0;
  std::string const mode = arguments.text("--span", "exact");
  Workers const workers(arguments);
  std::vector<std::int64_t> const lengths(static_cast<std::size_t>(batch), tokens);
  Tensor const q = random_tensor(rows, columns, 1), k = random_tensor(rows, columns, 2);
  Tensor const v = random_tensor(rows, columns, 3);
  Tensor o(rows, columns), lse(batch * heads, tokens);
  Tensor const d_o = with_backward ? random_tensor(rows, columns, 4) : Tensor();
  Tensor dq, dk, dv;
  if (with_backward) dq = Tensor(rows, columns), dk = Tensor(rows, columns), dv = Tensor(rows, columns);
  AttentionInput input;
  input.q = q.view();
  input.k = k.view();
  input.v = v.view();
  input.query_lengths = input.key_lengths = lengths;
  input.heads = heads;
  input.span = parse_attention(mode).span;
  std::vector<double> const seconds = time_passes(arguments, workers, [&] {
    attention_forward(*workers.context, input, o.view(), lse.view(), {});
    if (!with_backward) return;
    attention_backward(*workers.context, input, std::as_const(o).view(), std::as_const(lse).view(), {}, 0,
                       d_o.view(), {dq.view(), dk.view(), dv.view(), {}, {}, {}});
  });
  double const arrays =
      static_cast<double>(rows * columns * (with_backward ? 8 : 4) + batch * heads * tokens) * 4;
  print_result(arguments, mode, tokens, seconds, arrays / 1048576);
}

NetworkConfig network_of(Arguments const& arguments) {
  NetworkConfig config;
  config.pool = 1;
  config.blocks = static_cast<int>(arguments.number("--blocks", 1));
  config.channels = static_cast<int>(arguments.number("--channels", config.channels));
  config.heads = static_cast<int>(arguments.number("--heads", config.heads));
  AttentionMode const mode = parse_attention(arguments.text("--attention", "exact"));
  config.attention = mode.span;
  config.summaries = mode.summaries;
  check(config);
  return config;
}

Keep keep_of(std::string const& name) {
  if (name == "everything") return Keep::everything;
  if (name == "inputs") return Keep::inputs;
  if (name == "nothing") return Keep::nothing;
  throw UsageError("--keep " + name + ": everything, inputs or nothing");
}

void measure_network(Arguments const& arguments) {
  NetworkConfig const config = network_of(arguments);
  std::string const keep = arguments.text("--keep", "everything");
  std::int64_t const tokens = arguments.number("--tokens", 1000);
  Workers const workers(arguments);
  Context& context = *workers.context;
  ParameterLayout const layout = layout_of(config);
  Tensor const parameters = initial_parameters(config, 1);
  Tensor gradient(1, layout.size);
  std::vector<std::uint8_t> bases(static_cast<std::size_t>(tokens));
  for (std::size_t i = 0; i < bases.size(); ++i) bases[i] = static_cast<std::uint8_t>(mix(7, i) % 4);
  SequenceBatch const batch{bases, std::span(&tokens, 1), std::span(&tokens, 1), tokens, tokens};
  PassOptions options;
  options.keep = keep_of(keep);
  std::vector<double> const seconds = time_passes(arguments, workers, [&] {
    ArenaScope const scope(context.arena());
    Weights const weights = bind_weights(config, parameters.values().data());
    Activations activations = make_activations(context, config, batch, options);
    forward(context, config, weights, batch, options, activations);
    if (options.keep == Keep::nothing) return;
    View const dlogits = context.arena().matrix(1, 1);
    dlogits.data[0] = 1;
    MutableWeights const parts = bind_weights(config, gradient.values().data());
    backward(context, config, weights, batch, options, dlogits, 0, activations, &parts);
  });
  print_result(arguments, name_of({config.attention, config.summaries}) + " keep " + keep, tokens, seconds,
               0);
}

}  // namespace
}  // namespace cislens::bench

int main(int argc, char** argv) {
  try {
    cislens::bench::Arguments const arguments(argc, argv);
    if (arguments.text("--what", "attention") == "network") {
      cislens::bench::measure_network(arguments);
    } else {
      cislens::bench::measure_attention(arguments);
    }
  } catch (std::exception const& error) {
    std::fprintf(stderr, "length_bench: %s\n", error.what());
    return 2;
  }
  return 0;
}
