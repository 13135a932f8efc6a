#pragma once

#include "cislens/base/nucleotide.hpp"
#include "cislens/model/config.hpp"
#include "cislens/model/parameters.hpp"
#include "cislens/ops/load.hpp"
#include "cislens/tensor/context.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace cislens {

/// Two stretches of one sequence, half-open: two sites, say.
struct StretchPair {
  std::int64_t start_a = 0;
  std::int64_t end_a = 0;
  std::int64_t start_b = 0;
  std::int64_t end_b = 0;
};

/// A sequence and the stretches of it that are asked for.
struct PairQuestion {
  BasesView bases;
  std::span<StretchPair const> pairs;  ///< inside the sequence
};

/// What one sequence says.
struct PairTerms {
  float logit = 0;
  std::vector<float> terms;  ///< (pairs, H) part of the logit that the two stretches owe to each other
};

/// Signed pair terms of a network with the additive head, read as the sequences stand; neighbours of one
/// length share a pass, which changes no bit of them:
///
///   c = sum over i in a, j in b of A_ij (u . v_j) + A_ji (u . v_i),   u = W_O pair
///
/// for each head. All pair terms of a sequence, with those of a token with itself, and the tokens' own worth
/// add up to its logit. The tokens of a stretch are those in which its middle lies: one, or the two on either
/// side of a middle between two bases, where a filter centred on the stretch answers.
/// @param weights  in the device's memory
/// @param limits   sequences that share a pass
/// @return one a question
/// @throws Error  the network has no additive head, or a stretch does not lie in the sequence
std::vector<PairTerms> pair_terms(Context& context, NetworkConfig const& config, Weights const& weights,
                                  std::span<PairQuestion const> questions, int target,
                                  PassLimits const& limits);

}  // namespace cislens
