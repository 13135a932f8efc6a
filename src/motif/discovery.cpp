#include "cislens/motif/discovery.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/interrupt.hpp"
#include "cislens/base/text.hpp"
#include "cislens/motif/discovery_shape.hpp"
#include "cislens/motif/em.hpp"
#include "cislens/motif/em_split.hpp"
#include "cislens/motif/found_motifs.hpp"
#include "cislens/motif/seed_search.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

namespace cislens {

namespace {

constexpr int refining_rounds = 3;
constexpr int refining_passes = 12;
constexpr int max_dropped_in_a_row = 10;
constexpr double least_place_bits = 1;   // of a motif that is looked for by its places
constexpr double least_column_bits = 4;  // of such a motif: fewer are a base at a distance
constexpr double repeat_bits = 32;       // in max_width columns: no protein reads so much

/// Bits that tell a site from other bases and from other places.
double information(MotifModel const& model) {
  return motif_bits(model.columns, model.around) + model.profile.bits();
}

void check(DiscoveryOptions const& options) {
  if (options.min_width < 4 || options.max_width > 40 || options.min_width > options.max_width) {
    throw UsageError("motif widths must satisfy 4 <= smallest <= largest <= 40");
  }
  if (!(options.max_e > 0) || options.max_motifs < 0 || options.patience < 1 || !(options.min_bits >= 0)) {
    throw UsageError("motif discovery: E limit and patience must be positive, counts not negative");
  }
}

/// All the state of one run.
class Discovery {
 public:
  Discovery(DiscoveryInput const& input, DiscoveryOptions const& options, Threads& threads, Log& log);
  DiscoveryResult run();

 private:
  MotifModel fit(Seed const& seed);
  bool tells_enough(MotifModel const& model) const;
  bool worth_testing(MotifModel const& model);
  bool keeps_shape(MotifModel const& model);
  bool accept(FoundMotif& found);
  std::optional<MotifModel> split(FoundMotif& found);
  void refit_beside(MotifModel& model, MotifModel const& neighbour, FoundMotif const& whole,
                    EmOptions const& options);
  void split_all();
  bool handle(FoundMotif& found);
  void refine(int rounds);
  void finish();
  void search(SeedWords words);
  void take_out_known();
  bool is_piece(MotifModel const& model) const;
  bool is_tandem(MotifModel const& model) const;
  void report(std::vector<FoundMotif*> kept);

  DiscoveryOptions const& options_;
  Threads& threads_;
  Log& log_;
  FoundMotifs left_;
  SeedSearch search_;
  std::span<MotifMatrix const> known_;
  EmOptions em_;
  int rejected_ = 0;  // in a row
  int dropped_ = 0;   // in a row
  int accepted_ = 0;
  DiscoveryResult result_;
};

Discovery::Discovery(DiscoveryInput const& input, DiscoveryOptions const& options, Threads& threads, Log& log)
    : options_(options),
      threads_(threads),
      log_(log),
      left_(input, threads),
      search_(left_.windows()[fit_controls], threads),
      known_(input.known) {
  em_.min_width = options.min_width;
  em_.max_width = options.max_width;
  em_.positions = options.places != PlaceSearch::none;
  result_.tested = options.tested;
}

MotifModel Discovery::fit(Seed const& seed) {
  double stretches = 0;
  for (std::int64_t const length : left_.positives().length) {
    stretches +=
        static_cast<double>(std::max<std::int64_t>(1, (length + em_.stretch_bp / 2) / em_.stretch_bp));
  }
  MotifModel start = seed.model;
  start.around = left_.background().base;
  // From few: at a preferred place a prior near 1 would make sites of anything that stands there.
  start.occupancy = std::clamp(start.sites / stretches, 1e-4, em_.positions ? 0.2 : 0.9);
  MotifModel const model = fit_motif(left_.positives(), start, left_.background(), em_, threads_);
  // One that dissolves leaves its word behind: taking out the start makes the next round look elsewhere.
  return information(model) < options_.min_bits ? start : model;
}

bool Discovery::tells_enough(MotifModel const& model) const {
  if (information(model) < options_.min_bits) return false;
  if (!em_.positions) return true;
  return model.profile.bits() >= least_place_bits &&
         motif_bits(model.columns, model.around) >= least_column_bits;
}

/// After refining: still long and clear enough, and not a piece of repeated sequence.
bool Discovery::keeps_shape(MotifModel const& model) {
  bool const piece = is_piece(model);
  if (piece) {
    ++result_.dropped_repeats;
    log_.debug("dropped, a piece of repeated sequence: " + consensus(model.columns));
  }
  return !piece && tells_enough(model) && !is_tandem(model);
}

/// Of a repeated sequence: as wide as may be. Beside a site no width says what a protein reads: there
/// transposons that carry the site are alike on all their length.
bool Discovery::is_piece(MotifModel const& model) const {
  if (std::ssize(model.columns) < options_.max_width) return false;
  return options_.places == PlaceSearch::bands || motif_bits(model.columns, model.around) > repeat_bits;
}

/// Repeats of a few bases keep no distance from a site: what does may look like one.
bool Discovery::is_tandem(MotifModel const& model) const {
  if (!low_complexity(model.columns, model.around)) return false;
  return options_.places != PlaceSearch::bands || !(net_log_ratio(model) > 0);
}

bool Discovery::worth_testing(MotifModel const& model) {
  if (!tells_enough(model)) {
    ++result_.dropped_low_information;
    return false;
  }
  if (is_tandem(model)) {
    ++result_.dropped_low_complexity;
    return false;
  }
  if (options_.places == PlaceSearch::bands && is_piece(model)) {
    ++result_.dropped_repeats;
    return false;
  }
  return true;
}

bool Discovery::accept(FoundMotif& found) {
  ++result_.tested;
  found.test = test_on_holdout(left_.windows(), found.model, em_, threads_);
  double const p = std::exp(found.test.held_out.log_p);
  bool const enriched = p * result_.tested < options_.max_e;
  found.tested = true;
  if (!enriched) ++result_.not_enriched;
  log_.debug((enriched ? "motif " : "not enriched: ") + consensus(found.model.columns) + ", " +
             format_fixed(motif_bits(found.model.columns, left_.background().base), 1) + " bits, " +
             (found.model.profile.none() ? "" : format_fixed(found.model.profile.bits(), 1) + " of place, ") +
             format_fixed(found.model.sites, 0) + " sites, hold-out p " + format_significant(p, 3) + " (" +
             std::to_string(found.test.held_out.positives_with) + " of " +
             std::to_string(left_.windows()[holdout_positives].size()) + " against " +
             std::to_string(found.test.held_out.controls_with) + " of " +
             std::to_string(left_.windows()[holdout_controls].size()) + " controls)");
  return enriched;
}

/// When the motif is two that share a core, `found` keeps one of them and the other is given back.
std::optional<MotifModel> Discovery::split(FoundMotif& found) {
  WindowSet& set = left_.positives();
  auto const kinds = split_motif(set, found.model, left_.background(), em_, threads_);
  if (!kinds || information(kinds->first) < options_.min_bits) return std::nullopt;
  if (kinds_of_one(kinds->first, kinds->second)) {
    MotifModel const first = fit_motif(set, kinds->first, left_.background(), em_, threads_);
    bool const clear = information(first) >= options_.min_bits;
    if (clear && net_log_ratio(first) > net_log_ratio(found.model)) found.model = first;
    return std::nullopt;
  }
  EmOptions options = em_;
  options.iterations = refining_passes;
  MotifModel mine = kinds->first;
  MotifModel other = kinds->second;
  for (int round = 0; round < refining_rounds; ++round) {
    refit_beside(other, mine, found, options);
    refit_beside(mine, other, found, options);
  }
  refit_beside(other, mine, found, options);
  left_.leave_out(fit_positives, &found, nullptr);
  MotifModel const alone = fit_motif(set, mine, left_.background(), options, threads_);
  double const gain = net_log_ratio(alone) + net_log_ratio(other) - net_log_ratio(found.model);
  if (!(gain > 0) || kinds_of_one(mine, other) || side_by_side(found.model, mine, other)) return std::nullopt;
  log_.debug("split: " + consensus(found.model.columns) + " is " + consensus(mine.columns) + " and " +
             consensus(other.columns));
  found.model = mine;
  return other;
}

/// Fits `model` to what `neighbour` and all motifs but `whole` leave of the positives.
void Discovery::refit_beside(MotifModel& model, MotifModel const& neighbour, FoundMotif const& whole,
                             EmOptions const& options) {
  WindowSet& set = left_.positives();
  left_.leave_out(fit_positives, &whole, nullptr);
  SharedExplained const taken = explain(set, neighbour, em_, threads_);
  left_.leave_out(fit_positives, &whole, taken);
  model = fit_motif(set, model, left_.background(), options, threads_);
}

/// Fits every motif again while all others hold their sites: early ones were fitted when later ones were not
/// known.
void Discovery::refine(int rounds) {
  EmOptions options = em_;
  options.iterations = refining_passes;
  for (int round = 0; round < rounds; ++round) {
    for (FoundMotif& found : left_.all()) {
      left_.leave_out(fit_positives, &found, nullptr);
      if (found.tested) {
        found.model = fit_motif(left_.positives(), found.model, left_.background(), options, threads_);
      }
      left_.explain_again(found, em_);
    }
  }
}

/// Looks once more for motifs that are two, now that all others are known.
void Discovery::split_all() {
  for (std::size_t i = 0; i < left_.all().size(); ++i) {
    FoundMotif& found = left_.all()[i];
    if (!found.tested) continue;
    left_.leave_out(fit_positives, &found, nullptr);
    auto const model = split(found);
    left_.explain_again(found, em_);
    left_.leave_out(fit_positives, nullptr, nullptr);
    if (!model) continue;
    FoundMotif other;
    other.model = *model;
    handle(other);
  }
}

/// The last word: the ones that explain most first, each motif is tested on what better ones leave of the
/// windows.
void Discovery::finish() {
  std::vector<FoundMotif*> order;
  for (FoundMotif& found : left_.all()) {
    if (found.tested && keeps_shape(found.model)) order.push_back(&found);
  }
  std::stable_sort(order.begin(), order.end(), [](FoundMotif const* a, FoundMotif const* b) {
    return net_log_ratio(a->model) > net_log_ratio(b->model);
  });
  std::vector<FoundMotif*> kept;
  left_.forget();
  for (FoundMotif& found : left_.all()) {
    if (found.known) left_.keep(found, kept, em_);
  }
  for (FoundMotif* found : order) {
    if (std::any_of(kept.begin(), kept.end(), [&](FoundMotif const* k) {
          return !(k->known && options_.places == PlaceSearch::bands) && look_alike(k->model, found->model);
        })) {
      ++result_.dropped_repeated;
      log_.debug("dropped, found before: " + consensus(found->model.columns));
      continue;
    }
    found->test = test_on_holdout(left_.windows(), found->model, em_, threads_);
    if (!(std::exp(found->test.held_out.log_p) * result_.tested < options_.max_e)) continue;
    left_.keep(*found, kept, em_);
  }
  std::erase_if(kept, [](FoundMotif const* k) { return k->known; });
  report(kept);
}

void Discovery::report(std::vector<FoundMotif*> kept) {
  std::stable_sort(kept.begin(), kept.end(), [](FoundMotif const* a, FoundMotif const* b) {
    return a->test.held_out.log_p < b->test.held_out.log_p;
  });
  for (FoundMotif const* found : kept) {
    DiscoveredMotif motif;
    motif.matrix = to_matrix(found->model);
    motif.matrix.id = std::string("M").append(std::to_string(result_.motifs.size() + 1));
    motif.consensus = consensus(found->model.columns);
    motif.information_bits = motif_bits(found->model.columns, left_.background().base);
    motif.sites = std::lround(found->model.sites);
    motif.sequences = found->test.fitted.positives_with + found->test.held_out.positives_with;
    motif.holdout_log_p = found->test.held_out.log_p;
    motif.holdout = counts_of(left_.windows(), found->test.held_out);
    motif.places = found->model.profile;
    motif.holdout_p = std::max(std::exp(motif.holdout_log_p), std::numeric_limits<double>::min());
    motif.holdout_e = motif.holdout_p * result_.tested;
    result_.motifs.push_back(std::move(motif));
  }
}

/// Tests a candidate and takes it out of the windows; whether it was accepted.
bool Discovery::handle(FoundMotif& found) {
  bool accepted = false;
  if (!worth_testing(found.model)) {
    ++dropped_;
    log_.debug("dropped: " + consensus(found.model.columns));
  } else if (accept(found)) {
    accepted = true;
    ++accepted_;
    rejected_ = dropped_ = 0;
  } else {
    ++rejected_;
  }
  left_.take_out(std::move(found), em_);
  return accepted;
}

void Discovery::take_out_known() {
  for (MotifMatrix const& matrix : known_) {
    FoundMotif found;
    found.known = true;
    found.model = to_model(matrix, left_.background().base);
    fit_occupancy(left_.positives(), found.model, em_, threads_);
    left_.take_out(std::move(found), em_);
  }
}

void Discovery::search(SeedWords words) {
  rejected_ = dropped_ = 0;
  while (rejected_ < options_.patience && dropped_ < max_dropped_in_a_row &&
         accepted_ < options_.max_motifs) {
    throw_if_interrupted();
    WindowSet const& left = left_.positives();
    std::optional<Seed> const seed = search_.best(left, left_.background(), options_.places, words, threads_);
    if (!seed) break;
    FoundMotif found;
    found.model = fit(*seed);
    auto const other = split(found);
    if (!handle(found)) search_.give_up(*seed);
    if (!other) continue;
    FoundMotif second;
    second.model = *other;
    handle(second);
  }
}

DiscoveryResult Discovery::run() {
  take_out_known();
  search(SeedWords::whole);
  // Those that fail are many: they come last, and with patience of their own.
  if (options_.places == PlaceSearch::bands) search(SeedWords::partial);
  refine(1);
  split_all();
  refine(refining_rounds);
  finish();
  return std::move(result_);
}

}  // namespace

DiscoveryResult discover_motifs(DiscoveryInput const& input, DiscoveryOptions const& options,
                                Threads& threads, Log& log) {
  check(options);
  if (input.fit_positives.empty() || input.fit_controls.empty() || input.holdout_positives.empty() ||
      input.holdout_controls.empty()) {
    return {};
  }
  return Discovery(input, options, threads, log).run();
}

}  // namespace cislens
