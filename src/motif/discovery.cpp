#include "cislens/motif/discovery.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/interrupt.hpp"
#include "cislens/base/text.hpp"
#include "cislens/motif/discovery_parts.hpp"
#include "cislens/motif/discovery_shape.hpp"
#include "cislens/motif/em.hpp"
#include "cislens/motif/em_split.hpp"
#include "cislens/motif/seed_search.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <optional>

namespace cislens {

namespace {

constexpr int refining_rounds = 3;
constexpr int refining_passes = 12;
constexpr int max_dropped_in_a_row = 10;
constexpr double least_place_bits = 1;  // of a motif that is looked for by its places
constexpr double repeat_bits = 32;      // in max_width columns: no protein reads so much

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
  /// A motif taken out of the windows, reported or not.
  struct Found {
    MotifModel model;
    std::array<Explained, discovery_parts> explained;
    bool tested = false;
    bool known = false;
    HoldoutTest test;
  };

  MotifModel fit(Seed const& seed);
  bool tells_enough(MotifModel const& model) const;
  bool worth_testing(MotifModel const& model);
  bool keeps_shape(MotifModel const& model);
  bool accept(Found& found);
  std::vector<Explained const*> others(DiscoveryPart part, Found const* but) const;
  void take_out(Found& found);
  std::optional<MotifModel> split(Found& found);
  void refit_beside(MotifModel& model, MotifModel const& neighbour, Found const& whole,
                    EmOptions const& options);
  void split_all();
  bool handle(Found& found);
  void leave_out(DiscoveryPart part, Found const* but, Explained const* also);
  void refine(int rounds);
  void keep(Found& found, std::vector<Found*>& kept);
  void finish();
  void search();
  void place_known();
  void report(std::vector<Found*> kept);

  DiscoveryOptions const& options_;
  Threads& threads_;
  Log& log_;
  MarkovBackground background_;
  DiscoveryWindows windows_;
  SeedSearch search_;
  std::span<MotifMatrix const> known_;
  EmOptions em_;
  std::deque<Found> found_;
  int rejected_ = 0;  // in a row
  int dropped_ = 0;   // in a row
  int accepted_ = 0;
  DiscoveryResult result_;
};

Discovery::Discovery(DiscoveryInput const& input, DiscoveryOptions const& options, Threads& threads, Log& log)
    : options_(options),
      threads_(threads),
      log_(log),
      background_(estimate_background(input.fit_controls)),
      windows_(make_discovery_windows(input, background_)),
      search_(windows_[fit_controls], threads),
      known_(input.known) {
  em_.min_width = options.min_width;
  em_.max_width = options.max_width;
  result_.tested = options.tested;
}

MotifModel Discovery::fit(Seed const& seed) {
  double stretches = 0;
  for (std::int64_t const length : windows_[fit_positives].length) {
    stretches +=
        static_cast<double>(std::max<std::int64_t>(1, (length + em_.stretch_bp / 2) / em_.stretch_bp));
  }
  MotifModel start = seed.model;
  start.around = background_.base;
  // From few: at a preferred place a prior near 1 would make sites of anything that stands there.
  start.occupancy = std::clamp(start.sites / stretches, 1e-4, options_.positions ? 0.2 : 0.9);
  MotifModel const model = fit_motif(windows_[fit_positives], start, background_, em_, threads_);
  // One that dissolves leaves its word behind: taking out the start makes the next round look elsewhere.
  return information(model) < options_.min_bits ? start : model;
}

bool Discovery::tells_enough(MotifModel const& model) const {
  bool const placed = !options_.positions || model.profile.bits() >= least_place_bits;
  return placed && information(model) >= options_.min_bits;
}

/// After refining: still long and clear enough, and not a piece of repeated sequence.
bool Discovery::keeps_shape(MotifModel const& model) {
  bool const repeat = std::ssize(model.columns) == options_.max_width &&
                      motif_bits(model.columns, model.around) > repeat_bits;
  if (repeat) {
    ++result_.dropped_repeats;
    log_.debug("dropped, a piece of repeated sequence: " + consensus(model.columns));
  }
  return !repeat && tells_enough(model) && !low_complexity(model.columns, model.around);
}

bool Discovery::worth_testing(MotifModel const& model) {
  if (!tells_enough(model)) {
    ++result_.dropped_low_information;
    return false;
  }
  if (low_complexity(model.columns, model.around)) {
    ++result_.dropped_low_complexity;
    return false;
  }
  return true;
}

bool Discovery::accept(Found& found) {
  ++result_.tested;
  found.test = test_on_holdout(windows_, found.model, em_, threads_);
  double const p = std::exp(found.test.held_out.log_p);
  bool const enriched = p * result_.tested < options_.max_e;
  found.tested = true;
  if (!enriched) ++result_.not_enriched;
  log_.debug((enriched ? "motif " : "not enriched: ") + consensus(found.model.columns) + ", " +
             format_fixed(motif_bits(found.model.columns, background_.base), 1) + " bits, " +
             (found.model.profile.none() ? "" : format_fixed(found.model.profile.bits(), 1) + " of place, ") +
             format_fixed(found.model.sites, 0) + " sites, hold-out p " + format_significant(p, 3) + " (" +
             std::to_string(found.test.held_out.positives_with) + " of " +
             std::to_string(windows_[holdout_positives].size()) + " against " +
             std::to_string(found.test.held_out.controls_with) + " of " +
             std::to_string(windows_[holdout_controls].size()) + " controls)");
  return enriched;
}

/// When the motif is two that share a core, `found` keeps one of them and the other is given back.
std::optional<MotifModel> Discovery::split(Found& found) {
  WindowSet& set = windows_[fit_positives];
  auto const kinds = split_motif(set, found.model, background_, em_, threads_);
  if (!kinds || information(kinds->first) < options_.min_bits) return std::nullopt;
  if (alike(kinds->first, kinds->second)) {
    MotifModel const first = fit_motif(set, kinds->first, background_, em_, threads_);
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
  leave_out(fit_positives, &found, nullptr);
  MotifModel const alone = fit_motif(set, mine, background_, options, threads_);
  double const gain = net_log_ratio(alone) + net_log_ratio(other) - net_log_ratio(found.model);
  if (!(gain > 0) || alike(mine, other) || side_by_side(found.model, mine, other)) return std::nullopt;
  log_.debug("split: " + consensus(found.model.columns) + " is " + consensus(mine.columns) + " and " +
             consensus(other.columns));
  found.model = mine;
  return other;
}

/// Fits `model` to what `neighbour` and all motifs but `whole` leave of the positives.
void Discovery::refit_beside(MotifModel& model, MotifModel const& neighbour, Found const& whole,
                             EmOptions const& options) {
  WindowSet& set = windows_[fit_positives];
  leave_out(fit_positives, &whole, nullptr);
  Explained const taken = explain(set, neighbour, em_, threads_);
  leave_out(fit_positives, &whole, &taken);
  model = fit_motif(set, model, background_, options, threads_);
}

/// What all motifs found so far but one explain of one part.
std::vector<Explained const*> Discovery::others(DiscoveryPart part, Found const* but) const {
  std::vector<Explained const*> motifs;
  for (Found const& found : found_) {
    if (&found != but) motifs.push_back(&found.explained[part]);
  }
  return motifs;
}

/// Windows of one part as all motifs found so far but one leave them.
void Discovery::leave_out(DiscoveryPart part, Found const* but, Explained const* also) {
  auto motifs = others(part, but);
  motifs.push_back(also);
  set_explained(windows_[part], motifs);
}

void Discovery::take_out(Found& found) {
  for (int part = 0; part < discovery_parts; ++part) {
    found.explained[part] = explain_fully(windows_[part], found.model,
                                          others(static_cast<DiscoveryPart>(part), nullptr), em_, threads_);
  }
  found_.push_back(std::move(found));
  for (int part = 0; part < discovery_parts; ++part)
    leave_out(static_cast<DiscoveryPart>(part), nullptr, nullptr);
  // Dense motifs colour the composition of positives and of their shuffles: what is left tells the
  // background.
  background_ = estimate_background(windows_[fit_positives]);
  for (WindowSet& set : windows_) set_background(set, background_);
}

/// Fits every motif again while all others hold their sites: early ones were fitted when later ones were not
/// known.
void Discovery::refine(int rounds) {
  EmOptions options = em_;
  options.iterations = refining_passes;
  for (int round = 0; round < rounds; ++round) {
    for (Found& found : found_) {
      leave_out(fit_positives, &found, nullptr);
      if (found.tested) {
        found.model = fit_motif(windows_[fit_positives], found.model, background_, options, threads_);
      }
      found.explained[fit_positives] =
          explain_fully(windows_[fit_positives], found.model, others(fit_positives, &found), em_, threads_);
    }
  }
}

/// Looks once more for motifs that are two, now that all others are known.
void Discovery::split_all() {
  for (std::size_t i = 0; i < found_.size(); ++i) {
    if (!found_[i].tested) continue;
    leave_out(fit_positives, &found_[i], nullptr);
    auto const other = split(found_[i]);
    found_[i].explained[fit_positives] = explain_fully(windows_[fit_positives], found_[i].model,
                                                       others(fit_positives, &found_[i]), em_, threads_);
    leave_out(fit_positives, nullptr, nullptr);
    if (!other) continue;
    Found found;
    found.model = *other;
    handle(found);
  }
}

/// Takes a motif out of what those kept before it leave of the windows.
void Discovery::keep(Found& found, std::vector<Found*>& kept) {
  for (int part = 0; part < discovery_parts; ++part) {
    std::vector<Explained const*> motifs;
    for (Found const* k : kept) motifs.push_back(&k->explained[part]);
    found.explained[part] = explain_fully(windows_[part], found.model, motifs, em_, threads_);
    motifs.push_back(&found.explained[part]);
    set_explained(windows_[part], motifs);
  }
  kept.push_back(&found);
}

/// The last word: the ones that explain most first, each motif is tested on what better ones leave of the
/// windows.
void Discovery::finish() {
  std::vector<Found*> order;
  for (Found& found : found_) {
    if (found.tested && keeps_shape(found.model)) order.push_back(&found);
  }
  std::stable_sort(order.begin(), order.end(), [](Found const* a, Found const* b) {
    return net_log_ratio(a->model) > net_log_ratio(b->model);
  });
  std::vector<Found*> kept;
  for (WindowSet& set : windows_) set_explained(set, {});
  for (Found& found : found_) {
    if (found.known) keep(found, kept);
  }
  for (Found* found : order) {
    if (std::any_of(kept.begin(), kept.end(),
                    [&](Found const* k) { return same_motif(k->model, found->model); })) {
      ++result_.dropped_repeated;
      log_.debug("dropped, found before: " + consensus(found->model.columns));
      continue;
    }
    found->test = test_on_holdout(windows_, found->model, em_, threads_);
    if (!(std::exp(found->test.held_out.log_p) * result_.tested < options_.max_e)) continue;
    keep(*found, kept);
  }
  std::erase_if(kept, [](Found const* k) { return k->known; });
  report(kept);
}

void Discovery::report(std::vector<Found*> kept) {
  std::stable_sort(kept.begin(), kept.end(), [](Found const* a, Found const* b) {
    return a->test.held_out.log_p < b->test.held_out.log_p;
  });
  for (Found const* found : kept) {
    DiscoveredMotif motif;
    motif.matrix = to_matrix(found->model);
    motif.matrix.id = std::string("M").append(std::to_string(result_.motifs.size() + 1));
    motif.consensus = consensus(found->model.columns);
    motif.information_bits = motif_bits(found->model.columns, background_.base);
    motif.sites = std::lround(found->model.sites);
    motif.sequences = found->test.fitted.positives_with + found->test.held_out.positives_with;
    motif.holdout_log_p = found->test.held_out.log_p;
    motif.places = found->model.profile;
    motif.holdout_p = std::max(std::exp(motif.holdout_log_p), std::numeric_limits<double>::min());
    motif.holdout_e = motif.holdout_p * result_.tested;
    result_.motifs.push_back(std::move(motif));
  }
}

/// Tests a candidate and takes it out of the windows; whether it was accepted.
bool Discovery::handle(Found& found) {
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
  take_out(found);
  return accepted;
}

/// Takes the known motifs out, by where they stand.
void Discovery::place_known() {
  em_.positions = true;
  for (MotifMatrix const& matrix : known_) {
    Found found;
    found.known = true;
    found.model = to_model(matrix, background_.base);
    fit_occupancy(windows_[fit_positives], found.model, em_, threads_);
    take_out(found);
  }
}

void Discovery::search() {
  while (rejected_ < options_.patience && dropped_ < max_dropped_in_a_row &&
         accepted_ < options_.max_motifs) {
    throw_if_interrupted();
    WindowSet const& left = windows_[fit_positives];
    std::optional<Seed> const seed = options_.positions ? search_.best_placed(left, background_, threads_)
                                                        : search_.best(left, background_, threads_);
    if (!seed) break;
    Found found;
    found.model = fit(*seed);
    auto const other = split(found);
    if (!handle(found)) search_.give_up(*seed);
    if (!other) continue;
    Found second;
    second.model = *other;
    handle(second);
  }
}

DiscoveryResult Discovery::run() {
  if (options_.positions) place_known();
  search();
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
