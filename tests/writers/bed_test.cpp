#include "cislens/writers/bed.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/random.hpp"
#include "cislens/base/text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

namespace cislens {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Site site(std::int64_t sequence, std::int64_t start, std::int64_t end, char strand, int motif) {
  Site result;
  result.sequence = sequence;
  result.start = start;
  result.end = end;
  result.strand = strand;
  result.motif = motif;
  result.score = 12.5;
  result.p = 1e-5;
  result.attribution_q = 0.01;
  result.head = 3;
  return result;
}

TEST(Bed, PlacesOnForwardOrigin) {
  Interval const origin{"chr1", 1000, 1100, '+'};
  EXPECT_EQ(place_on_contig(origin, 10, 18, '-'), (Interval{"chr1", 1010, 1018, '-'}));
  EXPECT_EQ(place_on_contig({"chr1", 1000, 1100, '.'}, 0, 100, '+'), (Interval{"chr1", 1000, 1100, '+'}));
}

TEST(Bed, MirrorsReverseOrigin) {
  Interval const origin{"chr1", 1000, 1100, '-'};
  EXPECT_EQ(place_on_contig(origin, 0, 8, '+'), (Interval{"chr1", 1092, 1100, '-'}));
  EXPECT_EQ(place_on_contig(origin, 92, 100, '-'), (Interval{"chr1", 1000, 1008, '+'}));
  EXPECT_EQ(place_on_contig(origin, 10, 20, '.'), (Interval{"chr1", 1080, 1090, '.'}));
}

TEST(Bed, RefusesPlacesOutsideTheSequence) {
  Interval const origin{"chr1", 1000, 1100, '+'};
  EXPECT_THROW(place_on_contig(origin, -1, 8, '+'), ShapeError);
  EXPECT_THROW(place_on_contig(origin, 93, 101, '+'), ShapeError);
  EXPECT_THROW(place_on_contig(origin, 8, 8, '+'), ShapeError);
}

TEST(Bed, ScoreIsHundredTimesMinusLog10P) {
  EXPECT_EQ(bed_score(1), 0);
  EXPECT_EQ(bed_score(1e-5), 500);
  EXPECT_EQ(bed_score(1e-10), 1000);
  EXPECT_EQ(bed_score(0), 1000);
  EXPECT_EQ(bed_score(1.5), 0);
  EXPECT_EQ(bed_score(nan), 0);
}

TEST(Bed, SiteLinesAreExactlyThis) {
  std::vector<Interval> const origins = {{"chr2", 500, 600, '-'}, {"seq one", 0, 50, '+'}};
  std::vector<Site> sites = {site(1, 3, 11, '+', 1), site(0, 0, 8, '+', 0)};
  sites[0].p = 0;
  sites[0].attribution_q = nan;
  sites[0].head = -1;
  sites[0].score = -0.25;

  std::string const text = format_sites_bed(sites, std::vector<std::string>{"M1", "M2"}, origins);

  EXPECT_EQ(text,
            "chr2\t592\t600\tM1\t500\t-\t12.5000\t5.000\t2.000\t3\n"
            "seq_one\t3\t11\tM2\t1000\t+\t-0.2500\t350.000\t-1\t.\n");
}

TEST(Bed, SeqletLinesAreExactlyThis) {
  std::vector<Interval> const origins = {{"chr2", 500, 600, '-'}};
  std::vector<Seqlet> const seqlets = {{0, 10, 25, -1, 0.5, 1, 1}, {0, 60, 75, 2, 1.25, 0.001, 0.1}};

  std::string const text = format_seqlets_bed(seqlets, origins);

  EXPECT_EQ(text,
            "chr2\t525\t540\thead2\t300\t.\t1.2500\t3.000\t1.000\t2\n"
            "chr2\t575\t590\tall\t0\t.\t0.5000\t0.000\t0.000\t.\n");
}

TEST(Bed, OrderIsThatOfTheCLocaleAndOfNothingElse) {
  std::vector<Interval> const origins = {{"chr10", 0, 2000, '+'},
                                         {"chr2", 0, 2000, '+'},
                                         {"Chr1", 0, 2000, '-'},
                                         {"chr\xc3\xa9", 0, 2000, '+'},
                                         {"chr1", 0, 2000, '+'}};
  Random random(11, 0);
  std::vector<Site> sites;
  for (int i = 0; i < 500; ++i) {
    auto const start = static_cast<std::int64_t>(random.below(1500));
    sites.push_back(
        site(static_cast<std::int64_t>(random.below(5)), start, start + 8, i % 2 ? '+' : '-', i % 2));
  }
  std::vector<std::string> const ids = {"M1", "M2"};
  std::string const text = format_sites_bed(sites, ids, origins);

  random.shuffle(std::span(sites));
  EXPECT_EQ(format_sites_bed(sites, ids, origins), text);

  std::vector<std::tuple<std::string, long, std::string>> keys;
  auto lines = split(text, '\n');
  lines.pop_back();
  for (auto const line : lines) {
    long start = 0;
    ASSERT_TRUE(parse_number(split(line, '\t')[1], start));
    keys.emplace_back(split(line, '\t')[0], start, line);
  }
  EXPECT_EQ(keys.size(), 500u);
  EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end()));
  EXPECT_EQ(std::get<0>(keys.front()), "Chr1");
  EXPECT_EQ(std::get<0>(keys.back()), "chr\xc3\xa9");
}

TEST(Bed, NoSitesIsAnEmptyFile) { EXPECT_EQ(format_sites_bed({}, {}, {}), ""); }

TEST(Bed, RefusesBadIdsAndIndices) {
  std::vector<Interval> const origins = {{"chr1", 0, 100, '+'}};
  std::vector<std::string> const good = {"M1"}, bad = {"M 1"};
  EXPECT_THROW(format_sites_bed(std::vector{site(0, 0, 8, '+', 0)}, bad, origins), InputError);
  EXPECT_THROW(format_sites_bed(std::vector{site(0, 0, 8, '+', 1)}, good, origins), ShapeError);
  EXPECT_THROW(format_sites_bed(std::vector{site(1, 0, 8, '+', 0)}, good, origins), ShapeError);
  EXPECT_THROW(format_sites_bed(std::vector{site(0, 95, 103, '+', 0)}, good, origins), ShapeError);
}

}  // namespace
}  // namespace cislens
