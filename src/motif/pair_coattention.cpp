#include "cislens/motif/pair_coattention.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/motif/pair_counts.hpp"
#include "cislens/motif/statistics.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <utility>

namespace cislens {

namespace {

constexpr double own_limit = 0.1;  // own instances are asked about up to this q
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Cumulant generating function of the sum at t, and its first two derivatives.
struct Cumulants {
  double value = 0, first = 0, second = 0;
};

/// Values of one sequence, from `first` on.
std::span<VersionValue const> group_at(std::span<VersionValue const> values, std::size_t first) {
  std::size_t end = first;
  while (end < values.size() && values[end].sequence == values[first].sequence) ++end;
  return values.subspan(first, end - first);
}

Cumulants cumulants(std::span<VersionValue const> values, int versions, double t) {
  Cumulants sum;
  for (std::size_t first = 0; first < values.size();) {
    auto const group = group_at(values, first);
    first += group.size();
    double largest = 0;  // all exponents are taken less this one
    for (VersionValue const& x : group) largest = std::max(largest, t * x.value);
    double w0 = (static_cast<double>(versions) - static_cast<double>(group.size())) * std::exp(-largest);
    double w1 = 0;
    double w2 = 0;
    for (VersionValue const& x : group) {
      double const weight = std::exp(t * x.value - largest);
      w0 += weight;
      w1 += weight * x.value;
      w2 += weight * x.value * x.value;
    }
    sum.value += largest + std::log(w0 / versions);
    sum.first += w1 / w0;
    sum.second += w2 / w0 - (w1 / w0) * (w1 / w0);
  }
  return sum;
}

/// The largest sum there can be, and ln of its probability.
struct Largest {
  double sum = 0, log_p = 0;
};

Largest largest_sum(std::span<VersionValue const> values, int versions) {
  Largest result;
  for (std::size_t first = 0; first < values.size();) {
    auto const group = group_at(values, first);
    first += group.size();
    int const absent = versions - static_cast<int>(group.size());
    double top = std::ranges::max(group, {}, &VersionValue::value).value;
    if (absent > 0) top = std::max(top, 0.0);
    auto count = std::ranges::count(group, top, &VersionValue::value);
    if (top == 0) count += absent;
    result.sum += top;
    result.log_p += std::log(static_cast<double>(count) / versions);
  }
  return result;
}

/// t >= 0 at which the tilted mean is `target`, which lies between the mean and the largest sum.
double saddle_point(std::span<VersionValue const> values, int versions, double target) {
  double low = 0;
  double high = 1;
  for (int i = 0; i < 60 && cumulants(values, versions, high).first < target; ++i) {
    low = high;
    high *= 2;
  }
  for (int i = 0; i < 50 && high - low > 1e-9 * high; ++i) {
    double const middle = (low + high) / 2;
    (cumulants(values, versions, middle).first < target ? low : high) = middle;
  }
  return (low + high) / 2;
}

/// A pair in one version of one sequence.
struct Instances {
  std::size_t closest = 0;  // place
  double best = 0;          // highest centred pair term, 0 if none is above
};

/// q of the pairs by the p that they are called by.
void fill_q(std::vector<PairCoattention>& pairs) {
  std::vector<double> p;
  for (PairCoattention const& pair : pairs) p.push_back(std::exp(pair.call_log_p()));
  std::vector<double> const q = benjamini_hochberg(p);
  for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i].q = q[i];
}

double log_density(double z) { return -0.5 * z * z - 0.5 * std::log(2 * std::numbers::pi); }

}  // namespace

double version_sum_log_p(std::span<VersionValue const> values, int versions) {
  double observed = 0;
  for (VersionValue const& x : values) observed += x.version == 0 ? x.value : 0;
  Largest const largest = largest_sum(values, versions);
  Cumulants const centre = cumulants(values, versions, 0);
  if (!(centre.second > 0)) return 0;
  double const deviation = std::sqrt(centre.second);
  double const z = (observed - centre.first) / deviation;
  if (observed >= largest.sum - 1e-6 * deviation) return largest.log_p;
  if (z < 0.05)
    return normal_log_p(z);  // the formula loses its digits near the mean, and is not needed there
  double const t = saddle_point(values, versions, observed);
  Cumulants const at = cumulants(values, versions, t);
  double const w = std::sqrt(std::max(2 * (t * observed - at.value), 1e-12));
  double const u = t * std::sqrt(std::max(at.second, 1e-300));
  double const tail = normal_log_p(w);
  double const ratio = std::exp(log_density(w) - tail) * (1 / u - 1 / w);
  double const log_p = ratio > -0.99 ? tail + std::log1p(ratio) : tail;
  return std::clamp(log_p, std::min(largest.log_p, 0.0), 0.0);
}

std::vector<PlacePair> places_within(std::span<Site const> sites, std::int64_t max_gap) {
  std::vector<PlacePair> places;
  for (std::size_t i = 0; i < sites.size(); ++i) {
    for (std::size_t j = i + 1; j < sites.size() && sites[j].start - sites[i].end <= max_gap; ++j) {
      if (sites[j].start >= sites[i].end)
        places.push_back({static_cast<int>(i), static_cast<int>(j), sites[j].start - sites[i].end});
    }
  }
  return places;
}

PairCoattentionSums::PairCoattentionSums(int motifs, int heads, int versions)
    : motifs_(motifs),
      heads_(heads),
      versions_(versions),
      sums_(static_cast<std::size_t>(motifs) * static_cast<std::size_t>(motifs)) {
  if (versions < 2) throw ShapeError("co-attention: a sequence needs versions to compare with");
}

std::size_t PairCoattentionSums::index(int a, int b) const {
  auto const [low, high] = std::minmax(a, b);
  return static_cast<std::size_t>(low) * static_cast<std::size_t>(motifs_) + static_cast<std::size_t>(high);
}

void PairCoattentionSums::add(std::span<PlacePair const> places, std::span<DealtSite const> dealt,
                              std::int64_t sites, std::span<float const> terms) {
  auto const heads = static_cast<std::size_t>(heads_);
  auto const versions = static_cast<std::size_t>(versions_);
  auto const site_count = static_cast<std::size_t>(sites);
  if (dealt.size() != versions * site_count || terms.size() != versions * places.size() * heads)
    throw ShapeError("co-attention: labels or terms do not have one entry a version");
  std::vector<double> means(places.size() * heads);  // over versions
  for (std::size_t i = 0; i < terms.size(); ++i)
    means[i % means.size()] += static_cast<double>(terms[i]) / static_cast<double>(versions);

  for (std::size_t v = 0; v < versions; ++v) {
    auto const own = dealt.subspan(v * site_count, site_count);
    std::map<std::size_t, Instances> found;  // by pair
    for (std::size_t p = 0; p < places.size(); ++p) {
      DealtSite a = own[static_cast<std::size_t>(places[p].first)];
      DealtSite b = own[static_cast<std::size_t>(places[p].second)];
      if (b.label < a.label) std::swap(a, b);
      std::size_t const pair = index(a.label, b.label);
      auto const of_place = terms.subspan((v * places.size() + p) * heads, heads);
      double value = 0;
      for (std::size_t h = 0; h < heads; ++h)
        value += static_cast<double>(of_place[h]) - means[p * heads + h];
      Instances& instances = found.try_emplace(pair, Instances{p, 0.0}).first->second;
      instances.best = std::max(instances.best, value);
      if (value > 0)
        sums_[pair].instances.push_back(
            {static_cast<std::int32_t>(added_), static_cast<std::int32_t>(v), static_cast<float>(value),
             static_cast<std::int32_t>(a.dealt), static_cast<std::int32_t>(b.dealt),
             static_cast<std::int32_t>(a.donor), static_cast<std::int32_t>(b.donor)});
      if (places[p].gap < places[instances.closest].gap) instances.closest = p;
    }
    for (auto const& [pair, instances] : found) {
      std::size_t const p = instances.closest;
      add_version(sums_[pair], static_cast<int>(v), instances.best,
                  terms.subspan((v * places.size() + p) * heads, heads),
                  std::span(means).subspan(p * heads, heads));
    }
  }
  ++added_;
}

void PairCoattentionSums::add_version(Sum& sum, int version, double best, std::span<float const> closest,
                                      std::span<double const> means) {
  sum.heads.resize(closest.size());
  for (std::size_t h = 0; h < closest.size() && version == 0; ++h) sum.heads[h] += closest[h] - means[h];
  (version == 0 ? sum.sequences : sum.in_controls) += 1;
  if (best > 0) sum.values.push_back({added_, version, best});
}

std::vector<PairCoattention> PairCoattentionSums::result(double min_expected, SiteReadings const& readings,
                                                         double call_q) const {
  double const controls = versions_ - 1;
  std::vector<PairCoattention> pairs;
  for (int a = 0; a < motifs_; ++a) {
    for (int b = a; b < motifs_; ++b) {
      Sum const& sum = sums_[index(a, b)];
      if (sum.sequences + sum.in_controls == 0) continue;
      PairCoattention pair;
      pair.a = a;
      pair.b = b;
      pair.sequences = sum.sequences;
      pair.expected = static_cast<double>(sum.in_controls) / controls;
      pair.head_share.assign(static_cast<std::size_t>(heads_), 0.0);
      double size = 0;
      double total = 0;
      for (double const head : sum.heads) {
        size += std::abs(head);
        total += head;
      }
      for (std::size_t h = 0; h < pair.head_share.size() && size > 0; ++h)
        pair.head_share[h] = std::abs(sum.heads[h]) / size;
      // The own version is one of those in the mean: its distance to the others is larger by this factor.
      double const alone = static_cast<double>(versions_) / controls;
      pair.effect = sum.sequences > 0 ? alone * total / static_cast<double>(sum.sequences) : nan;
      pair.log_p = nan;
      if (pair.expected >= min_expected)
        pair.log_p = pair.effect > 0 ? version_sum_log_p(sum.values, versions_) : 0.0;
      pairs.push_back(std::move(pair));
    }
  }
  fill_q(pairs);
  test_own(pairs, readings, call_q);
  fill_q(pairs);
  return pairs;
}

void PairCoattentionSums::test_own(std::vector<PairCoattention>& pairs, SiteReadings const& readings,
                                   double call_q) const {
  StrongerPairs stronger(motifs_);
  for (PairCoattention const& pair : pairs) {
    if (pair.q <= call_q && pair.effect > 0) stronger.set(pair.a, pair.b, -pair.log_p);
  }
  auto const of = [&](std::int32_t site) {
    return site < 0 ? std::span<std::int32_t const>() : readings.of(site);
  };
  for (PairCoattention& pair : pairs) {
    if (!(pair.q <= own_limit)) continue;
    std::vector<VersionValue> own;
    std::map<std::array<int, 2>, std::int64_t> explanations;  // of instances in the sequences as they are
    for (Instance const& x : sums_[index(pair.a, pair.b)].instances) {
      auto other = stronger.explain(pair.a, pair.b, of(x.dealt_a), of(x.dealt_b));
      if (other[0] < 0) other = stronger.explain(pair.a, pair.b, of(x.donor_a), of(x.donor_b));
      if (other[0] >= 0) {
        if (x.version == 0) ++explanations[other];
        continue;
      }
      bool const again = !own.empty() && own.back().sequence == x.sequence && own.back().version == x.version;
      if (again)
        own.back().value = std::max(own.back().value, static_cast<double>(x.value));
      else
        own.push_back({x.sequence, x.version, static_cast<double>(x.value)});
    }
    if (explanations.empty()) continue;  // all instances are its own
    auto const most = std::ranges::max_element(explanations, {}, [](auto const& e) { return e.second; });
    pair.like_a = most->first[0];
    pair.like_b = most->first[1];
    pair.own_log_p = version_sum_log_p(own, versions_);
  }
}

}  // namespace cislens
