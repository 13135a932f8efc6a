#pragma once

#include "cislens/base/nucleotide.hpp"
#include "cislens/base/threads.hpp"
#include "cislens/base/windows.hpp"
#include "cislens/model/config.hpp"
#include "cislens/tensor/context.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace cislens {

/// One token that looks at another: an entry of an attention matrix, mean of both strands.
struct AttentionPartner {
  std::int64_t record = 0;
  int layer = 0;
  int head = 0;
  RecordWindow query, key;  ///< bases of the two tokens, in the record
  float weight = 0;         ///< A_ij
  float worth = 0;          ///< A_ij (dO_i . v_j): what this look is worth to the logit

  bool operator==(AttentionPartner const&) const = default;
};

/// A record, or a window of one.
struct PartnerSource {
  BasesView bases;
  std::int64_t record = 0;  ///< AttentionPartner::record
  std::int64_t start = 0;   ///< of the first base, in the record
};

/// The `count` entries of all attention matrices that are worth most to a logit, by |worth|, then by place.
///
/// Asked are the keys that each query looks at most (partner_candidates of them), on either strand; what was
/// found on one strand is looked up on the other and averaged. When a record is not a whole number of tokens
/// long, the strands' tokens lie at different bases: a token is then averaged with that of the other strand
/// which it shares most bases with, the one nearer to its own start in a tie, and both are listed. Entries
/// that windows share are listed once, with the larger |worth|. The null key is no partner, and looks through
/// summaries are not listed. Results do not depend on the number of threads; the reverse complement gives
/// mirrored entries.
/// @throws Interrupted  a signal asked to stop
std::vector<AttentionPartner> best_partners(NetworkConfig const& config, std::span<float const> parameters,
                                            std::span<PartnerSource const> sources, int target,
                                            std::int64_t count, Backend const& backend, Threads& threads);

inline constexpr std::int64_t partner_candidates = 8;

}  // namespace cislens
