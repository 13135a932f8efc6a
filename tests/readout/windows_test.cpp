#include "cislens/readout/windows.hpp"

#include "cislens/base/random.hpp"
#include "cislens/model/parameters.hpp"
#include "cislens/ops/load.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace cislens {
namespace {

Bases random_bases(std::int64_t length, std::uint64_t seed) {
  Random random(seed, 1);
  Bases bases(static_cast<std::size_t>(length));
  for (auto& base : bases) base = static_cast<std::uint8_t>(random.below(4));
  return bases;
}

/// (2, length): numbers that depend on the bases at most `reach` away, and on where the sequence ends if that
/// is nearer.
std::vector<float> local_tracks(BasesView bases, std::int64_t reach) {
  std::vector<float> tracks;
  auto const size = static_cast<std::int64_t>(bases.size());
  for (int row = 0; row < 2; ++row) {
    for (std::int64_t at = 0; at < size; ++at) {
      float value = 0.1F * static_cast<float>(row);
      for (std::int64_t k = at - reach; k <= at + reach; ++k) {
        value = value * 1.7F + (k < 0 || k >= size ? 100.0F : 0.3F * static_cast<float>(bases[k]));
        value -= std::floor(value);
      }
      tracks.push_back(value);
    }
  }
  return tracks;
}

TEST(TrackStitcher, OfNumbersThatSeeOnlyNeighboursAnyWindowGivesTheSame) {
  std::int64_t const reach = 3;
  for (std::int64_t const length : {100, 101, 257, 1000}) {
    Bases const bases = random_bases(length, 1);
    auto const whole = local_tracks(bases, reach);
    for (std::int64_t max_length = 8 * (reach + 2); max_length <= length + 1; max_length += 7) {
      WindowPlan const plan(length, max_length, 2);
      TrackStitcher stitcher(2);
      std::vector<float> joined(whole.size());
      std::int64_t next = 0;
      auto const put = [&](TrackPiece const& piece) {
        ASSERT_EQ(piece.place.start, next);
        next = piece.place.end;
        for (int row = 0; row < 2; ++row) {
          std::copy_n(piece.values.data() + row * piece.place.length(), piece.place.length(),
                      joined.data() + row * length + piece.place.start);
        }
      };

      for (std::int64_t i = 0; i < plan.count(); ++i) {
        BasesView const window = BasesView(bases).subspan(plan[i].start, plan[i].length());
        put(stitcher.add(plan[i], local_tracks(window, reach)));
      }
      put(stitcher.finish());

      EXPECT_EQ(next, length);
      EXPECT_EQ(joined, whole) << length << " " << max_length;
    }
  }
}

struct Joined {
  std::vector<float> total;
  std::vector<float> heads;  ///< (layers * H, L)
  std::size_t largest_piece = 0;
};

class ReadWindows : public ::testing::Test {
 protected:
  ReadWindows() {
    config.channels = 16;
    config.filter_width = 7;
    config.heads = 2;
    config.readout_heads = 2;
  }

  Joined read(Bases const& bases, std::int64_t max_length, int thread_count) const {
    auto const parameters = initial_parameters(config, 3);
    Threads threads(thread_count);
    std::vector<Bases> const records = {bases};
    std::size_t const rows = static_cast<std::size_t>(config.blocks * config.heads);
    Joined joined{std::vector<float>(bases.size()), std::vector<float>(rows * bases.size())};
    read_windows(config, parameters.values(), records, max_length, {}, load_cpu_backend("auto"), threads,
                 [&](ReadoutPiece const& piece) {
                   auto const length = static_cast<std::size_t>(piece.place.length());
                   joined.largest_piece = std::max(joined.largest_piece, length);
                   std::copy_n(piece.total.data(), length, joined.total.data() + piece.place.start);
                   for (std::size_t row = 0; row < rows; ++row) {
                     std::copy_n(piece.heads.data() + row * length, length,
                                 joined.heads.data() + row * bases.size() + piece.place.start);
                   }
                 });
    return joined;
  }

  NetworkConfig config;
};

TEST_F(ReadWindows, AShortRecordIsReadAsEver) {
  Bases const bases = random_bases(90, 2);
  auto const parameters = initial_parameters(config, 3);
  Threads threads(1);
  std::vector<Bases> const records = {bases};
  auto const expected =
      read_records(config, parameters.values(), records, {}, load_cpu_backend("auto"), threads);

  Joined const joined = read(bases, 90, 1);

  EXPECT_EQ(joined.total, expected[0].total);
  EXPECT_EQ(joined.heads, expected[0].heads);
}

/// What one window says and another does not, as a share of the largest value.
double largest_difference(std::vector<float> const& a, std::vector<float> const& b, std::int64_t rows,
                          std::int64_t edge) {
  auto const length = static_cast<std::int64_t>(a.size()) / rows;
  double difference = 0;
  double largest = 0;
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t i = edge; i < length - edge; ++i) {
      auto const at = static_cast<std::size_t>(row * length + i);
      difference = std::max(difference, std::abs(static_cast<double>(a[at]) - static_cast<double>(b[at])));
      largest = std::max(largest, std::abs(static_cast<double>(a[at])));
    }
  }
  return difference / largest;
}

TEST_F(ReadWindows, ABoundedViewGivesTheSameInAnyWindow) {
  config.head = HeadKind::additive;
  config.positions = Positions::none;
  config.attention = {AttentionSpan::Kind::local, 2};
  std::int64_t const length = 700;
  std::int64_t const edge =
      30;  // what a base's value depends on: twice the width in tokens of 2 bp, K - 1 bp
  Bases bases = random_bases(length, 4);
  std::fill_n(bases.begin() + 300, 20, base_n);
  Joined const whole = read(bases, length, 1);

  for (std::int64_t const max_length : {200, 251, 300, 301, 500}) {
    Joined const joined = read(bases, max_length, 2);

    // The same numbers are added; a matrix product's order of additions depends on the row, so a last bit may
    // differ. One bit of the largest value, and three for the sums that it goes through.
    double const limit = 4 * static_cast<double>(std::numeric_limits<float>::epsilon());
    EXPECT_LE(largest_difference(joined.total, whole.total, 1, edge), limit) << max_length;
    EXPECT_LE(largest_difference(joined.heads, whole.heads, 2, edge), limit) << max_length;
  }
  EXPECT_GT(largest_difference(read(bases, 40, 1).total, whole.total, 1, edge), 1e-3);  // the test can fail
}

TEST_F(ReadWindows, TheOtherStrandGivesTheMirrorImageAndThreadsChangeNothing) {
  for (std::int64_t const length : {501, 502, 777}) {
    Bases const bases = random_bases(length, 5);
    Joined const forward = read(bases, 60, 1);
    Joined reverse = read(reverse_complement(bases), 60, 3);

    std::ranges::reverse(reverse.total);

    EXPECT_EQ(forward.total, reverse.total);
  }
}

TEST_F(ReadWindows, LongRecordsComeInShortPieces) {
  Joined const joined = read(random_bases(20'000, 6), 100, 2);

  EXPECT_LE(joined.largest_piece, 100U);
  EXPECT_EQ(std::ranges::count(joined.total, 0.0F), 0);
}

TEST_F(ReadWindows, NIsWorthNothing) {
  Bases bases = random_bases(1000, 7);
  std::fill_n(bases.begin() + 300, 400, base_n);

  Joined const joined = read(bases, 60, 1);

  EXPECT_TRUE(
      std::all_of(joined.total.begin() + 300, joined.total.begin() + 700, [](float x) { return x == 0; }));
  EXPECT_NE(joined.total[299], 0);
}

}  // namespace
}  // namespace cislens
