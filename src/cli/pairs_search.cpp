#include "cislens/base/random.hpp"
#include "cislens/base/text.hpp"
#include "cislens/data/shuffle.hpp"
#include "cislens/motif/pair_clusters.hpp"
#include "cislens/motif/pair_differential.hpp"
#include "cislens/motif/pair_interaction.hpp"
#include "cislens/motif/pair_sites.hpp"
#include "cislens/motif/pwm.hpp"
#include "cislens/writers/bed.hpp"

#include "pairs_stages.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace cislens {

namespace {

constexpr std::size_t most_examples = 6;

double gc_share(BasesView bases) {
  std::int64_t gc = 0;
  std::int64_t known = 0;
  for (std::uint8_t const base : bases) {
    known += base < 4 ? 1 : 0;
    gc += base == 1 || base == 2 ? 1 : 0;
  }
  return known > 0 ? static_cast<double>(gc) / static_cast<double>(known) : 0.5;
}

/// What the null needs to know about sequences.
struct SequenceShapes {
  std::vector<std::int64_t> lengths;
  std::vector<double> gc;

  explicit SequenceShapes(std::span<Bases const> sequences) {
    for (Bases const& bases : sequences) {
      lengths.push_back(std::ssize(bases));
      gc.push_back(gc_share(bases));
    }
  }
};

std::vector<PairMotif> describe_motifs(PairMaterial const& material, MotifClusters const& clusters,
                                       std::vector<Site> const& sites) {
  std::vector<PairMotif> result;
  for (std::vector<int> const& members : clusters.members) {
    PairMotif& motif = result.emplace_back();
    motif.id = material.motifs[members.front()].id;
    motif.name = material.motif_names[members.front()];
    for (int const member : members) motif.members.push_back(material.motifs[member].id);
  }
  std::vector<std::int64_t> last(result.size(), -1);
  for (Site const& site : sites) {
    PairMotif& motif = result[site.motif];
    ++motif.sites;
    if (std::exchange(last[site.motif], site.sequence) != site.sequence) ++motif.sequences;
  }
  return result;
}

/// The logarithm of the product of both p where both call; else that of occurrence.
double rank_log_p(PairTables const& tables, PairRow const& row) {
  bool const both = tables.by_both && !std::isnan(row.coattention_p);
  return row.occurrence.call_log_p() + (both ? std::log(std::max(row.coattention_p, 1e-300)) : 0);
}

/// Called pairs by the product of the p that call (which ranks better than the larger, by which they are
/// called), then the others: by the same with both kinds of evidence; else by z, for of pairs whose instances
/// could all be another pair's p says only that.
void sort_rows(PairTables& tables) {
  std::ranges::stable_sort(tables.rows, [&](PairRow const& x, PairRow const& y) {
    bool const called = tables.called(x);
    if (called != tables.called(y)) return called;
    double const log_p = rank_log_p(tables, x);
    double const other = rank_log_p(tables, y);
    if ((called || tables.by_both) && log_p != other) return log_p < other;
    return x.occurrence.z > y.occurrence.z;
  });
}

/// Calls use(row, pair) for every instance of a called pair, sequence by sequence.
template <typename Use>
void for_each_instance(PairTables const& tables, std::span<Site const> sites,
                       std::span<std::uint8_t const> leans, Use const& use) {
  std::vector<std::array<int, 2>> motifs;
  for (PairRow const& row : tables.rows) {
    if (tables.called(row)) motifs.push_back({row.occurrence.a, row.occurrence.b});
  }
  PairSet const called(static_cast<int>(tables.motifs.size()), motifs);
  for (std::int64_t i = 0; i < std::ssize(sites); ++i) {
    for (std::int64_t j = i + 1; j < std::ssize(sites) && sites[j].sequence == sites[i].sequence; ++j) {
      if (sites[j].start - sites[i].end > tables.max_gap) break;
      if (j == i + 1 && leans[i] != 0) continue;  // no evidence of a pair
      SitePair const pair = pair_of(sites, i, j);
      int const row = called.index(pair.a, pair.b);
      if (row < 0 || pair.gap < tables.rows[row].occurrence.window_first ||
          pair.gap > tables.rows[row].occurrence.window_last)
        continue;
      use(row, pair);
    }
  }
}

void add_instances(PairMaterial const& material, PairSiteList const& found, PairTables& tables) {
  std::span<Site const> const sites = found.sites;
  for_each_instance(tables, sites, found.leans, [&](int row, SitePair const& pair) {
    auto const place = [&](std::int64_t i) {
      Site const& site = sites[i];
      return place_on_contig(material.origins[site.sequence], site.start, site.end, site.strand);
    };
    tables.instances.push_back({row, place(pair.site_a), place(pair.site_b), pair.gap, pair.orientation});
  });
}

/// The sequences with most different called pairs.
void add_examples(PairMaterial const& material, PairSiteList const& found, PairTables& tables) {
  std::span<Site const> const sites = found.sites;
  std::vector<std::vector<SitePair>> pairs(material.bases.size());
  for_each_instance(tables, sites, found.leans,
                    [&](int, SitePair const& pair) { pairs[sites[pair.site_a].sequence].push_back(pair); });
  std::vector<std::size_t> order;
  for (std::size_t s = 0; s < pairs.size(); ++s) {
    if (!pairs[s].empty()) order.push_back(s);
  }
  std::ranges::stable_sort(order, {}, [&](std::size_t s) { return -std::ssize(pairs[s]); });
  order.resize(std::min(order.size(), most_examples));
  for (std::size_t const s : order) {
    PairExample& example = tables.examples.emplace_back();
    example.sequence = static_cast<std::int64_t>(s);
    example.name = material.names[s];
    example.length = std::ssize(material.bases[s]);
    auto const by_sequence = [](Site const& site) { return site.sequence; };
    auto const own = std::ranges::equal_range(sites, static_cast<std::int64_t>(s), {}, by_sequence);
    example.sites.assign(own.begin(), own.end());
    for (SitePair pair : pairs[s]) {
      pair.site_a -= own.begin() - sites.begin();
      pair.site_b -= own.begin() - sites.begin();
      example.pairs.push_back(pair);
    }
  }
}

/// Sites of the units in shuffles of the sequences: such are there by chance.
std::vector<Site> chance_sites(std::span<Bases const> sequences, PairMaterial const& material,
                               MotifClusters const& clusters, Background const& letters,
                               PairSiteOptions const& limits, std::uint64_t seed, Threads& threads) {
  constexpr std::uint64_t stream = 0x70616972;  // "pair"
  std::vector<Bases> shuffled(sequences.size());
  threads.for_each(std::ssize(sequences), [&](std::int64_t i, int) {
    Random random(seed, mix(stream, static_cast<std::uint64_t>(i)));
    shuffled[static_cast<std::size_t>(i)] =
        shuffle_dinucleotides(sequences[static_cast<std::size_t>(i)], random);
  });
  return find_pair_sites(material.motifs, clusters, letters, shuffled, limits, threads).sites;
}

std::vector<double> count_by_motif(std::span<Site const> sites, int motifs) {
  std::vector<double> counts(static_cast<std::size_t>(motifs));
  for (Site const& site : sites) counts[static_cast<std::size_t>(site.motif)] += 1;
  return counts;
}

/// Looks for the same pairs in the background, and asks whether motifs act together. Its sites are
/// found by the same rule: the letters of the foreground decide there too what a p-value of a site is.
void compare_with_background(PairMaterial const& material, MotifClusters const& clusters,
                             Background const& letters, PairSiteOptions const& limits,
                             PairSites const& foreground, PairOccurrenceOptions const& options,
                             PairTables& tables, Run& run, Threads& threads) {
  if (material.background.empty()) return;
  tables.background = material.background_name;
  tables.background_sequences = std::ssize(material.background);
  if (tables.rows.empty()) return;
  run.log().info("comparing with " + std::to_string(material.background.size()) + " sequences of " +
                 material.background_name);
  PairSiteList const found =
      find_pair_sites(material.motifs, clusters, letters, material.background, limits, threads);
  SequenceShapes const shapes(material.background);
  PairSites background{found.sites, shapes.lengths, shapes.gc, clusters.size()};
  background.leans = found.leans;
  std::vector<PairOccurrence> pairs;
  for (PairRow const& row : tables.rows) pairs.push_back(row.occurrence);
  auto const chance_in = [&](std::span<Bases const> sequences) {
    return chance_sites(sequences, material, clusters, letters, limits, options.seed, threads);
  };
  std::vector<Site> const chance = chance_in(material.bases);
  std::vector<Site> const other_chance = chance_in(material.background);
  auto const results =
      test_pair_differential(pairs, foreground, background, count_by_motif(chance, clusters.size()),
                             count_by_motif(other_chance, clusters.size()), options, threads);
  auto const interactions =
      test_pair_interaction(pairs, foreground, background, chance, other_chance, options, threads);
  for (std::size_t i = 0; i < results.size(); ++i) {
    tables.rows[i].differential = results[i];
    tables.rows[i].interaction = interactions[i];
  }
}

/// What could not be looked at, in clear words.
void warn(PairTables const& tables, PairSearch const& search, Run& run) {
  std::string unseen;
  std::int64_t count = 0;
  for (PairMotif const& motif : tables.motifs) {
    if (motif.sites > 0) continue;
    if (++count <= 10) unseen += (unseen.empty() ? "" : ", ") + motif.id;
  }
  if (count > 0)
    run.log().warning("motifs without a site (p at most " + format_number(search.site_p) +
                      "): " + std::to_string(count) + " of " + std::to_string(tables.motifs.size()) + ": " +
                      unseen + (count > 10 ? ", ..." : ""));
  if (tables.motifs.empty()) run.log().info("there are no motifs: no pairs are looked for");
  if (tables.motifs.size() == 1)
    run.log().warning("there is one motif (or all are alike): only its pairs with itself are looked for");
  if (!tables.motifs.empty() && tables.rows.empty())
    run.log().warning("no pair is tested: none is expected by chance in " +
                      format_number(search.options.min_expected) +
                      " sequences; give more sequences or a higher p-value of sites");
}

}  // namespace

void declare_pair_search(CommandLine& line, PairSearch& search, std::string const& prefix) {
  line.number(prefix + "site-p", "P", search.site_p, {0.0, 1.0}, "largest PWM p-value of a site of a pair");
  line.number("max-gap", "BP", search.options.max_gap, {1, 10'000}, "most bases between the sites of a pair");
  line.number("permutations", "N", search.options.permutations, {100, 1'000'000},
              "exchanges of sites among sequences that pairs are tested against");
  line.number("min-expected", "N", search.options.min_expected, {0.0, 1e9},
              "pairs expected by chance in fewer sequences are not tested");
  line.number("alike", "R", search.min_correlation, {0.0, 2.0},
              "correlation from which motifs count as one; above 1: none");
  line.flag("pair-network", search.network,
            "train a network on who are partners (minutes): pairs are called by co-attention too");
  line.flag(prefix + "controls", search.controls,
            "search again where there is nothing to find; pairs.controls.tsv: calls");
  line.number("pair-q", "Q", search.options.call_q, {0.0, 1.0}, "largest q of a called pair");
}

PairTables find_pairs(PairSearch const& search, PairMaterial const& material, Run& run, Threads& threads) {
  PairTables tables;
  tables.sequences = std::ssize(material.bases);
  tables.call_q = search.options.call_q;
  tables.max_gap = search.options.max_gap;
  tables.permutations = search.options.permutations;
  MotifClusters const clusters = cluster_motifs(material.motifs, search.min_correlation);
  Background const letters = estimate_background(material.bases, true);
  PairSiteOptions limits;
  limits.p_limit = search.site_p;
  PairSiteList found;
  if (!material.motifs.empty())
    found = find_pair_sites(material.motifs, clusters, letters, material.bases, limits, threads);
  std::vector<Site> const& sites = found.sites;
  tables.motifs = describe_motifs(material, clusters, sites);
  run.log().info(std::to_string(sites.size()) + " sites of " + std::to_string(material.motifs.size()) +
                 " motifs, " + std::to_string(clusters.size()) + " of them different");
  SequenceShapes const shapes(material.bases);
  PairOccurrenceOptions options = search.options;
  options.seed = run.seed();
  PairSites const input{sites,           shapes.lengths,         shapes.gc,  clusters.size(),
                        &found.readings, found.strand_certainty, found.leans};
  if (!sites.empty()) {
    for (PairOccurrence& pair : test_pair_occurrence(input, options, threads))
      tables.rows.push_back({.occurrence = std::move(pair)});
  }
  compare_with_background(material, clusters, letters, limits, input, options, tables, run, threads);
  std::optional<PairNetworkResult> network;
  if (search.network && !tables.rows.empty())
    network = read_pair_network(material, found, options, tables, run, threads);
  sort_rows(tables);
  add_instances(material, found, tables);
  add_examples(material, found, tables);
  if (network) question_pair_network(*network, material, found, tables, run, threads);
  if (search.controls && !tables.rows.empty())
    tables.controls = run_pair_controls(search, options, material, found, input, run, threads);
  warn(tables, search, run);
  return tables;
}

}  // namespace cislens
