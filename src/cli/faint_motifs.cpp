#include "faint_motifs.hpp"

#include "cislens/data/shuffle.hpp"
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
int add_placed(DiscoverChoices const& choices, WholeSequences const& whole, int tested,
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

/// A motif of the list was a blend: it is what is left of it, if that is enriched. Of one that was found by
/// its places that cannot be told here.
bool replace(WholeSequences const& whole, Background const& background, double max_e, int tested,
             MotifMatrix matrix, DiscoveredMotif& motif, Threads& threads) {
  if (!motif.places.none()) return false;
  DiscoveredMotif fitted = motif;
  fitted.consensus = iupac_consensus(matrix);
  fitted.information_bits = information_bits(matrix, background);
  fitted.matrix = std::move(matrix);
  test_all(whole, background, tested, std::span(&fitted, 1), threads);
  if (!(fitted.holdout_e <= max_e)) return false;
  motif = std::move(fitted);
  return true;
}

void add_neighbours(DiscoverChoices const& choices, WholeSequences const& whole, Background const& background,
                    int tested, std::vector<DiscoveredMotif>& motifs, Run& run, Threads& threads) {
  for (std::size_t m = 0; m < motifs.size(); ++m) motifs[m].matrix.id = "listed" + std::to_string(m);
  std::vector<MotifMatrix> const listed = matrices_of(motifs);
  std::vector<Bases> const fit = thin(whole.sets.fit_positives);
  NeighbourOptions options;
  options.discovery = search_options(choices, tested, motifs);
  options.seed = run.seed();
  NeighbourResult result = discover_neighbours(
      {fit, whole.sets.holdout_positives, listed, shuffle_dinucleotides}, options, threads, run.log());
  for (NeighbourMotif& found : result.found) {
    bool const stays = std::ranges::all_of(found.blends, [&](std::size_t m) {
      return replace(whole, background, choices.max_e, result.tested, result.motifs[m], motifs[m], threads);
    });
    if (!stays) continue;
    run.log().info("found beside " + motifs[found.beside].consensus + ": " + found.motif.consensus);
    found.motif.beside = listed[found.beside].id;
    motifs.push_back(std::move(found.motif));
  }
}

}  // namespace

void add_faint_motifs(DiscoverChoices const& choices, WholeSequences const& whole,
                      Background const& background, int tested, std::vector<DiscoveredMotif>& motifs,
                      Run& run, Threads& threads) {
  int const with_placed = add_placed(choices, whole, tested, motifs, run, threads);
  add_neighbours(choices, whole, background, with_placed, motifs, run, threads);
}

}  // namespace cislens
