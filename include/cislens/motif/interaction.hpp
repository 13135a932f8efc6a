#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <span>

namespace cislens {

/// Sequences of two sets by which of two motifs they hold: both, the first alone, the second alone, neither.
struct PresenceCounts {
  std::array<std::int64_t, 4> foreground{};
  std::array<std::int64_t, 4> background{};
};

/// Do two motifs together do more for being of the foreground than what each does by itself explains?
struct InteractionTest {
  static constexpr double nan = std::numeric_limits<double>::quiet_NaN();

  double expected = nan;   ///< sequences of the foreground with both, mean when there is no interaction
  double z = nan;          ///< their number less that, in standard deviations
  double log2_odds = nan;  ///< gamma below, in log2
  double log_p = nan;      ///< of gamma <= 0
};

/// The interaction gamma of
///
///   logit P(foreground | a, b, stratum s) = c_s + alpha_s a + beta_s b + gamma a b,    a, b = 0 or 1,
///
/// which does not depend on how many sequences of either set were taken. The test is the exact conditional
/// one of gamma <= 0: given in each stratum how many sequences hold what, and how many of the foreground
/// there are, with a, with b, the only thing left free is the number of the foreground with both, and without
/// interaction
///
///   P(x) ~ C(n_both, x) C(n_a, f_a - x) C(n_b, f_b - x) C(n_neither, f - f_a - f_b + x),
///
/// whatever c, alpha and beta are; strata are added up. So P(p <= u) <= u in tables of any size, with counts
/// of 0 too. gamma is the largest of the conditional likelihood times the root of its information (half a
/// cell of bias taken off, finite always).
///
/// @param strata  tables of sequences that are alike in what else matters
/// @return all NaN when margins leave nothing free: then no table could tell
/// Sources: Zelen 1971, Biometrika 58, 129 (conditional test); Firth 1993, Biometrika 80, 27 (estimate).
InteractionTest test_interaction(std::span<PresenceCounts const> strata);

}  // namespace cislens
