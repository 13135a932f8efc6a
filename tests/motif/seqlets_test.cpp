#include "cislens/motif/seqlets.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/random.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <span>

namespace cislens {
namespace {

std::vector<float> noise(std::size_t length, std::uint64_t stream) {
  Random random(5, stream);
  std::vector<float> track(length);
  for (float& value : track) value = static_cast<float>(random.normal());
  return track;
}

HeadTracks noisy_head(int head, int sequences) {
  HeadTracks result;
  result.head = head;
  for (int i = 0; i < sequences; ++i) {
    result.tracks.push_back(noise(200, mix(head, 2 * i)));
    result.shuffled.push_back(noise(200, mix(head, 2 * i + 1)));
  }
  return result;
}

std::vector<Seqlet> find_all(std::span<HeadTracks const> heads, SeqletOptions const& options) {
  return find_seqlets(
      static_cast<int>(heads.size()), [&](int head) { return heads[static_cast<std::size_t>(head)]; },
      options);
}

TEST(Seqlets, BumpIsFoundAtItsPlace) {
  HeadTracks head = noisy_head(3, 40);
  for (std::size_t i = 96; i < 105; ++i) head.tracks[7][i] += 8.0F;

  auto const seqlets = find_all(std::span(&head, 1), {.smooth_bp = 5, .width_bp = 31, .target_p = 0.01});

  auto const best = std::max_element(seqlets.begin(), seqlets.end(),
                                     [](Seqlet const& a, Seqlet const& b) { return a.score < b.score; });
  ASSERT_NE(best, seqlets.end());
  EXPECT_EQ(best->sequence, 7);
  EXPECT_EQ(best->head, 3);
  EXPECT_NEAR(static_cast<double>(best->start + best->end) / 2, 100.5, 3.0);
  EXPECT_EQ(best->end - best->start, 31);
}

TEST(Seqlets, NoneOverlapAndNoiseIsRarelySignificant) {
  std::vector<HeadTracks> const heads{noisy_head(0, 100), noisy_head(1, 100)};

  auto const seqlets = find_all(heads, {.smooth_bp = 5, .width_bp = 31, .target_p = 1.0});

  std::int64_t small_p = 0;
  std::int64_t small_q = 0;
  for (Seqlet const& seqlet : seqlets) {
    small_p += seqlet.p <= 0.05;
    small_q += seqlet.q <= 0.05;
    for (Seqlet const& other : seqlets) {
      if (&other == &seqlet || other.head != seqlet.head || other.sequence != seqlet.sequence) continue;
      EXPECT_GE(std::abs((other.start + other.end) - (seqlet.start + seqlet.end)) / 2, 15);
    }
  }
  EXPECT_NEAR(static_cast<double>(small_p) / static_cast<double>(seqlets.size()), 0.05, 0.02);
  EXPECT_EQ(small_q, 0);
}

TEST(Seqlets, HandComputedP) {
  HeadTracks head{.head = 0, .tracks = {{0, 5, 0}}, .shuffled = {{0, 1, 0}, {0, 7, 0}, {0, 2, 0}}};

  auto const seqlets = find_all(std::span(&head, 1), {.smooth_bp = 1, .width_bp = 5, .target_p = 1.0});

  ASSERT_EQ(seqlets.size(), 1U);
  EXPECT_DOUBLE_EQ(seqlets[0].p, 2.0 / 4.0);
  EXPECT_EQ(seqlets[0].start, 0);
  EXPECT_EQ(seqlets[0].end, 3);
}

/// Those of a p that is too large are counted, though they are not kept.
TEST(Seqlets, QIsOfAllMaximaOfAllHeads) {
  std::vector<HeadTracks> const heads{noisy_head(0, 20), noisy_head(1, 20)};

  auto const all = find_all(heads, {.smooth_bp = 5, .width_bp = 31, .target_p = 1.0});
  auto const some = find_all(heads, {.smooth_bp = 5, .width_bp = 31, .target_p = 0.2});

  auto kept = some.begin();
  for (Seqlet const& seqlet : all) {
    if (seqlet.p > 0.2) continue;
    ASSERT_NE(kept, some.end());
    EXPECT_EQ(kept->start, seqlet.start);
    EXPECT_EQ(kept->head, seqlet.head);
    EXPECT_EQ(kept->q, seqlet.q);
    ++kept;
  }
  EXPECT_EQ(kept, some.end());
  EXPECT_GT(some.size(), 10U);
  EXPECT_LT(some.size(), all.size() / 2);
}

TEST(Seqlets, EmptyInputGivesNothing) {
  HeadTracks head{.head = 0, .tracks = {{}}, .shuffled = {{}}};

  EXPECT_TRUE(find_all({}, SeqletOptions{}).empty());
  EXPECT_TRUE(find_all(std::span(&head, 1), SeqletOptions{}).empty());
}

TEST(Seqlets, BadInputIsRefused) {
  HeadTracks no_copies{.head = 0, .tracks = {{1.0F}}, .shuffled = {}};
  HeadTracks not_finite{
      .head = 0, .tracks = {{std::numeric_limits<float>::quiet_NaN()}}, .shuffled = {{0.0F}}};

  EXPECT_THROW(find_all(std::span(&no_copies, 1), SeqletOptions{}), ShapeError);
  EXPECT_THROW(find_all(std::span(&not_finite, 1), SeqletOptions{}), NumericalError);
  EXPECT_THROW(find_all({}, {.smooth_bp = 4, .width_bp = 31, .target_p = 0.05}), ShapeError);
}

}  // namespace
}  // namespace cislens
