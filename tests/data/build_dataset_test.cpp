#include "cislens/data/build_dataset.hpp"

#include "cislens/base/random.hpp"

#include "support/input_error.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace cislens {
namespace {

using testing_support::input_error;

std::vector<SequenceRecord> random_records(std::int64_t count, std::string const& prefix) {
  std::vector<SequenceRecord> records;
  for (std::int64_t i = 0; i < count; ++i) {
    Random random(5, static_cast<std::uint64_t>(i));
    std::string bases(30, 'N');
    for (char& base : bases) base = "ACGT"[random.below(4)];
    std::string const name = prefix + std::to_string(i);
    records.push_back({name, bases, {name, 0, 30, '+'}});
  }
  return records;
}

TEST(BuildDataset, LabelsPositivesAndBackground) {
  Log log({.quiet = true});

  auto const dataset =
      build_dataset(random_records(25, "a"), "p.fa", random_records(30, "b"), "n.fa", {}, log);

  ASSERT_EQ(dataset.size(), 55);
  EXPECT_EQ(dataset.target_names, std::vector<std::string>{"positive"});
  EXPECT_EQ(dataset.target(24, 0), 1);
  EXPECT_EQ(dataset.target(25, 0), 0);
  EXPECT_EQ(dataset.groups[54], 54);
  EXPECT_EQ(dataset.bases[0].size(), 30U);
}

TEST(BuildDataset, KeepsNamesApart) {
  Log log({.quiet = true});

  auto const dataset =
      build_dataset(random_records(25, "a"), "p.fa", random_records(25, "a"), "n.fa", {}, log);

  EXPECT_EQ(dataset.names[25], "a0.background");
  EXPECT_EQ(dataset.origins[25].contig, "a0.background");
}

TEST(BuildDataset, LeavesOutWhatCannotBeLearntFrom) {
  Log log({});
  auto records = random_records(25, "a");
  records[3].bases = std::string(30, 'N');
  records[4].bases = "ACG";
  records[5].bases = "NN";
  testing::internal::CaptureStderr();

  auto const dataset = build_dataset(records, "p.fa", {}, "", {}, log);

  auto const words = testing::internal::GetCapturedStderr();
  EXPECT_EQ(dataset.size(), 22);
  EXPECT_EQ(words, "cislens: warning: p.fa: sequences left out: 2 of N only, 1 shorter than 8 bases\n");
}

TEST(BuildDataset, RefusesTooFewAndAllTheSame) {
  Log log({.quiet = true});
  auto few = random_records(21, "a");
  few[0].bases = "NNNNNNNNNN";
  few[1].bases = "ACGT";
  auto same = random_records(30, "a");
  for (auto& record : same) record.bases = "ACGTACGTAC";

  EXPECT_EQ(input_error([&] { build_dataset(few, "p.fa", {}, "", {}, log); }),
            "p.fa: 19 usable sequences of 21 (left out: 1 of N only, 1 shorter than 8 bases); at least 20 "
            "are needed "
            "(give more, or longer, sequences)");
  EXPECT_EQ(
      input_error([&] { build_dataset(random_records(25, "a"), "p.fa", few, "n.fa", {}, log); }).substr(0, 8),
      "n.fa: 19");
  EXPECT_EQ(input_error([&] { build_dataset(same, "p.fa", {}, "", {}, log); }).substr(0, 30),
            "p.fa: all 30 sequences are the");
}

TEST(BuildDataset, MatchesTargetsByName) {
  Log log({});
  TargetTable table;
  table.source = "t.tsv";
  table.target_names = {"x", "y"};
  for (std::int64_t i = 1; i < 26; ++i) {
    table.rows["a" + std::to_string(i)] = i - 1;
    table.values.insert(table.values.end(), {static_cast<float>(i), std::nanf("")});
  }
  testing::internal::CaptureStderr();

  auto const dataset = build_dataset(random_records(25, "a"), "p.fa", table, {}, log);

  auto const words = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(std::isnan(dataset.target(0, 0)));
  EXPECT_EQ(dataset.target(24, 0), 24);
  EXPECT_TRUE(std::isnan(dataset.target(24, 1)));
  EXPECT_NE(words.find("1 sequences of p.fa have no row"), std::string::npos) << words;
  EXPECT_NE(words.find("1 rows have no sequence"), std::string::npos) << words;
  EXPECT_NE(input_error([&] {
              build_dataset(random_records(25, "z"), "p.fa", table, {}, log);
            }).find("no record name"),
            std::string::npos);
}

TEST(EncodeRecords, KeepsEverything) {
  std::vector<SequenceRecord> const records{{"a", "ACGTN", {"a", 0, 5, '+'}},
                                            {"b", "NN", {"chr1", 3, 5, '-'}}};

  auto const dataset = encode_records(records);

  EXPECT_EQ(dataset.bases[0], (Bases{0, 1, 2, 3, 4}));
  EXPECT_EQ(dataset.origins[1], records[1].origin);
  EXPECT_EQ(dataset.target_count(), 0);
  EXPECT_TRUE(dataset.targets.empty());
}

TEST(SelectRecords, TakesRowsInTheOrderAsked) {
  Log log({.quiet = true});
  auto const dataset = build_dataset(random_records(25, "a"), "p", random_records(25, "b"), "n", {}, log);

  auto const chosen = select_records(dataset, std::vector<std::int64_t>{40, 3});

  EXPECT_EQ(chosen.names, (std::vector<std::string>{"b15", "a3"}));
  EXPECT_EQ(chosen.targets, (std::vector<float>{0, 1}));
  EXPECT_EQ(chosen.bases[1], dataset.bases[3]);
  EXPECT_EQ(chosen.groups, (std::vector<std::int64_t>{40, 3}));
}

}  // namespace
}  // namespace cislens
