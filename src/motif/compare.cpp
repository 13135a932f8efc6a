#include "cislens/motif/compare.hpp"

#include "cislens/motif/alignment.hpp"
#include "cislens/motif/pwm.hpp"
#include "cislens/motif/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

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

/// What a query needs to be compared: discretised scores against all columns, and their null distributions.
class QueryScores {
 public:
  QueryScores(MotifMatrix const& query, Columns const& all)
      : width_(query.width()), count_(all.columns.size()) {
    score_all(query, all);
    histograms();
    convolve();
  }

  int width() const { return width_; }
  std::uint8_t const* row(int column) const {
    return scores_.data() + static_cast<std::size_t>(column) * count_;
  }
  int median(int column) const { return medians_[column]; }

  /// P(sum over query columns [first, last) of score − median >= score) under the null.
  double p(int first, int last, int score) const {
    auto const& tail = tails_[first * (width_ + 1) + last];
    int const index = score + median_sums_[last] - median_sums_[first];
    if (index <= 0) return 1;
    return index < static_cast<int>(tail.size()) ? std::min(1.0, tail[index]) : 0;
  }

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

  void convolve() {
    tails_.resize(static_cast<std::size_t>(width_) * (width_ + 1));
    for (int first = 0; first < width_; ++first) {
      std::vector<double> density = {1};
      for (int last = first + 1; last <= width_; ++last) {
        std::vector<double> next(density.size() + levels, 0.0);
        auto const& column = densities_[last - 1];
        for (int level = 0; level <= levels; ++level) {
          double const weight = column[level];
          if (weight == 0) continue;
          double* const target = next.data() + level;
          for (std::size_t s = 0; s < density.size(); ++s) target[s] += weight * density[s];
        }
        density = next;
        for (std::size_t s = next.size() - 1; s-- > 0;) next[s] += next[s + 1];
        tails_[first * (width_ + 1) + last] = std::move(next);
      }
    }
  }

  int width_;
  std::size_t count_;
  std::vector<std::uint8_t> scores_;
  std::vector<std::vector<double>> densities_;
  std::vector<int> medians_;
  std::vector<int> median_sums_;
  std::vector<std::vector<double>> tails_;  ///< by first and last column, from score sum 0
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

/// P(the best of all offsets and strands is this high): offsets as if independent.
double best_p(QueryScores const& query, int width, int least, int score) {
  double log_none = 0;
  for (int offset = least - width; offset <= query.width() - least; ++offset) {
    double const p = query.p(std::max(0, offset), std::min(query.width(), offset + width), score);
    log_none += 2 * std::log1p(-std::min(p, 1.0));  // both strands
  }
  return -std::expm1(log_none);
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
    match.p = p[i] = best_p(scores, target.width(), least, best.score);
  }
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
