#include "cislens/motif/independent.hpp"

#include "cislens/base/interrupt.hpp"
#include "cislens/motif/discovery_parts.hpp"
#include "cislens/motif/discovery_shape.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace cislens {

namespace {

class Selection {
 public:
  Selection(std::span<MotifMatrix const> motifs, DiscoveryInput const& input, MergeOptions const& same,
            Threads& threads);

  std::vector<IndependentMotif> run(double max_p) {
    select(max_p);
    for (Kept& kept : kept_) exchange(kept);
    std::vector<IndependentMotif> result;
    for (Kept const& kept : kept_) result.push_back({kept.index, kept.log_p});
    return result;
  }

 private:
  struct Kept {
    std::size_t index;
    double log_p;
    std::array<SharedExplained, discovery_parts> explained;
  };

  void select(double max_p);
  bool is_blend(std::size_t motif, std::vector<std::size_t> const& left);
  double joint_gain(std::vector<std::size_t> motifs);
  void exchange(Kept& kept);
  double gain(std::size_t motif);
  std::size_t take_best(std::vector<std::size_t>& left, std::vector<double>& gains);
  bool is_same(std::size_t a, std::size_t b) const { return same_motif(motifs_[a], motifs_[b], same_); }
  std::vector<SharedExplained> others(int part, Kept const* but) const;
  void take_out(Kept& kept, int last_part);

  std::span<MotifMatrix const> motifs_;
  MergeOptions const& same_;
  Threads& threads_;
  EmOptions options_;
  MarkovBackground background_;
  DiscoveryWindows windows_;
  std::vector<MotifModel> models_;
  std::vector<Kept> kept_;
};

Selection::Selection(std::span<MotifMatrix const> motifs, DiscoveryInput const& input,
                     MergeOptions const& same, Threads& threads)
    : motifs_(motifs),
      same_(same),
      threads_(threads),
      background_(estimate_background(input.fit_controls)),
      windows_(make_discovery_windows(input, background_)) {
  for (MotifMatrix const& motif : motifs) models_.push_back(to_model(motif, background_.base));
}

/// What its sites explain of the fit positives as they are now.
double Selection::gain(std::size_t motif) {
  throw_if_interrupted();
  fit_occupancy(windows_[fit_positives], models_[motif], options_, threads_);
  return net_log_ratio(models_[motif]);
}

/// The highest gain. What is taken out can only lower a gain: they are asked again from the top until one
/// stays there.
std::size_t Selection::take_best(std::vector<std::size_t>& left, std::vector<double>& gains) {
  for (;;) {
    auto const top = std::ranges::max_element(left, {}, [&](std::size_t motif) { return gains[motif]; });
    std::size_t const motif = *top;
    gains[motif] = gain(motif);
    if (std::ranges::any_of(left, [&](std::size_t other) { return gains[other] > gains[motif]; })) continue;
    left.erase(top);
    return motif;
  }
}

void Selection::select(double max_p) {
  constexpr double chance = 0.05;
  std::vector<std::size_t> left;
  std::vector<double> gains;
  for (std::size_t motif = 0; motif < models_.size(); ++motif) {
    left.push_back(motif);
    gains.push_back(gain(motif));
  }
  while (!left.empty()) {
    std::size_t const best = take_best(left, gains);
    if (is_blend(best, left)) continue;
    double const log_p = test_on_holdout(windows_, models_[best], options_, threads_).held_out.log_p;
    bool const clear = log_p <= std::log(max_p);
    bool const own = gains[best] > 0 && log_p <= std::log(chance);
    if (!clear && !own) continue;
    kept_.push_back({best, log_p, {}});
    take_out(kept_.back(), discovery_parts);
    std::erase_if(left, [&](std::size_t motif) { return is_same(best, motif); });
  }
}

/// A blend of two motifs explains more than either and less than both.
bool Selection::is_blend(std::size_t motif, std::vector<std::size_t> const& left) {
  std::vector<std::size_t> near;
  for (std::size_t const other : left) {
    if (kinds_of_one(models_[motif], models_[other])) near.push_back(other);
  }
  if (near.size() < 2) return false;
  double const apart = joint_gain(near);
  near.push_back(motif);
  return apart > joint_gain(near);
}

/// What motifs explain of the fit positives together: the best first, then the best of what it leaves, and so
/// on.
double Selection::joint_gain(std::vector<std::size_t> motifs) {
  constexpr std::size_t most = 4;
  auto taken = others(fit_positives, nullptr);
  double sum = 0;
  for (std::size_t rank = 0; rank < most && !motifs.empty(); ++rank) {
    std::vector<double> gains;
    for (std::size_t const motif : motifs) gains.push_back(gain(motif));
    auto const best = std::ranges::max_element(gains) - gains.begin();
    if (gains[best] <= 0) break;
    sum += gains[best];
    MotifModel const& model = models_[motifs[best]];
    taken.push_back(explain_fully(windows_[fit_positives], model, taken, options_, threads_));
    set_explained(windows_[fit_positives], taken);
    motifs.erase(motifs.begin() + best);
  }
  set_explained(windows_[fit_positives], others(fit_positives, nullptr));
  return sum;
}

void Selection::exchange(Kept& kept) {
  set_explained(windows_[fit_positives], others(fit_positives, &kept));
  std::size_t best = kept.index;
  double highest = gain(best);
  for (std::size_t motif = 0; motif < models_.size(); ++motif) {
    if (motif == kept.index || !is_same(kept.index, motif)) continue;
    double const own = gain(motif);
    if (own <= highest) continue;
    highest = own;
    best = motif;
  }
  if (best == kept.index) return;
  kept.index = best;
  take_out(kept, fit_positives + 1);
}

std::vector<SharedExplained> Selection::others(int part, Kept const* but) const {
  std::vector<SharedExplained> result;
  for (Kept const& kept : kept_) {
    if (&kept != but) result.push_back(kept.explained[part]);
  }
  return result;
}

/// Parts up to `last_part`, exclusive.
void Selection::take_out(Kept& kept, int last_part) {
  for (int part = 0; part < last_part; ++part) {
    auto taken = others(part, &kept);
    kept.explained[part] = explain_fully(windows_[part], models_[kept.index], taken, options_, threads_);
    taken.push_back(kept.explained[part]);
    set_explained(windows_[part], taken);
  }
}

}  // namespace

std::vector<IndependentMotif> independent_motifs(std::span<MotifMatrix const> motifs,
                                                 DiscoveryInput const& input, double max_p,
                                                 MergeOptions const& same, Threads& threads) {
  return Selection(motifs, input, same, threads).run(max_p);
}

}  // namespace cislens
