#include "cislens/motif/blends.hpp"

#include "cislens/base/text.hpp"
#include "cislens/motif/discovery_shape.hpp"
#include "cislens/motif/joint_model.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

namespace cislens {

namespace {

constexpr int most_passes = 60;
constexpr int passes_of_parts = 15;
constexpr double gain_of_two = 2;       // at least, in Schwarz prices of the motif
constexpr double gain_of_rest = 1;      // when no motif is added
constexpr double held_out_beside = 10;  // nats, at least, of a part beside the listed one that it is like

EmOptions em_options(BlendOptions const& options) {
  EmOptions em;
  em.min_width = options.min_width;
  em.max_width = options.max_width;
  return em;
}

double price(JointMotif const& motif) {
  return 1.5 * static_cast<double>(motif.columns.size()) * std::log(std::max(2.0, motif.sites));
}

class BlendSearch {
 public:
  BlendSearch(BlendInput const& input, BlendOptions const& options, Threads& threads, Log& log)
      : input_(input),
        options_(options),
        em_(em_options(options)),
        threads_(threads),
        log_(log),
        background_(estimate_background(input.fit)),
        fit_(make_window_set(input.fit, background_)),
        holdout_(make_window_set(input.holdout, background_)) {}

  BlendResult run() {
    JointModel model(joint_motifs(input_.motifs, background_), fit_, background_, em_, threads_);
    model.fit(most_passes, true);
    model.adapt(holdout_);
    sites_ = model.sites();
    for (std::size_t m = 0; m < input_.motifs.size(); ++m) {
      if (!input_.stays[m]) part(model, m);
    }
    return std::move(result_);
  }

 private:
  void part(JointModel& model, std::size_t m);
  std::optional<std::size_t> listed_like(JointModel const& model, std::size_t m,
                                         JointMotif const& part) const;
  void part_from(JointModel& model, std::size_t m, JointMotif const& rest, std::size_t listed);
  bool part_beside(JointModel& model, JointModel const& two, std::size_t m, std::size_t listed);
  bool are_two(JointModel const& model, std::size_t m, std::size_t other) const;
  bool is_apart(JointModel const& model, std::size_t m) const;
  bool is_better(JointModel const& two, JointModel const& one, std::size_t m, std::size_t other,
                 double least_gain, double least_held_out) const;
  void take(JointModel& model, JointModel& two, std::size_t m, std::size_t other);

  BlendInput const& input_;
  BlendOptions const& options_;
  EmOptions em_;
  Threads& threads_;
  Log& log_;
  MarkovBackground background_;
  WindowSet fit_, holdout_;
  std::vector<AlignedSites> sites_;  // (motifs) among all others as they are
  BlendResult result_;
};

void BlendSearch::part(JointModel& model, std::size_t m) {
  JointMotif const whole = model.motifs()[m];
  auto const kinds = split_sites(sites_[m], to_model(whole), background_.base, em_, threads_);
  if (!kinds) return;
  ++result_.tried;
  JointModel two = model;
  std::size_t const other = two.motifs().size();
  two.motifs()[m] = {kinds->first.columns, whole.around, kinds->first.sites, false};
  two.motifs().push_back({kinds->second.columns, whole.around, kinds->second.sites, false});
  two.fit(passes_of_parts, false);
  auto const first_like = listed_like(model, m, two.motifs()[m]);
  auto const second_like = listed_like(model, m, two.motifs()[other]);
  if (first_like && second_like) return;
  if (first_like && part_beside(model, two, m, *first_like)) return;
  if (second_like && part_beside(model, two, m, *second_like)) return;
  if (first_like) return part_from(model, m, two.motifs()[other], *first_like);
  if (second_like) return part_from(model, m, two.motifs()[m], *second_like);

  if (std::ssize(model.motifs()) >= options_.max_motifs) return;
  if (side_by_side(to_model(whole), to_model(two.motifs()[m]), to_model(two.motifs()[other]))) return;
  if (!are_two(two, m, other)) return;
  JointModel one = model;
  one.motifs()[m].fixed = false;
  one.fit(passes_of_parts, false);
  if (!is_better(two, one, m, other, gain_of_two, 0)) return;
  if (two.motifs()[m].sites < two.motifs()[other].sites) std::swap(two.motifs()[m], two.motifs()[other]);
  take(model, two, m, other);
}

/// The motif of the list, if any, that a part of another is like.
std::optional<std::size_t> BlendSearch::listed_like(JointModel const& model, std::size_t m,
                                                    JointMotif const& part) const {
  for (std::size_t k = 0; k < model.motifs().size(); ++k) {
    if (k != m && look_alike(to_model(model.motifs()[k]), to_model(part))) return k;
  }
  return std::nullopt;
}

/// @param rest  what the motif is without the sites of the listed one
void BlendSearch::part_from(JointModel& model, std::size_t m, JointMotif const& rest, std::size_t listed) {
  if (listed >= input_.motifs.size() || input_.stays[listed]) return;
  JointModel two = model;
  two.motifs()[m] = rest;
  two.motifs()[listed].fixed = false;
  two.fit(passes_of_parts, false);
  if (!are_two(two, m, listed)) return;
  JointModel one = model;
  one.motifs()[listed].fixed = false;
  one.fit(passes_of_parts, false);
  if (!is_better(two, one, m, listed, gain_of_rest, 0)) return;
  take(model, two, m, listed);
  result_.blends.back().listed = listed;
}

/// The listed motif that a part is like may hold sites of that part: one that stands between two others is
/// divided by both. Then it is another beside the part.
/// @param two  m in two parts, the second of which comes last
/// @return whether all three are taken
bool BlendSearch::part_beside(JointModel& model, JointModel const& two, std::size_t m, std::size_t listed) {
  if (listed >= input_.motifs.size() || input_.stays[listed]) return false;
  if (std::ssize(model.motifs()) >= options_.max_motifs) return false;
  std::size_t const other = model.motifs().size();
  JointModel three = two;
  three.motifs()[listed].fixed = false;
  three.fit(passes_of_parts, false);
  for (std::size_t const part : {m, other, listed}) {
    if (!is_apart(three, part)) return false;
  }
  JointModel one = model;
  one.motifs()[m].fixed = one.motifs()[listed].fixed = false;
  one.fit(2 * passes_of_parts, false);  // as many as the parts had
  if (!is_better(three, one, m, other, 0, held_out_beside)) return false;
  if (three.motifs()[m].sites < three.motifs()[other].sites)
    std::swap(three.motifs()[m], three.motifs()[other]);
  take(model, three, m, other);
  model.motifs()[listed].fixed = true;
  result_.blends.back().renewed.emplace(listed, to_matrix(to_model(model.motifs()[listed])));
  return true;
}

/// Whether a motif is clear and like no other.
bool BlendSearch::is_apart(JointModel const& model, std::size_t m) const {
  MotifModel const motif = to_model(model.motifs()[m]);
  if (motif_bits(motif.columns, motif.around) < options_.min_bits) return false;
  for (std::size_t k = 0; k < model.motifs().size(); ++k) {
    if (k != m && look_alike(motif, to_model(model.motifs()[k]))) return false;
  }
  return true;
}

/// Whether motifs m and other are clear motifs, not two kinds of one, and like no other.
bool BlendSearch::are_two(JointModel const& model, std::size_t m, std::size_t other) const {
  return is_apart(model, m) && is_apart(model, other) &&
         !kinds_of_one(to_model(model.motifs()[m]), to_model(model.motifs()[other]));
}

/// Whether motifs m and other of `two` are worth what they cost more than `one`.
/// @param least_gain  in Schwarz prices  @param least_held_out  in nats
bool BlendSearch::is_better(JointModel const& two, JointModel const& one, std::size_t m, std::size_t other,
                            double least_gain, double least_held_out) const {
  JointMotif const& first = two.motifs()[m];
  JointMotif const& second = two.motifs()[other];
  double const gain = two.log_ratio(fit_) - one.log_ratio(fit_);
  double const held_out = two.log_ratio(holdout_) - one.log_ratio(holdout_);
  log_.debug("a blend? " + consensus(one.motifs()[m].columns) + ", or " + consensus(first.columns) + " and " +
             consensus(second.columns) + ": gain " + format_fixed(gain, 1) + " nats, held out " +
             format_fixed(held_out, 1));
  return gain > least_gain * std::max(price(first), price(second)) && held_out > least_held_out;
}

void BlendSearch::take(JointModel& model, JointModel& two, std::size_t m, std::size_t other) {
  Blend blend{m, {to_matrix(to_model(two.motifs()[m])), to_matrix(to_model(two.motifs()[other]))}, {}};
  result_.blends.push_back(std::move(blend));
  model.motifs() = std::move(two.motifs());
  model.motifs()[m].fixed = model.motifs()[other].fixed = true;
  sites_ = model.sites();
}

}  // namespace

BlendResult find_blends(BlendInput const& input, BlendOptions const& options, Threads& threads, Log& log) {
  bool const nothing_asked = std::ranges::find(input.stays, false) == input.stays.end();
  if (nothing_asked || input.fit.empty() || input.holdout.empty()) return {};
  return BlendSearch(input, options, threads, log).run();
}

}  // namespace cislens
