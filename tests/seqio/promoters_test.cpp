#include "cislens/seqio/promoters.hpp"

#include "cislens/seqio/fetch_regions.hpp"
#include "cislens/seqio/interval_set.hpp"
#include "cislens/seqio/region_filter.hpp"

#include "support/input_error.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace cislens {
namespace {

using testing_support::input_error;
using testing_support::TemporaryFolder;

/// chr2 stands before chr10 in the genome, and neither is in the order of the alphabet.
class Promoters : public ::testing::Test {
 protected:
  static AnnotationFeature gene(std::string const& id, Interval const& place) {
    AnnotationFeature feature;
    feature.interval = place;
    feature.gene_id = id;
    feature.gene_name = "name_of_" + id;
    feature.line = 7;
    return feature;
  }

  std::vector<NamedRegion> promoters(std::vector<AnnotationFeature> const& genes,
                                     PromoterOptions const& options) {
    return promoter_regions(transcription_starts(genes), options, genome, "a.gff", log);
  }

  TemporaryFolder folder;
  Log log{{.quiet = true}};
  Genome genome{folder.write("g.fa", ">chr2\nACGTACGTACGTACGTACGT\n>chr10\nAAAAACCCCCGGGGGTTTTT\n"), log};
};

TEST_F(Promoters, LieUpstreamOnEitherStrand) {
  auto const regions = promoters({gene("M", {"chr10", 2, 12, '-'}), gene("P", {"chr2", 8, 20, '+'})},
                                 {.upstream_bp = 5, .downstream_bp = 2});

  ASSERT_EQ(regions.size(), 2U);
  EXPECT_EQ(regions[0].interval, (Interval{"chr2", 3, 10, '+'})) << "sorted as the genome";
  EXPECT_EQ(regions[0].tss, 8);
  EXPECT_EQ(regions[1].interval, (Interval{"chr10", 10, 17, '-'}));
  EXPECT_EQ(regions[1].tss, 11);
  EXPECT_EQ(regions[1].gene_name, "name_of_M");
  EXPECT_EQ(fetch_regions(genome, std::vector{regions[1].interval}).front(), "AACCCCC");
}

TEST_F(Promoters, AtContigEndsAreDroppedOrClipped) {
  std::vector const genes{gene("A", {"chr2", 4, 9, '+'}), gene("B", {"chr2", 5, 9, '+'}),
                          gene("C", {"chr2", 9, 15, '-'}), gene("D", {"chr2", 9, 16, '-'}),
                          gene("E", {"chr2", 0, 20, '-'})};

  auto const dropped = promoters(genes, {.upstream_bp = 5, .downstream_bp = 1});
  auto const clipped = promoters(genes, {.upstream_bp = 5, .downstream_bp = 1, .ends = ContigEnds::clip});

  ASSERT_EQ(dropped.size(), 2U);
  EXPECT_EQ(dropped[0].name, "B");
  EXPECT_EQ(dropped[1].name, "C");
  ASSERT_EQ(clipped.size(), 5U);
  EXPECT_EQ(clipped[0].interval, (Interval{"chr2", 0, 5, '+'}));
  EXPECT_EQ(clipped[4].interval, (Interval{"chr2", 19, 20, '-'}));
}

TEST_F(Promoters, OfOnePlaceAreOneUnlessAllAreWanted) {
  std::vector const genes{gene("A", {"chr2", 8, 9, '+'}), gene("B", {"chr2", 8, 15, '+'}),
                          gene("C", {"chr2", 3, 9, '-'}), gene("D", {"chr2", 10, 15, '+'})};
  PromoterOptions options{.upstream_bp = 3, .downstream_bp = 1};

  auto const unique = promoters(genes, options);
  options.tss = TssRule::all;
  auto const all = promoters(genes, options);
  options.tss = TssRule::merged;
  auto const merged = promoters(genes, options);

  ASSERT_EQ(unique.size(), 3U);
  EXPECT_EQ(unique[0].others, std::vector<std::string>{"B"});
  EXPECT_EQ(all.size(), 4U);
  ASSERT_EQ(merged.size(), 2U);
  EXPECT_EQ(merged[0].interval, (Interval{"chr2", 5, 11, '+'}));
  EXPECT_EQ(merged[0].others, (std::vector<std::string>{"B", "D"}));
  EXPECT_EQ(merged[1].interval.strand, '-') << "strands stay apart";
}

TEST_F(Promoters, SayWhatIsWrong) {
  EXPECT_NE(input_error([&] {
              promoters({gene("A", {"2", 1, 2, '+'})}, {});
            }).find("a.gff:7: contig '2' is not in "),
            std::string::npos);
  EXPECT_NE(input_error([&] {
              promoters({gene("A", {"2", 1, 2, '+'})}, {});
            }).find("put chr before"),
            std::string::npos);
  EXPECT_NE(input_error([&] {
              promoters({gene("A", {"chr2", 1, 21, '-'})}, {});
            }).find("a.gff:7: base 21 is past the end of contig 'chr2', which has 20 bases"),
            std::string::npos);
  EXPECT_NE(input_error([&] {
              promoters({gene("A", {"chr2", 1, 2, '+'})}, {});
            }).find("a.gff: all 1 regions reach past the end"),
            std::string::npos);
}

TEST_F(Promoters, ComeFromBedToo) {
  std::vector<Region> bed(3);
  bed[0].interval = {"chr10", 9, 10, '+'};
  bed[0].name = "a b";
  bed[1].interval = {"chr2", 5, 9, '-'};
  bed[2].interval = {"chr2", 6, 9, '-'};

  auto regions = promoter_regions(transcription_starts(bed, "t.bed"), {.upstream_bp = 4, .downstream_bp = 0},
                                  genome, "t.bed", log);
  name_regions(regions);

  ASSERT_EQ(regions.size(), 2U);
  EXPECT_EQ(regions[0].name, "chr2:9-13(-)");
  EXPECT_EQ(regions[1].name, "a_b");
  EXPECT_EQ(regions[1].interval, (Interval{"chr10", 5, 9, '+'}));
  bed[1].interval.strand = '.';
  bed[1].line = 2;
  EXPECT_NE(input_error([&] { transcription_starts(bed, "t.bed"); }).find("t.bed:2: has no strand"),
            std::string::npos);
}

TEST_F(Promoters, OrRegionsAreFilteredByPlaces) {
  std::vector<Region> bed(3);
  bed[0].interval = {"chr2", 0, 4, '.'};
  bed[1].interval = {"chr2", 4, 8, '.'};
  bed[2].interval = {"chr10", 0, 4, '.'};
  auto const all = named_regions(bed);
  std::string const places = folder.write("p.bed", "chr2\t2\t3\nchr2\t0\t2\nchr2\t5\t6\nchrUn\t0\t9\n");

  EXPECT_EQ(overlaps_with(all, places, genome), (std::vector<double>{1, 1, 0}));
  // Middles of the regions: 2, 6, 2. Of the places: 2, 1, 5.
  std::vector<double> const near = centred_on(all, places, 1, genome);
  EXPECT_EQ(near, (std::vector<double>{1, 1, 0}));
  std::string const off = folder.write("off.bed", "chr2\t3\t4\nchr2\t4\t5\n");
  EXPECT_EQ(centred_on(all, off, 1, genome).front(), 1);
  EXPECT_TRUE(std::isnan(centred_on(all, off, 1, genome)[1]));
  EXPECT_EQ(centred_on(all, off, 1, genome).back(), 0);
  auto regions = all;
  EXPECT_EQ(drop_blacklisted(regions, places, genome), 2);
  EXPECT_EQ(regions.front().interval.contig, "chr10");
  regions = all;
  EXPECT_EQ(keep_mappable(regions, places, 0.75, genome), 2);
  EXPECT_EQ(regions.front().interval.start, 0);
  std::string const others = folder.write("o.bed", "2\t2\t3\n");
  EXPECT_NE(
      input_error([&] { drop_blacklisted(regions, others, genome); }).find("o.bed:1: contig '2' is not in"),
      std::string::npos);
}

TEST(IntervalSet, CountsCoveredBasesOnce) {
  IntervalSet const set(
      std::vector<Interval>{{"c", 5, 9, '+'}, {"c", 1, 3, '-'}, {"c", 3, 4, '.'}, {"c", 7, 12, '.'}});

  EXPECT_EQ(set.covered_bp({"c", 0, 20, '.'}), 10);
  EXPECT_EQ(set.covered_bp({"c", 2, 6, '.'}), 3);
  EXPECT_EQ(set.covered_bp({"c", 4, 5, '.'}), 0);
  EXPECT_EQ(set.covered_bp({"c", 12, 13, '.'}), 0);
  EXPECT_EQ(set.covered_bp({"d", 0, 20, '.'}), 0);
  EXPECT_FALSE(set.has("d"));
}

}  // namespace
}  // namespace cislens
