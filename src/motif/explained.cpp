#include "cislens/motif/explained.hpp"

#include "cislens/motif/em_scan.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <memory>
#include <numeric>
#include <utility>

namespace cislens {

namespace {

/// Adds what the sites of one stretch explain; `sums` is room for its bases.
void explain_stretch(std::vector<Hit> const& hits, int width, std::vector<double>& sums, Explained& out) {
  constexpr double least_left = 1e-3;
  if (hits.empty()) return;
  std::int64_t const first = hits.front().place;
  std::int64_t const last = hits.back().place + width;
  sums.assign(last - first, 0.0);
  for (Hit const& hit : hits) {
    for (int i = 0; i < width; ++i) sums[hit.place - first + i] += hit.posterior;
  }
  for (std::int64_t place = first; place < last; ++place) {
    double const left = std::max(least_left, 1.0 - sums[place - first]);
    if (left >= 1.0) continue;
    std::uint32_t const units = to_explained_units(-2.0 * std::log(left) / width);
    if (units == 0) continue;
    out.places.push_back(place);
    out.units.push_back(units);
  }
}

void append(Explained const& more, Explained& all) {
  all.places.insert(all.places.end(), more.places.begin(), more.places.end());
  all.units.insert(all.units.end(), more.units.begin(), more.units.end());
}

double sum(Explained const& explained) {
  return std::accumulate(explained.units.begin(), explained.units.end(), 0.0);
}

/// Window by window.
class Touched {
 public:
  explicit Touched(WindowSet const& set) : set_(set), flags_(static_cast<std::size_t>(set.size()), 0) {}

  void add(Explained const& explained) {
    for (std::int64_t const place : explained.places) {
      if (place < begin_ || place >= end_) move_to(place);
      flags_[window_] = 1;
    }
  }
  bool operator[](std::int64_t window) const { return flags_[static_cast<std::size_t>(window)] != 0; }

 private:
  void move_to(std::int64_t place) {
    auto const next = std::ranges::upper_bound(set_.begin, place);
    window_ = static_cast<std::size_t>(next - set_.begin.begin() - 1);
    begin_ = set_.begin[window_];
    end_ = begin_ + set_.length[window_];
  }

  WindowSet const& set_;
  std::vector<std::uint8_t> flags_;
  std::size_t window_ = 0;
  std::int64_t begin_ = 0, end_ = 0;
};

/// @param least  posterior below which a site explains nothing
/// @param only   windows that are looked at; null: all
SharedExplained explain_sites(WindowSet const& set, MotifModel const& model, double least,
                              Touched const* only, EmOptions const& options, Threads& threads) {
  ScoreTable const table(model.columns);
  std::int64_t const items = (set.size() + windows_per_item - 1) / windows_per_item;
  std::vector<Explained> parts(items);
  threads.for_each(items, [&](std::int64_t item, int) {
    std::vector<Hit> hits;
    std::vector<double> sums;
    std::int64_t const last = std::min(set.size(), (item + 1) * windows_per_item);
    for (std::int64_t window = item * windows_per_item; window < last; ++window) {
      if (only != nullptr && !(*only)[window]) continue;
      for_stretches(set, window, table, model, options.stretch_bp, hits,
                    [&](std::vector<Hit>& found, double) {
                      std::erase_if(found, [&](Hit const& hit) { return hit.posterior < least; });
                      explain_stretch(found, table.width(), sums, parts[item]);
                    });
    }
  });
  auto const result = std::make_shared<Explained>();
  for (Explained const& part : parts) append(part, *result);
  return result;
}

}  // namespace

SharedExplained explain(WindowSet const& set, MotifModel const& model, EmOptions const& options,
                        Threads& threads) {
  return explain_sites(set, model, 0, nullptr, options, threads);
}

SharedExplained explain_fully(WindowSet& set, MotifModel const& model,
                              std::span<SharedExplained const> others, EmOptions const& options,
                              Threads& threads) {
  constexpr int most_passes = 4;
  constexpr double little = 0.02;  // of what the first pass explained
  constexpr double clear = 0.2;    // of one place; a stretch with four sites gives each a quarter
  std::vector<SharedExplained> taken(others.begin(), others.end());
  set_explained(set, taken);
  SharedExplained more = explain_sites(set, model, 0, nullptr, options, threads);
  auto const all = std::make_shared<Explained>(*more);
  double const enough = little * sum(*more);
  for (int pass = 1; pass < most_passes && sum(*more) > enough; ++pass) {
    taken.push_back(more);
    set_explained(set, taken);
    // Further sites must be clear: what faintly looks like the motif has given its share, and may be another.
    // Windows that the last pass left as they were hold none.
    Touched touched(set);
    touched.add(*more);
    more = explain_sites(set, model, clear, &touched, options, threads);
    append(*more, *all);
  }
  return all;
}

namespace {

/// Adds or takes away (factor -1, modulo 2^32).
void add(Explained const& explained, std::uint32_t factor, WindowSet& set) {
  for (std::size_t i = 0; i < explained.places.size(); ++i)
    set.explained[explained.places[i]] += factor * explained.units[i];
}

std::vector<SharedExplained> sorted(std::span<SharedExplained const> motifs) {
  std::vector<SharedExplained> result(motifs.begin(), motifs.end());
  std::erase(result, nullptr);
  std::ranges::sort(result, std::less<>());
  return result;
}

}  // namespace

void set_explained(WindowSet& set, std::span<SharedExplained const> motifs) {
  std::vector<SharedExplained> wanted = sorted(motifs);
  std::vector<SharedExplained> gone;
  std::vector<SharedExplained> come;
  std::ranges::set_difference(set.taken, wanted, std::back_inserter(gone), std::less<>());
  std::ranges::set_difference(wanted, set.taken, std::back_inserter(come), std::less<>());
  Touched touched(set);
  for (auto const& [motifs_changed, factor] :
       {std::pair(&gone, ~std::uint32_t{0}), std::pair(&come, std::uint32_t{1})}) {
    for (SharedExplained const& motif : *motifs_changed) {
      add(*motif, factor, set);
      touched.add(*motif);
    }
  }
  for (std::int64_t window = 0; window < set.size(); ++window) {
    if (touched[window]) update_costs(set, window);
  }
  set.taken = std::move(wanted);
}

}  // namespace cislens
