#pragma once

#include "cislens/base/nucleotide.hpp"
#include "cislens/base/threads.hpp"
#include "cislens/data/dataset.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace cislens {

/// A record that is a shuffle of another.
struct ShuffledRecord {
  std::int64_t record = 0;
  std::int64_t positive = 0;
};

/// The shuffles among `records` of a data set from `with_shuffled_negatives`.
/// @param positives  how many positives it was made from
std::vector<ShuffledRecord> shuffled_records(std::span<std::int64_t const> records, std::int64_t positives,
                                             std::int64_t copies);

/// Negatives that are other shuffles in every epoch, so that a network cannot learn them by heart. While an
/// object of this class lives the data set may hold the shuffles of an epoch; afterwards it is as it was.
class FreshNegatives {
 public:
  /// @param records  the shuffles to renew: training records only, for validation and test must stay
  /// All arguments but `records` must outlive the object.
  FreshNegatives(Dataset& dataset, std::vector<ShuffledRecord> records, std::uint64_t seed, Threads& threads);
  ~FreshNegatives();
  FreshNegatives(FreshNegatives const&) = delete;
  FreshNegatives& operator=(FreshNegatives const&) = delete;

  /// Gives every record the shuffle of this epoch: a function of (positive, seed, epoch, record) alone.
  void shuffle(int epoch);

 private:
  Dataset& dataset_;
  std::vector<ShuffledRecord> records_;
  std::uint64_t seed_;
  Threads& threads_;
  std::vector<Bases> originals_;
};

}  // namespace cislens
