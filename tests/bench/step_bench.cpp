// Training steps and predictions of one network, timed: one JSON line a repeat.
//
//   step_bench [--network reference|default] [--channels N] [--heads N] [--blocks N] [--ffn N] [--pool N]
//              [--readout-heads N] [--length BASES] [--batch N] [--threads N] [--precision float32|bf16]
//              [--isa auto|v2|v3|v4] [--device cpu|cuda] [--repeats N] [--what train|predict]
//              [--group SEQUENCES]
//
// A training step is forward, loss, backward and AdamW of one batch, grouped as the trainer does it; a
// prediction is one pass of each sequence. One thread: seconds of CPU time; more, or a GPU: of the wall
// clock. "gflop" counts the products and the attention as multiplications of full matrices, the stem as a
// convolution of one-hot vectors, backward as twice forward.

#include "cislens/base/random.hpp"
#include "cislens/base/threads.hpp"
#include "cislens/model/network.hpp"
#include "cislens/ops/dense.hpp"
#include "cislens/ops/load.hpp"
#include "cislens/ops/loss.hpp"
#include "cislens/ops/optimizer.hpp"
#include "cislens/tensor/context_scope.hpp"
#include "cislens/tensor/device_block.hpp"

#include "arguments.hpp"
#include "device.hpp"
#include "peak.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <sys/resource.h>
#include <vector>

namespace cislens::bench {
namespace {

constexpr std::int64_t lanes = 8;

/// conv 4 -> 128 K 19, no pooling, two pre-norm blocks of 8 heads with FFN 512, one readout query.
NetworkConfig reference_network() {
  NetworkConfig config;
  config.pool = 1;
  config.blocks = 2;
  config.heads = 8;
  config.ffn_channels = 512;
  config.positions = Positions::none;
  config.null_key = false;
  config.readout_heads = 1;
  return config;
}

NetworkConfig network_of(Arguments const& arguments) {
  NetworkConfig config =
      arguments.text("--network", "reference") == "reference" ? reference_network() : NetworkConfig{};
  auto const number = [&](char const* name, int fallback) {
    return static_cast<int>(arguments.number(name, fallback));
  };
  config.channels = number("--channels", config.channels);
  config.heads = number("--heads", config.heads);
  config.blocks = number("--blocks", config.blocks);
  config.ffn_channels = number("--ffn", config.ffn_channels);
  config.pool = number("--pool", config.pool);
  config.readout_heads = number("--readout-heads", config.readout_heads);
  check(config);
  return config;
}

/// Operations of one pass of one sequence, in GFLOP.
double pass_gflop(NetworkConfig const& c, std::int64_t length) {
  auto const bases = static_cast<double>(length);
  auto const tokens = static_cast<double>(c.tokens(length));
  double const channels = c.channels;
  double const stem = 2 * bases * channels * 4 * c.filter_width;
  double const products = 2 * tokens * channels * (4 * channels + 2.0 * c.ffn_channels);
  double const attention = 4 * tokens * tokens * channels;
  double const head = 6 * tokens * channels * c.readout_heads;
  return (stem + c.blocks * (products + attention) + head) / 1e9;
}

/// Sequences that go through the network at a time.
std::int64_t usual_group(Backend const& backend, std::int64_t tokens) {
  if (memory_of(backend).is_host) return preferred_sequences(backend);
  PassLimits const limits = preferred_pass(backend);
  return std::clamp<std::int64_t>(limits.tokens / tokens, 1, limits.sequences);
}

/// A batch of random sequences and everything to run the network on it.
class Run {
 public:
  Run(Arguments const& arguments, Backend const& backend)
      : config_(network_of(arguments)),
        layout_(layout_of(config_)),
        length_(arguments.number("--length", 200)),
        batch_(arguments.number("--batch", 64)),
        group_(arguments.number("--group", usual_group(backend, config_.tokens(length_)))),
        lanes_(memory_of(backend).is_host ? lanes : 1),
        training_(arguments.text("--what", "train") == "train"),
        threads_(static_cast<int>(arguments.number("--threads", 1))),
        initial_(initial_parameters(config_, 1)),
        parameters_(memory_of(backend), initial_.values()),
        first_(memory_of(backend), layout_.size),
        second_(memory_of(backend), layout_.size),
        decay_(memory_of(backend), layout_.size),
        bases_(static_cast<std::size_t>(batch_ * length_)),
        logits_(batch_, config_.targets) {
    for (std::size_t i = 0; i < bases_.size(); ++i) bases_[i] = static_cast<std::uint8_t>(mix(7, i) % 4);
    for (int i = 0; i < threads_.count(); ++i) {
      contexts_.emplace_back(backend);
      if (arguments.text("--precision", "float32") == "bf16") contexts_.back().set_precision(Precision::bf16);
    }
    if (training_) {
      for (std::int64_t lane = 0; lane < lanes_; ++lane)
        gradients_.emplace_back(memory_of(backend), layout_.size);
    }
  }

  void step() {
    if (!training_) return predict();
    std::int64_t const groups = (batch_ + group_ - 1) / group_;
    threads_.for_each(lanes_, [&](std::int64_t lane, int worker) {
      gradients_[static_cast<std::size_t>(lane)].clear();
      for (std::int64_t group = lane; group < groups; group += lanes_)
        run_group(group, contexts_[static_cast<std::size_t>(worker)],
                  &gradients_[static_cast<std::size_t>(lane)]);
    });
    update();
  }

  std::int64_t batch() const { return batch_; }
  /// Waits for what the device still works on.
  void finish() {
    float number = 0;
    contexts_[0].memory().copy_to_host(&number, parameters_.data(), sizeof number);
  }
  int threads() const { return threads_.count(); }
  double gflop() const {
    return pass_gflop(config_, length_) * static_cast<double>(batch_) * (training_ ? 3 : 1);
  }
  double logit() const { return static_cast<double>(logits_.values().back()); }

 private:
  void predict() {
    threads_.for_each((batch_ + group_ - 1) / group_, [&](std::int64_t group, int worker) {
      run_group(group, contexts_[static_cast<std::size_t>(worker)], nullptr);
    });
  }

  void run_group(std::int64_t group, Context& context, DeviceBlock* gradient) {
    ContextScope const scope(context);
    std::int64_t const first = group * group_;
    std::int64_t const count = std::min(group_, batch_ - first);
    std::vector<std::int64_t> const lengths(static_cast<std::size_t>(count), length_);
    std::vector<std::int64_t> const tokens(lengths.size(), config_.tokens(length_));
    SequenceBatch const host{std::span(bases_).subspan(static_cast<std::size_t>(first * length_),
                                                       static_cast<std::size_t>(count * length_)),
                             lengths, tokens, length_, config_.tokens(length_)};
    SequenceBatch const batch = on_device(context, host);
    PassOptions const options;
    Weights const weights = bind_weights(config_, static_cast<float const*>(parameters_.data()));
    Activations activations = make_activations(context, config_, batch, options);
    forward(context, config_, weights, batch, options, activations);
    ConstView const logits = on_host(context, activations.logits);
    for (std::int64_t i = 0; i < count; ++i) *logits_.view().row(first + i) = *logits.row(i);
    if (gradient == nullptr) return;
    View const dlogits = context.host_arena().matrix(count, config_.targets);
    std::vector<float> targets(static_cast<std::size_t>(count * config_.targets));
    for (std::size_t i = 0; i < targets.size(); ++i) targets[i] = static_cast<float>(i % 2);
    loss(LossKind::binary, logits, ConstView(targets.data(), count, config_.targets),
         1.0 / static_cast<double>(batch_), dlogits);
    MutableWeights const parts = bind_weights(config_, gradient->data());
    backward(context, config_, weights, batch, options, on_device(context, dlogits), 0.0F, activations,
             &parts);
  }

  void update() {
    for (std::size_t lane = 1; lane < gradients_.size(); ++lane)
      add_rows(contexts_[0], gradients_[lane].view(), gradients_[0].view());
    adamw(contexts_[0], AdamWOptions{}, 1e-3, 1.0, ++steps_, decay_.view(), gradients_[0].view(),
          parameters_.view(), first_.view(), second_.view());
  }

  NetworkConfig config_;
  ParameterLayout layout_;
  std::int64_t length_, batch_, group_, lanes_;
  bool training_;
  Threads threads_;
  Tensor initial_;
  DeviceCopy<float> parameters_;
  DeviceBlock first_, second_, decay_;
  std::vector<std::uint8_t> bases_;
  Tensor logits_;
  std::vector<Context> contexts_;
  std::vector<DeviceBlock> gradients_;
  std::int64_t steps_ = 0;
};

std::int64_t peak_rss_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

void measure(Arguments const& arguments) {
  Backend const& backend = backend_of(arguments);
  bool const cpu = memory_of(backend).is_host;
  std::string const isa(backend_name(backend));
  Run run(arguments, backend);
  run.step();  // memory is taken here
  run.finish();
  for (int repeat = 0; repeat < arguments.number("--repeats", 5); ++repeat) {
    double const peak = cpu ? measured_peak(isa) * run.threads() : 0;  // beside each repeat: clocks change
    auto const now = cpu && run.threads() == 1 ? thread_seconds : wall_seconds;
    double const start = now();
    run.step();
    run.finish();
    double const seconds = now() - start;
    double const rate = run.gflop() / seconds;
    std::printf(
        "{\"program\": \"cislens\", \"isa\": \"%s\", \"what\": \"%s\", \"precision\": \"%s\", \"threads\": "
        "%d, "
        "\"seconds\": %.6f, \"sequences_per_s\": %.1f, \"gflop_per_s\": %.1f, \"peak_gflop_per_s\": %.1f, "
        "\"share_of_peak\": %.3f, \"peak_rss_mib\": %lld, \"logit\": %.6f}\n",
        isa.c_str(), arguments.text("--what", "train").c_str(),
        arguments.text("--precision", "float32").c_str(), run.threads(), seconds,
        static_cast<double>(run.batch()) / seconds, rate, peak, peak > 0 ? rate / peak : 0.0,
        static_cast<long long>(peak_rss_mib()), run.logit());
    std::fflush(stdout);
  }
}

}  // namespace
}  // namespace cislens::bench

int main(int argc, char** argv) {
  try {
    cislens::bench::measure(cislens::bench::Arguments(argc, argv));
  } catch (std::exception const& error) {
    std::fprintf(stderr, "step_bench: %s\n", error.what());
    return 2;
  }
  return 0;
}
