#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <utility>

namespace cislens {

/// Counter-based random numbers: the n-th number of (seed, stream) is a pure function of the three, so every
/// sequence, epoch or shuffle can own a stream and results do not depend on threads or on order of work.
///
/// Source: Philox4x32-10, Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3".
class Random {
 public:
  Random(std::uint64_t seed, std::uint64_t stream);

  std::uint32_t bits();
  std::uint64_t bits64();
  /// Uniform in [0, 1), 53 bits.
  double uniform();
  /// Uniform integer in [0, bound), without bias. @pre bound > 0
  std::uint64_t below(std::uint64_t bound);
  /// Standard normal (Box-Muller).
  double normal();

  /// Fisher-Yates.
  template <typename T>
  void shuffle(std::span<T> items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

 private:
  void refill();

  std::uint64_t seed_;
  std::uint64_t stream_;
  std::uint64_t counter_ = 0;
  std::array<std::uint32_t, 4> block_{};
  int used_ = 4;
};

/// Mixes numbers into one stream name, so that `stream(epoch, sequence)` do not collide by accident.
std::uint64_t mix(std::uint64_t a, std::uint64_t b);

}  // namespace cislens
