#pragma once

#include "cislens/model/activations.hpp"
#include "cislens/model/pass_size.hpp"
#include "cislens/tensor/context.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace cislens {

/// What a run keeps in memory, by part.
struct MemoryPlan {
  struct Part {
    std::string name;  ///< "activations", ...
    std::int64_t bytes = 0;
  };
  std::vector<Part> parts;

  std::int64_t total() const;
};

/// What one pass takes of its context's arena.
struct PassMemory {
  std::int64_t activations = 0;  ///< make_activations
  std::int64_t scratch = 0;      ///< the most that forward and backward take besides, at a time

  std::int64_t total() const { return activations + scratch; }
};

/// Sequences side by side in one pass.
struct PassShape {
  std::int64_t sequences = 1;
  std::int64_t bases = 0;  ///< of each
};

/// Not a formula: the pass is run with a backend that computes nothing, in an arena that counts.
/// @param team     the context's threads inside ops, or null
/// @param options  with Keep::nothing: forward alone
/// @param enough   scratch is not looked at (0) when activations alone take more bytes than this
PassMemory pass_memory(Backend const& backend, Threads* team, NetworkConfig const& config,
                       PassShape const& shape, PassOptions const& options, std::int64_t enough);

/// As many sequences of so many bases at a time as the backend likes, and as fit into what its device has
/// free. One sequence is never refused here.
/// @param bases    of the longest
/// @param options  as in pass_memory
/// @param bytes_a_token  what is kept of a token besides the pass
PassLimits fitting_pass(Backend const& backend, NetworkConfig const& config, std::int64_t bases,
                        PassOptions const& options, std::int64_t bytes_a_token);

/// What training keeps of one sequence's attention weights when every layer stores its P x P matrix a head,
/// as attention that is not streamed does: the probabilities of all layers, and once the gradient of one
/// layer's. cislens stores none; this is for comparison.
std::int64_t stored_probabilities_bytes(NetworkConfig const& config, std::int64_t bases);

}  // namespace cislens
