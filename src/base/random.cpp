#include "cislens/base/random.hpp"

#include <cmath>
#include <numbers>

namespace cislens {

namespace {

__extension__ using Uint128 = unsigned __int128;

constexpr std::uint32_t multiplier_0 = 0xD2511F53;
constexpr std::uint32_t multiplier_1 = 0xCD9E8D57;
constexpr std::uint32_t weyl_0 = 0x9E3779B9;
constexpr std::uint32_t weyl_1 = 0xBB67AE85;

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::uint32_t key_0,
                                    std::uint32_t key_1) {
  for (int round = 0; round < 10; ++round) {
    std::uint64_t const product_0 = std::uint64_t{multiplier_0} * counter[0];
    std::uint64_t const product_1 = std::uint64_t{multiplier_1} * counter[2];
    counter = {static_cast<std::uint32_t>(product_1 >> 32) ^ counter[1] ^ key_0,
               static_cast<std::uint32_t>(product_1),
               static_cast<std::uint32_t>(product_0 >> 32) ^ counter[3] ^ key_1,
               static_cast<std::uint32_t>(product_0)};
    key_0 += weyl_0;
    key_1 += weyl_1;
  }
  return counter;
}

}  // namespace

Random::Random(std::uint64_t seed, std::uint64_t stream) : seed_(seed), stream_(stream) {}

void Random::refill() {
  block_ = philox({static_cast<std::uint32_t>(counter_), static_cast<std::uint32_t>(counter_ >> 32),
                   static_cast<std::uint32_t>(stream_), static_cast<std::uint32_t>(stream_ >> 32)},
                  static_cast<std::uint32_t>(seed_), static_cast<std::uint32_t>(seed_ >> 32));
  ++counter_;
  used_ = 0;
}

std::uint32_t Random::bits() {
  if (used_ == 4) refill();
  return block_[static_cast<std::size_t>(used_++)];
}

std::uint64_t Random::bits64() {
  std::uint64_t const high = bits();
  return high << 32 | bits();
}

double Random::uniform() { return static_cast<double>(bits64() >> 11) * 0x1p-53; }

std::uint64_t Random::below(std::uint64_t bound) {
  // Lemire 2019: multiply, and reject the few values that would favour small results.
  auto product = static_cast<Uint128>(bits64()) * bound;
  if (static_cast<std::uint64_t>(product) < bound) {
    std::uint64_t const threshold = (0 - bound) % bound;
    while (static_cast<std::uint64_t>(product) < threshold) {
      product = static_cast<Uint128>(bits64()) * bound;
    }
  }
  return static_cast<std::uint64_t>(product >> 64);
}

double Random::normal() {
  double const radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  // SplitMix64's finaliser over a weighted sum.
  std::uint64_t z = a * 0x9E3779B97F4A7C15ULL + b + 0xD1B54A32D192ED03ULL;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

}  // namespace cislens
