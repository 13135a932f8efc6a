#include "cislens/motif/pair_coattention.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/random.hpp"
#include "cislens/motif/statistics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace cislens {
namespace {

TEST(VersionSum, AgreesWithAllSumsCounted) {
  // Ten sequences of three versions: 59,049 sums.
  constexpr int rows = 10;
  Random random(3, 1);
  std::array<std::array<double, 3>, rows> table{};
  std::vector<VersionValue> values;
  for (int row = 0; row < rows; ++row) {
    for (int version = 0; version < 3; ++version) {
      double const value = random.normal() + (version == 0 ? 0.7 : 0.0);
      table[row][version] = value;
      values.push_back({row, version, value});
    }
  }
  double observed = 0;
  for (auto const& row : table) observed += row[0];

  int higher = 0;
  for (int code = 0; code < 59049; ++code) {
    double sum = 0;
    for (int row = 0, rest = code; row < rows; ++row, rest /= 3) sum += table[row][rest % 3];
    higher += sum >= observed - 1e-9 ? 1 : 0;
  }

  double const p = std::exp(version_sum_log_p(values, 3));
  EXPECT_NEAR(p, higher / 59049.0, 0.1 * higher / 59049.0);
}

TEST(VersionSum, TheLargestSumHasItsOwnProbability) {
  std::vector<VersionValue> const values = {{0, 0, 1.0}, {1, 0, 2.0}, {2, 0, 0.5}, {2, 3, 0.5}};

  EXPECT_NEAR(version_sum_log_p(values, 10), std::log(0.1 * 0.1 * 0.2), 1e-12);
}

TEST(VersionSum, WithoutValuesOrSpreadThereIsNoEvidence) { EXPECT_EQ(version_sum_log_p({}, 5), 0); }

TEST(Places, WithinAGapAndNotOverlapping) {
  std::vector<Site> sites(3);
  sites[0].start = 0, sites[0].end = 10;
  sites[1].start = 15, sites[1].end = 25;
  sites[2].start = 40, sites[2].end = 50;

  auto const places = places_within(sites, 15);

  ASSERT_EQ(places.size(), 2U);
  EXPECT_EQ(places[0].gap, 5);
  EXPECT_EQ(places[1].first, 1);
  EXPECT_EQ(places[1].gap, 15);
}

/// Sequences of two sites with labels 0-3. In a share of the own versions labels are 0 and 1; the pair term
/// of these two is `worth` and otherwise 0, plus noise.
std::vector<PairCoattention> coattention(double share, double worth, std::uint64_t seed) {
  constexpr int versions = 11;
  PairCoattentionSums sums(4, 2, versions);
  Random random(seed, 1);
  std::vector<PlacePair> const places = {{0, 1, 5}};
  for (int sequence = 0; sequence < 400; ++sequence) {
    std::vector<DealtSite> labels;
    std::vector<float> terms;
    for (int version = 0; version < versions; ++version) {
      bool const partners = version == 0 && random.uniform() < share;
      int const a = partners ? 0 : static_cast<int>(random.below(4));
      int const b = partners ? 1 : static_cast<int>(random.below(4));
      labels.insert(labels.end(), {DealtSite{a}, DealtSite{b}});
      double const term = std::min(a, b) == 0 && std::max(a, b) == 1 ? worth : 0;
      terms.push_back(static_cast<float>(0.75 * term + 0.1 * random.normal()));
      terms.push_back(static_cast<float>(0.25 * term + 0.1 * random.normal()));
    }
    sums.add(places, labels, 2, terms);
  }
  return sums.result(5, {}, 0.05);
}

PairCoattention const& find(std::vector<PairCoattention> const& pairs, int a, int b) {
  return *std::ranges::find_if(pairs, [&](auto const& pair) { return pair.a == a && pair.b == b; });
}

TEST(PairCoattention, PartnersAreCalledAndNoOthers) {
  auto const pairs = coattention(0.2, 2, 1);

  ASSERT_EQ(pairs.size(), 10U);
  for (PairCoattention const& pair : pairs) EXPECT_EQ(pair.q < 0.05, pair.a == 0 && pair.b == 1);
  PairCoattention const& partners = find(pairs, 0, 1);
  // Others in the same places are worth 2 in one of eight versions.
  EXPECT_NEAR(partners.effect, 2 * 7.0 / 8, 0.05);
  EXPECT_NEAR(partners.expected, 50, 8);
  EXPECT_NEAR(partners.head_share[0], 0.75, 0.03);
}

TEST(PairCoattention, ANetworkThatHoldsPartnersForStrangersCallsNothing) {
  auto const pairs = coattention(0.2, -2, 1);
  ASSERT_EQ(pairs.size(), 10U);
  for (PairCoattention const& pair : pairs) EXPECT_GT(pair.q, 0.05);
}

TEST(PairCoattention, WithoutPartnershipNothingIsCalledWhateverTheNetworkSays) {
  int calls = 0;
  int small = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    auto const pairs = coattention(0, 2, seed);
    small += find(pairs, 0, 1).log_p < std::log(0.1) ? 1 : 0;
    for (PairCoattention const& pair : pairs) calls += pair.q < 0.05 ? 1 : 0;
  }
  EXPECT_LE(calls, 4);
  EXPECT_LE(small, 10);  // 4 expected of 40
}

/// Sites 0-2999 are of motifs 0 to 3, 0 and 1 are partners. Motif 2 looks like 0: a third of the sites of 0
/// are called 2 and could be 0. A pair's term is what the bases are worth: 2 when those of 0 or of a site
/// that was called 2 stand beside 1; sites of 2 itself are worth 1 there, for they are like 0. With
/// `partners` 2 itself is a partner of 1, too.
PairCoattention look_alike(bool with_readings, bool partners, std::uint64_t seed) {
  constexpr int versions = 11;
  Random random(seed, 2);
  std::vector<int> real, label;
  std::vector<std::vector<std::int64_t>> of_label(4);
  SiteReadings readings{{0}, {}};
  auto const make = [&](int motif) {
    real.push_back(motif);
    bool const other = motif == 0 && random.below(3) == 0;
    label.push_back(other ? 2 : motif);
    if (other && with_readings) readings.motifs.push_back(0);
    readings.first.push_back(std::ssize(readings.motifs));
    of_label[static_cast<std::size_t>(label.back())].push_back(std::ssize(real) - 1);
  };
  for (int s = 0; s < 1500; ++s) {
    double const kind = random.uniform();
    bool const first = kind < 0.4;
    bool const second = partners && kind > 0.75;
    make(first ? 0 : second ? 2 : static_cast<int>(random.below(4)));
    make(first || second ? 1 : static_cast<int>(random.below(4)));
  }
  PairCoattentionSums sums(4, 1, versions);
  std::vector<PlacePair> const places = {{0, 1, 5}};
  for (std::int64_t s = 0; s < 1500; ++s) {
    std::vector<DealtSite> dealt;
    std::vector<float> terms;
    for (int version = 0; version < versions; ++version) {
      double likeness = 0;
      int ones = 0;
      for (std::int64_t const own : {2 * s, 2 * s + 1}) {
        std::int64_t const x = version == 0 ? own : static_cast<std::int64_t>(random.below(real.size()));
        int const given = label[static_cast<std::size_t>(x)];
        auto const& alike = of_label[static_cast<std::size_t>(given)];
        std::int64_t const donor = alike[random.below(alike.size())];
        int const shown = real[static_cast<std::size_t>(donor)];
        dealt.push_back({given, x, donor});
        ones += shown == 1 ? 1 : 0;
        likeness += shown == 0 ? 2 : shown == 2 ? 1 : 0;
      }
      terms.push_back(static_cast<float>((ones == 1 ? likeness : 0) + 0.1 * random.normal()));
    }
    sums.add(places, dealt, 2, terms);
  }
  return find(sums.result(5, readings, 0.05), 1, 2);
}

TEST(PairCoattention, ALookAlikeOfAPartnerIsCalledForItsOwnInstancesAlone) {
  int as_it_stands = 0;
  int called = 0;
  int partners = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    as_it_stands += look_alike(false, false, seed).q < 0.05 ? 1 : 0;
    PairCoattention const other = look_alike(true, false, seed);
    called += other.q < 0.05 ? 1 : 0;
    if (other.like_a >= 0) {
      EXPECT_EQ(other.like_a, 0);
      EXPECT_EQ(other.like_b, 1);
    }
    partners += look_alike(true, true, seed).q < 0.05 ? 1 : 0;
  }
  EXPECT_GE(as_it_stands, 9);
  EXPECT_LE(called, 2);
  EXPECT_GE(partners, 9);
}

TEST(PairCoattention, RarePairsAreNotTested) {
  PairCoattentionSums sums(3, 1, 2);
  std::vector<PlacePair> const places = {{0, 1, 5}};
  sums.add(places, std::vector<DealtSite>{{0}, {1}, {1}, {2}}, 2, std::vector<float>{1, 0});

  auto const pairs = sums.result(5, {}, 0.05);

  ASSERT_EQ(pairs.size(), 2U);
  for (PairCoattention const& pair : pairs) {
    EXPECT_TRUE(std::isnan(pair.log_p));
    EXPECT_TRUE(std::isnan(pair.q));
  }
  EXPECT_THROW(sums.add(places, std::vector<DealtSite>{{0}, {1}}, 2, std::vector<float>{1, 0}), ShapeError);
}

}  // namespace
}  // namespace cislens
