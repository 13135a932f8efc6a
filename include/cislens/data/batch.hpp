#pragma once

#include "cislens/data/dataset.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace cislens {

/// Sequences side by side, as the network takes them. Filled again and again without allocating once it has
/// held the largest.
struct Batch {
  std::int64_t size = 0;              ///< B
  std::int64_t length = 0;            ///< L, bases of the longest sequence
  std::vector<std::uint8_t> bases;    ///< (B, L), N after the end of a sequence
  std::vector<std::int64_t> lengths;  ///< (B)
  std::vector<float> targets;         ///< (B, T)
};

/// Random changes of sequences that leave what is to be predicted as it is.
struct Augmentation {
  bool reverse_complement = false;  ///< each sequence with probability 1/2
  std::int64_t max_shift =
      0;  ///< bases; each sequence moves by -max_shift ... max_shift, N comes in, its length stays
  double mask_rate = 0;  ///< each base becomes N with this probability
  std::uint64_t seed = 0;
  std::int64_t epoch = 0;
};

/// The records in random order, another one in each epoch.
std::vector<std::int64_t> epoch_order(std::span<std::int64_t const> records, std::uint64_t seed,
                                      std::int64_t epoch);

/// Puts records side by side, padded with N to the longest of them (but at least to `min_length`).
/// What happens to a record depends on (seed, epoch, record) alone, not on its batch.
///
/// @param records      (B), indices into the data set
/// @param[out] batch   all of it is set
void fill_batch(Dataset const& dataset, std::span<std::int64_t const> records, std::int64_t min_length,
                Augmentation const& augmentation, Batch& batch);

}  // namespace cislens
