#pragma once

#include "cislens/base/nucleotide.hpp"
#include "cislens/base/threads.hpp"
#include "cislens/model/config.hpp"
#include "cislens/readout/head_look.hpp"
#include "cislens/tensor/context.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace cislens {

/// What a network says about one record.
struct RecordReadout {
  double logit = 0;             ///< of the asked target, mean of the strands
  std::vector<float> total;     ///< (L) what each base is worth to the logit
  std::vector<float> heads;     ///< (layers * H, L) what each base is worth to each head's part of it
  std::vector<HeadLook> looks;  ///< (layers * H)
  EvenLook even;                ///< what attention without a preference would look like here
  std::vector<float> received;  ///< (layers * H, L) attention that the token of each base receives
};

/// What a head's track is made of.
enum class HeadScore {
  attribution,  ///< attention x gradient x value, dealt out to bases through the stem's winning filters
  attention,    ///< attention received, whatever it is worth
};

struct ReadoutOptions {
  int target = 0;
  bool both_strands = true;  ///< the reverse complement is read too, turned back and averaged
  HeadScore score = HeadScore::attribution;
  bool heads = true;      ///< heads is filled; leaving it out saves about half of the time
  bool looks = false;     ///< looks and even are filled
  bool received = false;  ///< received is filled
};

/// Reads records, each by itself: neighbours of one length share a pass, which changes no bit of them.
///
/// The logit goes back to the tokens with attention weights, pooling weights, the norms' scale and GELU's
/// gate held constant, so that what the tokens are worth adds up to it. A head's part is what arrives through
/// its values: token j is worth z_j = sum_i A_ij dO_i to it, dO the gradient at the head's output. From a
/// token it goes to the filters that won there, and from them to the bases (stem_attribution). In networks of
/// several blocks the inner blocks' parts follow the residual stream.
/// @throws Interrupted  a signal asked to stop
std::vector<RecordReadout> read_records(NetworkConfig const& config, std::span<float const> parameters,
                                        std::span<Bases const> records, ReadoutOptions const& options,
                                        Backend const& backend, Threads& threads);

}  // namespace cislens
