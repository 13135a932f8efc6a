// Training steps and predictions of one network, timed: one JSON line a repeat.
//
//   step_bench [--network reference|default] [--channels N] [--heads N] [--blocks N] [--ffn N] [--pool N]
//              [--readout-heads N] [--length BASES] [--batch N] [--threads N] [--precision float32|bf16]
//              [--isa auto|v2|v3|v4] [--repeats N] [--what train|predict] [--group SEQUENCES]
//
// A training step is forward, loss, backward and AdamW of one batch, grouped as the trainer does it; a
// prediction is one pass of each sequence. One thread: seconds of CPU time; more: of the wall clock.
// "gflop" counts the products and the attention as multiplications of full matrices, the stem as a
// convolution of one-hot vectors, backward as twice forward.

#include "cislens/base/errors.hpp"
#include "cislens/base/random.hpp"
#include "cislens/base/threads.hpp"
#include "cislens/model/network.hpp"
#include "cislens/ops/load.hpp"
#include "cislens/ops/loss.hpp"
#include "cislens/ops/optimizer.hpp"

#include "peak.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <string>
#include <sys/resource.h>
#include <vector>

namespace cislens::bench {
namespace {

constexpr std::int64_t lanes = 8;

class Arguments {
 public:
  Arguments(int count, char** values) {
    for (int i = 1; i + 1 < count; i += 2) values_[values[i]] = values[i + 1];
    if (count % 2 == 0) throw UsageError("every option has a value; see the top of step_bench.cpp");
  }
  std::string text(std::string const& name, std::string const& fallback) const {
    auto const found = values_.find(name);
    return found == values_.end() ? fallback : found->second;
  }
  int number(std::string const& name, int fallback) const {
    return std::stoi(text(name, std::to_string(fallback)));
  }

 private:
  std::map<std::string, std::string> values_;
};

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
  config.channels = arguments.number("--channels", config.channels);
  config.heads = arguments.number("--heads", config.heads);
  config.blocks = arguments.number("--blocks", config.blocks);
  config.ffn_channels = arguments.number("--ffn", config.ffn_channels);
  config.pool = arguments.number("--pool", config.pool);
  config.readout_heads = arguments.number("--readout-heads", config.readout_heads);
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

/// A batch of random sequences and everything to run the network on it.
class Run {
 public:
  Run(Arguments const& arguments, Backend const& backend)
      : config_(network_of(arguments)),
        layout_(layout_of(config_)),
        length_(arguments.number("--length", 200)),
        batch_(arguments.number("--batch", 64)),
        group_(arguments.number("--group", preferred_sequences(backend))),
        training_(arguments.text("--what", "train") == "train"),
        threads_(arguments.number("--threads", 1)),
        parameters_(initial_parameters(config_, 1)),
        first_(1, layout_.size),
        second_(1, layout_.size),
        decay_(1, layout_.size),
        bases_(static_cast<std::size_t>(batch_ * length_)),
        logits_(batch_, config_.targets) {
    for (std::size_t i = 0; i < bases_.size(); ++i) bases_[i] = static_cast<std::uint8_t>(mix(7, i) % 4);
    for (int i = 0; i < threads_.count(); ++i) {
      contexts_.emplace_back(backend);
      if (arguments.text("--precision", "float32") == "bf16") contexts_.back().set_precision(Precision::bf16);
    }
    if (training_) {
      for (std::int64_t lane = 0; lane < lanes; ++lane) gradients_.emplace_back(1, layout_.size);
    }
  }

  void step() {
    if (!training_) return predict();
    std::int64_t const groups = (batch_ + group_ - 1) / group_;
    threads_.for_each(lanes, [&](std::int64_t lane, int worker) {
      gradients_[static_cast<std::size_t>(lane)].set_zero();
      for (std::int64_t group = lane; group < groups; group += lanes)
        run_group(group, contexts_[static_cast<std::size_t>(worker)],
                  &gradients_[static_cast<std::size_t>(lane)]);
    });
    update();
  }

  std::int64_t batch() const { return batch_; }
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

  void run_group(std::int64_t group, Context& context, Tensor* gradient) {
    ArenaScope const scope(context.arena());
    std::int64_t const first = group * group_;
    std::int64_t const count = std::min(group_, batch_ - first);
    std::vector<std::int64_t> const lengths(static_cast<std::size_t>(count), length_);
    std::vector<std::int64_t> const tokens(lengths.size(), config_.tokens(length_));
    SequenceBatch const batch{std::span(bases_).subspan(static_cast<std::size_t>(first * length_),
                                                        static_cast<std::size_t>(count * length_)),
                              lengths, tokens, length_, config_.tokens(length_)};
    PassOptions const options;
    Weights const weights = bind_weights(config_, std::as_const(parameters_).values().data());
    Activations activations = make_activations(context, config_, batch, options);
    forward(context, config_, weights, batch, options, activations);
    for (std::int64_t i = 0; i < count; ++i) *logits_.view().row(first + i) = *activations.logits.row(i);
    if (gradient == nullptr) return;
    View const dlogits = context.arena().matrix(count, config_.targets);
    std::vector<float> targets(static_cast<std::size_t>(count * config_.targets));
    for (std::size_t i = 0; i < targets.size(); ++i) targets[i] = static_cast<float>(i % 2);
    loss(LossKind::binary, activations.logits, ConstView(targets.data(), count, config_.targets),
         1.0 / static_cast<double>(batch_), dlogits);
    MutableWeights const parts = bind_weights(config_, gradient->values().data());
    backward(context, config_, weights, batch, options, dlogits, 0.0F, activations, &parts);
  }

  void update() {
    std::vector<float>& total = gradients_[0].values();
    for (std::size_t lane = 1; lane < gradients_.size(); ++lane) {
      std::vector<float> const& part = gradients_[lane].values();
      for (std::size_t i = 0; i < total.size(); ++i) total[i] += part[i];
    }
    adamw(contexts_[0], AdamWOptions{}, 1e-3, 1.0, ++steps_, decay_.view(), gradients_[0].view(),
          parameters_.view(), first_.view(), second_.view());
  }

  NetworkConfig config_;
  ParameterLayout layout_;
  std::int64_t length_, batch_, group_;
  bool training_;
  Threads threads_;
  Tensor parameters_, first_, second_, decay_;
  std::vector<std::uint8_t> bases_;
  Tensor logits_;
  std::vector<Context> contexts_;
  std::vector<Tensor> gradients_;
  std::int64_t steps_ = 0;
};

std::int64_t peak_rss_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

void measure(Arguments const& arguments) {
  Backend const& backend = load_cpu_backend(arguments.text("--isa", "auto"));
  std::string const isa(backend_name(backend));
  Run run(arguments, backend);
  run.step();  // memory is taken here
  for (int repeat = 0; repeat < arguments.number("--repeats", 5); ++repeat) {
    double const peak = measured_peak(isa) * run.threads();  // beside each repeat: clocks change
    auto const now = run.threads() == 1 ? thread_seconds : wall_seconds;
    double const start = now();
    run.step();
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
