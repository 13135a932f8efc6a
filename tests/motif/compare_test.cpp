#include "cislens/motif/compare.hpp"

#include "cislens/base/random.hpp"
#include "cislens/motif/pwm.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace cislens {
namespace {

using Row = std::array<double, 4>;

/// Columns like those of real motifs: mostly one base, some two, some flat.
Row random_row(Random& random) {
  double const sharpness = 1 + 8 * random.uniform();
  Row row{};
  double sum = 0;
  for (auto& p : row) sum += p = std::pow(random.uniform(), sharpness) + 0.01;
  for (auto& p : row) p /= sum;
  return row;
}

std::vector<MotifMatrix> random_motifs(int count, std::uint64_t seed) {
  std::vector<MotifMatrix> motifs;
  for (int i = 0; i < count; ++i) {
    Random random(seed, static_cast<std::uint64_t>(i));
    MotifMatrix motif{"m" + std::to_string(i), "", {}, 50};
    auto const width = 6 + random.below(12);
    while (motif.rows.size() < width) motif.rows.push_back(random_row(random));
    motifs.push_back(motif);
  }
  return motifs;
}

/// Softer, with two flat columns before and one behind: what discovery makes of a motif.
MotifMatrix as_if_discovered(MotifMatrix const& motif) {
  MotifMatrix result{"query", "", {{0.25, 0.25, 0.25, 0.25}, {0.3, 0.2, 0.25, 0.25}}, 500};
  for (auto const& row : motif.rows) {
    Row soft;
    for (int base = 0; base < 4; ++base) soft[base] = 0.8 * row[base] + 0.05;
    result.rows.push_back(soft);
  }
  result.rows.push_back({0.2, 0.3, 0.25, 0.25});
  return result;
}

TEST(Compare, FindsAMotifWithOffsetAndStrand) {
  auto const database = random_motifs(200, 1);
  auto const& target = database[17];
  std::vector<MotifMatrix> const queries = {target, as_if_discovered(target),
                                            reverse_complement(as_if_discovered(target))};
  Threads threads(2);

  auto const matches = compare_to_database(queries, database, {5}, threads);

  ASSERT_EQ(matches.size(), 3u);
  for (auto const& best_first : matches) {
    ASSERT_EQ(best_first.size(), database.size());
    EXPECT_EQ(best_first[0].id, target.id);
    EXPECT_LT(best_first[0].q, 0.01);
    EXPECT_GT(best_first[0].correlation, 0.99);
    EXPECT_EQ(best_first[0].overlap, target.width());
    EXPECT_TRUE(std::is_sorted(best_first.begin(), best_first.end(),
                               [](auto const& a, auto const& b) { return a.p < b.p; }));
  }
  EXPECT_EQ(matches[0][0].offset, 0);
  EXPECT_NEAR(matches[0][0].correlation, 1, 1e-12);
  EXPECT_EQ(matches[1][0].offset, 2);
  EXPECT_EQ(matches[1][0].strand, '+');
  EXPECT_EQ(matches[2][0].offset, 1);
  EXPECT_EQ(matches[2][0].strand, '-');
}

TEST(Compare, ReverseComplementOfTheQueryHasTheSameP) {
  auto const database = random_motifs(60, 2);
  auto const queries = random_motifs(5, 3);
  std::vector<MotifMatrix> turned;
  for (auto const& query : queries) turned.push_back(reverse_complement(query));
  Threads threads(1);

  auto const a = compare_to_database(queries, database, {5}, threads);
  auto const b = compare_to_database(turned, database, {5}, threads);

  for (std::size_t i = 0; i < queries.size(); ++i) {
    for (std::size_t k = 0; k < database.size(); ++k) {
      auto const same =
          std::find_if(b[i].begin(), b[i].end(), [&](auto const& m) { return m.id == a[i][k].id; });
      ASSERT_NE(same, b[i].end());
      EXPECT_NEAR(same->p, a[i][k].p, 1e-9 + 1e-6 * a[i][k].p);
    }
  }
}

/// Shares of p below limits, for queries of columns in random order against a database of such: the null
/// itself.
TEST(Compare, PValuesAreUniformUnderTheNull) {
  auto database = random_motifs(300, 4);
  std::vector<Row> columns;
  for (auto const& motif : database) columns.insert(columns.end(), motif.rows.begin(), motif.rows.end());
  Random random(5, 0);
  auto queries = random_motifs(150, 6);
  for (auto* set : {&database, &queries}) {
    for (auto& motif : *set) {
      for (auto& row : motif.rows) row = columns[random.below(columns.size())];
    }
  }
  Threads threads(2);

  std::vector<double> p;
  for (auto const& best_first : compare_to_database(queries, database, {5}, threads)) {
    for (auto const& match : best_first) p.push_back(match.p);
  }

  auto const share = [&](double limit) {
    auto const below = std::count_if(p.begin(), p.end(), [&](double value) { return value <= limit; });
    return static_cast<double>(below) / static_cast<double>(p.size());
  };
  // 45,000 values, but few queries: they hang together, so the limits are wider than binomial ones.
  EXPECT_NEAR(share(0.5) / 0.5, 1, 0.12);
  EXPECT_NEAR(share(0.1) / 0.1, 1, 0.15);
  EXPECT_NEAR(share(0.01) / 0.01, 1, 0.25);
  EXPECT_NEAR(share(0.001) / 0.001, 1, 0.6);
}

TEST(Compare, PValueByHand) {
  // One column a motif, all four bases: a column meets itself with probability 1/4, twice (both strands).
  std::vector<MotifMatrix> const database = {{"A", "", {{1, 0, 0, 0}}, 0},
                                             {"C", "", {{0, 1, 0, 0}}, 0},
                                             {"G", "", {{0, 0, 1, 0}}, 0},
                                             {"T", "", {{0, 0, 0, 1}}, 0}};
  Threads threads(1);

  auto const matches = compare_to_database(std::span(database).first(1), database, {5}, threads)[0];

  EXPECT_EQ(matches[0].id, "A");
  EXPECT_EQ(matches[0].strand, '+');
  EXPECT_EQ(matches[1].id, "T");
  EXPECT_EQ(matches[1].strand, '-');
  EXPECT_NEAR(matches[0].p, 1 - 0.75 * 0.75, 1e-12);
  EXPECT_EQ(matches[2].p, 1);
  EXPECT_NEAR(matches[0].q, 2 * matches[0].p, 1e-12);
}

TEST(Compare, ThreadsDoNotChangeTheResultAndEmptyMotifsMatchNothing) {
  auto database = random_motifs(40, 7);
  database.push_back({"empty", "", {}, 0});
  auto queries = random_motifs(9, 8);
  queries.push_back({"none", "", {}, 0});
  Threads one(1);
  Threads three(3);

  auto const a = compare_to_database(queries, database, {5}, one);
  auto const b = compare_to_database(queries, database, {5}, three);

  for (std::size_t i = 0; i < queries.size(); ++i) {
    for (std::size_t k = 0; k < database.size(); ++k) {
      EXPECT_EQ(a[i][k].id, b[i][k].id);
      EXPECT_EQ(a[i][k].p, b[i][k].p);
    }
  }
  EXPECT_EQ(a.back()[0].q, 1);
  EXPECT_TRUE(compare_to_database(queries, {}, {5}, one)[0].empty());
}

}  // namespace
}  // namespace cislens
