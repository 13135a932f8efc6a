#include "../../src/cli/pair_network.hpp"

#include "cislens/base/random.hpp"
#include "cislens/motif/pair_controls.hpp"
#include "cislens/ops/load.hpp"

#include "../../src/cli/pairs_stages.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace cislens {
namespace {

MotifMatrix motif_of(std::string const& word) {
  MotifMatrix motif;
  motif.id = word;
  for (std::uint8_t const base : encode_bases(word)) {
    motif.rows.push_back({0.02, 0.02, 0.02, 0.02});
    motif.rows.back()[base] = 0.94;
  }
  return motif;
}

/// Sequences of 100 bases with two pairs of words each, 8 bases apart within a pair.
struct Planted {
  std::vector<std::string> words = {"TGACTCAT", "GGGCGGGG", "CACGTGAC", "TTTCCGGA"};
  std::vector<MotifMatrix> motifs;
  std::vector<Bases> sequences;
  std::vector<Site> sites;

  /// Which words go together: 0 and 1, and 2 and 3; the same in half of the places, with chance sites, three
  /// letters wrong, of any two in the others; any with any; or any with any where word 0 stands once in every
  /// sequence.
  enum class Kind { partners, partners_and_chance, strangers, one_of_the_first };

  explicit Planted(Kind kind, std::uint64_t seed) {
    for (std::string const& word : words) motifs.push_back(motif_of(word));
    for (std::int64_t s = 0; s < 500; ++s) {
      Random random(seed, static_cast<std::uint64_t>(s));
      Bases bases(100);
      for (auto& base : bases) base = static_cast<std::uint8_t>(random.below(4));
      std::uint64_t const where = random.below(4);
      for (std::uint64_t pair = 0; pair < 2; ++pair) {
        auto first = static_cast<int>(random.below(4));
        bool const chance = kind == Kind::partners_and_chance && random.below(2) == 0;
        bool const partners = kind == Kind::partners || kind == Kind::partners_and_chance;
        int second = partners && !chance ? first ^ 1 : static_cast<int>(random.below(4));
        if (kind == Kind::one_of_the_first) {
          first = where == 2 * pair ? 0 : 1 + static_cast<int>(random.below(3));
          second = where == 2 * pair + 1 ? 0 : 1 + static_cast<int>(random.below(3));
        }
        auto const place = static_cast<std::int64_t>(5 + 50 * pair + random.below(10));
        plant(s, place, first, second, chance, bases);
      }
      sequences.push_back(std::move(bases));
    }
  }

  void plant(std::int64_t sequence, std::int64_t place, int first, int second, bool chance, Bases& bases) {
    for (int const motif : {first, second}) {
      Bases word = encode_bases(words[static_cast<std::size_t>(motif)]);
      for (std::size_t const wrong : {1U, 4U, 6U}) word[wrong] ^= chance ? 3 : 0;
      std::ranges::copy(word, bases.begin() + place);
      Site& site = sites.emplace_back();
      site.sequence = sequence;
      site.start = place;
      site.end = place + 8;
      site.motif = motif;
      site.p = chance ? 1e-3 : 1e-5;
      place += 16;
    }
  }

  PairNetworkResult run(PairNetworkOptions const& options, int thread_count) const {
    Threads threads(thread_count);
    Log log({.quiet = true});
    return run_pair_network(sequences, sites, {}, 4, motifs, options, load_cpu_backend("auto"), threads, log);
  }
};

PairNetworkOptions small_options() {
  PairNetworkOptions options;
  options.channels = 32;
  options.heads = 2;
  options.epochs = 12;
  options.max_gap = 20;
  return options;
}

bool are_partners(int a, int b) { return a / 2 == b / 2 && a != b; }

TEST(PairNetwork, PartnersAreCalledAndMissEachOther) {
  Planted const planted(Planted::Kind::partners, 1);

  PairNetworkResult const result = planted.run(small_options(), 2);

  EXPECT_GT(result.auroc, 0.8);
  ASSERT_TRUE(result.partnership && result.clear);
  ASSERT_EQ(result.pairs.size(), 10U);
  for (PairCoattention const& pair : result.pairs)
    EXPECT_EQ(pair.q < 0.05, are_partners(pair.a, pair.b)) << pair.a << '-' << pair.b << " q " << pair.q;

  Threads threads(2);
  std::vector<std::array<int, 2>> const pairs = {{0, 1}, {2, 3}, {0, 2}};
  auto const knocked = knock_out_pairs(planted.sequences, planted.sites, pairs, 20, result, {10, 30, 1},
                                       load_cpu_backend("auto"), threads);
  ASSERT_EQ(knocked.size(), 3U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(knocked[i].sequences, 30);
    EXPECT_GT(knocked[i].effect, 0);
    EXPECT_LT(knocked[i].p, 0.01);
  }
  EXPECT_LT(knocked[2].sequences, 10);  // chance neighbours of the two places
}

/// Then pairs are called by occurrence, and co-attention stands beside.
TEST(PairNetwork, LittlePartnershipIsReadAndHasNoSay) {
  PairNetworkOptions options = small_options();
  options.clear_auroc = 1;

  PairNetworkResult const result = Planted(Planted::Kind::partners, 1).run(options, 2);

  EXPECT_TRUE(result.partnership);
  EXPECT_FALSE(result.clear);
  EXPECT_TRUE(std::ranges::any_of(result.pairs, [](PairCoattention const& pair) { return pair.q < 0.05; }));
}

TEST(PairNetwork, JointEvidenceIsTheWeakerOfBothKinds) {
  PairTables tables;
  auto const add = [&](double occurrence_p, double coattention_p) {
    PairRow& row = tables.rows.emplace_back();
    row.occurrence.log_p = std::log(occurrence_p);
    row.coattention_p = coattention_p;
  };
  add(1e-9, 0.004);
  add(0.01, 1e-30);
  add(1e-20, std::nan(""));
  add(0.5, 0.3);
  add(1e-3, 1e-5);
  tables.rows.back().occurrence.own_log_p = std::log(0.02);  // a look-alike's own instances

  join_evidence(tables);

  EXPECT_TRUE(tables.by_both);
  EXPECT_DOUBLE_EQ(tables.rows[0].joint_p, 0.004);
  EXPECT_DOUBLE_EQ(tables.rows[1].joint_p, 0.01);
  EXPECT_TRUE(std::isnan(tables.rows[2].joint_p) && std::isnan(tables.rows[2].joint_q));
  EXPECT_DOUBLE_EQ(tables.rows[3].joint_p, 0.5);
  EXPECT_DOUBLE_EQ(tables.rows[4].joint_p, 0.02);
  // Benjamini-Hochberg over the four that both kinds tested, by hand.
  EXPECT_NEAR(tables.rows[0].joint_q, 4 * 0.004, 1e-15);
  EXPECT_NEAR(tables.rows[1].joint_q, 4 * 0.01 / 2, 1e-15);
  EXPECT_NEAR(tables.rows[4].joint_q, 4 * 0.02 / 3, 1e-15);
  EXPECT_NEAR(tables.rows[3].joint_q, 0.5, 1e-15);
}

TEST(PairNetwork, ArcsOfPartnersAddToTheLogit) {
  Planted const planted(Planted::Kind::partners, 1);
  PairNetworkResult const result = planted.run(small_options(), 2);
  Threads threads(1);
  double partners = 0;
  double strangers = 0;
  int partner_arcs = 0;
  int stranger_arcs = 0;
  for (std::size_t first = 0, end = 0; first < planted.sites.size(); first = end) {
    std::int64_t const s = planted.sites[first].sequence;
    while (end < planted.sites.size() && planted.sites[end].sequence == s) ++end;
    auto const own = std::span(planted.sites).subspan(first, end - first);
    if (s >= 100) break;
    auto const arcs =
        pair_arcs(planted.sequences[static_cast<std::size_t>(s)], own, 20, result,
                  result.fold_of[static_cast<std::size_t>(s)], load_cpu_backend("auto"), threads);
    ASSERT_EQ(arcs.size(), places_within(own, 20).size());
    for (PairArc const& arc : arcs) {
      bool const are = are_partners(own[static_cast<std::size_t>(arc.site_a)].motif,
                                    own[static_cast<std::size_t>(arc.site_b)].motif);
      (are ? partners : strangers) += arc.term;
      ++(are ? partner_arcs : stranger_arcs);
    }
  }
  ASSERT_GT(partner_arcs, 50);
  EXPECT_GT(partners / partner_arcs, 0.1);
  EXPECT_LT(strangers / std::max(1, stranger_arcs), partners / partner_arcs);
  // A sequence of no fold has no network that has not seen it.
  EXPECT_TRUE(pair_arcs(planted.sequences[0], std::span(planted.sites).first(2), 20, result, -1,
                        load_cpu_backend("auto"), threads)
                  .empty());
}

TEST(PairNetwork, ChanceSitesDoNotTakeThePlacesOfPlantedOnes) {
  Planted const planted(Planted::Kind::partners_and_chance, 1);
  PairNetworkOptions one_grade = small_options();
  one_grade.grades = 1;

  PairNetworkResult const result = planted.run(small_options(), 2);
  PairNetworkResult const mixed = planted.run(one_grade, 2);

  EXPECT_GT(result.auroc, mixed.auroc + 0.05);
  ASSERT_TRUE(result.partnership);
  for (PairCoattention const& pair : result.pairs)
    EXPECT_EQ(pair.q < 0.05, are_partners(pair.a, pair.b)) << pair.a << '-' << pair.b << " q " << pair.q;
}

TEST(PairNetwork, TokensLookNoFurtherThanPairsAreLookedFor) {
  PairNetworkOptions options = small_options();
  options.epochs = 1;

  NetworkConfig const config = Planted(Planted::Kind::partners, 1).run(options, 2).config;

  // A gap of 20 bases, half a word of 8 at either end, and a word between them that may be another's.
  EXPECT_EQ(config.attention, (AttentionSpan{AttentionSpan::Kind::local, 9}));
}

TEST(PairNetwork, WithoutPartnershipNothingIsCalled) {
  PairNetworkResult const result = Planted(Planted::Kind::strangers, 2).run(small_options(), 2);

  EXPECT_FALSE(result.partnership);
  for (PairCoattention const& pair : result.pairs) EXPECT_GE(pair.q, 1);
}

/// Were labels dealt out among sequences by their frequencies alone, some would hold the first word twice,
/// and some not at all: enough to tell the classes apart, and to take it for a partner of all others.
TEST(PairNetwork, AWordInEverySequenceIsNobodysPartner) {
  PairNetworkResult const result = Planted(Planted::Kind::one_of_the_first, 2).run(small_options(), 2);

  EXPECT_LT(result.auroc, 0.56);
  EXPECT_FALSE(result.partnership);
  for (PairCoattention const& pair : result.pairs) EXPECT_GT(pair.log_p, std::log(1e-3));
}

TEST(PairNetwork, RandomWeightsCallNothing) {
  PairNetworkOptions options = small_options();
  options.random_weights = true;

  PairNetworkResult const result = Planted(Planted::Kind::partners, 1).run(options, 2);

  EXPECT_FALSE(result.partnership);
  for (PairCoattention const& pair : result.pairs) EXPECT_GE(pair.q, 1);
}

/// The control of `pairs --pair-network --controls`: it learns from real partners, not from places and words.
TEST(PairNetwork, PermutedLabelsCallNothing) {
  Planted planted(Planted::Kind::partners, 1);
  PairSiteList list;
  list.sites = planted.sites;
  Random random(1, 71);
  planted.sites = relabelled_sites(list, random).sites;

  PairNetworkResult const result = planted.run(small_options(), 2);

  EXPECT_FALSE(result.partnership);
  EXPECT_LT(result.auroc, 0.6);
  ASSERT_EQ(result.pairs.size(), 10U);
  for (PairCoattention const& pair : result.pairs) EXPECT_GE(pair.q, 1);
}

TEST(PairNetwork, ThreadsDoNotChangeResults) {
  Planted const planted(Planted::Kind::partners, 1);
  PairNetworkOptions options = small_options();
  options.epochs = 2;

  PairNetworkResult const one = planted.run(options, 1);
  PairNetworkResult const three = planted.run(options, 3);

  EXPECT_EQ(one.networks, three.networks);
  EXPECT_EQ(one.auroc, three.auroc);
  for (std::size_t i = 0; i < one.pairs.size(); ++i) EXPECT_EQ(one.pairs[i].log_p, three.pairs[i].log_p);
}

TEST(PairNetwork, TooLittleToLearnFromIsNoPartnership) {
  Planted planted(Planted::Kind::partners, 1);
  planted.sites.clear();

  PairNetworkResult const none = planted.run(small_options(), 1);

  EXPECT_FALSE(none.partnership);
  EXPECT_TRUE(none.pairs.empty());
}

}  // namespace
}  // namespace cislens
