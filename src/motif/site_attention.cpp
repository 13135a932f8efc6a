#include "cislens/motif/site_attention.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/motif/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numbers>

namespace cislens {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t exact_up_to = 25;

struct RankSum {
  double positive = 0;  // sum of the ranks of positive differences
  double ties = 0;      // sum of t^3 - t
};

RankSum rank(std::vector<double>& values) {
  std::sort(values.begin(), values.end(), [](double a, double b) { return std::abs(a) < std::abs(b); });
  RankSum result;
  for (std::size_t i = 0; i < values.size();) {
    std::size_t end = i;
    double positives = 0;
    for (; end < values.size() && !(std::abs(values[i]) < std::abs(values[end])); ++end)
      positives += values[end] > 0 ? 1 : 0;
    auto const tied = static_cast<double>(end - i);
    result.positive += positives * (static_cast<double>(i) + (tied + 1) / 2);
    result.ties += tied * (tied * tied - 1);
    i = end;
  }
  return result;
}

/// ln P(W >= w) over all 2^n choices of signs: counts of subsets of 1 ... n by their sum.
double exact_log_p(std::size_t n, double w) {
  std::vector<double> ways{1};
  for (std::size_t k = 1; k <= n; ++k) {
    ways.resize(ways.size() + k, 0.0);
    for (std::size_t sum = ways.size(); sum-- > k;) ways[sum] += ways[sum - k];
  }
  double tail = 0;
  for (std::size_t sum = ways.size(); sum-- > static_cast<std::size_t>(w);) tail += ways[sum];
  return std::log(tail) - static_cast<double>(n) * std::numbers::ln2;
}

}  // namespace

double signed_rank_log_p(std::span<double const> differences) {
  std::vector<double> values;
  std::copy_if(differences.begin(), differences.end(), std::back_inserter(values),
               [](double d) { return d != 0 && !std::isnan(d); });
  if (values.empty()) return 0;
  RankSum const sum = rank(values);
  if (values.size() <= exact_up_to && !(sum.ties > 0)) return exact_log_p(values.size(), sum.positive);
  auto const n = static_cast<double>(values.size());
  double const mean = n * (n + 1) / 4;
  double const variance = n * (n + 1) * (2 * n + 1) / 24 - sum.ties / 48;
  if (!(variance > 0)) return 0;
  return normal_log_p((sum.positive - mean - 0.5) / std::sqrt(variance));
}

SiteAttentionSums::SiteAttentionSums(int heads, int motifs)
    : heads_(heads), motifs_(motifs), comparisons_(static_cast<std::size_t>(heads) * motifs) {}

void SiteAttentionSums::add(ReceivedTrack const& track, std::span<Site const> sites) {
  if (std::ssize(track.values) != heads_ * track.length)
    throw ShapeError("site attention: a track is heads times length");
  for (int m = 0; m < motifs_; ++m) {
    std::vector<std::uint8_t> inside(static_cast<std::size_t>(track.length));
    double bases_in = 0;
    for (Site const& site : sites) {
      if (site.motif != m) continue;
      if (site.start < 0 || site.end > track.length)
        throw ShapeError("site attention: a site is outside its track");
      for (std::int64_t l = site.start; l < site.end; ++l) {
        bases_in += inside[l] ? 0 : 1;
        inside[l] = 1;
      }
    }
    double const bases_out = static_cast<double>(track.length) - bases_in;
    if (bases_in == 0 || bases_out == 0) continue;
    for (int h = 0; h < heads_; ++h) {
      float const* const received = track.values.data() + h * track.length;
      double in = 0, out = 0;
      for (std::int64_t l = 0; l < track.length; ++l)
        (inside[l] ? in : out) += static_cast<double>(received[l]);
      Comparison& comparison = comparisons_[h * motifs_ + m];
      comparison.inside += in / bases_in;
      comparison.outside += out / bases_out;
      comparison.differences.push_back(in / bases_in - out / bases_out);
    }
  }
}

std::vector<SiteAttention> SiteAttentionSums::result(std::int64_t least_records) const {
  std::vector<SiteAttention> result;
  std::vector<double> p;
  for (std::size_t i = 0; i < comparisons_.size(); ++i) {
    Comparison const& comparison = comparisons_[i];
    auto const index = static_cast<int>(i);
    auto const count = static_cast<double>(comparison.differences.size());
    SiteAttention entry{
        index / motifs_, index % motifs_, std::ssize(comparison.differences), nan, nan, nan, nan, nan};
    if (count > 0) {
      entry.at_sites = comparison.inside / count;
      entry.elsewhere = comparison.outside / count;
    }
    if (comparison.outside > 0) entry.enrichment = comparison.inside / comparison.outside;
    if (count > 0 && entry.records >= least_records) {
      double const log_p = signed_rank_log_p(comparison.differences);
      entry.p = std::max(std::exp(log_p), std::numeric_limits<double>::min());
    }
    result.push_back(entry);
    p.push_back(entry.p);
  }
  std::vector<double> const q = benjamini_hochberg(p);
  for (std::size_t i = 0; i < result.size(); ++i) result[i].q = q[i];
  return result;
}

SiteAttention const* favourite(std::span<SiteAttention const> all, int head, double q_limit) {
  SiteAttention const* best = nullptr;
  for (SiteAttention const& entry : all) {
    if (entry.head != head || !(entry.q <= q_limit) || !(entry.enrichment > 1)) continue;
    if (best == nullptr || entry.enrichment > best->enrichment) best = &entry;
  }
  return best;
}

}  // namespace cislens
