#include "cislens/data/simulate_pairs.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/data/known_motifs.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace cislens {
namespace {

std::vector<MotifMatrix> eight_motifs() {
  std::vector<MotifMatrix> motifs = known_motifs();
  std::erase_if(motifs, [](MotifMatrix const& m) { return m.width() > 20; });
  motifs.resize(8);
  return motifs;
}

std::vector<FactorPair> eight_pairs() {
  return {{0, 1}, {2, 3}, {4, 5}, {6, 7}, {0, 3}, {2, 5}, {4, 7}, {6, 1}};
}

bool listed(std::vector<FactorPair> const& list, int a, int b) {
  return std::ranges::any_of(list, [&](FactorPair const& pair) {
    return (pair.first == a && pair.second == b) || (pair.first == b && pair.second == a);
  });
}

bool overlaps_or_leaves(SimulatedPairs const& sequence) {
  std::int64_t end = 0;
  for (PlantedSite const& site : sequence.sites) {
    if (site.start < end) return true;
    end = site.end;
  }
  return end > static_cast<std::int64_t>(sequence.bases.size());
}

TEST(SimulatePairs, PositivesHoldListedPairsInSlotsWithGapsOfTheRange) {
  PairSimulator const simulator({}, eight_motifs(), eight_pairs());
  std::set<std::int64_t> gaps;
  std::set<std::size_t> counts;
  for (std::int64_t n = 0; n < 400; ++n) {
    SimulatedPairs const sequence = simulator.positive(n);

    ASSERT_FALSE(overlaps_or_leaves(sequence)) << n;
    ASSERT_EQ(sequence.sites.size(), 2 * sequence.pairs.size());
    counts.insert(sequence.pairs.size());
    std::set<int> different;
    for (PlantedPair const& pair : sequence.pairs) {
      PlantedSite const& left = sequence.sites[pair.left];
      PlantedSite const& right = sequence.sites[pair.right];
      ASSERT_GE(pair.listed, 0);
      EXPECT_EQ(left.motif, simulator.list()[pair.listed].first);
      EXPECT_EQ(right.motif, simulator.list()[pair.listed].second);
      EXPECT_EQ(left.strand, '+');
      gaps.insert(right.start - left.end);
      different.insert(pair.listed);
      std::int64_t const place = left.start;
      EXPECT_TRUE((place >= 5 && place <= 14) || (place >= 80 && place <= 89) ||
                  (place >= 155 && place <= 164) || (place >= 225 && place <= 231))
          << place;
      EXPECT_GE(left.log_odds_bits, simulator.best_log_odds_bits(left.motif) / 2);
    }
    EXPECT_EQ(different.size(), sequence.pairs.size());
  }
  EXPECT_EQ(gaps, (std::set<std::int64_t>{8, 9, 10, 11, 12, 13, 14}));
  EXPECT_EQ(counts, (std::set<std::size_t>{3, 4}));
}

TEST(SimulatePairs, SinglesHoldNoPairs) {
  PairSimulator const simulator({}, eight_motifs(), eight_pairs());
  for (std::int64_t n = 0; n < 200; ++n) {
    SimulatedPairs const sequence = simulator.negative(n);
    ASSERT_FALSE(overlaps_or_leaves(sequence));
    EXPECT_TRUE(sequence.pairs.empty());
    EXPECT_GE(sequence.sites.size(), 2U);
    EXPECT_LE(sequence.sites.size(), 4U);  // four slots
  }
}

/// A motif is as frequent in re-matched negatives as in positives; no pair is on the list; gaps are alike.
TEST(SimulatePairs, RematchedNegativesDifferInPartnersAlone) {
  PairSimulateOptions options;
  options.negatives = PairLayout::rematched;
  PairSimulator const simulator(options, eight_motifs(), eight_pairs());
  std::map<int, double> difference;
  std::int64_t const sequences = 4000;
  double planted = 0;
  for (std::int64_t n = 0; n < sequences; ++n) {
    for (PlantedSite const& site : simulator.positive(n).sites) difference[site.motif] += 1;
    SimulatedPairs const negative = simulator.negative(n);
    for (PlantedSite const& site : negative.sites) difference[site.motif] -= 1;
    planted += static_cast<double>(negative.sites.size()) / 8;
    for (PlantedPair const& pair : negative.pairs) {
      EXPECT_EQ(pair.listed, -1);
      EXPECT_FALSE(
          listed(simulator.list(), negative.sites[pair.left].motif, negative.sites[pair.right].motif));
    }
  }
  // Two independent counts of the same expectation: their difference has at most twice the Poisson variance.
  for (auto const& [motif, count] : difference)
    EXPECT_LT(std::abs(count), 5 * std::sqrt(2 * planted)) << motif;
}

TEST(SimulatePairs, FixedStrandsAreReadFromEitherStrand) {
  PairSimulateOptions options;
  options.strands = PairStrands::fixed;
  options.fixed_gaps = true;
  PairSimulator const simulator(options, eight_motifs(), eight_pairs());
  std::map<int, std::set<std::string>> seen;
  for (std::int64_t n = 0; n < 300; ++n) {
    SimulatedPairs const sequence = simulator.positive(n);
    for (PlantedPair const& pair : sequence.pairs) {
      PlantedSite left = sequence.sites[pair.left];
      PlantedSite right = sequence.sites[pair.right];
      EXPECT_EQ(right.start - left.end, simulator.gap_of(pair.listed));
      if (left.motif != simulator.list()[pair.listed].first) {
        std::swap(left, right);
        left.strand = left.strand == '+' ? '-' : '+';
        right.strand = right.strand == '+' ? '-' : '+';
      }
      seen[pair.listed].insert({left.strand, right.strand});
    }
  }
  for (auto const& [pair, strands] : seen)
    EXPECT_EQ(strands, std::set<std::string>{simulator.strands_of(pair)}) << pair;
}

TEST(SimulatePairs, LongSequencesHaveMoreSlots) {
  PairSimulateOptions options;
  options.length = 1500;
  options.min_pairs = options.max_pairs = 8;
  PairSimulator const simulator(options, eight_motifs(), eight_pairs());
  for (std::int64_t n = 0; n < 50; ++n) {
    SimulatedPairs const sequence = simulator.positive(n);
    EXPECT_EQ(sequence.pairs.size(), 8U);
    EXPECT_FALSE(overlaps_or_leaves(sequence));
  }
}

TEST(SimulatePairs, SameSeedSameSequences) {
  PairSimulator const a({}, eight_motifs(), eight_pairs());
  PairSimulator const b({}, eight_motifs(), eight_pairs());
  PairSimulateOptions other;
  other.seed = 2;
  PairSimulator const c(other, eight_motifs(), eight_pairs());
  EXPECT_EQ(a.positive(7).bases, b.positive(7).bases);
  EXPECT_NE(a.positive(7).bases, c.positive(7).bases);
  EXPECT_NE(a.positive(7).bases, a.negative(7).bases);
}

TEST(SimulatePairs, RefusesWhatDoesNotFit) {
  EXPECT_THROW(PairSimulator({}, eight_motifs(), {}), ShapeError);
  EXPECT_THROW(PairSimulator({}, eight_motifs(), {{0, 0}}), ShapeError);
  EXPECT_THROW(PairSimulator({}, eight_motifs(), {{0, 1}, {1, 0}}), ShapeError);
  PairSimulateOptions wide;
  wide.max_gap = 60;
  EXPECT_THROW(PairSimulator(wide, eight_motifs(), eight_pairs()), InputError);
  PairSimulateOptions rematched;
  rematched.negatives = PairLayout::rematched;
  EXPECT_THROW(PairSimulator(rematched, eight_motifs(), {{0, 1}}), InputError);
}

}  // namespace
}  // namespace cislens
