#include "cislens/motif/em.hpp"

#include "cislens/base/interrupt.hpp"
#include "cislens/motif/em_scan.hpp"

#include <algorithm>
#include <cmath>

namespace cislens {

namespace {

/// The range of columns with the highest sum of `gains`, of a width within the limits.
ColumnRange best_range(std::vector<double> const& gains, int min_width, int max_width) {
  int const columns = static_cast<int>(gains.size());
  ColumnRange best{0, std::min(columns, min_width)};
  double highest = -1e300;
  for (int first = 0; first + min_width <= columns; ++first) {
    double sum = 0;
    for (int last = first; last < columns && last - first < max_width; ++last) {
      sum += gains[last];
      if (last + 1 - first >= min_width && sum > highest) {
        highest = sum;
        best = {first, last + 1};
      }
    }
  }
  return best;
}

}  // namespace

std::array<double, 4> to_probabilities(std::array<double, 4> const& counts,
                                       std::array<double, 4> const& base) {
  constexpr double pseudo_sites = 1.0;
  double total = pseudo_sites;
  for (double const count : counts) total += count;
  std::array<double, 4> result{};
  for (std::size_t b = 0; b < 4; ++b) result[b] = (counts[b] + pseudo_sites * base[b]) / total;
  return result;
}

ColumnRange choose_columns(MotifColumns const& columns, std::array<double, 4> const& around, double sites,
                           EmOptions const& options) {
  // A column has three free numbers; by chance it tells about 1.5 log2(n) / n bits.
  double const chance_bits = 1.5 * std::log2(std::max(2.0, sites)) / std::max(2.0, sites);
  double const cost = std::max(options.column_cost_bits, chance_bits);
  std::vector<double> gains;
  for (auto const& column : columns) gains.push_back(column_bits(column, around) - cost);
  return best_range(gains, options.min_width, options.max_width);
}

namespace {

constexpr int flank = 12;  // columns watched on either side of the motif, when its width is chosen

/// Which bases one pass over the windows counts: most of its time goes there.
enum class Counted { nothing, motif, flanks };

/// What one pass over the windows counts.
struct Pass {
  std::vector<std::array<double, 4>> columns;  // flank, motif, flank, as far as they are counted
  double sites = 0;
  double stretches = 0;
  double log_ratio = 0;
  double gc = 0;                  // G + C share of the windows, weighted by their sites
  std::vector<double> positions;  // (2, cells) sites by strand and position

  void add(Pass const& other) {
    for (std::size_t c = 0; c < columns.size(); ++c) {
      for (std::size_t b = 0; b < 4; ++b) columns[c][b] += other.columns[c][b];
    }
    sites += other.sites;
    stretches += other.stretches;
    log_ratio += other.log_ratio;
    gc += other.gc;
    for (std::size_t c = 0; c < positions.size(); ++c) positions[c] += other.positions[c];
  }
};

/// @param flank_bp  columns on either side that are counted with those of the motif
void count_site(WindowSet const& set, std::int64_t window, Hit const& hit, int width, int flank_bp,
                double weight, std::vector<std::array<double, 4>>& columns) {
  std::int64_t const begin = set.begin[window];
  std::int64_t const end = begin + set.length[window];
  std::int64_t const first = std::max(begin, hit.place - flank_bp);
  std::int64_t const last = std::min(end, hit.place + width + flank_bp);
  for (std::int64_t i = first; i < last; ++i) {
    std::uint8_t const base = set.bases[i];
    if (base >= base_n) continue;
    std::int64_t const column = i - hit.place;
    if (hit.strand == 0) {
      columns[column + flank_bp][base] += weight;
    } else {
      columns[width - 1 - column + flank_bp][3 - base] += weight;
    }
  }
}

Pass pass_over(WindowSet const& set, MotifModel const& model, Counted counted, EmOptions const& options,
               Threads& threads) {
  ScoreTable const table(model.columns);
  Pass empty;
  int const flank_bp = counted == Counted::flanks ? flank : 0;
  if (counted != Counted::nothing) empty.columns.assign(model.columns.size() + 2 * flank_bp, {});
  if (options.positions) empty.positions.assign(2 * static_cast<std::size_t>(set.frame.cells), 0.0);
  std::int64_t const items = (set.size() + windows_per_item - 1) / windows_per_item;
  std::vector<Pass> parts(items, empty);
  threads.for_each(items, [&](std::int64_t item, int) {
    Pass& part = parts[item];
    std::vector<Hit> hits;
    std::int64_t const last = std::min(set.size(), (item + 1) * windows_per_item);
    for (std::int64_t window = item * windows_per_item; window < last; ++window) {
      double const weight = set.weight[window];
      std::int64_t const middle = set.position[window] - set.begin[window] + table.width() / 2;
      for_stretches(set, window, table, model, options.stretch_bp, hits,
                    [&](std::vector<Hit> const& found, double log_ratio) {
                      for (Hit const& hit : found) {
                        if (counted != Counted::nothing)
                          count_site(set, window, hit, table.width(), flank_bp, weight * hit.posterior,
                                     part.columns);
                        if (options.positions) {
                          int const cell = set.frame.cell(hit.place + middle);
                          part.positions[hit.strand * set.frame.cells + cell] += weight * hit.posterior;
                        }
                        part.sites += weight * hit.posterior;
                        part.gc += weight * hit.posterior * set.gc[window];
                      }
                      part.stretches += weight;
                      part.log_ratio += weight * log_ratio;
                    });
    }
  });
  for (Pass const& part : parts) empty.add(part);
  return empty;
}

PositionProfile profile_of(WindowSet const& set, Pass const& pass, int width) {
  return {set.frame, pass.positions, places_by_cell(set, width)};
}

double largest_change(MotifColumns const& a, MotifColumns const& b) {
  double change = 0;
  for (std::size_t c = 0; c < a.size(); ++c) {
    for (std::size_t i = 0; i < 4; ++i) change = std::max(change, std::abs(a[c][i] - b[c][i]));
  }
  return change;
}

}  // namespace

double column_bits(std::array<double, 4> const& column, std::array<double, 4> const& background) {
  double bits = 0;
  for (std::size_t b = 0; b < 4; ++b) {
    if (column[b] > 0) bits += column[b] * std::log2(column[b] / background[b]);
  }
  return bits;
}

MotifModel fit_motif(WindowSet const& set, MotifModel const& start, MarkovBackground const& background,
                     EmOptions const& options, Threads& threads) {
  constexpr int passes_per_width = 3;
  MotifModel model = start;
  int since_width = 0;
  for (int iteration = 0; iteration < options.iterations; ++iteration) {
    throw_if_interrupted();
    bool const last_chance = iteration + 5 >= options.iterations;
    bool const choose_width = ++since_width >= passes_per_width && !last_chance;
    Pass const pass =
        pass_over(set, model, choose_width ? Counted::flanks : Counted::motif, options, threads);
    model.sites = pass.sites;
    model.log_ratio = pass.log_ratio;
    model.occupancy = std::clamp(pass.sites / std::max(1.0, pass.stretches), 1e-6, 0.999);
    model.around = pass.sites > 0 ? bases_at_gc(pass.gc / pass.sites) : background.base;
    if (options.positions) model.profile = profile_of(set, pass, static_cast<int>(model.columns.size()));
    MotifColumns watched;
    for (auto const& counts : pass.columns) watched.push_back(to_probabilities(counts, background.base));
    int const width = static_cast<int>(model.columns.size());
    ColumnRange const as_it_was = choose_width ? ColumnRange{flank, flank + width} : ColumnRange{0, width};
    ColumnRange range = as_it_was;
    if (choose_width) range = choose_columns(watched, model.around, pass.sites, options);
    MotifColumns const next(watched.begin() + range.first, watched.begin() + range.last);
    bool const same_range = range.first == as_it_was.first && range.last == as_it_was.last;
    double const change = same_range ? largest_change(next, model.columns) : 1.0;
    model.columns = next;
    if (!same_range) since_width = 0;
    if (change < 2e-3 && since_width >= passes_per_width) break;
  }
  return model;
}

void fit_occupancy(WindowSet const& set, MotifModel& model, EmOptions const& options, Threads& threads) {
  constexpr int passes = 4;
  model.occupancy = 0.1;
  for (int i = 0; i < passes; ++i) {
    Pass const pass = pass_over(set, model, Counted::nothing, options, threads);
    model.sites = pass.sites;
    model.log_ratio = pass.log_ratio;
    model.occupancy = std::clamp(pass.sites / std::max(1.0, pass.stretches), 1e-6, 0.999);
    if (options.positions) model.profile = profile_of(set, pass, static_cast<int>(model.columns.size()));
  }
}

double net_log_ratio(MotifModel const& model) {
  double const free_numbers = 3.0 * static_cast<double>(model.columns.size()) + model.profile.free_numbers();
  return model.log_ratio - 0.5 * free_numbers * std::log(std::max(2.0, model.sites));
}

double least_site_score(MotifModel const& model, EmOptions const& options) {
  double const prior = model.occupancy / (2.0 * options.stretch_bp);
  return std::log(0.05 / prior);
}

std::vector<double> best_scores(WindowSet const& set, MotifModel const& model, Threads& threads) {
  ScoreTable const table(model.columns);
  PositionProfile const& profile = model.profile;
  double const highest = std::log(profile.highest());
  std::vector<double> result(set.size());
  std::int64_t const items = (set.size() + windows_per_item - 1) / windows_per_item;
  threads.for_each(items, [&](std::int64_t item, int) {
    std::int64_t const last = std::min(set.size(), (item + 1) * windows_per_item);
    for (std::int64_t window = item * windows_per_item; window < last; ++window) {
      // Anything below this has no site worth the name, and all of it ties.
      double best = -10;
      std::int64_t const places = set.length[window] - table.width() + 1;
      std::int64_t const middle = set.position[window] - set.begin[window] + table.width() / 2;
      table.scan(set, set.begin[window], set.begin[window] + std::max<std::int64_t>(0, places),
                 static_cast<std::int32_t>((best - highest) * score_units_per_nat),
                 [&](std::int64_t place, int strand, std::int32_t score) {
                   double const preference = std::log(profile.ratio(strand, place + middle));
                   best = std::max(best, score / score_units_per_nat + preference);
                 });
      result[window] = best;
    }
  });
  return result;
}

}  // namespace cislens
