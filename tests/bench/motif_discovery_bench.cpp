// How good and how fast motif discovery is, on whole sequences against their dinucleotide shuffles.
//
//   motif_discovery_bench planted DATA SEED...      20 JASPAR motifs planted in 2,000 x 300 bp
//   motif_discovery_bench null DATA SET RUNS        shuffled sequences in the place of positives
//   motif_discovery_bench sets DATA FILE...         FASTA files; motifs beside JASPAR
//   motif_discovery_bench places DATA FILE...    the same, then once more by places
//   (DiscoveryOptions::positions) motif_discovery_bench threads DATA FILE         1, 2 and 3 threads give the
//   same motifs
//
// DATA is the folder of the benchmark data. Environment: CISLENS_THREADS (2), CISLENS_VERBOSE, CISLENS_SHOW
// (8), CISLENS_COPIES (1, shuffled copies a sequence), CISLENS_WINDOW (all).
#include "cislens/base/random.hpp"
#include "cislens/base/text.hpp"
#include "cislens/motif/alignment.hpp"
#include "cislens/motif/discovery.hpp"
#include "cislens/motif/merge.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>
#include <zlib.h>

namespace {

using namespace cislens;

struct JasparMotif {
  MotifMatrix matrix;
  std::string family;
};

std::vector<Bases> read_fasta(std::string const& path, std::size_t most) {
  gzFile const file = gzopen(path.c_str(), "rb");
  if (file == nullptr) throw std::runtime_error("cannot read " + path);
  std::vector<Bases> records;
  std::vector<char> line(1 << 20);
  while (gzgets(file, line.data(), static_cast<int>(line.size())) != nullptr) {
    std::string_view const text = trim(line.data());
    if (text.empty()) continue;
    if (text.front() == '>') {
      if (records.size() == most) break;
      records.emplace_back();
      continue;
    }
    Bases const bases = encode_bases(text);
    records.back().insert(records.back().end(), bases.begin(), bases.end());
  }
  gzclose(file);
  return records;
}

std::vector<JasparMotif> read_jaspar(std::string const& data) {
  std::map<std::string, std::string> family;
  std::ifstream classes(data + "/motifs/JASPAR2024_CORE_vertebrates_nr.classes.tsv");
  for (std::string line; std::getline(classes, line);) {
    auto const fields = split(line, '\t');
    if (fields.size() > 4) family[std::string(fields[0])] = fields[4];
  }
  std::vector<JasparMotif> motifs;
  std::ifstream meme(data + "/motifs/JASPAR2024_CORE_vertebrates_nr.meme");
  for (std::string line; std::getline(meme, line);) {
    if (line.rfind("MOTIF ", 0) == 0) {
      std::istringstream words(line.substr(6));
      JasparMotif motif;
      words >> motif.matrix.id >> motif.matrix.name;
      motif.family = family[motif.matrix.id];
      motifs.push_back(motif);
    } else if (!motifs.empty() && !line.empty() && (line[0] == ' ' || line[0] == '0' || line[0] == '1')) {
      std::istringstream numbers(line);
      std::array<double, 4> row{};
      if (numbers >> row[0] >> row[1] >> row[2] >> row[3]) motifs.back().matrix.rows.push_back(row);
    }
  }
  if (motifs.empty()) throw std::runtime_error("no motifs in " + data + "/motifs");
  return motifs;
}

/// Dinucleotide-preserving shuffle: a random Euler path, last exits by a loop-erased random walk (Altschul &
/// Erickson 1985; Wilson 1996).
Bases shuffled(Bases const& bases, Random& random) {
  if (bases.size() < 3) return bases;
  std::array<std::vector<std::uint8_t>, 5> exits;
  for (std::size_t i = 1; i < bases.size(); ++i) exits[bases[i - 1]].push_back(bases[i]);
  std::uint8_t const end = bases.back();
  std::array<int, 5> last{-1, -1, -1, -1, -1};
  std::array<bool, 5> in_tree{};
  in_tree[end] = true;
  for (std::uint8_t start = 0; start < 5; ++start) {
    if (exits[start].empty()) continue;
    for (std::uint8_t at = start; !in_tree[at]; at = exits[at][last[at]]) {
      last[at] = static_cast<int>(random.below(exits[at].size()));
    }
    for (std::uint8_t at = start; !in_tree[at]; at = exits[at][last[at]]) in_tree[at] = true;
  }
  for (std::uint8_t base = 0; base < 5; ++base) {
    std::span<std::uint8_t> list(exits[base]);
    if (list.empty()) continue;
    if (base != end) {
      std::swap(list[last[base]], list.back());
      list = list.first(list.size() - 1);
    }
    random.shuffle(list);
  }
  Bases result{bases.front()};
  std::array<std::size_t, 5> used{};
  while (result.size() < bases.size()) {
    std::uint8_t const at = result.back();
    result.push_back(exits[at][used[at]++]);
  }
  return result;
}

std::vector<Bases> shuffle_all(std::vector<Bases> const& records, std::uint64_t seed) {
  std::vector<Bases> result;
  for (std::size_t i = 0; i < records.size(); ++i) {
    Random random(seed, i);
    result.push_back(shuffled(records[i], random));
  }
  return result;
}

struct Run {
  DiscoveryResult result;
  double elapsed_s = 0;
};

int environment_number(char const* name, int otherwise) {
  char const* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoi(text);
}

/// Every fifth record is held out; one shuffled copy of each as control.
/// @param found  of an earlier run: look for what else keeps a place
Run run_discovery(std::vector<Bases> const& records, std::uint64_t seed, int threads,
                  DiscoveryResult const* found = nullptr) {
  auto const began = std::chrono::steady_clock::now();
  int const copies = environment_number("CISLENS_COPIES", 1);
  std::vector<std::vector<Bases>> controls;
  for (int copy = 0; copy < copies; ++copy) controls.push_back(shuffle_all(records, mix(seed, copy)));
  std::array<std::vector<Window>, 4> windows;
  for (std::size_t i = 0; i < records.size(); ++i) {
    auto const sequence = static_cast<std::int64_t>(i);
    int const part = i % 5 == 0 ? 2 : 0;
    windows[part].push_back(whole_record(records[i], sequence));
    for (auto const& copy : controls) windows[part + 1].push_back(whole_record(copy[i], sequence));
  }
  Threads team(threads);
  Log log({.quiet = environment_number("CISLENS_VERBOSE", 0) == 0, .json = false});
  Run run;
  DiscoveryInput input{windows[0], windows[1], windows[2], windows[3]};
  DiscoveryOptions options;
  std::vector<MotifMatrix> known;
  if (found != nullptr) {
    for (DiscoveredMotif const& motif : found->motifs) known.push_back(motif.matrix);
    input.known = known;
    options.places = PlaceSearch::uneven;
    options.tested = found->tested;
  }
  run.result = discover_motifs(input, options, team, log);
  run.elapsed_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return run;
}

double bits(MotifMatrix const& matrix) {
  double sum = 0;
  for (auto const& row : matrix.rows) {
    for (double const p : row) sum += p > 0 ? p * std::log2(p / 0.25) : 0.0;
  }
  return sum;
}

std::size_t draw(std::array<double, 4> const& weights, double u) {
  for (std::size_t b = 0; b < 3; ++b) {
    if (u < weights[b]) return b;
    u -= weights[b];
  }
  return 3;
}

/// Order-1 background of human-promoter-like composition with 3-6 sites a sequence, none overlapping.
std::vector<Bases> plant(std::vector<MotifMatrix> const& motifs, std::uint64_t seed) {
  constexpr std::array<std::array<double, 4>, 4> next{{{0.32, 0.18, 0.28, 0.22},
                                                       {0.31, 0.30, 0.08, 0.31},
                                                       {0.26, 0.24, 0.30, 0.20},
                                                       {0.20, 0.21, 0.28, 0.31}}};
  constexpr std::array<double, 4> uniform{0.25, 0.25, 0.25, 0.25};
  std::vector<Bases> records;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    Random random(seed, i);
    Bases bases(300);
    for (std::size_t j = 0; j < bases.size(); ++j) {
      bases[j] = static_cast<std::uint8_t>(draw(j == 0 ? uniform : next[bases[j - 1]], random.uniform()));
    }
    std::vector<bool> taken(300, false);
    for (std::uint64_t sites = 3 + random.below(4); sites > 0;) {
      MotifMatrix const& motif = motifs[random.below(motifs.size())];
      Bases site;
      for (auto const& row : motif.rows)
        site.push_back(static_cast<std::uint8_t>(draw(row, random.uniform())));
      if (random.below(2) == 1) site = reverse_complement(site);
      std::size_t const start = random.below(bases.size() - site.size() + 1);
      if (std::any_of(taken.begin() + start, taken.begin() + start + site.size(), [](bool t) { return t; }))
        continue;
      std::copy(site.begin(), site.end(), bases.begin() + start);
      std::fill(taken.begin() + start, taken.begin() + start + site.size(), true);
      --sites;
    }
    records.push_back(bases);
  }
  return records;
}

/// 20 motifs of different families, at least 9 bits, 8 to 19 columns, and unlike each other.
std::vector<MotifMatrix> choose_motifs(std::vector<JasparMotif> const& jaspar, std::uint64_t seed) {
  Random random(seed, 1ULL << 40);
  std::vector<std::size_t> order(jaspar.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  random.shuffle(std::span(order));
  std::vector<MotifMatrix> chosen;
  std::set<std::string> families;
  for (std::size_t const i : order) {
    MotifMatrix const& matrix = jaspar[i].matrix;
    if (matrix.width() < 8 || matrix.width() > 19 || bits(matrix) < 9) continue;
    if (families.contains(jaspar[i].family)) continue;
    bool const alike = std::any_of(chosen.begin(), chosen.end(), [&](MotifMatrix const& other) {
      return best_alignment(matrix, other, 6).correlation > 0.8;
    });
    if (alike) continue;
    families.insert(jaspar[i].family);
    chosen.push_back(matrix);
    if (chosen.size() == 20) break;
  }
  return chosen;
}

void bench_planted(std::string const& data, std::uint64_t seed) {
  auto const motifs = choose_motifs(read_jaspar(data), seed);
  Run const run = run_discovery(plant(motifs, seed), seed, environment_number("CISLENS_THREADS", 2));
  int recovered = 0;
  int similar = 0;
  for (MotifMatrix const& planted : motifs) {
    double best = -1;
    double best_overlap = 0;
    int found_width = 0;
    for (DiscoveredMotif const& motif : run.result.motifs) {
      int const columns = static_cast<int>(std::ceil(0.8 * planted.width()));
      if (motif.matrix.width() < columns) continue;
      auto const match = best_alignment(planted, motif.matrix, columns);
      if (match.correlation <= best) continue;
      best = match.correlation;
      best_overlap = static_cast<double>(match.overlap) / planted.width();
      found_width = motif.matrix.width();
    }
    recovered += best >= 0.95;
    similar += best >= 0.85;
    if (!(best >= 0.95) || environment_number("CISLENS_VERBOSE", 0) > 0) {
      std::printf("    %-10s %-16s width %2d bits %5.1f  r %.3f overlap %.2f found width %d\n",
                  planted.id.c_str(), planted.name.c_str(), planted.width(), bits(planted), best,
                  best_overlap, found_width);
    }
  }
  int strangers = 0;
  for (DiscoveredMotif const& motif : run.result.motifs) {
    double best = -1;
    for (MotifMatrix const& planted : motifs) {
      best = std::max(best, best_alignment(planted, motif.matrix, 6).correlation);
    }
    if (best < 0.85) {
      ++strangers;
      std::printf("    stranger %s %s bits %.1f sites %ld e %.2g r %.2f\n", motif.matrix.id.c_str(),
                  motif.consensus.c_str(), motif.information_bits, static_cast<long>(motif.sites),
                  motif.holdout_e, best);
    }
  }
  std::printf("planted seed %lu: %d/20 at r >= 0.95, %d at 0.85, %zu motifs, %d strangers, %.1f s\n", seed,
              recovered, similar, run.result.motifs.size(), strangers, run.elapsed_s);
}

void print_motif(DiscoveredMotif const& motif, std::vector<JasparMotif> const& jaspar) {
  JasparMotif const* best = nullptr;
  Alignment similarity;
  double score = -1;
  for (JasparMotif const& entry : jaspar) {
    auto const match = best_alignment(entry.matrix, motif.matrix, 6);
    // Of equally similar ones the one that covers more.
    double const value = match.correlation + 0.005 * match.overlap;
    if (value > score) {
      score = value;
      best = &entry;
      similarity = match;
    }
  }
  std::printf("    %-4s %-31s %4.1f bits %5ld sites %5ld seqs E %8.2g  %-18s r %.3f over %2d of %2d  %s\n",
              motif.matrix.id.c_str(), motif.consensus.c_str(), motif.information_bits,
              static_cast<long>(motif.sites), static_cast<long>(motif.sequences), motif.holdout_e,
              best->matrix.name.c_str(), similarity.correlation, similarity.overlap, best->matrix.width(),
              best->family.c_str());
}

void bench_set(std::string const& data, std::string const& file, bool places) {
  auto const jaspar = read_jaspar(data);
  auto records = read_fasta(file, 6000);
  // CISLENS_WINDOW: only so many bases in the middle of each record, as seqlets would give.
  std::size_t const window = static_cast<std::size_t>(environment_number("CISLENS_WINDOW", 1 << 30));
  for (Bases& bases : records) {
    if (bases.size() <= window) continue;
    auto const first = bases.begin() + static_cast<std::ptrdiff_t>((bases.size() - window) / 2);
    bases = Bases(first, first + static_cast<std::ptrdiff_t>(window));
  }
  int const threads = environment_number("CISLENS_THREADS", 2);
  auto const show = [&](Run const& run, char const* how) {
    std::printf("%s: %zu sequences, %zu motifs%s, %.1f s\n", file.substr(file.find_last_of('/') + 1).c_str(),
                records.size(), run.result.motifs.size(), how, run.elapsed_s);
    int shown = 0;
    for (DiscoveredMotif const& motif : run.result.motifs) {
      if (++shown > environment_number("CISLENS_SHOW", 8)) break;
      print_motif(motif, jaspar);
    }
  };
  Run const run = run_discovery(records, 1, threads);
  show(run, "");
  if (places) show(run_discovery(records, 1, threads, &run.result), " by their places");
}

void bench_null(std::string const& file, int runs) {
  auto const records = read_fasta(file, 6000);
  int with_motif = 0;
  double elapsed_s = 0;
  for (int i = 0; i < runs; ++i) {
    Run const run =
        run_discovery(shuffle_all(records, 1000 + i), i, environment_number("CISLENS_THREADS", 2));
    with_motif += !run.result.motifs.empty();
    elapsed_s += run.elapsed_s;
  }
  std::printf("null %s: a motif in %d of %d runs, %.1f s\n", file.substr(file.find_last_of('/') + 1).c_str(),
              with_motif, runs, elapsed_s);
}

void bench_threads(std::string const& file) {
  auto const records = read_fasta(file, 6000);
  std::vector<DiscoveryResult> results;
  for (int const threads : {1, 2, 3}) {
    Run run = run_discovery(records, 1, threads);
    std::printf("%d threads: %zu motifs, %.1f s\n", threads, run.result.motifs.size(), run.elapsed_s);
    results.push_back(std::move(run.result));
  }
  bool same = true;
  for (auto const& result : results) {
    same = same && result.motifs.size() == results[0].motifs.size();
    for (std::size_t i = 0; same && i < result.motifs.size(); ++i) {
      same = result.motifs[i].matrix.rows == results[0].motifs[i].matrix.rows;
    }
  }
  std::printf("%s\n", same ? "same motifs" : "MOTIFS DIFFER");
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> const arguments(argv + 1, argv + argc);
  if (arguments.size() < 3) {
    std::fprintf(stderr, "usage: motif_discovery_bench planted|null|sets|places|threads DATA ...\n");
    return 2;
  }
  std::string const& mode = arguments[0];
  std::string const& data = arguments[1];
  if (mode == "null") {
    bench_null(arguments[2], arguments.size() > 3 ? std::atoi(arguments[3].c_str()) : 20);
    return 0;
  }
  for (std::size_t i = 2; i < arguments.size(); ++i) {
    if (mode == "planted") bench_planted(data, std::strtoul(arguments[i].c_str(), nullptr, 10));
    if (mode == "sets" || mode == "places") bench_set(data, arguments[i], mode == "places");
    if (mode == "threads") bench_threads(arguments[i]);
    std::fflush(stdout);
  }
  return 0;
}
