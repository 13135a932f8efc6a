// Attention at the shapes of docs/performance.md: forward and forward + backward, for one instruction set and
// a number of threads:  attention_bench --isa=x86-64-v4 --threads=1 [options of Google Benchmark] With one
// thread times are CPU time of the thread, so other programs matter little.
#include "cislens/base/threads.hpp"
#include "cislens/ops/attention.hpp"
#include "cislens/ops/load.hpp"

#include "peak.hpp"

#include <benchmark/benchmark.h>

#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace cislens;

struct Shape {
  std::int64_t sequences, heads, tokens, head_channels;
  AttentionSpan span;
  std::string name() const {
    std::string text;
    for (std::int64_t const number : {sequences, heads, tokens, head_channels})
      text += "/" + std::to_string(number);
    if (span.kind == AttentionSpan::Kind::local) text += "/local:" + std::to_string(span.width);
    if (span.kind == AttentionSpan::Kind::chunk) text += "/chunk:" + std::to_string(span.width);
    return text;
  }
  /// Pairs of query and key, edges left out.
  double pairs() const {
    auto const keys = static_cast<double>(span.kind == AttentionSpan::Kind::exact   ? tokens
                                          : span.kind == AttentionSpan::Kind::local ? 2 * span.width + 1
                                                                                    : span.width);
    return static_cast<double>(sequences * heads * tokens) * keys;
  }
};

struct Problem {
  std::vector<float> numbers;
  std::vector<std::int64_t> lengths;
  AttentionInput input;
  View o, lse, d_o;
  AttentionGradient gradient;

  explicit Problem(Shape const& s) : lengths(s.sequences, s.tokens) {
    std::int64_t const rows = s.sequences * s.tokens;
    std::int64_t const channels = s.heads * s.head_channels;
    numbers.resize(rows * channels * 8 + s.sequences * s.heads * s.tokens);
    std::minstd_rand engine(1);
    std::normal_distribution<float> normal;
    for (float& x : numbers) x = normal(engine);
    View const qkv(numbers.data(), rows, 3 * channels);
    View const d_qkv(numbers.data() + 3 * rows * channels, rows, 3 * channels);
    o = View(numbers.data() + 6 * rows * channels, rows, channels);
    d_o = View(numbers.data() + 7 * rows * channels, rows, channels);
    lse = View(numbers.data() + 8 * rows * channels, s.sequences * s.heads, s.tokens);
    input = {qkv.column_range(0, channels),
             qkv.column_range(channels, channels),
             qkv.column_range(2 * channels, channels),
             ConstView(),
             lengths,
             lengths,
             s.heads,
             s.span,
             ConstView(),
             ConstView()};
    gradient = {d_qkv.column_range(0, channels),
                d_qkv.column_range(channels, channels),
                d_qkv.column_range(2 * channels, channels),
                View(),
                View(),
                View()};
  }
};

void run(benchmark::State& state, Context& context, Shape const& shape, bool backward, double peak) {
  Problem const p(shape);
  double elapsed = 0;
  double best = 1e30;
  for (auto _ : state) {
    double const start = context.team() == nullptr ? bench::thread_seconds() : bench::wall_seconds();
    attention_forward(context, p.input, p.o, p.lse, View());
    if (backward) {
      attention_backward(context, p.input, p.o, p.lse, ConstView(), 0, p.d_o, p.gradient);
    }
    double const end = context.team() == nullptr ? bench::thread_seconds() : bench::wall_seconds();
    elapsed = end - start;
    best = std::min(best, elapsed);
    state.SetIterationTime(elapsed);
  }
  // Two products of 2 D operations a pair forward, five more backward.
  double const work = shape.pairs() * static_cast<double>(shape.head_channels) * (backward ? 14 : 4);
  state.counters["best_ms"] = best * 1e3;
  state.counters["GFLOP/s"] = work / best / 1e9;
  if (peak > 0) state.counters["of_peak"] = work / best / 1e9 / peak;
}

/// The value of "--name=value", taken out of the arguments; empty when it is not there.
std::string take_option(int& count, char** arguments, std::string const& name) {
  std::string const start = "--" + name + "=";
  for (int i = 1; i < count; ++i) {
    std::string const argument = arguments[i];
    if (!argument.starts_with(start)) continue;
    for (int j = i; j + 1 < count; ++j) arguments[j] = arguments[j + 1];
    --count;
    return argument.substr(start.size());
  }
  return {};
}

}  // namespace

int main(int count, char** arguments) {
  std::string const wanted = take_option(count, arguments, "isa");
  std::string const isa = wanted.empty() ? usable_instruction_sets().front() : wanted;
  std::string const asked = take_option(count, arguments, "threads");
  int const threads = asked.empty() ? 1 : std::stoi(asked);
  Threads team(threads);
  Context context = threads == 1 ? Context(load_cpu_backend(isa)) : Context(load_cpu_backend(isa), team);
  double const peak = bench::measured_peak(isa) * threads;
  std::printf("%s, %d thread(s), peak %.1f GFLOP/s\n", isa.c_str(), threads, peak);

  using Kind = AttentionSpan::Kind;
  for (Shape const& shape :
       {Shape{32, 8, 200, 16, {}}, Shape{8, 8, 1000, 32, {}}, Shape{1, 8, 8192, 32, {}},
        Shape{1, 4, 32768, 32, {}}, Shape{4, 4, 1000, 64, {}}, Shape{1, 4, 65536, 32, {Kind::local, 256}},
        Shape{1, 4, 1048576, 32, {Kind::local, 256}}, Shape{1, 4, 65536, 32, {Kind::chunk, 512}}}) {
    for (bool const backward : {false, true}) {
      std::string const name = (backward ? "forward+backward" : "forward") + shape.name();
      benchmark::RegisterBenchmark(
          name.c_str(), [=, &context](benchmark::State& s) { run(s, context, shape, backward, peak); })
          ->UseManualTime()
          ->Unit(benchmark::kMillisecond);
    }
  }
  benchmark::Initialize(&count, arguments);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
