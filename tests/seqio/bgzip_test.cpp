#include "cislens/seqio/bgzip.hpp"

#include "cislens/base/errors.hpp"

#include "support/temporary_folder.hpp"
#include "support/tools.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cislens {
namespace {

using testing_support::has_tool;
using testing_support::output_of;

TEST(Bgzip, TabixFindsWhatWasWritten) {
  if (!has_tool("tabix")) GTEST_SKIP() << "skipped: no tabix";
  testing_support::TemporaryFolder folder;
  std::string text;
  for (int i = 0; i < 30'000; ++i)
    text += "chr1\t" + std::to_string(i * 7) + "\t" + std::to_string(i * 7 + 5) + "\tm\n";
  text += "chr2\t600000000\t600000010\tm\n";
  std::string const plain = folder.write("a.bed", text);

  // TBI ends at 512 Mbp.
  std::string const index = folder.path(std::string("a.bed.gz") + bed_index_suffix(700'000'000));
  bgzip_bed(plain, folder.path("a.bed.gz"), index, 700'000'000);

  EXPECT_TRUE(index.ends_with(".csi"));
  EXPECT_EQ(output_of("tabix '" + folder.path("a.bed.gz") + "' chr1:70001-70008"),
            "chr1\t70000\t70005\tm\nchr1\t70007\t70012\tm\n");
  EXPECT_EQ(output_of("tabix '" + folder.path("a.bed.gz") + "' chr2:600000005"),
            "chr2\t600000000\t600000010\tm\n");
}

TEST(Bgzip, RefusesWhatIsNotSorted) {
  testing_support::TemporaryFolder folder;
  std::string const plain = folder.write("a.bed", "chr1\t50\t60\nchr1\t10\t20\n");

  EXPECT_THROW(bgzip_bed(plain, folder.path("a.bed.gz"), folder.path("a.bed.gz.tbi"), 100), OutputError);
}

}  // namespace
}  // namespace cislens
