#include "cislens/motif/joint_model.hpp"

#include "cislens/base/interrupt.hpp"
#include "cislens/motif/discovery_shape.hpp"
#include "cislens/motif/em_scan.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <type_traits>
#include <utility>

namespace cislens {

namespace {

constexpr int flank = 3;                  // columns watched on either side of a motif
constexpr double negligible_odds = 1e-6;  // of a site, against a background base
constexpr double least_recorded = 0.05;   // posterior of a site that `sites` gives
constexpr int passes_of_background = 6;   // at most, in which it is learned
constexpr int passes_a_width = 6;         // between changes of width
constexpr double little = 0.5;            // nats that a pass gains: another would change no more

double log_add(double a, double b) {
  auto const [low, high] = std::minmax(a, b);
  return high + std::log1p(std::exp(low - high));
}

/// A place where a site may stand.
struct Placement {
  std::int64_t place;  // in WindowSet::bases
  int motif;
  int strand;
  double log_odds;  // with its rate
};

/// What scanning needs of the motifs, and how often each step of the chain is taken.
struct Steps {
  std::vector<ScoreTable> tables;
  std::vector<double> log_rate;  // of either strand
  double log_background = 0;

  Steps(std::span<JointMotif const> motifs, double bases) {
    double covered = 0;
    double sites = 0;
    for (JointMotif const& motif : motifs) {
      covered += motif.sites * static_cast<double>(motif.columns.size());
      sites += motif.sites;
    }
    double const background = std::max(0.1 * bases, bases - covered);
    for (JointMotif const& motif : motifs) {
      tables.emplace_back(motif.columns);
      log_rate.push_back(std::log(std::max(motif.sites, 1e-3) / (2 * (background + sites))));
    }
    log_background = std::log(background / (background + sites));
  }
};

/// Sums over the chains of one window.
class Chains {
 public:
  /// ln likelihood over that of background alone.
  double sum(WindowSet const& set, std::int64_t window, Steps const& steps) {
    begin_ = set.begin[window];
    std::int64_t const length = set.length[window];
    find_placements(set, window, steps);
    double const step = steps.log_background;
    ahead_.assign(static_cast<std::size_t>(length) + 1, -std::numeric_limits<double>::infinity());
    ahead_[0] = 0;
    auto next = placements_.begin();
    for (std::int64_t i = 0; i < length; ++i) {
      double const here = ahead_[i];
      ahead_[i + 1] = log_add(here + step, ahead_[i + 1]);
      for (; next != placements_.end() && next->place - begin_ == i; ++next) {
        double& end = ahead_[i + steps.tables[next->motif].width()];
        end = log_add(here + next->log_odds, end);
      }
    }
    return ahead_[length];
  }

  /// visit(placement, posterior) for what stands in the window that was summed over.
  template <typename Visit>
  void visit_posteriors(Steps const& steps, Visit const& visit) {
    auto const length = static_cast<std::int64_t>(ahead_.size()) - 1;
    double const step = steps.log_background;
    behind_.assign(ahead_.size(), 0);
    auto next = placements_.rbegin();
    for (std::int64_t i = length - 1; i >= 0; --i) {
      double here = behind_[i + 1] + step;
      for (; next != placements_.rend() && next->place - begin_ == i; ++next) {
        double const with = next->log_odds + behind_[i + steps.tables[next->motif].width()];
        here = log_add(here, with);
        double const posterior = std::exp(ahead_[i] + with - ahead_[length]);
        if (posterior >= negligible_posterior) visit(*next, posterior);
      }
      behind_[i] = here;
    }
  }

 private:
  void find_placements(WindowSet const& set, std::int64_t window, Steps const& steps) {
    placements_.clear();
    for (std::size_t m = 0; m < steps.tables.size(); ++m) {
      ScoreTable const& table = steps.tables[m];
      std::int64_t const last = begin_ + set.length[window] - table.width() + 1;
      auto const least =
          static_cast<std::int32_t>((std::log(negligible_odds) - steps.log_rate[m]) * score_units_per_nat);
      table.scan(set, begin_, last, least, [&](std::int64_t place, int strand, std::int32_t score) {
        placements_.push_back(
            {place, static_cast<int>(m), strand, score / score_units_per_nat + steps.log_rate[m]});
      });
    }
    std::ranges::stable_sort(placements_, {}, &Placement::place);
  }

  std::int64_t begin_ = 0;
  std::vector<Placement> placements_;
  std::vector<double> ahead_, behind_;  // ln sums over the chains up to a place, and from it on
};

/// In place of what is counted of sites: without it half the work of a pass is saved.
struct OnlySums {};

/// The base that column c of a site reads, N beyond the window.
std::uint8_t base_at(WindowSet const& set, std::int64_t window, Placement const& site, int width,
                     int column) {
  std::int64_t const place = site.strand == 0 ? site.place + column : site.place + width - 1 - column;
  bool const inside = place >= set.begin[window] && place < set.begin[window] + set.length[window];
  std::uint8_t const base = inside ? set.bases[place] : base_n;
  return site.strand == 0 ? base : complement(base);
}

}  // namespace

std::vector<JointMotif> joint_motifs(std::span<MotifMatrix const> motifs,
                                     MarkovBackground const& background) {
  constexpr double least_sites = 20;
  std::vector<JointMotif> result;
  for (MotifMatrix const& matrix : motifs) {
    MotifModel const model = to_model(matrix, background.base);
    result.push_back({model.columns, model.around, std::max(least_sites, matrix.sites), true});
  }
  return result;
}

MotifModel to_model(JointMotif const& motif) {
  MotifModel model;
  model.columns = motif.columns;
  model.around = motif.around;
  model.sites = motif.sites;
  return model;
}

/// What one pass over windows counts.
struct JointModel::Pass {
  struct Counts {
    MotifColumns columns;  // flank, motif, flank
    double sites = 0;
    double gc = 0;  // G + C share of the windows, weighted by their sites

    void add(Counts const& other) {
      columns.resize(std::max(columns.size(), other.columns.size()));
      for (std::size_t c = 0; c < other.columns.size(); ++c) {
        for (std::size_t b = 0; b < 4; ++b) columns[c][b] += other.columns[c][b];
      }
      sites += other.sites;
      gc += other.gc;
    }
  };
  std::vector<Counts> motifs;
  std::vector<AlignedSites> sites;  // (motifs) what `sites` gives
  double log_ratio = 0;

  void add(Pass&& other) {
    motifs.resize(std::max(motifs.size(), other.motifs.size()));
    for (std::size_t m = 0; m < other.motifs.size(); ++m) motifs[m].add(other.motifs[m]);
    sites.resize(std::max(sites.size(), other.sites.size()));
    for (std::size_t m = 0; m < other.sites.size(); ++m) sites[m].add(other.sites[m]);
    log_ratio += other.log_ratio;
  }
};

JointModel::JointModel(std::vector<JointMotif> motifs, WindowSet& fit, MarkovBackground const& background,
                       EmOptions const& options, Threads& threads)
    : motifs_(std::move(motifs)), fit_(fit), background_(background), options_(options), threads_(threads) {
  for (std::int64_t window = 0; window < fit.size(); ++window)
    bases_ += fit.weight[window] * static_cast<double>(fit.length[window]);
}

/// @param take  take(pass, window, placement, posterior), what is counted of a site; OnlySums: nothing is
template <typename Take>
JointModel::Pass JointModel::pass_over(WindowSet const& windows, Take const& take) const {
  throw_if_interrupted();
  Steps const steps(motifs_, bases_);
  std::int64_t const items = (windows.size() + windows_per_item - 1) / windows_per_item;
  std::vector<Pass> parts(static_cast<std::size_t>(items));
  threads_.for_each(items, [&](std::int64_t item, int) {
    Pass& part = parts[static_cast<std::size_t>(item)];
    Chains chains;
    std::int64_t const last = std::min(windows.size(), (item + 1) * windows_per_item);
    for (std::int64_t window = item * windows_per_item; window < last; ++window) {
      part.log_ratio += windows.weight[window] * chains.sum(windows, window, steps);
      if constexpr (!std::is_same_v<Take, OnlySums>) {
        chains.visit_posteriors(
            steps, [&](Placement const& site, double posterior) { take(part, window, site, posterior); });
      }
    }
  });
  Pass sum;
  for (Pass& part : parts) sum.add(std::move(part));
  return sum;
}

/// @param[out] covered  (bases of the fit windows) posterior that a site covers them, added; or empty
JointModel::Pass JointModel::count(std::vector<float>& covered) const {
  Pass pass = pass_over(fit_, [&](Pass& part, std::int64_t window, Placement const& site, double posterior) {
    part.motifs.resize(motifs_.size());
    Pass::Counts& counts = part.motifs[static_cast<std::size_t>(site.motif)];
    int const width = static_cast<int>(motifs_[static_cast<std::size_t>(site.motif)].columns.size());
    double const weight = posterior * fit_.weight[window];
    counts.sites += weight;
    counts.gc += weight * fit_.gc[window];
    counts.columns.resize(static_cast<std::size_t>(width + 2 * flank));
    for (int c = -flank; c < width + flank; ++c) {
      std::uint8_t const base = base_at(fit_, window, site, width, c);
      if (base < base_n) counts.columns[static_cast<std::size_t>(c + flank)][base] += weight;
    }
    for (int c = 0; c < width && !covered.empty(); ++c)
      covered[static_cast<std::size_t>(site.place + c)] += static_cast<float>(posterior);
  });
  pass.motifs.resize(motifs_.size());
  return pass;
}

/// Maximisation.
/// @param choose_width  of motifs whose columns are free
void JointModel::take_counts(Pass const& pass, bool choose_width) {
  for (std::size_t m = 0; m < motifs_.size(); ++m) {
    JointMotif& motif = motifs_[m];
    Pass::Counts const& counts = pass.motifs[m];
    motif.sites = counts.sites;
    if (motif.fixed || !(counts.sites > 0)) continue;
    motif.around = bases_at_gc(counts.gc / counts.sites);
    MotifColumns watched;
    for (auto const& column : counts.columns) watched.push_back(to_probabilities(column, motif.around));
    ColumnRange range{flank, static_cast<int>(watched.size()) - flank};
    if (choose_width) range = choose_columns(watched, motif.around, counts.sites, options_);
    motif.columns.assign(watched.begin() + range.first, watched.begin() + range.last);
  }
}

void JointModel::set_background_of_rest(std::vector<float> const& covered) {
  std::vector<std::uint32_t> const nothing = fit_.explained;
  for (std::size_t i = 0; i < covered.size(); ++i) {
    if (fit_.bases[i] < base_n)
      fit_.explained[i] = to_explained_units(-std::log(std::max(1e-3F, 1 - covered[i])));
  }
  background_ = estimate_background(fit_);
  fit_.explained = nothing;
  set_background(fit_, background_);
}

void JointModel::fit(int passes, bool learn_background) {
  double before = -std::numeric_limits<double>::infinity();
  for (int i = 0; i < passes; ++i) {
    bool const learn = learn_background && i < passes_of_background;
    std::vector<float> covered(learn ? fit_.bases.size() : 0);
    Pass const pass = count(covered);
    int const since_width = i % passes_a_width;
    bool const settled = pass.log_ratio - before <= little;
    if (settled && i > passes_a_width && since_width > 1) break;
    take_counts(pass, since_width == passes_a_width - 1 && i + 2 < passes);
    before = pass.log_ratio;
    if (learn) set_background_of_rest(covered);
  }
}

double JointModel::log_ratio(WindowSet const& windows) const {
  return pass_over(windows, OnlySums{}).log_ratio;
}

std::vector<AlignedSites> JointModel::sites() const {
  Pass pass = pass_over(fit_, [&](Pass& part, std::int64_t window, Placement const& site, double posterior) {
    if (posterior < least_recorded) return;
    part.sites.resize(motifs_.size());
    AlignedSites& sites = part.sites[static_cast<std::size_t>(site.motif)];
    int const width = static_cast<int>(motifs_[static_cast<std::size_t>(site.motif)].columns.size());
    for (int c = -AlignedSites::flank; c < width + AlignedSites::flank; ++c)
      sites.bases.push_back(base_at(fit_, window, site, width, c));
    sites.weight.push_back(posterior * fit_.weight[window]);
  });
  pass.sites.resize(motifs_.size());
  for (std::size_t m = 0; m < motifs_.size(); ++m)
    pass.sites[m].columns = static_cast<int>(motifs_[m].columns.size()) + 2 * AlignedSites::flank;
  return std::move(pass.sites);
}

}  // namespace cislens
