#include "faint_motifs.hpp"

#include "cislens/base/random.hpp"
#include "cislens/data/shuffle.hpp"
#include "cislens/motif/blends.hpp"
#include "cislens/motif/match.hpp"
#include "cislens/motif/neighbours.hpp"
#include "cislens/motif/pwm.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace cislens {

namespace {

std::int64_t bases_in(Bases const& bases) { return std::ssize(bases); }
std::int64_t bases_in(Window const& window) { return std::ssize(window.bases); }

/// Every n-th, so that they have at most about `most_bases`.
template <typename Sequence>
std::vector<Sequence> thin(std::vector<Sequence> const& sequences) {
  constexpr std::int64_t most_bases = 2'000'000;
  std::int64_t bases = 0;
  for (Sequence const& sequence : sequences) bases += bases_in(sequence);
  auto const step = static_cast<std::size_t>(bases / most_bases + 1);
  std::vector<Sequence> kept;
  for (std::size_t i = 0; i < sequences.size(); i += step) kept.push_back(sequences[i]);
  return kept;
}

std::vector<MotifMatrix> matrices_of(std::vector<DiscoveredMotif> const& motifs) {
  std::vector<MotifMatrix> matrices;
  for (DiscoveredMotif const& motif : motifs) matrices.push_back(motif.matrix);
  return matrices;
}

DiscoveryOptions search_options(DiscoverChoices const& choices, int tested,
                                std::vector<DiscoveredMotif> const& motifs) {
  DiscoveryOptions options;
  options.max_motifs = std::max(0, choices.max_motifs - static_cast<int>(motifs.size()));
  options.max_e = choices.max_e;
  options.tested = tested;
  return options;
}

/// @return candidates tested so far
int add_by_places(DiscoverChoices const& choices, WholeSequences const& whole, int tested,
                  std::vector<DiscoveredMotif>& motifs, Run& run, Threads& threads) {
  DiscoveryOptions options = search_options(choices, tested, motifs);
  options.places = PlaceSearch::uneven;
  std::vector<MotifMatrix> const known = matrices_of(motifs);
  std::vector<Window> const fit_positives = thin(whole.windows.fit_positives);
  std::vector<Window> const fit_controls = thin(whole.windows.fit_controls);
  DiscoveryInput input = whole.windows.view();
  input.fit_positives = fit_positives;
  input.fit_controls = fit_controls;
  input.known = known;
  DiscoveryResult found = discover_motifs(input, options, threads, run.log());
  for (DiscoveredMotif& motif : found.motifs) {
    run.log().info("found by its places along the sequences: " + motif.consensus);
    motifs.push_back(std::move(motif));
  }
  return std::max(tested, found.tested);
}

DiscoveredMotif with_matrix(DiscoveredMotif const& motif, MotifMatrix matrix, Background const& background) {
  DiscoveredMotif changed = motif;
  matrix.id = motif.matrix.id;
  matrix.name = motif.matrix.name;
  changed.consensus = iupac_consensus(matrix);
  changed.information_bits = information_bits(matrix, background);
  changed.matrix = std::move(matrix);
  return changed;
}

/// A motif of the list turned out to be a blend: replaces it by what is left of it, if that is enriched.
/// Motifs that were found by places or beside another stay, for enrichment alone cannot test them.
bool try_replace(WholeSequences const& whole, Background const& background, double max_e, int tested,
                 MotifMatrix matrix, DiscoveredMotif& motif, Threads& threads) {
  if (!motif.places.none() || !motif.beside.empty()) return false;
  DiscoveredMotif fitted = with_matrix(motif, std::move(matrix), background);
  test_all(whole, background, tested, std::span(&fitted, 1), threads);
  if (!(fitted.holdout_e <= max_e)) return false;
  motif = std::move(fitted);
  return true;
}

/// Places beside a motif are counted from the middle of its columns as they were.
void forget_old_places(std::vector<MotifMatrix> const& before, std::vector<DiscoveredMotif>& motifs) {
  for (std::size_t m = 0; m < before.size(); ++m) {
    if (motifs[m].matrix.rows == before[m].rows) continue;
    for (DiscoveredMotif& other : motifs) {
      if (other.beside != before[m].id) continue;
      other.beside_places = {};
      other.beside_at = {};
    }
  }
}

/// @return candidates tested so far
int add_neighbours(DiscoverChoices const& choices, WholeSequences const& whole, Background const& background,
                   int round, int tested, std::vector<DiscoveredMotif>& motifs, Run& run, Threads& threads) {
  for (std::size_t m = 0; m < motifs.size(); ++m) motifs[m].matrix.id = "listed" + std::to_string(m);
  std::vector<MotifMatrix> const listed = matrices_of(motifs);
  std::vector<Bases> const fit = thin(whole.sets.fit_positives);
  NeighbourOptions options;
  options.discovery = search_options(choices, tested, motifs);
  options.seed = mix(run.seed(), static_cast<std::uint64_t>(round));  // other shuffles every time
  NeighbourResult result = discover_neighbours(
      {fit, whole.sets.holdout_positives, listed, shuffle_dinucleotides}, options, threads, run.log());
  for (NeighbourMotif& found : result.found) {
    bool const stays = std::ranges::all_of(found.blends, [&](std::size_t m) {
      return try_replace(whole, background, choices.max_e, result.tested, result.motifs[m], motifs[m],
                         threads);
    });
    if (!stays) continue;
    run.log().info("found beside " + motifs[found.beside].consensus + ": " + found.motif.consensus);
    found.motif.beside = listed[found.beside].id;
    motifs.push_back(std::move(found.motif));
  }
  forget_old_places(listed, motifs);
  return result.tested;
}

/// A motif of the list that is two becomes two, when both are enriched. Those that were found by their places
/// or beside others, or that another was found beside, are not asked, nor those of `asked`, to which the
/// others are added.
/// @return candidates tested so far
int part_blends(DiscoverChoices const& choices, WholeSequences const& whole, Background const& background,
                int tested, std::vector<DiscoveredMotif>& motifs, std::vector<MotifMatrix>& asked, Run& run,
                Threads& threads) {
  std::vector<MotifMatrix> const listed = matrices_of(motifs);
  std::vector<Window> const fit = thin(whole.windows.fit_positives);
  std::vector<Window> const holdout = thin(whole.windows.holdout_positives);
  BlendInput input{listed, {}, fit, holdout};
  for (DiscoveredMotif const& motif : motifs) {
    bool const is_anchor = std::ranges::any_of(motifs, [&](DiscoveredMotif const& other) {
      return !other.beside.empty() && other.beside == motif.matrix.id;
    });
    bool const was_asked = std::ranges::any_of(
        asked, [&](MotifMatrix const& before) { return before.rows == motif.matrix.rows; });
    input.stays.push_back(!motif.places.none() || !motif.beside.empty() || is_anchor || was_asked);
  }
  BlendOptions options;
  options.max_motifs = choices.max_motifs;
  BlendResult const result = find_blends(input, options, threads, run.log());
  asked.insert(asked.end(), listed.begin(), listed.end());
  auto const renewed =
      std::ranges::count_if(result.blends, [](Blend const& blend) { return blend.renewed.has_value(); });
  int const tested_now = tested + 2 * result.tried + static_cast<int>(renewed);
  for (Blend const& blend : result.blends) {
    DiscoveredMotif const& motif = motifs[blend.motif];
    std::vector<DiscoveredMotif> parts = {
        with_matrix(motif, blend.parts[0], background),
        with_matrix(blend.listed ? motifs[*blend.listed] : motif, blend.parts[1], background)};
    if (blend.renewed)
      parts.push_back(with_matrix(motifs[blend.renewed->first], blend.renewed->second, background));
    test_all(whole, background, tested_now, parts, threads);
    bool const enriched = std::ranges::all_of(
        parts, [&](DiscoveredMotif const& part) { return part.holdout_e <= choices.max_e; });
    if (!enriched) continue;
    run.log().info(
        "two motifs in one: " + motif.consensus + " is " + parts[0].consensus + " and " + parts[1].consensus +
        (blend.renewed ? ", of which " + motifs[blend.renewed->first].consensus + " held sites" : ""));
    if (blend.renewed) motifs[blend.renewed->first] = std::move(parts[2]);
    motifs[blend.motif] = std::move(parts[0]);
    if (blend.listed) {
      motifs[*blend.listed] = std::move(parts[1]);
    } else {
      parts[1].matrix.id = "part" + std::to_string(motifs.size());
      motifs.push_back(std::move(parts[1]));
    }
  }
  return tested_now;
}

}  // namespace

void add_faint_motifs(DiscoverChoices const& choices, WholeSequences const& whole,
                      Background const& background, int tested, std::vector<DiscoveredMotif>& motifs,
                      Run& run, Threads& threads) {
  constexpr int most_rounds = 3;
  std::vector<MotifMatrix> asked;
  for (int round = 0; round < most_rounds; ++round) {
    std::size_t const before = motifs.size();
    tested = add_by_places(choices, whole, tested, motifs, run, threads);
    tested = part_blends(choices, whole, background, tested, motifs, asked, run, threads);
    tested = add_neighbours(choices, whole, background, round, tested, motifs, run, threads);
    if (motifs.size() == before) break;
  }
}

}  // namespace cislens
