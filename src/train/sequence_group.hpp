#pragma once

#include "cislens/data/batch.hpp"
#include "cislens/model/config.hpp"
#include "cislens/ops/stem.hpp"

#include <cstdint>
#include <vector>

namespace cislens {

/// A few sequences on their way through the network together, with the numbers of tokens that the model
/// needs.
struct SequenceGroup {
  Batch batch;
  std::vector<std::int64_t> token_lengths;

  /// Call after `batch` was filled. The result is valid until the next fill.
  SequenceBatch view(NetworkConfig const& config) {
    token_lengths.resize(batch.lengths.size());
    for (std::size_t i = 0; i < token_lengths.size(); ++i) token_lengths[i] = config.tokens(batch.lengths[i]);
    return {batch.bases, batch.lengths, token_lengths, batch.length, config.tokens(batch.length)};
  }
};

}  // namespace cislens
