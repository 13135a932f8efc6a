#include "cislens/data/site_exchange.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

namespace cislens {
namespace {

/// Sequences of A with words: label 0 is CCCC on '+', label 1 is GTGTGT on '+' (ACACAC on '-').
struct Planted {
  std::vector<Bases> sequences;
  std::vector<LabelledSite> sites;
  std::vector<int> pools;

  void add(std::string const& text, std::vector<LabelledSite> const& of_sequence, int pool) {
    for (LabelledSite site : of_sequence) {
      site.sequence = static_cast<std::int64_t>(sequences.size());
      sites.push_back(site);
    }
    sequences.push_back(encode_bases(text));
    pools.push_back(pool);
  }
};

Planted planted() {
  Planted p;
  for (int copy = 0; copy < 20; ++copy) {
    p.add("AAAAACCCCAAAAAGTGTGTAAAAAAAAAA", {{0, 5, 9, '+', 0}, {0, 14, 20, '+', 1}}, copy % 2);
    p.add("AAACCCCAAAAAAAAAACCCCAAAACACACA", {{0, 3, 7, '+', 0}, {0, 17, 21, '+', 0}, {0, 24, 30, '-', 1}},
          copy % 2);
  }
  return p;
}

std::string word(ExchangedSequence const& s, LabelledSite const& site) {
  Bases const bases(s.bases.begin() + site.start, s.bases.begin() + site.end);
  return decode_bases(site.strand == '+' ? bases : reverse_complement(bases));
}

TEST(SiteExchange, TheSameLabelsInTheSamePlacesChangeNothingElse) {
  Planted const p = planted();
  SiteExchange const exchange(p.sequences, p.sites, p.pools, 2, 1);

  for (std::uint64_t draw = 0; draw < 20; ++draw) {
    ExchangedSequence const s = exchange.exchange(1, Exchange::same_label, draw);

    ASSERT_EQ(s.sites.size(), 3U);
    EXPECT_EQ(s.bases.size(), p.sequences[1].size());
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(s.sites[i].start, exchange.sites_of(1)[i].start);
      EXPECT_EQ(s.sites[i].label, exchange.sites_of(1)[i].label);
      EXPECT_EQ(p.sites[static_cast<std::size_t>(s.dealt[i])].start, s.sites[i].start);
      EXPECT_EQ(word(s, s.sites[i]), s.sites[i].label == 0 ? "CCCC" : "GTGTGT");
    }
  }
}

TEST(SiteExchange, OtherLabelsKeepGapsAndLength) {
  Planted const p = planted();
  SiteExchange const exchange(p.sequences, p.sites, p.pools, 2, 1);
  std::map<int, int> labels;

  for (std::uint64_t draw = 0; draw < 400; ++draw) {
    ExchangedSequence const s = exchange.exchange(0, Exchange::any_label, draw);

    ASSERT_EQ(s.bases.size(), p.sequences[0].size());
    ASSERT_EQ(s.sites.size(), 2U);
    EXPECT_EQ(s.sites[1].start - s.sites[0].end, 5);
    for (std::size_t i = 0; i < s.sites.size(); ++i) {
      LabelledSite const& site = s.sites[i];
      EXPECT_EQ(word(s, site), site.label == 0 ? "CCCC" : "GTGTGT");
      EXPECT_EQ(p.sites[static_cast<std::size_t>(s.dealt[i])].label, site.label);
      EXPECT_EQ(p.sites[static_cast<std::size_t>(s.donors[i])].label, site.label);
      ++labels[site.label];
    }
  }
  // 60 of 100 sites are of label 0: 480 of 800 draws, standard deviation 14.
  EXPECT_NEAR(labels[0], 480, 56);
}

TEST(SiteExchange, DonorsComeFromTheirPool) {
  Planted p;
  p.add("AAAAACCCCAAAA", {{0, 5, 9, '+', 0}}, 0);
  p.add("AAAAACGCCAAAA", {{0, 5, 9, '+', 0}}, 1);
  p.add("AAAAACGGCAAAA", {{0, 5, 9, '+', 0}}, 1);
  SiteExchange const exchange(p.sequences, p.sites, p.pools, 2, 1);

  for (std::uint64_t draw = 0; draw < 20; ++draw) {
    EXPECT_EQ(exchange.exchange(0, Exchange::any_label, draw).bases, p.sequences[0]);
    EXPECT_NE(exchange.exchange(1, Exchange::same_label, draw).bases, p.sequences[0]);
  }
}

TEST(SiteExchange, ADrawIsAFunctionOfItsNumber) {
  Planted const p = planted();
  SiteExchange const exchange(p.sequences, p.sites, p.pools, 2, 1);
  SiteExchange const other(p.sequences, p.sites, p.pools, 2, 2);
  int different = 0;

  for (std::uint64_t draw = 0; draw < 50; ++draw) {
    ExchangedSequence const s = exchange.exchange(1, Exchange::any_label, draw);

    EXPECT_EQ(s.bases, exchange.exchange(1, Exchange::any_label, draw).bases);
    different += s.bases != other.exchange(1, Exchange::any_label, draw).bases ? 1 : 0;
  }
  EXPECT_GT(different, 10);
}

TEST(SiteExchange, SitesAtTheEndsAndSideBySideStayWhole) {
  Planted p;
  p.add("CCCCGTGTGTCCCC", {{0, 0, 4, '+', 0}, {0, 4, 10, '+', 1}, {0, 10, 14, '+', 0}}, 0);
  p.add("GTGTGTCCCC", {{0, 0, 6, '+', 1}, {0, 6, 10, '+', 0}}, 0);
  SiteExchange const exchange(p.sequences, p.sites, p.pools, 2, 1);

  for (std::uint64_t draw = 0; draw < 50; ++draw) {
    ExchangedSequence const s = exchange.exchange(0, Exchange::any_label, draw);
    for (LabelledSite const& site : s.sites) {
      ASSERT_LE(site.end, static_cast<std::int64_t>(s.bases.size()));
      EXPECT_EQ(word(s, site), site.label == 0 ? "CCCC" : "GTGTGT");
    }
  }
}

TEST(SiteExchange, ASequenceWithoutSitesStaysAsItIs) {
  Planted p;
  p.add("ACGTACGT", {}, 0);
  p.add("AAAAACGCCAAAA", {{0, 5, 9, '+', 0}}, 0);
  SiteExchange const exchange(p.sequences, p.sites, p.pools, 2, 1);

  EXPECT_EQ(exchange.exchange(0, Exchange::any_label, 3).bases, p.sequences[0]);
}

TEST(SiteExchange, BadSitesAreErrors) {
  std::vector<Bases> const sequences = {encode_bases("ACGTACGT")};
  auto const make = [&](std::vector<LabelledSite> sites) {
    SiteExchange const exchange(sequences, std::move(sites), {0}, 2, 1);
  };

  EXPECT_THROW(make({{0, 4, 9, '+', 0}}), Error);
  EXPECT_THROW(make({{1, 0, 4, '+', 0}}), Error);
  EXPECT_THROW(make({{0, 0, 4, '+', 0}, {0, 3, 6, '+', 0}}), Error);
  EXPECT_THROW(make({{0, 4, 6, '+', 0}, {0, 0, 2, '+', 0}}), Error);
}

}  // namespace
}  // namespace cislens
