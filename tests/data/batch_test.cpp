#include "cislens/data/batch.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace cislens {
namespace {

Dataset small_dataset() {
  Dataset dataset;
  for (std::string const text : {"ACGTT", "GG", "AACCGGTTN", ""}) {
    dataset.names.push_back("r" + std::to_string(dataset.size()));
    dataset.bases.push_back(encode_bases(text));
    dataset.targets.insert(dataset.targets.end(), {static_cast<float>(dataset.size()), -1});
  }
  dataset.origins.resize(dataset.bases.size());
  dataset.target_names = {"x", "y"};
  return dataset;
}

std::string row(Batch const& batch, std::int64_t b) {
  return decode_bases(BasesView(batch.bases).subspan(b * batch.length, batch.length));
}

TEST(FillBatch, PadsToTheLongest) {
  Batch batch;

  fill_batch(small_dataset(), std::vector<std::int64_t>{1, 2, 3}, 0, {}, batch);

  EXPECT_EQ(batch.size, 3);
  EXPECT_EQ(batch.length, 9);
  EXPECT_EQ(batch.lengths, (std::vector<std::int64_t>{2, 9, 0}));
  EXPECT_EQ(row(batch, 0), "GGNNNNNNN");
  EXPECT_EQ(row(batch, 1), "AACCGGTTN");
  EXPECT_EQ(row(batch, 2), "NNNNNNNNN");
  EXPECT_EQ(batch.targets, (std::vector<float>{2, -1, 3, -1, 4, -1}));
}

TEST(FillBatch, FillsAgainWithoutAllocating) {
  Dataset const dataset = small_dataset();
  Batch batch;
  fill_batch(dataset, std::vector<std::int64_t>{0, 1, 2}, 0, {}, batch);
  auto const* const memory = batch.bases.data();

  fill_batch(dataset, std::vector<std::int64_t>{0, 1}, 7, {}, batch);

  EXPECT_EQ(batch.bases.data(), memory);
  EXPECT_EQ(batch.length, 7);
  EXPECT_EQ(row(batch, 0), "ACGTTNN");
  EXPECT_EQ(row(batch, 1), "GGNNNNN");
}

TEST(FillBatch, ReverseComplementsHalfOfTheTimeWithinTheSequence) {
  Dataset const dataset = small_dataset();
  Batch batch;
  int reversed = 0;
  for (std::int64_t epoch = 0; epoch < 400; ++epoch) {
    Augmentation const augmentation{.reverse_complement = true, .max_shift = 0, .seed = 1, .epoch = epoch};

    fill_batch(dataset, std::vector<std::int64_t>{0, 2}, 0, augmentation, batch);

    ASSERT_TRUE(row(batch, 0) == "ACGTTNNNN" || row(batch, 0) == "AACGTNNNN") << row(batch, 0);
    reversed += row(batch, 0) == "AACGTNNNN" ? 1 : 0;
  }
  EXPECT_NEAR(reversed, 200, 40);  // four standard deviations
}

TEST(FillBatch, ShiftsKeepTheLengthAndBringInN) {
  Dataset const dataset = small_dataset();
  Batch batch;
  std::set<std::string> seen;
  for (std::int64_t epoch = 0; epoch < 100; ++epoch) {
    Augmentation const augmentation{.reverse_complement = false, .max_shift = 2, .seed = 1, .epoch = epoch};
    fill_batch(dataset, std::vector<std::int64_t>{0}, 0, augmentation, batch);
    seen.insert(row(batch, 0));
  }
  EXPECT_EQ(seen, (std::set<std::string>{"NNACG", "NACGT", "ACGTT", "CGTTN", "GTTNN"}));
}

TEST(FillBatch, TreatsARecordAlikeInEveryBatch) {
  Dataset const dataset = small_dataset();
  Augmentation const augmentation{.reverse_complement = true, .max_shift = 3, .seed = 9, .epoch = 4};
  Batch alone;
  Batch together;

  fill_batch(dataset, std::vector<std::int64_t>{0}, 9, augmentation, alone);
  fill_batch(dataset, std::vector<std::int64_t>{2, 1, 0}, 9, augmentation, together);

  EXPECT_EQ(row(alone, 0), row(together, 2));
}

TEST(EpochOrder, IsAPermutationOfItsOwnInEachEpoch) {
  std::vector<std::int64_t> const records{3, 5, 8, 13, 21, 34, 55, 89};

  auto const first = epoch_order(records, 1, 0);

  EXPECT_EQ(first, epoch_order(records, 1, 0));
  EXPECT_NE(first, epoch_order(records, 1, 1));
  EXPECT_NE(first, epoch_order(records, 2, 0));
  auto sorted = first;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(sorted, records);
}

}  // namespace
}  // namespace cislens
