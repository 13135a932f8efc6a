// Sites of long sequences: time and memory against the length, and the rate of the PWM scan.
//
//   build/bin/bench/sites_bench
//
// Twenty motifs of 15 columns, p at most 1e-4, one thread. `Mb_motifs/s`: megabases times motifs a second,
// both strands. `peak_MiB` is the peak of the process so far: lengths grow from line to line.

#include "cislens/base/random.hpp"
#include "cislens/motif/sites.hpp"

#include <benchmark/benchmark.h>

#include <string>
#include <sys/resource.h>

namespace {

using namespace cislens;

constexpr int motif_count = 20;

std::vector<MotifMatrix> random_motifs() {
  Random random(1, 1);
  std::vector<MotifMatrix> motifs;
  for (int m = 0; m < motif_count; ++m) {
    MotifMatrix& motif = motifs.emplace_back();
    motif.id = "m" + std::to_string(m);
    motif.sites = 100;
    for (int i = 0; i < 15; ++i) {
      std::array<double, 4> row = {0.1, 0.1, 0.1, 0.1};
      row[random.below(4)] = 0.7;
      motif.rows.push_back(row);
    }
  }
  return motifs;
}

double peak_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

void sites_of_one_sequence(benchmark::State& state) {
  Random random(2, 1);
  std::vector<Bases> sequences(1, Bases(static_cast<std::size_t>(state.range(0))));
  for (auto& base : sequences[0]) base = static_cast<std::uint8_t>(random.below(4));
  Scanner const scanner(random_motifs(), Background{}, ScanOptions{});
  Threads threads(1);
  std::size_t sites = 0;
  for (auto _ : state) {
    sites = 0;
    stream_sites(scanner, sequences, 1 << 30, threads, [&](auto found) { sites += found.size(); });
  }
  double const megabases = static_cast<double>(state.range(0)) * motif_count / 1e6;
  state.counters["Mb_motifs/s"] =
      benchmark::Counter(megabases, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["sites"] = static_cast<double>(sites);
  state.counters["peak_MiB"] = peak_mib();
}

BENCHMARK(sites_of_one_sequence)
    ->Arg(10'000)
    ->Arg(100'000)
    ->Arg(300'000)
    ->Arg(1'000'000)
    ->Arg(10'000'000)
    ->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
