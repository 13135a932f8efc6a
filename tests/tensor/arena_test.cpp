#include "cislens/tensor/arena.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace cislens {
namespace {

TEST(Arena, PiecesAreAlignedAndApart) {
  Arena arena;
  float* last = nullptr;
  for (std::int64_t const count : {1, 15, 16, 17, 1000}) {
    float* const piece = arena.floats(count);

    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(piece) % 64, 0U);
    EXPECT_NE(piece, last);
    for (std::int64_t i = 0; i < count; ++i) piece[i] = static_cast<float>(count);
    last = piece;
  }
}

TEST(Arena, ARewoundArenaGivesTheSameMemoryAgain) {
  Arena arena;
  arena.floats(10);
  float* inside = nullptr;
  std::size_t held = 0;
  {
    ArenaScope const scope(arena);
    inside = arena.floats(3'000'000);
    arena.floats(100);
    held = arena.capacity_bytes();
  }

  EXPECT_EQ(arena.floats(3'000'000), inside);
  EXPECT_EQ(arena.capacity_bytes(), held);
}

TEST(Arena, EarlierPiecesOutliveLaterScopes) {
  Arena arena;
  View const kept = arena.matrix(2, 3);
  kept.row(1)[2] = 7;
  {
    ArenaScope const scope(arena);
    View const other = arena.matrix(1000, 1000);
    for (std::int64_t i = 0; i < 1'000'000; ++i) other.data[i] = 1;
  }

  EXPECT_EQ(kept.row(1)[2], 7);
}

TEST(View, RangesKeepTheStride) {
  float numbers[12];
  for (int i = 0; i < 12; ++i) numbers[i] = static_cast<float>(i);
  View const all(numbers, 3, 4);

  EXPECT_EQ(all.column_range(1, 2).row(2)[1], 10);
  EXPECT_EQ(all.row_range(1, 2).row(1)[0], 8);
  EXPECT_FALSE(all.column_range(1, 2).contiguous());
  EXPECT_TRUE(all.first_rows(2).contiguous());
  EXPECT_TRUE(all.column_range(1, 2).first_rows(1).contiguous());
}

}  // namespace
}  // namespace cislens
