#include "cislens/data/simulate.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/data/known_motifs.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace cislens {
namespace {

/// A motif that always reads as `word`.
MotifMatrix exact_motif(std::string const& id, std::string const& word) {
  MotifMatrix motif{.id = id, .name = id, .rows = {}, .sites = 0};
  for (std::uint8_t const base : encode_bases(word)) {
    motif.rows.push_back({});
    motif.rows.back()[base] = 1;
  }
  return motif;
}

double information_bits(MotifMatrix const& motif) {
  double bits = 0;
  for (auto const& row : motif.rows) {
    bits += 2;
    for (double const p : row) bits += p * std::log2(p);
  }
  return bits;
}

TEST(KnownMotifs, AreMatricesOfAtLeastNineBitsWithCleanNames) {
  std::vector<MotifMatrix> const motifs = known_motifs();
  ASSERT_GE(motifs.size(), 24U);

  std::set<std::string> ids;
  for (MotifMatrix const& motif : motifs) {
    EXPECT_GE(information_bits(motif), 9) << motif.id;
    EXPECT_TRUE(ids.insert(motif.id).second) << motif.id;
    for (auto const& row : motif.rows) {
      EXPECT_NEAR(row[0] + row[1] + row[2] + row[3], 1, 1e-12) << motif.id;
      EXPECT_GE(*std::ranges::min_element(row), 0.005) << motif.id;
    }
  }
}

TEST(KnownMotifs, ReadAsTheirConsensus) {
  std::vector<MotifMatrix> const motifs = known_motifs();
  MotifMatrix const& ets = *std::ranges::find(motifs, "GABPA", &MotifMatrix::id);

  std::string best;
  for (auto const& row : ets.rows) {
    best += decode_base(static_cast<std::uint8_t>(std::ranges::max_element(row) - row.begin()));
  }

  EXPECT_EQ(best.substr(1), "CCGGAAGTGGC");
}

TEST(Simulate, DinucleotidesHaveTheGcAskedForAndNoStrand) {
  for (double const gc : {0.05, 0.41, 0.6, 0.95}) {
    auto const joint = background_dinucleotides(gc);

    double total = 0;
    for (std::size_t a = 0; a < 4; ++a) {
      double row = 0, column = 0;
      for (std::size_t b = 0; b < 4; ++b) {
        row += joint[a][b];
        column += joint[b][a];
        EXPECT_NEAR(joint[a][b], joint[3 - b][3 - a], 1e-12);
      }
      double const wanted = (a == base_c || a == base_g ? gc : 1 - gc) / 2;
      EXPECT_NEAR(row, wanted, 1e-12);
      EXPECT_NEAR(column, wanted, 1e-12);
      total += row;
    }
    EXPECT_NEAR(total, 1, 1e-12);
  }
}

TEST(Simulate, BackgroundFollowsTheDinucleotides) {
  double const gc = 0.41;
  Simulator const simulator({.length = 400'000, .gc = gc, .min_sites = 0, .max_sites = 0, .seed = 3}, {}, {});
  auto const joint = background_dinucleotides(gc);

  Bases const bases = simulator.negative(0);

  double counts[4][4] = {};
  for (std::size_t i = 1; i < bases.size(); ++i) counts[bases[i - 1]][bases[i]] += 1.0 / 399'999;
  for (std::size_t a = 0; a < 4; ++a) {
    // Five standard deviations of a share near 0.1 in 400,000 draws, doubled for the chain's memory.
    for (std::size_t b = 0; b < 4; ++b) EXPECT_NEAR(counts[a][b], joint[a][b], 0.005);
  }
}

TEST(Simulate, SitesReadAsTheirMotifAndNeverOverlap) {
  std::vector<MotifMatrix> const motifs = {exact_motif("long", "ACCGGAAGTG"), exact_motif("short", "TTTAC")};
  Simulator const simulator({.length = 32, .gc = 0.5, .min_sites = 1, .max_sites = 3, .seed = 5}, motifs,
                            {1, 3});

  std::map<int, int> of_motif, of_count, of_strand;
  for (int number = 0; number < 4000; ++number) {
    SimulatedSequence const sequence = simulator.positive(number);
    ASSERT_EQ(sequence.bases.size(), 32U);
    ++of_count[static_cast<int>(sequence.sites.size())];
    std::int64_t free_from = 0;
    for (PlantedSite const& site : sequence.sites) {
      ASSERT_GE(site.start, free_from);
      ASSERT_LE(site.end, 32);
      free_from = site.end;
      ++of_motif[site.motif];
      ++of_strand[site.strand];
      Bases word(sequence.bases.begin() + site.start, sequence.bases.begin() + site.end);
      if (site.strand == '-') word = reverse_complement(word);
      ASSERT_EQ(decode_bases(word), site.motif == 0 ? "ACCGGAAGTG" : "TTTAC");
      ASSERT_DOUBLE_EQ(site.log_odds_bits, simulator.best_log_odds_bits(site.motif));
    }
  }

  // 4,000 sequences, 8,000 sites on average; limits are five standard deviations.
  for (int count = 1; count <= 3; ++count) EXPECT_NEAR(of_count[count], 4000.0 / 3, 150);
  EXPECT_NEAR(of_motif[1], 0.75 * (of_motif[0] + of_motif[1]), 200);
  EXPECT_NEAR(of_strand['+'], of_strand['-'], 450);
}

TEST(Simulate, PlacesAreUniform) {
  // Two sites of 2 bases in 6: the six ways to place them.
  Simulator const simulator({.length = 6, .gc = 0.5, .min_sites = 2, .max_sites = 2, .seed = 9},
                            {exact_motif("ac", "AC")}, {1});

  std::map<std::pair<std::int64_t, std::int64_t>, int> seen;
  for (int number = 0; number < 6000; ++number) {
    auto const sites = simulator.positive(number).sites;
    ++seen[{sites[0].start, sites[1].start}];
  }

  EXPECT_EQ(seen.size(), 6U);
  for (auto const& [places, count] : seen) EXPECT_NEAR(count, 1000, 5 * std::sqrt(1000 * 5.0 / 6));
}

TEST(Simulate, ASequenceDependsOnItsNumberAndTheSeedAlone) {
  SimulateOptions options{.length = 60, .gc = 0.5, .min_sites = 1, .max_sites = 2, .seed = 1};
  std::vector<double> const weights(known_motifs().size(), 1);
  Simulator const simulator(options, known_motifs(), weights);
  Simulator const again(options, known_motifs(), weights);
  options.seed = 2;
  Simulator const other(options, known_motifs(), weights);

  Bases const first = simulator.positive(7).bases;

  (void)again.positive(3);
  EXPECT_EQ(again.positive(7).bases, first);
  EXPECT_NE(other.positive(7).bases, first);
  EXPECT_NE(simulator.positive(8).bases, first);
  EXPECT_NE(simulator.negative(7), simulator.positive(7).bases);
}

TEST(Simulate, RefusesWhatCannotBe) {
  std::vector<MotifMatrix> const motifs = {exact_motif("long", "ACCGGAAGTG")};

  EXPECT_THROW(Simulator({.length = 29, .gc = 0.5, .min_sites = 1, .max_sites = 3, .seed = 1}, motifs, {1}),
               InputError);
  EXPECT_NO_THROW(Simulator({.length = 30, .gc = 0.5, .min_sites = 3, .max_sites = 3, .seed = 1}, motifs, {1})
                      .positive(0));
  EXPECT_THROW(Simulator({.length = 90, .gc = 0.5, .min_sites = 1, .max_sites = 3, .seed = 1}, motifs, {}),
               ShapeError);
  EXPECT_THROW(Simulator({.length = 90, .gc = 0.5, .min_sites = 2, .max_sites = 1, .seed = 1}, motifs, {1}),
               ShapeError);
}

}  // namespace
}  // namespace cislens
