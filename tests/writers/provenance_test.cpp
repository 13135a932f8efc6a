#include "cislens/writers/provenance.hpp"

#include "cislens/base/errors.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>

namespace cislens {
namespace {

TEST(Provenance, JsonIsExactlyThis) {
  Provenance run;
  run.version = "0.1.0";
  run.arguments = {"cislens", "train", "a b.fa"};
  run.seed = 18446744073709551615ULL;
  run.inputs = {{"sequences", "a b.fa", 12, "00000000000000ff"}, {"background", "-", 0, ""}};
  run.device = "cpu";
  run.threads = 2;
  run.started = "2026-01-31T12:00:00Z";
  run.times_s = {{"train", 1.5}, {"read", 0.25}};
  run.metrics = {{"auroc", std::numeric_limits<double>::quiet_NaN()}};
  run.options = {{"--heads", "4"}};
  run.outputs = {"a.tsv", "b/c.bed"};

  EXPECT_EQ(format_params_json(run), R"({
  "program": "cislens",
  "version": "0.1.0",
  "command": "cislens train 'a b.fa'",
  "arguments": [
    "cislens",
    "train",
    "a b.fa"
  ],
  "seed": 18446744073709551615,
  "inputs": [
    {
      "role": "sequences",
      "path": "a b.fa",
      "bytes": 12,
      "xxh3": "00000000000000ff"
    },
    {
      "role": "background",
      "path": "-",
      "bytes": 0,
      "xxh3": null
    }
  ],
  "device": "cpu",
  "threads": 2,
  "started": "2026-01-31T12:00:00Z",
  "times_s": {
    "train": 1.5,
    "read": 0.25
  },
  "metrics": {
    "auroc": null
  },
  "options": {
    "--heads": "4"
  },
  "outputs": [
    "a.tsv",
    "b/c.bed"
  ]
}
)");
}

TEST(Provenance, OtherThanUtf8DoesNotStopTheRun) {
  Provenance run;
  run.arguments = {"cislens", "\xff.fa"};
  EXPECT_NE(format_params_json(run).find("\xef\xbf\xbd.fa"), std::string::npos);
}

TEST(Provenance, ShellLineReadsBack) {
  EXPECT_EQ(shell_line(std::vector<std::string>{"cislens", "a'b", "", "$x", "-o", "out/dir"}),
            "cislens 'a'\\''b' '' '$x' -o out/dir");
  EXPECT_EQ(shell_line({}), "");
}

TEST(Provenance, DescribesFiles) {
  auto const path = std::filesystem::path(testing::TempDir()) / "cislens_writers_input.txt";
  std::ofstream(path) << "abc";
  InputRecord const record = describe_input("sequences", path.string());
  std::ofstream(path, std::ios::trunc).flush();
  InputRecord const empty = describe_input("sequences", path.string());
  std::filesystem::remove(path);

  EXPECT_EQ(record.bytes, 3);
  EXPECT_EQ(record.xxh3, "78af5f94892f3950");  // printf abc | xxhsum -H3
  EXPECT_EQ(empty.bytes, 0);
  EXPECT_EQ(empty.xxh3, "2d06800538d394c2");  // XXH3-64 of nothing
  EXPECT_EQ(describe_input("sequences", "-").xxh3, "");
  EXPECT_EQ(describe_input("sequences", "/dev/null").xxh3, "");
  EXPECT_THROW(describe_input("sequences", path.string()), InputError);
}

/// A file without content on the disk: that no sum is taken shows in the time, too.
TEST(Provenance, LargeFilesHaveTheTimeOfTheirChangeInsteadOfASum) {
  auto const path = std::filesystem::path(testing::TempDir()) / "cislens_writers_large.bam";
  std::ofstream(path) << "abc";
  std::filesystem::resize_file(path, (std::uintmax_t{1} << 30) + 1);

  InputRecord const record = describe_input("alignments", path.string());
  std::filesystem::remove(path);

  EXPECT_EQ(record.bytes, (std::int64_t{1} << 30) + 1);
  EXPECT_EQ(record.xxh3, "");
  EXPECT_EQ(record.modified.size(), utc_now().size());
  EXPECT_LE(record.modified, utc_now());
  Provenance run;
  run.inputs = {record};
  EXPECT_NE(format_params_json(run).find("\"modified\": \"" + record.modified), std::string::npos);
}

}  // namespace
}  // namespace cislens
