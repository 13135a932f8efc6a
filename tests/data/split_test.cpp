#include "cislens/data/split.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <set>
#include <string>

namespace cislens {
namespace {

Bases random_bases(std::int64_t length, std::uint64_t stream) {
  Random random(11, stream);
  Bases bases(static_cast<std::size_t>(length));
  for (auto& base : bases) base = static_cast<std::uint8_t>(random.below(4));
  return bases;
}

void add(Dataset& dataset, Bases bases, Interval const& place) {
  std::string const name = "record" + std::to_string(dataset.size());
  auto const length = static_cast<std::int64_t>(bases.size());
  dataset.bases.push_back(std::move(bases));
  dataset.names.push_back(name);
  dataset.origins.push_back(place.contig.empty() ? Interval{name, 0, length, '+'} : place);
  dataset.targets.push_back(1);
  dataset.target_names = {"positive"};
}

Dataset unplaced(std::int64_t count) {
  Dataset dataset;
  for (std::int64_t i = 0; i < count; ++i) add(dataset, random_bases(50, static_cast<std::uint64_t>(i)), {});
  return dataset;
}

/// `counts[c]` records of 50 bases on contig c, 100 apart.
Dataset placed(std::vector<std::int64_t> const& counts) {
  Dataset dataset;
  for (std::size_t c = 0; c < counts.size(); ++c) {
    for (std::int64_t i = 0; i < counts[c]; ++i) {
      add(dataset, random_bases(50, c * 100'000 + static_cast<std::uint64_t>(i)),
          {"chr" + std::to_string(c), 100 * i, 100 * i + 50, '.'});
    }
  }
  return dataset;
}

std::array<std::int64_t, 3> sizes(std::vector<Part> const& parts) {
  std::array<std::int64_t, 3> count{};
  for (Part const part : parts) ++count[static_cast<std::size_t>(part)];
  return count;
}

TEST(Split, MeetsTheSharesWithoutPlaces) {
  auto const parts = split(unplaced(1000), {.seed = 1});

  EXPECT_EQ(sizes(parts), (std::array<std::int64_t, 3>{800, 100, 100}));
  EXPECT_NE(parts, split(unplaced(1000), {.seed = 2}));
  EXPECT_EQ(sizes(split(unplaced(1000), {.train = 9, .validation = 1, .test = 0, .seed = 1})),
            (std::array<std::int64_t, 3>{900, 100, 0}));
}

TEST(Split, NeverDividesCopiesOrReverseComplements) {
  Dataset dataset = unplaced(300);
  for (std::size_t i = 0; i < 100; ++i) {
    add(dataset, dataset.bases[i], {});
    add(dataset, reverse_complement(dataset.bases[i]), {});
  }

  auto const parts = split(dataset, {.seed = 3});

  for (std::size_t i = 0; i < 100; ++i) {
    EXPECT_EQ(parts[i], parts[300 + 2 * i]);
    EXPECT_EQ(parts[i], parts[301 + 2 * i]);
  }
}

TEST(Split, NeverDividesGroups) {
  Dataset dataset = unplaced(400);
  for (std::int64_t i = 0; i < 400; ++i) dataset.groups.push_back(i % 100);

  auto const parts = split(dataset, {.seed = 3});

  for (std::size_t i = 100; i < 400; ++i) EXPECT_EQ(parts[i], parts[i % 100]);
}

TEST(Split, GoesByContigWhenThereAreSeveral) {
  auto const dataset = placed({200, 190, 180, 150, 140, 130, 120, 90, 60, 50, 40});

  auto const parts = split(dataset, {.seed = 5});

  std::map<std::string, std::set<Part>> by_contig;
  for (std::size_t i = 0; i < parts.size(); ++i) by_contig[dataset.origins[i].contig].insert(parts[i]);
  for (auto const& [contig, set] : by_contig) EXPECT_EQ(set.size(), 1U) << contig;
  auto const count = sizes(parts);
  EXPECT_GE(count[1], dataset.size() / 20);
  EXPECT_LE(count[1], dataset.size() / 5);
  EXPECT_GE(count[2], dataset.size() / 20);
}

TEST(Split, NeverDividesOverlapsOnOneContig) {
  Dataset dataset;
  for (std::int64_t i = 0; i < 300; ++i) {
    // Chains of three, and a long record that holds a short one.
    std::int64_t const start = 1000 * (i / 3) + 40 * (i % 3);
    add(dataset, random_bases(50, static_cast<std::uint64_t>(i)),
        {"chr1", start, start + 50, i % 2 == 0 ? '+' : '-'});
  }
  add(dataset, random_bases(900, 900), {"chr1", 500'000, 500'900, '.'});
  add(dataset, random_bases(50, 901), {"chr1", 500'010, 500'060, '.'});
  add(dataset, random_bases(50, 902), {"chr1", 500'800, 500'850, '.'});

  auto const parts = split(dataset, {.seed = 5});

  for (std::size_t i = 0; i < 300; ++i) EXPECT_EQ(parts[i], parts[i - i % 3]);
  EXPECT_EQ(parts[300], parts[301]);
  EXPECT_EQ(parts[300], parts[302]);
  EXPECT_GT(sizes(parts)[1], 20);
}

TEST(Split, TouchingIsNotOverlapping) {
  Dataset dataset = placed({2});
  dataset.origins[1].start = 50;

  EXPECT_EQ(cluster_records(dataset), (std::vector<std::int64_t>{0, 1}));
  dataset.origins[1].start = 49;
  EXPECT_EQ(cluster_records(dataset), (std::vector<std::int64_t>{0, 0}));
}

TEST(Split, DoesNotDependOnTheOrderOfRecords) {
  Dataset const dataset = unplaced(200);
  Dataset reversed = dataset;
  std::reverse(reversed.bases.begin(), reversed.bases.end());

  auto const parts = split(dataset, {.seed = 5});
  auto mirrored = split(reversed, {.seed = 5});

  std::reverse(mirrored.begin(), mirrored.end());
  EXPECT_EQ(parts, mirrored);
}

TEST(Split, FillsEveryPartOrSaysWhyNot) {
  EXPECT_EQ(sizes(split(unplaced(3), {.seed = 1})), (std::array<std::int64_t, 3>{1, 1, 1}));
  EXPECT_THROW(split(unplaced(2), {.seed = 1}), InputError);
  EXPECT_THROW(split(unplaced(9), {.train = 0, .validation = 0, .test = 0}), UsageError);
  EXPECT_THROW(split(unplaced(9), {.train = 1, .validation = -1, .test = 1}), UsageError);
}

TEST(Folds, AreEvenAndKeepClusters) {
  Dataset dataset = unplaced(500);
  for (std::int64_t i = 0; i < 500; ++i) dataset.groups.push_back(i / 2);

  auto const fold = folds(dataset, 5, 7);

  std::map<std::int64_t, int> count;
  for (std::size_t i = 0; i < 500; ++i) {
    ++count[fold[i]];
    EXPECT_EQ(fold[i], fold[i - i % 2]);
  }
  EXPECT_EQ(count, (std::map<std::int64_t, int>{{0, 100}, {1, 100}, {2, 100}, {3, 100}, {4, 100}}));
  EXPECT_EQ(folds(dataset, 1, 7), std::vector<std::int64_t>(500, 0));
  EXPECT_THROW(folds(dataset, 0, 7), UsageError);
}

TEST(RecordsOf, ListsOnePart) {
  std::vector<Part> const parts{Part::train, Part::test, Part::train};

  EXPECT_EQ(records_of(parts, Part::train), (std::vector<std::int64_t>{0, 2}));
  EXPECT_EQ(records_of(parts, Part::validation), (std::vector<std::int64_t>{}));
}

}  // namespace
}  // namespace cislens
