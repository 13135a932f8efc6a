// Comparison on a real collection: JASPAR 2024 vertebrates.

#include "cislens/base/random.hpp"
#include "cislens/motif/compare.hpp"
#include "cislens/motif/pwm.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace cislens {
namespace {

class CompareJaspar : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ifstream file(std::filesystem::path(CISLENS_SHARED_DATA) /
                       "motifs/JASPAR2024_CORE_vertebrates_nr.meme");
    if (!file) GTEST_SKIP() << "skipped: no data";
    for (std::string line; std::getline(file, line);) {
      std::istringstream words(line);
      std::array<double, 4> row{};
      if (line.starts_with("MOTIF")) {
        std::string word;
        auto& motif = database_.emplace_back();
        words >> word >> motif.id >> motif.name;
      } else if (!database_.empty() && words >> row[0] >> row[1] >> row[2] >> row[3]) {
        double const sum = row[0] + row[1] + row[2] + row[3];
        for (auto& p : row) p /= sum;
        database_.back().rows.push_back(row);
      }
    }
    ASSERT_EQ(database_.size(), 879u);
  }

  std::vector<DatabaseMatch> matches_of(MotifMatrix const& query) {
    return compare_to_database(std::span(&query, 1), database_, {5}, threads_)[0];
  }
  MotifMatrix const& motif(std::string const& id) {
    return *std::find_if(database_.begin(), database_.end(), [&](auto const& m) { return m.id == id; });
  }

  std::vector<MotifMatrix> database_;
  Threads threads_{2};
};

TEST_F(CompareJaspar, CtcfIsFoundForItselfOnBothStrands) {
  auto const& ctcf = motif("MA0139.2");

  auto const forward = matches_of(ctcf);
  auto const backward = matches_of(reverse_complement(ctcf));

  EXPECT_EQ(forward[0].id, "MA0139.2");
  EXPECT_EQ(forward[0].strand, '+');
  EXPECT_LT(forward[0].q, 1e-8);
  EXPECT_NEAR(forward[0].correlation, 1, 1e-12);
  EXPECT_EQ(backward[0].id, "MA0139.2");
  EXPECT_EQ(backward[0].strand, '-');
  EXPECT_LT(backward[0].q, 1e-8);
  for (int i = 1; i < 3; ++i)
    EXPECT_TRUE(forward[i].name.starts_with("CTCF")) << forward[i].name;  // CTCFL, CTCF variants
}

TEST_F(CompareJaspar, SoftAndPaddedMotifsAreRecognised) {
  int found = 0;
  std::vector<MotifMatrix> queries;  // 98
  for (std::size_t i = 0; i < database_.size(); i += 9) {
    MotifMatrix query{database_[i].id, "", {{0.27, 0.23, 0.23, 0.27}, {0.25, 0.25, 0.25, 0.25}}, 0};
    for (auto row : database_[i].rows) {
      for (auto& p : row) p = 0.7 * p + 0.075;
      query.rows.push_back(row);
    }
    queries.push_back(query);
  }
  int named = 0;

  auto const matches = compare_to_database(queries, database_, {5}, threads_);

  for (std::size_t i = 0; i < queries.size(); ++i) {
    auto const end = matches[i].begin() + 3;
    found +=
        std::find_if(matches[i].begin(), end, [&](auto const& m) { return m.id == queries[i].id; }) != end;
    named += matches[i][0].q < 0.01;
  }
  EXPECT_GE(found, 93);  // of 98
  EXPECT_GE(named, 93);
}

TEST_F(CompareJaspar, FamiliesComeTogether) {
  std::vector<std::pair<std::string, std::vector<std::string>>> const families = {
      {"MA0036.4", {"GATA", "Gata", "TRPS1"}}, {"MA0143.5", {"SOX", "Sox"}}, {"MA0079.5", {"SP", "KLF"}}};
  for (auto const& [id, names] : families) {
    auto const matches = matches_of(motif(id));

    for (int i = 0; i < 5; ++i) {
      bool const member = std::any_of(names.begin(), names.end(),
                                      [&](auto const& name) { return matches[i].name.starts_with(name); });
      EXPECT_TRUE(member) << id << ' ' << matches[i].name;
      EXPECT_LT(matches[i].q, 0.01) << id << ' ' << matches[i].name;
    }
  }
}

/// Motifs whose columns were put in random order keep their composition, so a little more than the nominal
/// share is right.
TEST_F(CompareJaspar, PermutedColumnsGiveNearlyUniformP) {
  Random random(3, 0);
  std::vector<MotifMatrix> queries;
  for (int i = 0; i < 200; ++i) {
    auto query = database_[random.below(database_.size())];
    random.shuffle(std::span(query.rows));
    queries.push_back(query);
  }
  std::int64_t below_tenth = 0;
  std::int64_t below_hundredth = 0;
  std::int64_t all = 0;
  for (auto const& matches : compare_to_database(queries, database_, {5}, threads_)) {
    for (auto const& match : matches) {
      ++all;
      below_tenth += match.p <= 0.1;
      below_hundredth += match.p <= 0.01;
    }
  }
  EXPECT_NEAR(static_cast<double>(below_tenth) / static_cast<double>(all), 0.1, 0.02);
  EXPECT_NEAR(static_cast<double>(below_hundredth) / static_cast<double>(all), 0.01, 0.005);
}

}  // namespace
}  // namespace cislens
