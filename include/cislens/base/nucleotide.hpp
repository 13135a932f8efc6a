#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cislens {

/// Bases as the program computes with them: A C G T N = 0 1 2 3 4. N also stands for padding and masked
/// bases.
using Bases = std::vector<std::uint8_t>;
using BasesView = std::span<std::uint8_t const>;

inline constexpr std::uint8_t base_a = 0;
inline constexpr std::uint8_t base_c = 1;
inline constexpr std::uint8_t base_g = 2;
inline constexpr std::uint8_t base_t = 3;
inline constexpr std::uint8_t base_n = 4;

inline constexpr std::uint8_t complement(std::uint8_t base) {
  return base < base_n ? static_cast<std::uint8_t>(3 - base) : base_n;
}

inline Bases reverse_complement(BasesView bases) {
  Bases result(bases.size());
  std::transform(bases.rbegin(), bases.rend(), result.begin(), complement);
  return result;
}

/// One letter to its code: case is ignored, U is T, every other letter is N.
constexpr std::uint8_t encode_base(char letter) {
  switch (letter) {
    case 'A':
    case 'a':
      return base_a;
    case 'C':
    case 'c':
      return base_c;
    case 'G':
    case 'g':
      return base_g;
    case 'T':
    case 't':
    case 'U':
    case 'u':
      return base_t;
    default:
      return base_n;
  }
}

inline constexpr char decode_base(std::uint8_t base) { return "ACGTN"[base < base_n ? base : base_n]; }

/// A, C, G, T (U) of either case are 0 to 3; everything else is N.
inline Bases encode_bases(std::string_view text) {
  Bases result(text.size());
  std::transform(text.begin(), text.end(), result.begin(), encode_base);
  return result;
}

/// Whether no base is known; true for none at all.
inline bool all_unknown(BasesView bases) {
  return std::all_of(bases.begin(), bases.end(), [](std::uint8_t base) { return base == base_n; });
}

inline std::string decode_bases(BasesView bases) {
  std::string result(bases.size(), 'N');
  std::transform(bases.begin(), bases.end(), result.begin(), decode_base);
  return result;
}

}  // namespace cislens
