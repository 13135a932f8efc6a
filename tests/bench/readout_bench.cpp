#include "cislens/base/threads.hpp"
#include "cislens/ops/attention.hpp"
#include "cislens/ops/load.hpp"
#include "cislens/tensor/context.hpp"

#include "peak.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <vector>

// How long the readout pass takes beside a plain forward pass (o and lse) of the same shape: the two are run
// in turn, and the ratio is the median over the turns. One thread in CPU time, a team in wall time.
//
//   readout_bench [--isa=x86-64-v3] [--threads=2] [--benchmark_...]
namespace cislens::bench {
namespace {

struct Size {
  std::int64_t sequences, heads, tokens, channels;
};

std::vector<float> random_floats(std::int64_t count, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = normal(engine);
  return values;
}

/// Operands and results of one size.
class Case {
 public:
  Case(Size size, Context& context) : size_(size), context_(context) {
    std::int64_t const count = tokens() * size.heads * size.channels;
    q_ = random_floats(count, 1);
    k_ = random_floats(count, 2);
    v_ = random_floats(count, 3);
    d_o_ = random_floats(count, 4);
    o_.resize(q_.size());
    for (auto* const x : {&lse_, &received_, &attribution_, &entropy_, &distance_, &mass_})
      x->resize(static_cast<std::size_t>(tokens() * size.heads));
    partners_.resize(lse_.size() * partner_count);
    weight_.resize(partners_.size());
    worth_.resize(partners_.size());
    histogram_.resize(
        static_cast<std::size_t>(size.sequences * size.heads * AttentionReadout::distance_bins));
    lengths_.assign(static_cast<std::size_t>(size.sequences), size.tokens);
    forward();
  }

  void forward() { attention_forward(context_, input(), matrix(o_), rows(lse_), {}); }

  void readout(bool distance, bool attribution, bool histogram) {
    AttentionReadout readout;
    readout.received = rows(received_);
    readout.entropy = rows(entropy_);
    readout.partners = partners_;
    readout.partner_weight = {weight_.data(), static_cast<std::int64_t>(lse_.size()), partner_count};
    readout.partner_count = partner_count;
    if (distance) {
      readout.distance = rows(distance_);
      readout.mass = rows(mass_);
    }
    if (attribution) readout.attribution = rows(attribution_);
    if (attribution)
      readout.partner_worth = {worth_.data(), static_cast<std::int64_t>(lse_.size()), partner_count};
    if (histogram)
      readout.histogram = {histogram_.data(), size_.sequences * size_.heads, AttentionReadout::distance_bins};
    attention_readout(context_, input(), rows(lse_), attribution ? ConstView(matrix(d_o_)) : ConstView(), {},
                      readout);
  }

 private:
  static constexpr std::int64_t partner_count = 8;

  std::int64_t tokens() const { return size_.sequences * size_.tokens; }
  View matrix(std::vector<float>& x) const { return {x.data(), tokens(), size_.heads * size_.channels}; }
  View rows(std::vector<float>& x) const { return {x.data(), size_.sequences * size_.heads, size_.tokens}; }
  AttentionInput input() {
    return {matrix(q_), matrix(k_), matrix(v_), {}, lengths_, lengths_, size_.heads, {}, {}, {}};
  }

  Size size_;
  Context& context_;
  std::vector<std::int64_t> lengths_;
  std::vector<float> q_, k_, v_, d_o_, o_, lse_, received_, attribution_, entropy_, distance_, mass_,
      histogram_;
  std::vector<std::int32_t> partners_;
  std::vector<float> weight_, worth_;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

struct Question {
  char const* name;
  bool distance, attribution, histogram;
};

void compare(benchmark::State& state, Size size, Question question, Context& context) {
  Case test(size, context);
  auto const now = context.team() == nullptr ? thread_seconds : wall_seconds;
  test.readout(question.distance, question.attribution, question.histogram);
  std::vector<double> forward;
  std::vector<double> ratio;
  for (auto unused : state) {
    double const begin = now();
    test.forward();
    double const middle = now();
    test.readout(question.distance, question.attribution, question.histogram);
    double const end = now();
    forward.push_back(middle - begin);
    ratio.push_back((end - middle) / (middle - begin));
  }
  state.counters["forward_ms"] = 1e3 * median(forward);
  state.counters["ratio"] = median(ratio);
}

}  // namespace
}  // namespace cislens::bench

int main(int count, char** arguments) {
  using namespace cislens;
  std::string isa = usable_instruction_sets().front();
  int threads = 1;
  for (int i = 1; i < count; ++i) {
    std::string const argument = arguments[i];
    if (argument.starts_with("--isa=")) isa = argument.substr(6);
    if (argument.starts_with("--threads=")) threads = std::stoi(argument.substr(10));
  }
  Threads team(threads);
  Context context = threads == 1 ? Context(load_cpu_backend(isa)) : Context(load_cpu_backend(isa), team);
  std::vector<bench::Size> const sizes{{32, 8, 200, 16}, {32, 8, 200, 64}, {8, 8, 1000, 32},
                                       {8, 8, 1000, 64}, {1, 8, 8192, 32}, {1, 8, 8192, 64}};
  std::vector<bench::Question> const questions{{"received+entropy+partners", false, false, false},
                                               {"and distance+mass", true, false, false},
                                               {"and attribution+worth", true, true, false},
                                               {"and histogram", true, true, true}};
  for (auto const& size : sizes) {
    for (auto const& question : questions) {
      std::string const name = "(" + std::to_string(size.sequences) + "," + std::to_string(size.heads) + "," +
                               std::to_string(size.tokens) + "," + std::to_string(size.channels) + ") " +
                               question.name;
      int const turns = size.tokens > 4000 ? 3 : size.tokens > 500 ? 7 : 21;
      benchmark::RegisterBenchmark(
          name.c_str(),
          [=, &context](benchmark::State& state) { bench::compare(state, size, question, context); })
          ->Iterations(turns)
          ->Unit(benchmark::kMillisecond);
    }
  }
  std::printf("%s, %d threads; ratio: readout / forward\n", isa.c_str(), threads);
  benchmark::Initialize(&count, arguments);
  benchmark::RunSpecifiedBenchmarks();
}
