#include "cislens/motif/sites.hpp"

#include "cislens/base/errors.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>

namespace cislens {
namespace {

constexpr double p_limit = 0.05;

MotifMatrix motif_of(std::string_view word) {
  MotifMatrix motif{std::string(word), "", {}, 100};
  for (char const letter : word) {
    std::array<double, 4> row = {0.05, 0.05, 0.05, 0.05};
    row[encode_base(letter)] = 0.85;
    motif.rows.push_back(row);
  }
  return motif;
}

Bases random_bases(std::size_t length, std::uint64_t stream) {
  Random random(12, stream);
  Bases bases(length);
  for (auto& base : bases) base = static_cast<std::uint8_t>(random.below(4));
  return bases;
}

TEST(Compete, KeepsTheBestSetNotTheBestSite) {
  Bases const sequence = encode_bases("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
  std::vector<Candidate> const candidates = {
      {0, 10, '+', 0, 0, 1e-6}, {8, 18, '-', 1, 0, 1e-7}, {16, 26, '+', 0, 0, 1e-6}};

  auto const sites = compete(candidates, std::vector(2, 1e-4), SiteWeight::rarity, sequence, 3);

  ASSERT_EQ(sites.size(), 2u);  // 2 + 2 > 3
  EXPECT_EQ(sites[0].start, 0);
  EXPECT_EQ(sites[1].start, 16);
  EXPECT_EQ(sites[0].sequence, 3);
}

TEST(Compete, TwoSitesAtTheLimitDoNotDisplaceAStrongOne) {
  Bases const sequence = encode_bases("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
  std::vector<Candidate> const candidates = {
      {0, 10, '+', 0, 0, 1e-4}, {8, 18, '-', 1, 0, 1e-7}, {16, 26, '+', 0, 0, 1e-4}};

  auto const sites = compete(candidates, std::vector(2, 1e-4), SiteWeight::rarity, sequence, 0);

  ASSERT_EQ(sites.size(), 1u);
  EXPECT_EQ(sites[0].strand, '-');
}

TEST(Compete, IsAsGoodAsTryingEverySubset) {
  Bases const sequence = random_bases(40, 0);
  for (std::uint64_t round = 0; round < 50; ++round) {
    Random random(1, round);
    std::vector<Candidate> candidates;
    for (int i = 0; i < 10; ++i) {
      auto const start = static_cast<std::int64_t>(random.below(30));
      candidates.push_back({start, start + 3 + static_cast<std::int64_t>(random.below(8)), '+', i, 0,
                            std::pow(10.0, -1 - 6 * random.uniform())});
    }
    std::vector<double> limits;
    for (int i = 0; i < 10; ++i) limits.push_back(0.1 * (1 + i % 3));
    double best = 0;
    for (int subset = 0; subset < 1024; ++subset) {
      double weight = 0;
      bool apart = true;
      for (int i = 0; i < 10 && apart; ++i) {
        if (!(subset >> i & 1)) continue;
        weight += std::log10(limits[static_cast<std::size_t>(i)] / candidates[i].p);
        for (int j = 0; j < i; ++j) {
          bool const overlap =
              candidates[i].start < candidates[j].end && candidates[j].start < candidates[i].end;
          if ((subset >> j & 1) && overlap) apart = false;
        }
      }
      if (apart) best = std::max(best, weight);
    }

    double weight = 0;
    for (auto const& site : compete(candidates, limits, SiteWeight::rarity, sequence, 0))
      weight += std::log10(limits[static_cast<std::size_t>(site.motif)] / site.p);

    EXPECT_NEAR(weight, best, 1e-4);
  }
}

TEST(FindSites, SequenceAndItsReverseComplementGiveMirroredSites) {
  // A palindrome, and motifs that overlap each other and themselves: ties everywhere.
  std::vector<MotifMatrix> const motifs = {motif_of("ACGT"), motif_of("CACGTG"), motif_of("AAAA"),
                                           motif_of("GATA")};
  Scanner const scanner(motifs, Background{}, {p_limit, 1});
  Threads threads(2);
  for (std::uint64_t i = 0; i < 200; ++i) {
    std::vector<Bases> const pair = {random_bases(61, i), reverse_complement(random_bases(61, i))};

    auto const sites = find_sites(scanner, pair, threads);

    ASSERT_EQ(sites.size() % 2, 0u);
    std::size_t const half = sites.size() / 2;
    for (std::size_t k = 0; k < half; ++k) {
      Site const& site = sites[k];
      Site const& mirror = sites[sites.size() - 1 - k];
      EXPECT_EQ(site.sequence, 0);
      EXPECT_EQ(mirror.sequence, 1);
      EXPECT_EQ(site.start, 61 - mirror.end);
      EXPECT_EQ(site.end, 61 - mirror.start);
      EXPECT_NE(site.strand, mirror.strand);
      EXPECT_EQ(site.motif, mirror.motif);
      EXPECT_EQ(site.score, mirror.score);
      EXPECT_EQ(site.p, mirror.p);
    }
  }
}

std::vector<Site> streamed(Scanner const& scanner, std::span<Bases const> sequences, std::int64_t piece,
                           int thread_count) {
  Threads threads(thread_count);
  std::vector<Site> all;
  stream_sites(scanner, sequences, piece, threads,
               [&](std::span<Site const> sites) { all.insert(all.end(), sites.begin(), sites.end()); });
  return all;
}

TEST(StreamSites, AnyPieceGivesTheSitesOfTheWholeSequence) {
  // So many candidates that chains of overlaps cross every border.
  std::vector<MotifMatrix> const motifs = {motif_of("ACGT"), motif_of("CACGTG"), motif_of("AAAA"),
                                           motif_of("GATAGGATTACCAGT")};
  double const limit = 0.2;
  Scanner const scanner(motifs, Background{}, {limit, 1});
  std::vector<Bases> sequences = {
      random_bases(5000, 1), {}, random_bases(3, 2), random_bases(700, 3), Bases(300, base_a)};
  std::fill_n(sequences[0].begin() + 1000, 40, base_n);
  auto const expected = find_sites(scanner, sequences, *std::make_unique<Threads>(1));
  std::vector<Site> by_sequence;
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    auto const sites = compete(scanner.candidates(sequences[i]), scanner.p_limits(), SiteWeight::rarity,
                               sequences[i], static_cast<std::int64_t>(i));
    by_sequence.insert(by_sequence.end(), sites.begin(), sites.end());
  }

  ASSERT_GT(expected.size(), 500U);
  EXPECT_EQ(expected, by_sequence);
  for (std::int64_t const piece : {1, 2, 5, 6, 17, 100, 999, 4999, 5000, 5001}) {
    EXPECT_EQ(streamed(scanner, sequences, piece, 1 + static_cast<int>(piece % 3)), expected) << piece;
  }
}

TEST(StreamSites, SitesOfAWindowAreThoseOfTheRecordAwayFromItsEnds) {
  std::vector<MotifMatrix> const motifs = {motif_of("CACGTGAC"), motif_of("GATTACAGGA")};
  Scanner const scanner(motifs, Background{}, {1e-3, 1});
  std::vector<Bases> const whole = {random_bases(20000, 4)};
  Threads threads(1);
  auto const expected = find_sites(scanner, whole, threads);
  std::int64_t const margin = 60;  // no chain of overlaps is longer here
  for (std::int64_t const width : {200, 333, 1000}) {
    for (std::int64_t start = 0; start + width <= 20000; start += 97) {
      std::vector<Bases> const window = {{whole[0].begin() + start, whole[0].begin() + start + width}};
      std::vector<Site> inside, inside_expected;
      for (Site site : find_sites(scanner, window, threads)) {
        if (site.start < margin || site.end > width - margin) continue;
        site.start += start;
        site.end += start;
        inside.push_back(site);
      }
      for (Site const& site : expected) {
        if (site.start >= start + margin && site.end <= start + width - margin)
          inside_expected.push_back(site);
      }
      ASSERT_EQ(inside, inside_expected) << start;
    }
  }
}

TEST(StreamSites, HandsSitesOutBeforeTheEnd) {
  std::vector<MotifMatrix> const motifs = {motif_of("CACGTGAC")};
  Scanner const scanner(motifs, Background{}, {1e-3, 1});
  std::vector<Bases> const sequences = {random_bases(2'000'000, 5)};
  Threads threads(2);
  std::size_t calls = 0;
  std::size_t most = 0;
  std::size_t total = 0;

  stream_sites(scanner, sequences, 1000, threads, [&](std::span<Site const> sites) {
    ++calls;
    most = std::max(most, sites.size());
    total += sites.size();
  });

  EXPECT_GT(calls, 5U);
  EXPECT_LT(most, total / 5);
}

TEST(Compete, PalindromesReadAsTheirSurroundingsDo) {
  // Both strands of CACGTG are equal candidates; the bases around it say which is kept.
  std::vector<MotifMatrix> const motifs = {motif_of("CACGTG")};
  Scanner const scanner(motifs, Background{}, {1e-3, 1});
  Threads threads(1);
  for (char const* text : {"TTTTACACGTGGAAAC", "AACACGTGTTA", "CACGTGA"}) {
    std::vector<Bases> const pair = {encode_bases(text), reverse_complement(encode_bases(text))};

    auto const sites = find_sites(scanner, pair, threads);

    ASSERT_EQ(sites.size(), 2U) << text;
    EXPECT_NE(sites[0].strand, sites[1].strand) << text;
  }
}

/// However many bases there are before it, a sequence is reviewed as a whole.
TEST(FindSites, AReviewSeesWholeSequences) {
  std::vector<MotifMatrix> const motifs = {motif_of("GATTACAGG")};
  Scanner const scanner(motifs, Background{}, {1e-2, 1});
  std::vector<Bases> sequences;
  for (std::uint64_t i = 0; i < 70; ++i) sequences.push_back(random_bases(500 + 10 * i, i));
  std::vector<std::size_t> expected;
  for (Bases const& bases : sequences) expected.push_back(scanner.candidates(bases).size());
  for (int const count : {1, 3}) {
    Threads threads(count);
    std::vector<std::size_t> seen(sequences.size());
    CandidateReview const review = [&](std::int64_t sequence, std::vector<Candidate>& candidates) {
      seen[static_cast<std::size_t>(sequence)] += candidates.size();
    };

    EXPECT_EQ(find_sites(scanner, review, sequences, threads), find_sites(scanner, sequences, threads));
    EXPECT_EQ(seen, expected);
  }
}

/// AAAAAT or, less often, AAAAAA: no word has p <= 1e-4, both pass, and what is rarer wins.
TEST(FindSites, ShortMotifsCompeteByTheirOwnLimit) {
  MotifMatrix motif = motif_of("AAAAAT");
  for (auto& row : motif.rows) row = {0.97, 0.01, 0.01, 0.01};
  motif.rows.back() = {0.4, 0.05, 0.05, 0.5};
  ScanOptions options;
  options.short_motifs = true;
  Scanner const scanner(std::vector{motif}, Background{}, options);
  double const word = std::pow(4.0, -6);
  ASSERT_NEAR(scanner.p_limit(0), 2 * word, 1e-12);
  Threads threads(1);
  std::vector<Bases> const sequences = {encode_bases("CCCAAAAAATCCC")};

  auto const sites = find_sites(scanner, sequences, threads);

  ASSERT_EQ(scanner.candidates(sequences[0]).size(), 2U);
  ASSERT_EQ(sites.size(), 1U);
  EXPECT_EQ(sites[0].start, 4);
  EXPECT_NEAR(sites[0].p, word, 1e-12);
}

TEST(FindSites, FindsAPlantedSiteExactly) {
  std::vector<MotifMatrix> const motifs = {motif_of("GATTACAGG")};
  Scanner const scanner(motifs, Background{}, {1e-4, 1});
  Threads threads(1);
  std::vector<Bases> const sequences = {
      encode_bases("CCCCCCCGATTACAGGCCCC"), encode_bases("CCCTGTAATCCC"), {}};

  auto const sites = find_sites(scanner, sequences, threads);

  ASSERT_EQ(sites.size(), 2u);
  EXPECT_EQ(sites[1].sequence, 1);
  EXPECT_EQ(sites[1].start, 1);
  EXPECT_EQ(sites[1].strand, '-');
  EXPECT_EQ(sites[0].start, 7);
  EXPECT_EQ(sites[0].end, 16);
  EXPECT_EQ(sites[0].strand, '+');
  EXPECT_NEAR(sites[0].p, std::pow(4.0, -9), 1e-18);
}

TEST(AttributeSites, SumsHeadsAndRanksAgainstTheNull) {
  std::vector<Site> sites(3);
  sites[0] = {0, 1, 3, '+', 0, 0, 1, 0, 1, -1};
  sites[1] = {0, 3, 5, '+', 0, 0, 1, 0, 1, -1};
  sites[2] = {1, 0, 2, '+', 1, 0, 1, 0, 1, -1};
  std::vector<float> const first = {0, 1, 2, 0, 0, 0, 1, 1, 4, 4};
  std::vector<float> const second = {1, 1, 0, 0};
  std::vector<AttributionTrack> const tracks = {{2, first}, {2, second}};
  std::vector<std::vector<double>> const nulls = {{9, 1, 0, 5}, {}};

  attribute_sites(sites, tracks, nulls);

  EXPECT_EQ(sites[0].attribution, 5);  // 1 + 2 from head 0, 1 + 1 from head 1
  EXPECT_EQ(sites[0].head, 0);
  EXPECT_EQ(sites[1].attribution, 8);
  EXPECT_EQ(sites[1].head, 1);
  EXPECT_NEAR(sites[0].attribution_q, 0.6, 1e-15);  // p 3/5, the larger of two
  EXPECT_NEAR(sites[1].attribution_q, 0.6, 1e-15);  // p 2/5 · 2 / 1 = 0.8
  EXPECT_EQ(sites[2].attribution, 2);
  EXPECT_EQ(sites[2].attribution_q, 1);
}

TEST(AttributeSites, WithoutTracksChangesNothingAndChecksPlaces) {
  std::vector<Site> sites = {{0, 1, 3, '+', 0, 2.5, 0.1, 7, 0.5, 1}};
  std::vector<float> const values = {1, 1};
  std::vector<AttributionTrack> const short_track = {{1, values}};

  attribute_sites(sites, {}, {});

  EXPECT_EQ(sites[0].attribution, 7);
  EXPECT_EQ(sites[0].attribution_q, 0.5);
  EXPECT_THROW(attribute_sites(sites, short_track, {}), ShapeError);
}

TEST(NullWindowSums, AreSumsOfWindowsThatFit) {
  std::vector<float> const one_head = {1, 2, 4, 8};
  std::vector<float> const two_heads = {5, 5};
  std::vector<AttributionTrack> const tracks = {{1, one_head}, {2, two_heads}};
  Random random(1, 1);

  auto const sums = null_window_sums(tracks, 3, 50, random);

  ASSERT_EQ(sums.size(), 50u);
  for (double const sum : sums) EXPECT_TRUE(sum == 7 || sum == 14);
  EXPECT_TRUE(null_window_sums(tracks, 9, 50, random).empty());
}

}  // namespace
}  // namespace cislens
