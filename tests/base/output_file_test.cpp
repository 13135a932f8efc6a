#include "cislens/base/output_file.hpp"

#include "cislens/base/errors.hpp"

#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace cislens {
namespace {

namespace fs = std::filesystem;
using testing_support::TemporaryFolder;

std::ptrdiff_t files_in(TemporaryFolder const& folder) {
  return std::distance(fs::directory_iterator(folder.path("")), fs::directory_iterator());
}

TEST(OutputFile, AppearsOnCommitAndWhole) {
  TemporaryFolder const folder;
  {
    OutputFile file(folder.path("a"), IfExists::refuse);
    file.stream() << "text";
    EXPECT_FALSE(fs::exists(folder.path("a")));
    file.commit();
  }
  EXPECT_EQ(folder.read("a"), "text");
  EXPECT_EQ(files_in(folder), 1);
}

TEST(OutputFile, LeavesNothingWithoutCommit) {
  TemporaryFolder const folder;
  {
    OutputFile file(folder.path("a"), IfExists::refuse);
    file.stream() << "text" << std::flush;
  }
  EXPECT_EQ(files_in(folder), 0);
}

TEST(OutputFile, KeepsTheOldFileUntilTheNewIsWhole) {
  TemporaryFolder const folder;
  folder.write("a", "old");
  { OutputFile(folder.path("a"), IfExists::replace).stream() << "new"; }
  EXPECT_EQ(folder.read("a"), "old");

  OutputFile file(folder.path("a"), IfExists::replace);
  file.stream() << "new";
  file.commit();

  EXPECT_EQ(folder.read("a"), "new");
}

TEST(OutputFile, RefusesATakenNameAndAFolder) {
  TemporaryFolder const folder;
  auto const path = folder.write("a", "old");

  EXPECT_THROW(OutputFile(path, IfExists::refuse), OutputError);
  EXPECT_THROW(OutputFile(folder.path(""), IfExists::replace), OutputError);
  EXPECT_THROW(OutputFile(folder.path("missing/a"), IfExists::replace), OutputError);
  EXPECT_THROW(OutputFile(path + "/b", IfExists::replace), OutputError);
  EXPECT_EQ(files_in(folder), 1);
}

TEST(OutputFile, NoticesAFullDisk) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "skipped: no /dev/full";
  OutputFile file("/dev/full", IfExists::refuse);
  file.stream() << std::string(1 << 20, 'x');

  EXPECT_THROW(file.commit(), OutputError);
  EXPECT_TRUE(fs::exists("/dev/full"));
}

TEST(MakeFolder, MakesParentsAndRefusesAFile) {
  TemporaryFolder const folder;

  make_folder(folder.path("a/b/c"));
  make_folder(folder.path("a/b/c"));

  EXPECT_TRUE(fs::is_directory(folder.path("a/b/c")));
  EXPECT_THROW(make_folder(folder.write("file", "")), OutputError);
  EXPECT_THROW(make_folder(folder.path("file/x")), OutputError);
}

}  // namespace
}  // namespace cislens
