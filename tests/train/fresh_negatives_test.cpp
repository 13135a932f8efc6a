#include "cislens/train/fresh_negatives.hpp"

#include "cislens/base/random.hpp"
#include "cislens/data/negatives.hpp"

#include <gtest/gtest.h>

#include <array>

namespace cislens {
namespace {

Dataset positives() {
  Dataset dataset;
  Random random(1, 2);
  for (int i = 0; i < 6; ++i) {
    Bases bases;
    for (int b = 0; b < 50; ++b) bases.push_back(static_cast<std::uint8_t>(random.below(4)));
    dataset.bases.push_back(bases);
    dataset.names.push_back("r" + std::to_string(i));
    dataset.origins.push_back({dataset.names.back(), 0, 50, '+'});
    dataset.targets.push_back(1);
  }
  dataset.target_names = {"positive"};
  return dataset;
}

std::array<int, 25> dinucleotides(Bases const& bases) {
  std::array<int, 25> counts{};
  for (std::size_t i = 1; i < bases.size(); ++i) ++counts[bases[i - 1] * 5 + bases[i]];
  return counts;
}

/// The bases after shuffling for these epochs, one after the other, with this many threads.
std::vector<Bases> after(std::vector<int> const& epochs, int thread_count) {
  Threads threads(thread_count);
  Dataset dataset = with_shuffled_negatives(positives(), 2, 7, threads);
  std::vector<std::int64_t> const train{0, 1, 6, 7, 9};  // 6, 7: shuffles of 0; 9: of 1
  FreshNegatives negatives(dataset, shuffled_records(train, 6, 2), 7, threads);
  for (int const epoch : epochs) negatives.shuffle(epoch);
  return dataset.bases;
}

TEST(FreshNegatives, OnlyTheChosenShufflesChangeAndStayShufflesOfTheirPositives) {
  std::vector<Bases> const first = after({}, 1);

  std::vector<Bases> const fresh = after({3}, 1);

  for (std::size_t i = 0; i < first.size(); ++i) {
    bool const chosen = i == 6 || i == 7 || i == 9;
    EXPECT_EQ(fresh[i] != first[i], chosen) << i;
  }
  EXPECT_EQ(dinucleotides(fresh[6]), dinucleotides(first[0]));
  EXPECT_EQ(dinucleotides(fresh[7]), dinucleotides(first[0]));
  EXPECT_EQ(dinucleotides(fresh[9]), dinucleotides(first[1]));
  EXPECT_NE(fresh[6], fresh[7]);
}

TEST(FreshNegatives, AreAFunctionOfTheEpochAlone) {
  EXPECT_EQ(after({0, 1, 2}, 1), after({2}, 3));
  EXPECT_NE(after({1}, 1), after({2}, 1));
}

TEST(FreshNegatives, LeaveTheDataSetAsItWas) {
  Threads threads(1);
  Dataset dataset = with_shuffled_negatives(positives(), 1, 7, threads);
  std::vector<Bases> const before = dataset.bases;
  std::vector<std::int64_t> const train{6, 7};

  {
    FreshNegatives negatives(dataset, shuffled_records(train, 6, 1), 7, threads);
    negatives.shuffle(1);
    EXPECT_NE(dataset.bases, before);
  }

  EXPECT_EQ(dataset.bases, before);
}

}  // namespace
}  // namespace cislens
