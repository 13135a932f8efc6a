#include "cislens/motif/neighbours.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/motif/discovery_shape.hpp"
#include "cislens/motif/found_motifs.hpp"
#include "cislens/motif/merge.hpp"
#include "cislens/motif/pwm.hpp"
#include "cislens/motif/scan.hpp"
#include "cislens/motif/sites.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <optional>
#include <utility>

namespace cislens {

namespace {

constexpr double loosest_p = 1e-3;          // of a site that something is looked for beside
constexpr std::size_t most_windows = 5000;  // of one motif and part, the sites with the smallest p
constexpr int widest = 16;                  // what fills it is a piece of a transposon that carries the site
constexpr int widest_anchor = 24;           // wider ones are mostly such pieces themselves
constexpr double least_left = 0.5;          // of the sites of a blend when a part of it stands by itself
constexpr int shuffles = 4;                 // of every window: controls cost little and steady the test
constexpr std::uint64_t shuffle_stream = 0x62657369646500;  // "beside"

/// Sites of one motif in one part, each with the bases around it, the site masked and read forward, and
/// shuffles of both sides.
class Surroundings {
 public:
  Surroundings(std::span<Bases const> sequences, std::vector<Site> sites, NeighbourInput const& input,
               int around_bp, std::uint64_t seed) {
    if (sites.size() > most_windows) {
      std::ranges::stable_sort(sites, {}, &Site::p);
      sites.resize(most_windows);
    }
    for (std::size_t i = 0; i < sites.size(); ++i) {
      Site const& site = sites[i];
      Bases window = around(sequences[static_cast<std::size_t>(site.sequence)], site, around_bp);
      Random random(seed, i);
      for (int copy = 0; copy < shuffles; ++copy) {
        Bases shuffled = window;
        auto const side = static_cast<std::size_t>(around_bp);
        Bases const before = input.shuffle(BasesView(window).first(side), random);
        Bases const behind = input.shuffle(BasesView(window).last(side), random);
        std::ranges::copy(before, shuffled.begin());
        std::ranges::copy(behind, shuffled.end() - around_bp);
        add(std::move(shuffled), site.sequence, controls_);
      }
      add(std::move(window), site.sequence, windows_);
    }
  }

  std::span<Window const> windows() const { return windows_; }
  std::span<Window const> controls() const { return controls_; }

 private:
  static Bases around(BasesView sequence, Site const& site, int around_bp) {
    Bases window;
    for (std::int64_t i = site.start - around_bp; i < site.end + around_bp; ++i) {
      bool const masked = i < 0 || i >= std::ssize(sequence) || (i >= site.start && i < site.end);
      window.push_back(masked ? base_n : sequence[static_cast<std::size_t>(i)]);
    }
    return site.strand == '-' ? reverse_complement(window) : window;
  }

  void add(Bases bases, std::int64_t sequence, std::vector<Window>& windows) {
    bases_.push_back(std::move(bases));
    windows.push_back({bases_.back(), sequence, 1, -std::ssize(bases_.back()) / 2});
  }

  std::deque<Bases> bases_;  // its elements stay where they are
  std::vector<Window> windows_, controls_;
};

/// The p at which sites stand out most from those of chance: (n - expected) / sqrt(n) is largest.
double clearest_limit(std::vector<double> p, double places) {
  std::ranges::sort(p);
  double best = 0;
  double limit = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (i + 1 < p.size() && p[i + 1] == p[i]) continue;
    auto const sites = static_cast<double>(i + 1);
    double const clear = (sites - places * p[i]) / std::sqrt(sites);
    if (clear > best) {
      best = clear;
      limit = p[i];
    }
  }
  return limit;
}

std::vector<std::vector<Site>> by_motif(std::vector<Site> const& sites, std::size_t motifs) {
  std::vector<std::vector<Site>> result(motifs);
  for (Site const& site : sites) result[static_cast<std::size_t>(site.motif)].push_back(site);
  return result;
}

DiscoveryInput fit_part(std::vector<Window> const& windows) { return {windows, {}, {}, {}}; }

std::vector<Window> whole_records(std::span<Bases const> sequences) {
  std::vector<Window> windows;
  for (Bases const& bases : sequences) windows.push_back(whole_record(bases, std::ssize(windows)));
  return windows;
}

MotifMatrix renewed(MotifMatrix const& listed, MotifModel const& model) {
  MotifMatrix matrix = to_matrix(model);
  matrix.id = listed.id;
  matrix.name = listed.name;
  return matrix;
}

/// The surest of every sequence: sites that stand close to one another share what stands around them, and
/// would be counted as so many proofs.
std::vector<Site> one_a_sequence(std::vector<Site> sites) {
  std::ranges::stable_sort(sites, {}, [](Site const& site) { return std::pair(site.sequence, site.p); });
  auto const others = std::ranges::unique(sites, {}, &Site::sequence);
  sites.erase(others.begin(), others.end());
  return sites;
}

class NeighbourSearch {
 public:
  NeighbourSearch(NeighbourInput const& input, NeighbourOptions const& options, Threads& threads, Log& log);
  NeighbourResult run();

 private:
  void look_beside(std::size_t motif, std::vector<Site> fit, std::vector<Site> holdout);
  std::optional<std::vector<std::size_t>> is_apart(MotifModel& found);
  MotifModel fit_beside(FoundMotif const& listed, MotifModel& found);
  void take_out(MotifModel model);

  NeighbourInput const& input_;
  NeighbourOptions const& options_;
  Threads& threads_;
  Log& log_;
  std::vector<Window> windows_;
  FoundMotifs whole_;  // the list, then what was found
  EmOptions em_;
  NeighbourResult result_;
};

NeighbourSearch::NeighbourSearch(NeighbourInput const& input, NeighbourOptions const& options,
                                 Threads& threads, Log& log)
    : input_(input),
      options_(options),
      threads_(threads),
      log_(log),
      windows_(whole_records(input.fit)),
      whole_(fit_part(windows_), threads) {
  em_.min_width = options.discovery.min_width;
  em_.max_width = options.discovery.max_width;
  result_.tested = options.discovery.tested;
  result_.motifs.assign(input.motifs.begin(), input.motifs.end());
  for (MotifMatrix const& matrix : input.motifs) take_out(to_model(matrix, whole_.background().base));
  if (whole_.all().empty()) return;
  // Before the first was taken out, nothing was known of the background.
  FoundMotif& first = whole_.all().front();
  whole_.leave_out(fit_positives, &first, nullptr);
  first.model = to_model(input.motifs.front(), whole_.background().base);
  fit_occupancy(whole_.positives(), first.model, em_, threads_);
  whole_.explain_again(first, em_);
  whole_.leave_out(fit_positives, nullptr, nullptr);
}

void NeighbourSearch::take_out(MotifModel model) {
  FoundMotif found;
  found.known = true;
  found.model = std::move(model);
  fit_occupancy(whole_.positives(), found.model, em_, threads_);
  whole_.take_out(std::move(found), em_);
}

/// Renews what it shows to be a blend, and says which; none: it is no more than a motif of the list (see
/// discover_neighbours).
std::optional<std::vector<std::size_t>> NeighbourSearch::is_apart(MotifModel& found) {
  auto& all = whole_.all();
  std::vector<std::pair<std::size_t, MotifModel>> blends;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!look_alike(all[i].model, found)) continue;
    bool const is_listed = i < result_.motifs.size();  // not a neighbour found before
    if (!is_listed || same_motif(to_matrix(all[i].model), to_matrix(found))) return std::nullopt;
    MotifModel rest = fit_beside(all[i], found);
    log_.debug("like a neighbour: " + consensus(all[i].model.columns) + ", beside " +
               consensus(found.columns) + " it is " + consensus(rest.columns));
    bool const is_another =
        rest.sites >= least_left * all[i].model.sites &&
        motif_bits(rest.columns, rest.around) >= options_.discovery.min_bits && !look_alike(rest, found) &&
        std::ranges::none_of(
            all, [&](FoundMotif const& other) { return &other != &all[i] && look_alike(other.model, rest); });
    if (!is_another) return std::nullopt;
    blends.emplace_back(i, std::move(rest));
  }
  std::vector<std::size_t> which;
  for (auto const& [i, rest] : blends) {
    which.push_back(i);
    all[i].model = rest;
    whole_.leave_out(fit_positives, nullptr, nullptr);
    whole_.explain_again(all[i], em_);
    result_.motifs[i] = renewed(result_.motifs[i], rest);
  }
  whole_.leave_out(fit_positives, nullptr, nullptr);
  return which;
}

/// A motif of the list, fitted to what all others and the one that was found leave of whole sequences.
MotifModel NeighbourSearch::fit_beside(FoundMotif const& listed, MotifModel& found) {
  whole_.leave_out(fit_positives, &listed, nullptr);
  fit_occupancy(whole_.positives(), found, em_, threads_);
  SharedExplained const taken = explain(whole_.positives(), found, em_, threads_);
  whole_.leave_out(fit_positives, &listed, taken);
  MotifModel rest = fit_motif(whole_.positives(), listed.model, whole_.background(), em_, threads_);
  whole_.leave_out(fit_positives, nullptr, nullptr);
  return rest;
}

void NeighbourSearch::look_beside(std::size_t motif, std::vector<Site> fit, std::vector<Site> holdout) {
  auto const surroundings = [&](std::span<Bases const> sequences, std::vector<Site> sites,
                                std::uint64_t part) {
    std::uint64_t const stream = mix(shuffle_stream, 2 * motif + part);
    return Surroundings(sequences, std::move(sites), input_, options_.around_bp, mix(options_.seed, stream));
  };
  Surroundings const of_fit = surroundings(input_.fit, std::move(fit), 0);
  Surroundings const of_holdout = surroundings(input_.holdout, std::move(holdout), 1);
  std::vector<MotifMatrix> known = result_.motifs;
  for (NeighbourMotif const& found : result_.found) known.push_back(found.motif.matrix);
  DiscoveryInput input{of_fit.windows(), of_fit.controls(), of_holdout.windows(), of_holdout.controls()};
  input.known = known;
  input.background = &whole_.background();
  DiscoveryOptions options = options_.discovery;
  options.places = PlaceSearch::bands;
  options.max_width = std::min(options.max_width, widest);
  options.max_motifs = std::max(0, options.max_motifs - static_cast<int>(std::ssize(result_.found)));
  options.tested = result_.tested;
  DiscoveryResult const near = discover_motifs(input, options, threads_, log_);
  result_.tested = std::max(result_.tested, near.tested);
  for (DiscoveredMotif const& found : near.motifs) {
    MotifModel model = to_model(found.matrix, whole_.background().base);
    auto blends = is_apart(model);
    if (!blends) continue;
    take_out(std::move(model));
    result_.found.push_back({found, motif, std::move(*blends)});
    DiscoveredMotif& kept = result_.found.back().motif;
    kept.beside_places = std::exchange(kept.places, {});
    kept.beside_at = kept.beside_places.peak();
  }
}

NeighbourResult NeighbourSearch::run() {
  ScanOptions scan;
  scan.p_limit = loosest_p;
  Scanner const scanner(result_.motifs, estimate_background(input_.fit, true), scan);
  std::size_t const motifs = input_.motifs.size();
  auto fit = by_motif(find_sites(scanner, input_.fit, threads_), motifs);
  auto holdout = by_motif(find_sites(scanner, input_.holdout, threads_), motifs);
  double places = 0;
  for (Bases const& bases : input_.fit) places += 2 * static_cast<double>(bases.size());
  for (std::size_t motif = 0; motif < motifs; ++motif) {
    bool const was_blend = result_.motifs[motif].rows != input_.motifs[motif].rows;  // its sites are of both
    if (was_blend || input_.motifs[motif].width() > widest_anchor) continue;
    std::vector<double> p;
    for (Site const& site : fit[motif]) p.push_back(site.p);
    double const limit = clearest_limit(std::move(p), places);
    for (auto* const sites : {&fit[motif], &holdout[motif]})
      std::erase_if(*sites, [&](Site const& site) { return site.p > limit; });
    log_.debug("beside " + result_.motifs[motif].id + ": " + std::to_string(fit[motif].size()) + " sites");
    look_beside(motif, std::move(fit[motif]), one_a_sequence(std::move(holdout[motif])));
  }
  return std::move(result_);
}

}  // namespace

NeighbourResult discover_neighbours(NeighbourInput const& input, NeighbourOptions const& options,
                                    Threads& threads, Log& log) {
  if (options.around_bp < 10) throw UsageError("motif discovery: at least 10 bases on either side of a site");
  NeighbourResult none;
  none.motifs.assign(input.motifs.begin(), input.motifs.end());
  none.tested = options.discovery.tested;
  if (input.fit.empty() || input.holdout.empty() || input.motifs.empty()) return none;
  return NeighbourSearch(input, options, threads, log).run();
}

}  // namespace cislens
