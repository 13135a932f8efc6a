#include "cislens/motif/blends.hpp"

#include "cislens/motif/alignment.hpp"

#include "motif/discovery_sequences.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace cislens {
namespace {

using namespace discovery_sequences;

Rows const one = rows_of("AACAGCTGTT", 0.9);
Rows const two = rows_of("GGCAGCTCCC", 0.9);

MotifMatrix matrix_of(Rows const& rows, double sites) {
  MotifMatrix matrix;
  matrix.rows = rows;
  matrix.sites = sites;
  return matrix;
}

/// What a search that takes both for one would report.
MotifMatrix blend_of(Rows const& first, Rows const& second) {
  MotifMatrix matrix = matrix_of(first, 400);
  for (std::size_t c = 0; c < first.size(); ++c) {
    for (std::size_t b = 0; b < 4; ++b) matrix.rows[c][b] = (first[c][b] + second[c][b]) / 2;
  }
  return matrix;
}
MotifMatrix blend() { return blend_of(one, two); }

BlendResult search(std::vector<Bases> const& bases, std::vector<MotifMatrix> const& motifs,
                   bool stays = false, int threads = 2, int max_motifs = 50) {
  std::vector<Window> fit;
  std::vector<Window> holdout;
  for (std::size_t i = 0; i < bases.size(); ++i)
    (i % 5 == 4 ? holdout : fit).push_back(whole_record(bases[i], static_cast<std::int64_t>(i)));
  Threads workers(threads);
  Log log({.quiet = true, .json = false});
  BlendOptions options;
  options.max_motifs = max_motifs;
  return find_blends({motifs, std::vector<bool>(motifs.size(), stays), fit, holdout}, options, workers, log);
}

double likeness(MotifMatrix const& found, Rows const& planted) {
  return best_alignment(found, matrix_of(planted, 100), 8).correlation;
}

TEST(Blends, TwoMotifsThatShareACoreArePutApart) {
  BlendResult const result = search(sequences(900, 100, {one, two}, 3), {blend()});

  ASSERT_EQ(result.blends.size(), 1U);
  EXPECT_EQ(result.blends[0].motif, 0U);
  EXPECT_EQ(result.tried, 1);
  EXPECT_FALSE(result.blends[0].listed.has_value());
  auto const& [first, second] = result.blends[0].parts;
  EXPECT_GE(first.sites, second.sites);
  // 240 sites of either: entries of 0.9 are known to (0.9 * 0.1 / 240)^0.5 = 0.02, and the blend has r 0.77
  // to both.
  bool const in_order = likeness(first, one) > likeness(first, two);
  EXPECT_GT(likeness(in_order ? first : second, one), 0.97);
  EXPECT_GT(likeness(in_order ? second : first, two), 0.97);
}

TEST(Blends, WhatIsOfAListedMotifGoesToThat) {
  Rows const near = rows_of("CACATATGTT", 0.9);
  Rows const listed = rows_of("CCCATATGTT", 0.9);  // it and `near` are alike
  std::vector<Bases> const bases = sequences(1200, 100, {one, near, listed}, 3);
  BlendResult const result = search(bases, {matrix_of(listed, 240), blend_of(one, near)});

  ASSERT_EQ(result.blends.size(), 1U);
  EXPECT_EQ(result.blends[0].motif, 1U);
  EXPECT_EQ(result.blends[0].listed, 0U);
  EXPECT_GT(likeness(result.blends[0].parts[0], one), 0.97);
  EXPECT_GT(likeness(result.blends[0].parts[1], rows_of("CNCATATGTT", 0.9)), 0.97);
}

TEST(Blends, WhatStandsBetweenTwoIsPutApartFromBoth) {
  Rows const left = rows_of("GCAGCTGCTT", 0.9);
  Rows const between = rows_of("GCAGGTGCTA", 0.9);
  Rows const right = rows_of("ACACGTGTTA", 0.9);
  std::vector<Bases> const bases = sequences(1500, 100, {left, between, right}, 3);
  BlendResult const result = search(bases, {blend_of(left, between), blend_of(right, between)});

  ASSERT_EQ(result.blends.size(), 1U);
  Blend const& blend = result.blends[0];
  EXPECT_EQ(blend.motif, 0U);
  EXPECT_FALSE(blend.listed.has_value());
  ASSERT_TRUE(blend.renewed.has_value());
  EXPECT_EQ(blend.renewed->first, 1U);
  EXPECT_GE(blend.parts[0].sites, blend.parts[1].sites);
  EXPECT_GT(likeness(blend.renewed->second, right), 0.97);
  bool const in_order = likeness(blend.parts[0], left) > likeness(blend.parts[1], left);
  EXPECT_GT(likeness(blend.parts[in_order ? 0 : 1], left), 0.97);
  EXPECT_GT(likeness(blend.parts[in_order ? 1 : 0], between), 0.97);
}

TEST(Blends, TwoKindsOfOneMotifStayOne) {
  Rows const short_end = rows_of("NNTGACGTCATTNN", 0.95);
  Rows const long_end = rows_of("GCTGACGTCANNGC", 0.95);  // eight columns shared, six not
  MotifMatrix const both = blend_of(short_end, long_end);
  BlendResult const result = search(sequences(900, 100, {short_end, long_end}, 8), {both});

  EXPECT_EQ(result.tried, 1);
  EXPECT_TRUE(result.blends.empty());
}

TEST(Blends, OneMotifIsNone) {
  std::vector<Bases> const bases = sequences(900, 100, {one}, 4);
  EXPECT_TRUE(search(bases, {matrix_of(one, 400)}).blends.empty());
  EXPECT_TRUE(search(bases, {blend()}).blends.empty());
}

TEST(Blends, WhereTheOtherIsOnTheListThereIsNoneEither) {
  EXPECT_TRUE(
      search(sequences(900, 100, {one, two}, 5), {matrix_of(one, 300), matrix_of(two, 300)}).blends.empty());
}

TEST(Blends, NotAskedOfThoseThatStayNorBeyondTheMost) {
  std::vector<Bases> const bases = sequences(900, 100, {one, two}, 3);
  EXPECT_EQ(search(bases, {blend()}, true).tried, 0);
  EXPECT_TRUE(search(bases, {blend()}, false, 2, 1).blends.empty());
}

TEST(Blends, TheSameForAnyNumberOfThreads) {
  std::vector<Bases> const bases = sequences(600, 100, {one, two}, 6);
  BlendResult const alone = search(bases, {blend()}, false, 1);
  BlendResult const team = search(bases, {blend()}, false, 3);

  ASSERT_EQ(alone.blends.size(), team.blends.size());
  ASSERT_EQ(alone.blends.size(), 1U);
  for (int part = 0; part < 2; ++part)
    EXPECT_EQ(alone.blends[0].parts[part].rows, team.blends[0].parts[part].rows);
}

TEST(Blends, NothingToAsk) {
  EXPECT_TRUE(search({}, {blend()}).blends.empty());
  EXPECT_TRUE(search(sequences(100, 100, {one}, 7), {}).blends.empty());
}

}  // namespace
}  // namespace cislens
