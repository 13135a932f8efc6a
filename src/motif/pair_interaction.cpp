#include "cislens/motif/pair_interaction.hpp"

#include "cislens/base/interrupt.hpp"
#include "cislens/motif/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

namespace cislens {

namespace {

/// Calls use(motif, sequence, p) for each motif of each sequence with the smallest p of its sites.
template <typename Use>
void for_each_best(std::span<Site const> sites, Use const& use) {
  std::vector<std::pair<int, double>> own;
  for (std::size_t i = 0; i < sites.size();) {
    std::int64_t const sequence = sites[i].sequence;
    own.clear();
    for (; i < sites.size() && sites[i].sequence == sequence; ++i)
      own.emplace_back(sites[i].motif, sites[i].p);
    std::ranges::sort(own);
    for (std::size_t k = 0; k < own.size(); ++k) {
      if (k == 0 || own[k].first != own[k - 1].first) use(own[k].first, sequence, own[k].second);
    }
  }
}

/// Both sets, one behind the other: which motifs each sequence holds.
class Presence {
 public:
  Presence(PairSites const& foreground, PairSites const& background, std::vector<double> const& limits,
           std::int64_t stratum)
      : foreground_(std::ssize(foreground.lengths)), holders_(limits.size()) {
    std::vector<std::int64_t> lengths(foreground.lengths.begin(), foreground.lengths.end());
    std::vector<double> gc(foreground.gc.begin(), foreground.gc.end());
    lengths.insert(lengths.end(), background.lengths.begin(), background.lengths.end());
    gc.insert(gc.end(), background.gc.begin(), background.gc.end());
    strata_ = pair_strata(lengths, gc, stratum);
    for (std::int64_t s = 0; s < std::ssize(strata_); ++s) add(everyone_, s);
    std::int64_t behind = 0;
    for (PairSites const* set : {&foreground, &background}) {
      for_each_best(set->sites, [&](int motif, std::int64_t sequence, double p) {
        auto const of = static_cast<std::size_t>(motif);
        if (p <= limits[of]) holders_[of].push_back(behind + sequence);
      });
      behind += foreground_;
    }
  }

  /// One table a stratum.
  std::vector<PresenceCounts> tables(int a, int b) const {
    auto const& with_a = holders_[static_cast<std::size_t>(a)];
    auto const& with_b = holders_[static_cast<std::size_t>(b)];
    std::vector<std::int64_t> both;
    std::ranges::set_intersection(with_a, with_b, std::back_inserter(both));
    std::vector<PresenceCounts> tables(everyone_.size());
    auto const count = [&](std::vector<std::int64_t> const& sequences,
                           std::array<std::int64_t, 4> const& sign) {
      for (std::int64_t const s : sequences) {
        PresenceCounts& table = tables[static_cast<std::size_t>(strata_[static_cast<std::size_t>(s)])];
        auto& cells = s < foreground_ ? table.foreground : table.background;
        for (std::size_t i = 0; i < cells.size(); ++i) cells[i] += sign[i];
      }
    };
    count(both, {1, -1, -1, 1});
    count(with_a, {0, 1, 0, -1});
    count(with_b, {0, 0, 1, -1});
    for (std::size_t i = 0; i < tables.size(); ++i) {
      tables[i].foreground[3] += everyone_[i][0];
      tables[i].background[3] += everyone_[i][1];
    }
    return tables;
  }

 private:
  void add(std::vector<std::array<std::int64_t, 2>>& counts, std::int64_t sequence) const {
    auto const stratum = static_cast<std::size_t>(strata_[static_cast<std::size_t>(sequence)]);
    if (counts.size() <= stratum) counts.resize(stratum + 1);
    counts[stratum][sequence < foreground_ ? 0 : 1] += 1;
  }

  std::int64_t foreground_;                            // sequences
  std::vector<int> strata_;                            // (sequences)
  std::vector<std::array<std::int64_t, 2>> everyone_;  // (strata) of the foreground, of the background
  std::vector<std::vector<std::int64_t>> holders_;     // (motifs) sequences, ascending
};

PresenceCounts together(std::span<PresenceCounts const> strata) {
  PresenceCounts sum;
  for (PresenceCounts const& table : strata) {
    for (std::size_t i = 0; i < sum.foreground.size(); ++i) {
      sum.foreground[i] += table.foreground[i];
      sum.background[i] += table.background[i];
    }
  }
  return sum;
}

/// Nothing but margins decides it, so that it favours no answer.
bool enough(PresenceCounts const& counts, double least) {
  double foreground = 0;
  double all = 0;
  for (std::size_t i = 0; i < counts.foreground.size(); ++i) {
    foreground += static_cast<double>(counts.foreground[i]);
    all += static_cast<double>(counts.foreground[i] + counts.background[i]);
  }
  double const smaller = std::min(foreground, all - foreground) / std::max(1.0, all);
  for (std::size_t i = 0; i < counts.foreground.size(); ++i) {
    if (!(static_cast<double>(counts.foreground[i] + counts.background[i]) * smaller >= least)) return false;
  }
  return true;
}

std::vector<double> presence_limits(PairSites const& foreground, PairSites const& background,
                                    std::span<Site const> shuffled,
                                    std::span<Site const> shuffled_background) {
  auto const of_both = [&](std::span<Site const> here, std::span<Site const> there) {
    auto p = smallest_p(here, foreground.motifs);
    auto const others = smallest_p(there, foreground.motifs);
    for (std::size_t motif = 0; motif < p.size(); ++motif) {
      p[motif].insert(p[motif].end(), others[motif].begin(), others[motif].end());
      std::ranges::sort(p[motif]);
    }
    return p;
  };
  auto const true_p = of_both(foreground.sites, background.sites);
  auto const chance_p = of_both(shuffled, shuffled_background);
  std::int64_t const sequences = std::ssize(foreground.lengths) + std::ssize(background.lengths);
  std::vector<double> limits;
  for (std::size_t motif = 0; motif < true_p.size(); ++motif)
    limits.push_back(presence_limit(true_p[motif], chance_p[motif], sequences));
  return limits;
}

}  // namespace

std::vector<std::vector<double>> smallest_p(std::span<Site const> sites, int motifs) {
  std::vector<std::vector<double>> p(static_cast<std::size_t>(motifs));
  for_each_best(sites, [&](int motif, std::int64_t, double value) {
    p[static_cast<std::size_t>(motif)].push_back(value);
  });
  for (auto& of_motif : p) std::ranges::sort(of_motif);
  return p;
}

double presence_limit(std::span<double const> p, std::span<double const> shuffled, std::int64_t sequences) {
  double best = 0;
  double limit = 0;
  auto const each = static_cast<double>(sequences);
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (i + 1 < p.size() && p[i + 1] == p[i]) continue;
    auto const here = static_cast<double>(i + 1);
    auto const there = static_cast<double>(std::ranges::upper_bound(shuffled, p[i]) - shuffled.begin());
    double const deviation = std::sqrt((here + there) * (2 * each - here - there) / (2 * each));
    if (!(here - there > best * deviation)) continue;
    best = (here - there) / deviation;
    limit = p[i];
  }
  return limit;
}

std::vector<PairInteraction> test_pair_interaction(std::span<PairOccurrence const> pairs,
                                                   PairSites const& foreground, PairSites const& background,
                                                   std::span<Site const> shuffled,
                                                   std::span<Site const> shuffled_background,
                                                   PairOccurrenceOptions const& options, Threads& threads) {
  std::vector<double> const limits = presence_limits(foreground, background, shuffled, shuffled_background);
  Presence const presence(foreground, background, limits, options.stratum);
  std::vector<PairInteraction> results(pairs.size());
  threads.for_each(std::ssize(pairs), [&](std::int64_t i, int) {
    PairOccurrence const& pair = pairs[static_cast<std::size_t>(i)];
    throw_if_interrupted();
    if (pair.a == pair.b) return;
    PairInteraction& result = results[static_cast<std::size_t>(i)];
    auto const tables = presence.tables(pair.a, pair.b);
    result.counts = together(tables);
    result.site_p_a = limits[static_cast<std::size_t>(pair.a)];
    result.site_p_b = limits[static_cast<std::size_t>(pair.b)];
    if (enough(result.counts, options.min_expected)) result.test = test_interaction(tables);
  });
  std::vector<double> p;
  for (PairInteraction const& result : results) p.push_back(std::exp(result.test.log_p));
  std::vector<double> const q = benjamini_hochberg(p);
  for (std::size_t i = 0; i < results.size(); ++i) results[i].q = q[i];
  return results;
}

}  // namespace cislens
