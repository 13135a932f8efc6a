#include "cislens/data/site_exchange.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <string>
#include <tuple>
#include <utility>

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
    ExchangedSequence const s = exchange.exchange(1, {}, draw);

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
  std::map<std::size_t, int> places;  // of label 1

  for (std::uint64_t draw = 0; draw < 600; ++draw) {
    ExchangedSequence const s = exchange.exchange(1, exchange.deal(draw), draw);

    ASSERT_EQ(s.bases.size(), p.sequences[1].size());
    ASSERT_EQ(s.sites.size(), 3U);
    EXPECT_EQ(s.sites[2].start - s.sites[1].end, 3);
    for (std::size_t i = 0; i < s.sites.size(); ++i) {
      LabelledSite const& site = s.sites[i];
      EXPECT_EQ(word(s, site), site.label == 0 ? "CCCC" : "GTGTGT");
      EXPECT_EQ(p.sites[static_cast<std::size_t>(s.dealt[i])].label, site.label);
      EXPECT_EQ(p.sites[static_cast<std::size_t>(s.donors[i])].label, site.label);
      places[i] += site.label;
    }
  }
  // Label 1 stands once in every sequence, before and after: 200 of 600 draws each, standard deviation 11.5.
  for (auto const& [place, count] : places) EXPECT_NEAR(count, 200, 46) << place;
}

TEST(SiteExchange, LabelsAreDealtOutAsOftenToASequenceAsBefore) {
  Planted p;
  for (int s = 0; s < 60; ++s) {  // none, one or two of label 0 beside sites of 1 and 2
    std::vector<LabelledSite> own;
    for (int i = 0; i < 4; ++i) own.push_back({0, 5 * i, 5 * i + 4, '+', i < s % 3 ? 0 : 1 + (i + s) % 2});
    p.add("CCCCACCCCACCCCACCCCA", own, s % 2);
  }
  SiteExchange const exchange(p.sequences, p.sites, p.pools, 2, 1);
  auto const numbers = [&](std::vector<std::int64_t> const& dealt) {
    std::map<std::tuple<int, std::int64_t, int>, int> sequences;  // by pool, label and number of it
    std::map<std::pair<std::int64_t, int>, int> of_sequence;
    for (std::size_t i = 0; i < dealt.size(); ++i) {
      LabelledSite const& from = p.sites[static_cast<std::size_t>(dealt[i])];
      EXPECT_EQ(from.sequence % 2, p.sites[i].sequence % 2);
      ++of_sequence[{p.sites[i].sequence, from.label}];
    }
    for (auto const& [key, number] : of_sequence)
      ++sequences[{static_cast<int>(key.first % 2), key.second, number}];
    return sequences;
  };
  std::vector<std::int64_t> own(p.sites.size());
  std::iota(own.begin(), own.end(), 0);

  std::vector<std::int64_t> const dealt = exchange.deal(1);

  EXPECT_EQ(numbers(dealt), numbers(own));
  EXPECT_EQ(dealt, exchange.deal(1));
  int moved = 0;
  for (std::size_t i = 0; i < dealt.size(); ++i)
    moved += p.sites[static_cast<std::size_t>(dealt[i])].sequence != p.sites[i].sequence ? 1 : 0;
  EXPECT_GT(moved, 120);
}

/// Sites of grade 0 in the first half of a sequence, of grade 1 in the second, of labels 0 to 2 in both.
TEST(SiteExchange, GradesStayInTheirPlaces) {
  Planted p;
  Random random(5, 1);
  for (int s = 0; s < 100; ++s) {
    std::vector<LabelledSite> own;
    for (int i = 0; i < 4; ++i)
      own.push_back({0, 5 * i, 5 * i + 4, '+', static_cast<int>(random.below(3)), i / 2});
    p.add("CCCCACCCCACCCCACCCCA", own, 0);
  }
  SiteExchange const exchange(p.sequences, p.sites, p.pools, 2, 1);
  using Numbers = std::map<std::tuple<std::int64_t, int, int>, int>;  // by sequence, label and grade; -1: all
  auto const sequences_by_number = [](Numbers const& numbers) {
    std::map<std::tuple<int, int, int>, int> result;
    for (auto const& [key, number] : numbers) ++result[{std::get<1>(key), std::get<2>(key), number}];
    return result;
  };
  Numbers before, after;

  std::vector<std::int64_t> const dealt = exchange.deal(1);

  int moved = 0;
  for (std::size_t i = 0; i < dealt.size(); ++i) {
    LabelledSite const& own = p.sites[i];
    LabelledSite const& given = p.sites[static_cast<std::size_t>(dealt[i])];
    EXPECT_EQ(given.grade, own.grade);
    moved += given.label != own.label ? 1 : 0;
    for (int const grade : {-1, own.grade}) {
      ++before[{own.sequence, own.label, grade}];
      ++after[{own.sequence, given.label, grade}];
    }
  }
  EXPECT_EQ(sequences_by_number(after), sequences_by_number(before));
  EXPECT_GT(moved, 150);  // 267 of 400 when all is forgotten
  ExchangedSequence const s = exchange.exchange(0, dealt, 1);
  for (std::size_t i = 0; i < s.sites.size(); ++i) {
    EXPECT_EQ(s.sites[i].grade, static_cast<int>(i / 2));
    EXPECT_EQ(p.sites[static_cast<std::size_t>(s.donors[i])].grade, s.sites[i].grade);
    EXPECT_EQ(p.sites[static_cast<std::size_t>(s.donors[i])].label, s.sites[i].label);
  }
}

TEST(SiteExchange, DonorsComeFromTheirPool) {
  Planted p;
  p.add("AAAAACCCCAAAA", {{0, 5, 9, '+', 0}}, 0);
  p.add("AAAAACGCCAAAA", {{0, 5, 9, '+', 0}}, 1);
  p.add("AAAAACGGCAAAA", {{0, 5, 9, '+', 0}}, 1);
  SiteExchange const exchange(p.sequences, p.sites, p.pools, 2, 1);

  for (std::uint64_t draw = 0; draw < 20; ++draw) {
    EXPECT_EQ(exchange.exchange(0, exchange.deal(draw), draw).bases, p.sequences[0]);
    EXPECT_NE(exchange.exchange(1, {}, draw).bases, p.sequences[0]);
  }
}

TEST(SiteExchange, ADrawIsAFunctionOfItsNumber) {
  Planted const p = planted();
  SiteExchange const exchange(p.sequences, p.sites, p.pools, 2, 1);
  SiteExchange const other(p.sequences, p.sites, p.pools, 2, 2);
  int different = 0;

  for (std::uint64_t draw = 0; draw < 50; ++draw) {
    ExchangedSequence const s = exchange.exchange(1, exchange.deal(draw), draw);

    EXPECT_EQ(s.bases, exchange.exchange(1, exchange.deal(draw), draw).bases);
    different += s.bases != other.exchange(1, other.deal(draw), draw).bases ? 1 : 0;
  }
  EXPECT_GT(different, 10);
}

TEST(SiteExchange, SitesAtTheEndsAndSideBySideStayWhole) {
  Planted p;
  p.add("CCCCGTGTGTCCCC", {{0, 0, 4, '+', 0}, {0, 4, 10, '+', 1}, {0, 10, 14, '+', 0}}, 0);
  p.add("GTGTGTCCCC", {{0, 0, 6, '+', 1}, {0, 6, 10, '+', 0}}, 0);
  SiteExchange const exchange(p.sequences, p.sites, p.pools, 2, 1);

  for (std::uint64_t draw = 0; draw < 50; ++draw) {
    ExchangedSequence const s = exchange.exchange(0, exchange.deal(draw), draw);
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

  EXPECT_EQ(exchange.exchange(0, exchange.deal(3), 3).bases, p.sequences[0]);
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
