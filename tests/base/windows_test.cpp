#include "cislens/base/windows.hpp"

#include "cislens/base/errors.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace cislens {
namespace {

std::vector<RecordWindow> windows_of(std::int64_t length, std::int64_t max_length, std::int64_t grid) {
  WindowPlan const plan(length, max_length, grid);
  std::vector<RecordWindow> windows;
  for (std::int64_t i = 0; i < plan.count(); ++i) windows.push_back(plan[i]);
  return windows;
}

/// work(length, max_length, grid) for every small case and some large ones.
template <typename Work>
void for_every_case(Work work) {
  for (std::int64_t grid : {1, 2, 3, 5}) {
    for (std::int64_t max_length = 2 * grid; max_length <= 40; ++max_length) {
      for (std::int64_t length = 0; length <= 150; ++length) work(length, max_length, grid);
    }
    for (std::int64_t length : {1'000'000, 999'999, 1'000'003}) work(length, 200, grid);
  }
}

TEST(WindowPlan, ShortRecordsAreOneWindow) {
  EXPECT_TRUE(windows_of(0, 8, 2).empty());
  EXPECT_EQ(windows_of(1, 8, 2), (std::vector<RecordWindow>{{0, 1}}));
  EXPECT_EQ(windows_of(8, 8, 2), (std::vector<RecordWindow>{{0, 8}}));
  EXPECT_EQ(windows_of(9, 8, 2), (std::vector<RecordWindow>{{0, 7}, {2, 9}}));
}

TEST(WindowPlan, WindowsAreAlikeOverlapByHalfAndCoverTheRecord) {
  for_every_case([](std::int64_t length, std::int64_t max_length, std::int64_t grid) {
    auto const windows = windows_of(length, max_length, grid);
    if (windows.size() < 2) return;
    ASSERT_EQ(windows.front().start, 0);
    ASSERT_EQ(windows.back().end, length);
    std::int64_t const width = windows.front().length();
    ASSERT_GT(width, max_length - grid);
    for (std::size_t i = 0; i < windows.size(); ++i) {
      ASSERT_EQ(windows[i].length(), width);
      ASSERT_LE(width, max_length);
      if (i == 0) continue;
      ASSERT_GT(windows[i].start, windows[i - 1].start);
      ASSERT_LE(windows[i].start - windows[i - 1].start, std::max(grid, width / 2));
    }
  });
}

TEST(WindowPlan, TokensOfAWindowAreThoseOfTheRecordOnBothStrands) {
  for_every_case([](std::int64_t length, std::int64_t max_length, std::int64_t grid) {
    for (RecordWindow const& window : windows_of(length, max_length, grid)) {
      ASSERT_EQ(window.start % grid, 0);
      ASSERT_EQ((length - window.end) % grid, 0);
    }
  });
}

TEST(WindowPlan, TheOtherStrandHasTheMirrorImages) {
  for_every_case([](std::int64_t length, std::int64_t max_length, std::int64_t grid) {
    auto const windows = windows_of(length, max_length, grid);
    for (std::size_t i = 0; i < windows.size(); ++i) {
      RecordWindow const& other = windows[windows.size() - 1 - i];
      ASSERT_EQ(windows[i], (RecordWindow{length - other.end, length - other.start}));
    }
  });
}

TEST(WindowPlan, ALongRecordCostsAboutTwiceItsLength) {
  auto const windows = windows_of(1'000'000, 200, 2);

  EXPECT_NEAR(static_cast<double>(windows.size()), 1e6 / 100, 4);
}

TEST(WindowPlan, RefusesWindowsOfLessThanTwoTokens) {
  EXPECT_THROW(WindowPlan(10, 3, 2), Error);
  EXPECT_THROW(WindowPlan(-1, 8, 2), Error);
}

TEST(CrossFade, NeighboursTakeTurnsAndEndsDoNotCount) {
  for_every_case([](std::int64_t length, std::int64_t max_length, std::int64_t grid) {
    if (length > 1000) return;
    auto const windows = windows_of(length, max_length, grid);
    std::int64_t last_end = 0;
    for (std::size_t i = 1; i < windows.size(); ++i) {
      CrossFade const fade(windows[i - 1], windows[i]);
      std::int64_t const margin = (windows[i - 1].end - windows[i].start) / 4;
      ASSERT_GE(fade.begin(), last_end);
      ASSERT_LE(fade.begin(), fade.end());
      ASSERT_GE(fade.begin(), windows[i].start + margin);
      ASSERT_LE(fade.end(), windows[i - 1].end - margin);
      last_end = fade.end();
    }
  });
}

TEST(CrossFade, IsASmoothStepThatKeepsEqualValues) {
  CrossFade const fade({0, 200}, {100, 300});

  EXPECT_EQ(fade.begin(), 125);
  EXPECT_EQ(fade.end(), 175);
  float before = 0;
  for (std::int64_t base = fade.begin(); base < fade.end(); ++base) {
    float const share = fade.mix(base, 0, 1);
    EXPECT_GT(share, before);
    EXPECT_LE(share - before, 0.0201F);
    EXPECT_EQ(fade.mix(base, 0.1F, 0.1F), 0.1F);
    before = share;
  }
  EXPECT_EQ(fade.mix(fade.begin() - 1, 3, 7), 3);
  EXPECT_EQ(fade.mix(fade.end(), 3, 7), 7);
}

TEST(CrossFade, MirroredWindowsGiveTheSameNumbers) {
  std::int64_t const length = 501;
  auto const mirror = [](RecordWindow window) {
    return RecordWindow{length - window.end, length - window.start};
  };
  auto const windows = windows_of(length, 37, 2);
  for (std::size_t i = 1; i < windows.size(); ++i) {
    CrossFade const fade(windows[i - 1], windows[i]);
    CrossFade const turned(mirror(windows[i]), mirror(windows[i - 1]));
    EXPECT_EQ(fade.begin(), length - turned.end());
    EXPECT_EQ(fade.end(), length - turned.begin());
    for (std::int64_t base = fade.begin(); base < fade.end(); ++base) {
      EXPECT_EQ(fade.mix(base, 0.3F, 0.7F), turned.mix(length - 1 - base, 0.7F, 0.3F));
    }
  }
}

}  // namespace
}  // namespace cislens
