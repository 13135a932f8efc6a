#include "cislens/motif/compare.hpp"

#include "cislens/motif/alignment.hpp"
#include "cislens/motif/pwm.hpp"
#include "cislens/motif/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>

namespace cislens {

namespace {

constexpr int levels = 100;  // column scores are 0 ... levels

/// Weight of the constant coordinate: columns with less information than about this (as Σ (p − ¼)², at most
/// 0.75) count as uniform. Chosen on JASPAR motifs that were resampled from 15, 40 and 200 sites, softened
/// and padded.
constexpr double uniform_weight = 0.03;

/// A column (p − ¼, √uniform_weight) scaled to length 1.
using UnitColumn = std::array<float, 5>;

UnitColumn unit_column(std::array<double, 4> const& row) {
  double square = uniform_weight;
  for (double const p : row) square += (p - 0.25) * (p - 0.25);
  double const scale = 1 / std::sqrt(square);
  UnitColumn column;
  for (int base = 0; base < 4; ++base) column[base] = static_cast<float>((row[base] - 0.25) * scale);
  column[4] = static_cast<float>(std::sqrt(uniform_weight) * scale);
  return column;
}

/// Minus the distance of two columns, −√2 … 0 up to a constant factor.
float column_score(UnitColumn const& x, UnitColumn const& y) {
  float cosine = 0;
  for (int i = 0; i < 5; ++i) cosine += x[i] * y[i];
  return -std::sqrt(std::max(0.0F, 1 - cosine));
}

/// All columns of a database, then all columns of its reverse complements, motif by motif.
struct Columns {
  std::vector<UnitColumn> columns;
  std::array<std::vector<std::size_t>, 2> start;  ///< per strand and motif
};

Columns gather(std::span<MotifMatrix const> database) {
  Columns all;
  for (int strand = 0; strand < 2; ++strand) {
    for (auto const& motif : database) {
      all.start[strand].push_back(all.columns.size());
      MotifMatrix const read = strand == 0 ? motif : reverse_complement(motif);
      for (auto const& row : read.rows) all.columns.push_back(unit_column(row));
    }
  }
  return all;
}

/// What a query needs to be compared: discretised scores against all columns, and how they spread.
class QueryScores {
 public:
  QueryScores(MotifMatrix const& query, Columns const& all)
      : width_(query.width()), count_(all.columns.size()) {
    score_all(query, all);
    histograms();
  }

  int width() const { return width_; }
  std::uint8_t const* row(int column) const {
    return scores_.data() + static_cast<std::size_t>(column) * count_;
  }
  int median(int column) const { return medians_[column]; }

  /// (levels + 1) Shares of the scores of a column.
  std::vector<double> const& density(int column) const { return densities_[column]; }
  /// Of columns [first, last).
  int median_sum(int first, int last) const { return median_sums_[last] - median_sums_[first]; }

 private:
  void score_all(MotifMatrix const& query, Columns const& all) {
    std::vector<float> raw;
    raw.reserve(width_ * count_);
    float low = std::numeric_limits<float>::max();
    float high = std::numeric_limits<float>::lowest();
    for (auto const& row : query.rows) {
      UnitColumn const column = unit_column(row);
      for (auto const& other : all.columns) {
        float const score = column_score(column, other);
        low = std::min(low, score);
        high = std::max(high, score);
        raw.push_back(score);
      }
    }
    float const scale = high > low ? levels / (high - low) : 0;
    scores_.resize(raw.size());
    for (std::size_t i = 0; i < raw.size(); ++i)
      scores_[i] = static_cast<std::uint8_t>((raw[i] - low) * scale + 0.5F);
  }

  void histograms() {
    densities_.assign(width_, std::vector<double>(levels + 1, 0.0));
    median_sums_.push_back(0);
    for (int column = 0; column < width_; ++column) {
      auto& density = densities_[column];
      for (std::size_t i = 0; i < count_; ++i) density[row(column)[i]] += 1;
      double below = 0;
      int median = 0;
      while (2 * (below += density[median]) < static_cast<double>(count_)) ++median;
      medians_.push_back(median);
      median_sums_.push_back(median_sums_.back() + median);
      for (auto& value : density) value /= static_cast<double>(count_);
    }
  }

  int width_;
  std::size_t count_;
  std::vector<std::uint8_t> scores_;
  std::vector<std::vector<double>> densities_;
  std::vector<int> medians_;
  std::vector<int> median_sums_;
};

/// The best alignment of a query with one database motif.
struct Best {
  int score = 0;
  int offset = 0;
  int strand = 0;
  int overlap = 0;
};

Best best_offset(QueryScores const& query, Columns const& all, std::size_t target, int width, int least) {
  Best best;
  for (int strand = 0; strand < 2; ++strand) {
    for (int offset = least - width; offset <= query.width() - least; ++offset) {
      int const first = std::max(0, offset);
      int const last = std::min(query.width(), offset + width);
      std::size_t const target_column = all.start[strand][target] + static_cast<std::size_t>(first - offset);
      int score = 0;
      for (int column = first; column < last; ++column) {
        score += query.row(column)[target_column + static_cast<std::size_t>(column - first)] -
                 query.median(column);
      }
      bool const better = score > best.score || (score == best.score && last - first > best.overlap);
      if (best.overlap == 0 || better) best = {score, offset, strand, last - first};
    }
  }
  return best;
}

/// A database motif whose best score is to be judged.
struct Judged {
  int width = 0;
  int least = 0;  ///< overlap
  int score = 0;
};

/// At how many offsets a motif lies over the query's columns [first, last) and no others.
int offsets_over(int first, int last, int query_width, int width) {
  if (first > 0) return std::min(query_width, first + width) == last ? 1 : 0;
  if (last < query_width) return width >= last ? 1 : 0;
  return std::max(0, width - query_width + 1);
}

/// density of a sum -> density of the sum with one column more.
std::vector<double> convolve(std::vector<double> const& density, std::vector<double> const& column) {
  std::vector<double> next(density.size() + levels, 0.0);
  for (int level = 0; level <= levels; ++level) {
    double const weight = column[level];
    if (weight == 0) continue;
    double* const target = next.data() + level;
    for (std::size_t s = 0; s < density.size(); ++s) target[s] += weight * density[s];
  }
  return next;
}

/// P(sum >= index), from the density of the sum.
double tail_at(std::vector<double> const& tail, int index) {
  if (index <= 0) return 1;
  return index < static_cast<int>(tail.size()) ? std::min(1.0, tail[index]) : 0;
}

/// P(the best of all offsets and strands is this high) of each: offsets as if independent. One distribution
/// of sums is kept at a time, for wide queries have very many.
std::vector<double> best_p(QueryScores const& query, std::vector<Judged> const& judged) {
  std::map<int, std::vector<std::size_t>> by_width;
  for (std::size_t i = 0; i < judged.size(); ++i) by_width[judged[i].width].push_back(i);
  int const width = query.width();
  std::vector<double> log_none(judged.size());
  for (int first = 0; first < width; ++first) {
    std::vector<double> density = {1};
    int const end = std::min(width, first + by_width.rbegin()->first);
    for (int last = first + 1; last <= end; ++last) {
      density = convolve(density, query.density(last - 1));
      std::vector<double> tail;
      for (auto const& [own_width, motifs] : by_width) {
        int const offsets = offsets_over(first, last, width, own_width);
        if (offsets == 0) continue;
        if (tail.empty()) {
          tail = density;
          for (std::size_t s = tail.size() - 1; s-- > 0;) tail[s] += tail[s + 1];
        }
        for (std::size_t const i : motifs) {
          if (last - first < judged[i].least) continue;
          double const p = tail_at(tail, judged[i].score + query.median_sum(first, last));
          for (int n = 0; n < offsets; ++n) log_none[i] += 2 * std::log1p(-p);  // both strands
        }
      }
    }
  }
  for (double& value : log_none) value = -std::expm1(value);
  return log_none;
}

std::vector<DatabaseMatch> compare_one(MotifMatrix const& query, std::span<MotifMatrix const> database,
                                       Columns const& all, CompareOptions const& options) {
  std::vector<DatabaseMatch> matches(database.size());
  for (std::size_t i = 0; i < database.size(); ++i) {
    matches[i].id = database[i].id;
    matches[i].name = database[i].name;
  }
  if (query.rows.empty() || all.columns.empty()) return matches;
  std::vector<double> p(database.size(), 1.0);
  QueryScores const scores(query, all);
  std::vector<Judged> judged;
  std::vector<std::size_t> judged_at;
  for (std::size_t i = 0; i < database.size(); ++i) {
    DatabaseMatch& match = matches[i];
    MotifMatrix const& target = database[i];
    if (target.rows.empty()) continue;
    int const least = std::clamp(options.min_overlap, 1, std::min(query.width(), target.width()));
    Best const best = best_offset(scores, all, i, target.width(), least);
    match.offset = best.offset;
    match.strand = best.strand == 0 ? '+' : '-';
    match.overlap = best.overlap;
    match.correlation =
        aligned_correlation(query, best.strand == 0 ? target : reverse_complement(target), best.offset);
    judged.push_back({target.width(), least, best.score});
    judged_at.push_back(i);
  }
  std::vector<double> const found = best_p(scores, judged);
  for (std::size_t j = 0; j < found.size(); ++j) matches[judged_at[j]].p = p[judged_at[j]] = found[j];
  auto const q = benjamini_hochberg(p);
  for (std::size_t i = 0; i < database.size(); ++i) matches[i].q = q[i];
  std::stable_sort(matches.begin(), matches.end(), [](DatabaseMatch const& a, DatabaseMatch const& b) {
    return a.p != b.p ? a.p < b.p : a.correlation > b.correlation;
  });
  return matches;
}

}  // namespace

std::vector<std::vector<DatabaseMatch>> compare_to_database(std::span<MotifMatrix const> queries,
                                                            std::span<MotifMatrix const> database,
                                                            CompareOptions const& options, Threads& threads) {
  Columns const all = gather(database);
  std::vector<std::vector<DatabaseMatch>> result(queries.size());
  threads.for_each(static_cast<std::int64_t>(queries.size()),
                   [&](std::int64_t i, int) { result[i] = compare_one(queries[i], database, all, options); });
  return result;
}

}  // namespace cislens
