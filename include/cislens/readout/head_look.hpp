#pragma once

#include "cislens/ops/attention.hpp"

#include <array>
#include <cstdint>

namespace cislens {

/// Attention by distance: bin 0 is the token itself, bin b tokens 2^(b-1) ... 2^b - 1 away.
using DistanceProfile = std::array<double, AttentionReadout::distance_bins>;

/// How one head of one layer looked at one record, both strands averaged.
struct HeadLook {
  double entropy = 0;   ///< mean row entropy / ln(tokens): 0 one token, 1 all alike
  double distance = 0;  ///< mean |i - j| weighted by attention, bases
  double sink = 0;     ///< share of the received attention that falls on tokens with over five times the mean
  double noop = 0;     ///< mean attention to the null key
  double summary = 0;  ///< mean attention to the summaries
  DistanceProfile profile{};  ///< shares of the attention to tokens, sum 1; all 0 when there is none
};

/// What attention that is the same for every key in the span would show: the measure for a look.
struct EvenLook {
  double distance = 0;  ///< tokens
  DistanceProfile profile{};
};
/// @param tokens  >= 1
EvenLook even_look(AttentionSpan const& span, std::int64_t tokens);

/// Tokens of a bin, [first, end).
struct DistanceBin {
  std::int64_t first = 0;
  std::int64_t end = 0;
};
DistanceBin distance_bin(int bin);

/// The distance below which the share `q` of a profile lies, in tokens, as if a bin were filled evenly; NaN
/// for a profile of zeros.
double profile_quantile(DistanceProfile const& profile, double q);

/// Share of a profile at most `local_tokens` away.
double local_share(DistanceProfile const& profile);
inline constexpr int local_tokens = 7;  ///< the last distance of a bin

}  // namespace cislens
