#include "cislens/data/negatives.hpp"

#include "cislens/base/random.hpp"
#include "cislens/data/build_dataset.hpp"
#include "cislens/data/split.hpp"
#include "cislens/seqio/load_sequences.hpp"

#include "support/input_error.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <set>
#include <string>

namespace cislens {
namespace {

using testing_support::input_error;
using testing_support::TemporaryFolder;

double gc_share(Bases const& bases) {
  auto const gc =
      std::count_if(bases.begin(), bases.end(), [](auto base) { return base == base_c || base == base_g; });
  auto const n = std::count(bases.begin(), bases.end(), base_n);
  return static_cast<double>(gc) / static_cast<double>(static_cast<std::ptrdiff_t>(bases.size()) - n);
}

/// Two contigs of 40,000 bases, the first with 20 % GC in its first and 70 % in its second half, and Ns at
/// its end.
std::string genome_text() {
  std::string text;
  for (std::uint64_t c = 0; c < 2; ++c) {
    text += ">chr" + std::to_string(c + 1) + "\n";
    Random random(1, c);
    for (int i = 0; i < 40'000; ++i) {
      double const gc = c == 1 ? 0.5 : i < 20'000 ? 0.2 : 0.7;
      bool const strong = random.uniform() < gc;
      text += c == 0 && i >= 35'000 ? 'N' : (strong ? "CG" : "AT")[random.below(2)];
    }
    text += "\n";
  }
  return text;
}

class GenomicNegatives : public testing::Test {
 protected:
  Dataset positives(std::int64_t count, std::int64_t step) {
    Dataset dataset;
    dataset.target_names = {"positive"};
    for (std::int64_t i = 0; i < count; ++i) {
      Interval const place{"chr1", i * step, i * step + 100, '+'};
      dataset.bases.push_back(encode_bases(genome_.fetch(place)));
      dataset.names.push_back("p" + std::to_string(i));
      dataset.origins.push_back(place);
      dataset.targets.push_back(1);
    }
    return dataset;
  }

  TemporaryFolder folder_;
  Log log_{{.quiet = true}};
  Genome genome_{folder_.write("g.fa", genome_text()), log_};
};

TEST_F(GenomicNegatives, MatchLengthAndGcOverlapNothingAndHoldFewN) {
  auto const with = with_genomic_negatives(positives(60, 500), genome_, {.seed = 2}, log_);

  ASSERT_EQ(with.size(), 120);
  EXPECT_EQ(with.names[60], with.origins[60].contig + ":" + std::to_string(with.origins[60].start) + "-" +
                                std::to_string(with.origins[60].end) + "(+)");
  for (std::size_t i = 60; i < 120; ++i) {
    EXPECT_EQ(with.targets[i], 0);
    EXPECT_EQ(with.bases[i], encode_bases(genome_.fetch(with.origins[i])));
    EXPECT_EQ(with.bases[i].size(), 100U);
    EXPECT_NEAR(gc_share(with.bases[i]), gc_share(with.bases[i - 60]), 0.0201);
    EXPECT_LE(std::count(with.bases[i].begin(), with.bases[i].end(), base_n), 5);
  }
  std::vector<Interval> places = with.origins;
  std::sort(places.begin(), places.end(), [](auto const& a, auto const& b) { return a.start < b.start; });
  for (std::size_t i = 1; i < places.size(); ++i) EXPECT_GE(places[i].start, places[i - 1].end);
  EXPECT_EQ(std::set<std::int64_t>(with.groups.begin(), with.groups.end()).size(), 120U);
}

TEST_F(GenomicNegatives, GoAnywhereForPositivesWithoutAPlace) {
  Dataset dataset = positives(40, 400);
  for (std::size_t i = 0; i < 40; ++i) dataset.origins[i] = {dataset.names[i], 0, 100, '+'};

  auto const with =
      with_genomic_negatives(dataset, genome_, {.copies = 2, .gc_tolerance = 0.04, .seed = 2}, log_);

  // Contig 2 has hardly a window of 20 % GC, so some of the 80 are not found.
  EXPECT_GT(with.size(), 40 + 40);
  EXPECT_TRUE(std::any_of(with.origins.begin() + 40, with.origins.end(),
                          [](auto const& o) { return o.contig == "chr2"; }));
}

TEST_F(GenomicNegatives, AreRefusedWhenTheGenomeIsFull) {
  auto const words =
      input_error([&] { with_genomic_negatives(positives(300, 100), genome_, {.copies = 5}, log_); });

  EXPECT_NE(words.find("no free window"), std::string::npos) << words;
}

// All but one in 100 bases of the contig is N; a search over all of it would hardly meet the rest.
TEST(GenomicNegativesOfAPartialGenome, AreFoundAmongTheN) {
  std::string const human = CISLENS_SHARED_DATA "/human_ctcf/";
  if (!std::filesystem::exists(human)) GTEST_SKIP() << "skipped: no data";
  Log log({.quiet = true});
  Genome genome(human + "chr10_partial.fa.gz", log);
  auto const records = load_sequences(human + "ctcf_peaks.narrowPeak", genome.name(), {}, log);
  auto const positives = build_dataset(records, "p", {}, "", {}, log);

  auto const with = with_genomic_negatives(positives, genome, {.seed = 1}, log);

  // Known bases lie around the peaks themselves, so a fifth of the windows cannot be had.
  EXPECT_GT(with.size(), positives.size() * 17 / 10);
}

TEST(ShuffledNegatives, FollowTheirPositiveWhateverTheThreads) {
  Log log({.quiet = true});
  std::vector<SequenceRecord> records;
  for (int i = 0; i < 100; ++i) {
    Random random(8, static_cast<std::uint64_t>(i));
    std::string bases(60, 'N');
    for (char& base : bases) base = "ACGT"[random.below(4)];
    std::string const name = "r" + std::to_string(i);
    Interval const place =
        i % 2 == 0 ? Interval{name, 0, 60, '+'} : Interval{"chr1", 100 * i, 100 * i + 60, '-'};
    records.push_back({name, bases, place});
  }
  auto const positives = build_dataset(records, "p.fa", {}, "", {}, log);
  Threads one(1);
  Threads three(3);

  auto const with = with_shuffled_negatives(positives, 2, 4, one);

  ASSERT_EQ(with.size(), 300);
  EXPECT_EQ(with.names[100], "r0_shuffled1");
  EXPECT_EQ(with.names[101], "r0_shuffled2");
  EXPECT_EQ(with.origins[100].contig, "r0_shuffled1");
  EXPECT_EQ(with.origins[102], positives.origins[1]);
  EXPECT_NE(with.bases[100], with.bases[101]);
  EXPECT_EQ(with.target(99, 0), 1);
  EXPECT_EQ(with.target(299, 0), 0);
  EXPECT_EQ(with.bases, with_shuffled_negatives(positives, 2, 4, three).bases);
  EXPECT_NE(with.bases, with_shuffled_negatives(positives, 2, 5, one).bases);
  auto const parts = split(with, {.seed = 1});
  for (std::size_t i = 0; i < 200; ++i) EXPECT_EQ(parts[100 + i], parts[i / 2]);
}

TEST(GenomicNegativesOfYeast, HaveTheGcOfThePromoters) {
  std::string const yeast = CISLENS_SHARED_DATA "/yeast/";
  if (!std::filesystem::exists(yeast)) GTEST_SKIP() << "skipped: no data";
  Log log({.quiet = true});
  auto const records = load_sequences(yeast + "promoters_500.fa.gz", "", {}, log);
  Genome genome(yeast + "sacCer3.fa.gz", log);
  auto const positives = build_dataset(std::span(records).first(500), "p", {}, "", {}, log);

  auto const with = with_genomic_negatives(positives, genome, {.seed = 1}, log);

  EXPECT_GT(with.size(), 950);
  double difference = 0;
  for (std::int64_t i = 500; i < with.size(); ++i) difference += gc_share(with.bases[i]);
  double mean = 0;
  for (std::int64_t i = 0; i < 500; ++i) mean += gc_share(with.bases[i]);
  EXPECT_NEAR(difference / static_cast<double>(with.size() - 500), mean / 500, 0.01);
}

}  // namespace
}  // namespace cislens
