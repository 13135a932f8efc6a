#include "cislens/motif/site_attention.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/motif/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numbers>
#include <string>

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

namespace {

/// What one head gives to the bases inside and outside the sites of one motif, a record at a time.
class Comparison {
 public:
  void add(float const* received, std::vector<std::uint8_t> const& inside) {
    double in = 0, out = 0, bases_in = 0;
    for (std::size_t l = 0; l < inside.size(); ++l) {
      (inside[l] ? in : out) += static_cast<double>(received[l]);
      bases_in += inside[l];
    }
    double const bases_out = static_cast<double>(inside.size()) - bases_in;
    if (bases_in == 0 || bases_out == 0) return;
    in_ += in / bases_in;
    out_ += out / bases_out;
    differences_.push_back(in / bases_in - out / bases_out);
  }

  SiteAttention result(int head, int motif, std::int64_t least_records) const {
    auto const count = static_cast<double>(differences_.size());
    SiteAttention entry{head, motif, std::ssize(differences_), nan, nan, nan, nan, nan};
    if (differences_.empty()) return entry;
    entry.at_sites = in_ / count;
    entry.elsewhere = out_ / count;
    if (out_ > 0) entry.enrichment = in_ / out_;
    if (entry.records >= least_records) {
      entry.p = std::max(std::exp(signed_rank_log_p(differences_)), std::numeric_limits<double>::min());
    }
    return entry;
  }

 private:
  double in_ = 0, out_ = 0;
  std::vector<double> differences_;
};

void check_tracks(std::span<ReceivedTrack const> tracks, int heads) {
  for (ReceivedTrack const& track : tracks) {
    if (std::ssize(track.values) != heads * track.length)
      throw ShapeError("site attention: a track is heads times length");
  }
}

std::vector<std::uint8_t> bases_inside(std::span<Site const> sites, std::int64_t length) {
  std::vector<std::uint8_t> inside(static_cast<std::size_t>(length));
  for (Site const& site : sites) {
    if (site.start < 0 || site.end > length) throw ShapeError("site attention: a site is outside its track");
    for (std::int64_t l = site.start; l < site.end; ++l) inside[l] = 1;
  }
  return inside;
}

}  // namespace

std::vector<SiteAttention> attention_at_sites(std::span<ReceivedTrack const> tracks, int heads,
                                              std::span<Site const> sites, int motifs,
                                              std::int64_t least_records) {
  check_tracks(tracks, heads);
  std::vector<Site> sorted(sites.begin(), sites.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](Site const& a, Site const& b) {
    return a.sequence != b.sequence ? a.sequence < b.sequence : a.motif < b.motif;
  });
  std::vector<Comparison> comparisons(static_cast<std::size_t>(heads) * motifs);
  for (std::size_t i = 0; i < sorted.size();) {
    std::size_t end = i;
    while (end < sorted.size() && sorted[end].sequence == sorted[i].sequence &&
           sorted[end].motif == sorted[i].motif)
      ++end;
    Site const& first = sorted[i];
    if (first.sequence >= 0 && first.sequence < std::ssize(tracks)) {
      ReceivedTrack const& track = tracks[first.sequence];
      auto const inside = bases_inside(std::span(sorted).subspan(i, end - i), track.length);
      for (int h = 0; h < heads; ++h)
        comparisons[h * motifs + first.motif].add(track.values.data() + h * track.length, inside);
    }
    i = end;
  }
  std::vector<SiteAttention> result;
  std::vector<double> p;
  for (int h = 0; h < heads; ++h) {
    for (int m = 0; m < motifs; ++m) {
      result.push_back(comparisons[h * motifs + m].result(h, m, least_records));
      p.push_back(result.back().p);
    }
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
