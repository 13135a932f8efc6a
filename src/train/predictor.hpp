#pragma once

#include "cislens/base/nucleotide.hpp"
#include "cislens/model/network.hpp"
#include "cislens/ops/workers.hpp"

#include "groups.hpp"
#include "sequence_group.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace cislens {

/// Runs sequences and their other strands through a network, logits alone.
class Predictor {
 public:
  /// @param block    the parameters, in the device's memory
  /// @param limits   sequences that share a pass
  /// @param workers  with the precision that is wanted
  /// All arguments must outlive the object.
  Predictor(NetworkConfig const& config, float const* block, PassLimits const& limits, Workers& workers);

  using Sequence = std::function<BasesView(std::int64_t item)>;

  /// @param sequence    sequence(i) is the bases of item i
  /// @param[out] logits  (items, T), the means of both strands; of an item without a known base NaN when
  /// `blank_is_nan`
  /// @throws Interrupted  a signal asked to stop
  void run(std::int64_t items, Sequence const& sequence, bool blank_is_nan, std::vector<float>& logits);

 private:
  /// Sequences on their way, and which strands they are.
  struct Load {
    SequenceGroup group;
    std::vector<std::int64_t> strands;
    std::int64_t index = -1;  // of the group, -1: none
  };
  struct Job {
    Sequence const& sequence;
    bool blank_is_nan;
    std::vector<Group> groups;
  };

  std::vector<Group> groups_of(std::int64_t strands, Sequence const& sequence) const;
  void fill(Job const& job, std::int64_t index, Load& load) const;
  void read(Job const& job, std::int64_t index, int worker);

  NetworkConfig const& config_;
  Weights const weights_;
  PassLimits const limits_;
  Workers& workers_;
  std::vector<Load> loads_, next_loads_;  // one a worker
  std::vector<float> strand_logits_;      // (2 items, T)
};

}  // namespace cislens
