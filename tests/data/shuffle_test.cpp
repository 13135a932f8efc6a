#include "cislens/data/shuffle.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <string>

namespace cislens {
namespace {

using Counts = std::array<std::array<int, 5>, 5>;

Counts dinucleotides(BasesView bases) {
  Counts counts{};
  for (std::size_t i = 0; i + 1 < bases.size(); ++i) ++counts[bases[i]][bases[i + 1]];
  return counts;
}

/// Every sequence with the dinucleotides and the first base of `text`, by brute force over all orders of its
/// letters.
std::set<std::string> all_with_same_dinucleotides(std::string const& text) {
  Counts const wanted = dinucleotides(encode_bases(text));
  std::set<std::string> found;
  std::string order = text.substr(1);
  std::sort(order.begin(), order.end());
  do {
    std::string const candidate = text.substr(0, 1) + order;
    if (dinucleotides(encode_bases(candidate)) == wanted) found.insert(candidate);
  } while (std::next_permutation(order.begin(), order.end()));
  return found;
}

TEST(ShuffleDinucleotides, KeepsEveryDinucleotideAndTheEnds) {
  for (std::uint64_t stream = 0; stream < 300; ++stream) {
    Random random(1, stream);
    Bases bases(random.below(200));
    for (auto& base : bases) base = static_cast<std::uint8_t>(random.below(stream % 4 + 1));

    Bases const shuffled = shuffle_dinucleotides(bases, random);

    ASSERT_EQ(dinucleotides(shuffled), dinucleotides(bases)) << decode_bases(bases);
    if (!bases.empty()) {
      ASSERT_EQ(shuffled.front(), bases.front());
      ASSERT_EQ(shuffled.back(), bases.back());
    }
  }
}

// 300 draws for each possible sequence; the chance that chi-square passes its mean by 5 standard deviations
// is below 1e-5.
TEST(ShuffleDinucleotides, IsUniformOverEulerianPaths) {
  for (std::string const text : {"ACAGCTACGA", "AACAGATACC", "TTATCTTGAT"}) {
    auto const possible = all_with_same_dinucleotides(text);
    ASSERT_GT(possible.size(), 5U) << text;
    std::map<std::string, int> seen;
    int const draws = 300 * static_cast<int>(possible.size());
    Bases const bases = encode_bases(text);

    for (int i = 0; i < draws; ++i) {
      Random random(7, static_cast<std::uint64_t>(i));
      ++seen[decode_bases(shuffle_dinucleotides(bases, random))];
    }

    double chi_square = 0;
    for (auto const& sequence : possible) {
      double const difference = seen[sequence] - 300.0;
      chi_square += difference * difference / 300.0;
    }
    double const freedom = static_cast<double>(possible.size()) - 1;
    EXPECT_EQ(seen.size(), possible.size()) << text;
    EXPECT_LT(chi_square, freedom + 5 * std::sqrt(2 * freedom)) << text;
  }
}

TEST(ShuffleDinucleotides, LeavesNWhereItIs) {
  Bases const bases = encode_bases("NNACGTTGCAACGNGGCATTGCANAN");
  Random random(3, 0);

  Bases const shuffled = shuffle_dinucleotides(bases, random);

  EXPECT_EQ(dinucleotides(shuffled), dinucleotides(bases));
  for (std::size_t i = 0; i < bases.size(); ++i) EXPECT_EQ(bases[i] == base_n, shuffled[i] == base_n);
}

TEST(ShuffleDinucleotides, DependsOnSeedAndStreamAlone) {
  Bases const bases = encode_bases("ACGTTGCAACGTGGCATTGCATTTAGGACCATAG");
  Random first(3, 4);
  Random again(3, 4);
  Random other(3, 5);

  Bases const shuffled = shuffle_dinucleotides(bases, first);

  EXPECT_EQ(shuffled, shuffle_dinucleotides(bases, again));
  EXPECT_NE(shuffled, shuffle_dinucleotides(bases, other));
}

}  // namespace
}  // namespace cislens
