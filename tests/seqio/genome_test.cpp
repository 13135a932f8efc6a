#include "cislens/seqio/genome.hpp"

#include "support/input_error.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <filesystem>
#include <string>
#include <unistd.h>
#include <vector>

namespace cislens {
namespace {

namespace fs = std::filesystem;
using testing_support::input_error;
using testing_support::TemporaryFolder;

constexpr std::string_view fasta = ">chr1 first\nACGTACGTac\nGGNNCCTTrT\nAAA\n>chr2\nTTTTT\n";

std::string error_of(std::string const& path) {
  Log log({.quiet = true});
  return input_error([&] { Genome(path, log); });
}

void expect_right_letters(Genome& genome) {
  EXPECT_EQ(genome.contigs(), (std::vector<std::string>{"chr1", "chr2"}));
  EXPECT_EQ(genome.length("chr1"), 23);
  EXPECT_EQ(genome.fetch({"chr1", 0, 23, '+'}), "ACGTACGTacGGNNCCTTrTAAA");
  EXPECT_EQ(genome.fetch({"chr1", 8, 12, '.'}), "acGG");
  EXPECT_EQ(genome.fetch({"chr1", 8, 12, '-'}), "CCgt");
  EXPECT_EQ(genome.fetch({"chr1", 18, 19, '-'}), "y");
  EXPECT_EQ(genome.fetch({"chr1", 22, 23, '+'}), "A");
  EXPECT_EQ(genome.fetch({"chr2", 0, 1, '-'}), "A");
  EXPECT_EQ(genome.fetch({"chr2", 3, 3, '+'}), "");
}

TEST(Genome, FetchesTheSameFromPlainBgzippedAndLoaded) {
  TemporaryFolder const folder;
  Log log({.quiet = true});
  Genome plain(folder.write("g.fa", fasta), log);
  Genome bgzipped(folder.run("bgzip -c g.fa > g.fa.gz", "g.fa.gz"), log);

  expect_right_letters(plain);
  expect_right_letters(bgzipped);
  EXPECT_EQ(plain.load("chr1"), "ACGTACGTacGGNNCCTTrTAAA");
  expect_right_letters(plain);
}

TEST(Genome, MakesItsIndexBesideTheFileAndUsesIt) {
  TemporaryFolder const folder;
  Log log({.quiet = true});
  auto const path = folder.write("g.fa", fasta);

  Genome(path, log);

  EXPECT_EQ(folder.read("g.fa.fai"), "chr1\t23\t12\t10\t11\nchr2\t5\t44\t5\t6\n");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path("")), fs::directory_iterator()), 2);
  Genome again(path, log);
  expect_right_letters(again);
}

// Nobody, not even root, can make a file in /proc.
TEST(Genome, IndexesInMemoryWhereNothingCanBeWritten) {
  TemporaryFolder const folder;
  Log log({.quiet = true});
  for (auto const& path : {folder.write("g.fa", fasta), folder.run("bgzip -c g.fa > g.fa.gz", "g.fa.gz")}) {
    int const descriptor = open(path.c_str(), O_RDONLY);

    Genome genome("/proc/self/fd/" + std::to_string(descriptor), log);

    expect_right_letters(genome);
    close(descriptor);
    EXPECT_FALSE(fs::exists(path + ".fai"));
  }
}

TEST(Genome, RefusesWhatIsNotWithinAContig) {
  TemporaryFolder const folder;
  Log log({.quiet = true});
  Genome genome(folder.write("g.fa", fasta), log);

  EXPECT_NE(input_error([&] {
              genome.fetch({"chr1", 20, 24, '+'});
            }).find("chr1:20-24 is not within"),
            std::string::npos);
  EXPECT_NE(input_error([&] { genome.fetch({"chr1", -1, 4, '+'}); }).find("not within"), std::string::npos);
  EXPECT_NE(input_error([&] { genome.fetch({"chr1", 4, 3, '+'}); }).find("not within"), std::string::npos);
  EXPECT_NE(input_error([&] { genome.fetch({"1", 0, 3, '+'}); }).find("sed 's/^/chr/'"), std::string::npos);
  EXPECT_NE(input_error([&] { genome.length("chrZ"); }).find("its names look like 'chr1'"),
            std::string::npos);
}

TEST(Genome, KnowsNamesWithoutChr) {
  TemporaryFolder const folder;
  Log log({.quiet = true});
  Genome genome(folder.write("g.fa", ">1\nACGT\n>MT\nAC\n"), log);

  EXPECT_NE(genome.explain_missing("chr1").find("sed 's/^chr//'"), std::string::npos);
  EXPECT_NE(genome.explain_missing("chrM").find("sed 's/^chr//'"), std::string::npos);
}

TEST(Genome, SaysWhatIsWrongWithItsFile) {
  TemporaryFolder const folder;
  folder.write("g.fa", fasta);

  EXPECT_NE(error_of(folder.run("gzip -c g.fa > g.gz", "g.gz")).find("bgzip"), std::string::npos);
  EXPECT_NE(error_of(folder.path("missing.fa")).find("no such file"), std::string::npos);
  EXPECT_NE(error_of(folder.write("bed", "chr1\t0\t1\n")).find("begins with '>'"), std::string::npos);
  auto const ragged = folder.write("ragged.fa", ">a\nACGT\nAC\nACGT\n");
  EXPECT_EQ(error_of(ragged).substr(ragged.size(), 14), ":4: all lines ");
  EXPECT_FALSE(fs::exists(ragged + ".fai"));
}

TEST(Genome, NoticesAnIndexOfAnotherFile) {
  TemporaryFolder const folder;
  Log log({.quiet = true});
  folder.write("g.fa.fai", "chr1\t5000\t12\t10\t11\n");
  Genome genome(folder.write("g.fa", fasta), log);

  EXPECT_NE(input_error([&] { genome.fetch({"chr1", 4000, 4100, '+'}); }).find("remove"), std::string::npos);
}

}  // namespace
}  // namespace cislens
