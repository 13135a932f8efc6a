#include "cislens/data/batch.hpp"

#include "cislens/base/random.hpp"

#include <algorithm>
#include <cstddef>

namespace cislens {

namespace {

/// Streams of random numbers, so that order and augmentation do not share any.
constexpr std::uint64_t order_stream = 0x6F72646572;
constexpr std::uint64_t augmentation_stream = 0x6175676D;

/// @param bases       one sequence
/// @param shift       the base that was at 0 goes to `shift`
/// @param[out] place  (bases.size())
void copy_shifted(BasesView bases, std::int64_t shift, std::span<std::uint8_t> place) {
  auto const length = static_cast<std::int64_t>(bases.size());
  std::fill(place.begin(), place.end(), base_n);
  std::int64_t const first = std::clamp<std::int64_t>(-shift, 0, length);
  std::int64_t const last = std::clamp<std::int64_t>(length - shift, 0, length);
  if (first < last) std::copy(bases.begin() + first, bases.begin() + last, place.begin() + first + shift);
}

void place_sequence(BasesView bases, std::int64_t record, Augmentation const& augmentation,
                    std::span<std::uint8_t> place) {
  auto const stream = mix(mix(augmentation_stream, static_cast<std::uint64_t>(augmentation.epoch)),
                          static_cast<std::uint64_t>(record));
  Random random(augmentation.seed, stream);
  // Both are drawn always: one augmentation does not change the other's numbers.
  bool const reverse = random.below(2) == 1 && augmentation.reverse_complement;
  auto const choices = static_cast<std::uint64_t>(2 * augmentation.max_shift + 1);
  std::int64_t const shift = static_cast<std::int64_t>(random.below(choices)) - augmentation.max_shift;
  copy_shifted(bases, shift, place);
  if (reverse) {
    std::reverse(place.begin(), place.end());
    std::transform(place.begin(), place.end(), place.begin(), complement);
  }
  if (augmentation.mask_rate <= 0) return;
  auto const limit = static_cast<std::uint32_t>(augmentation.mask_rate * 4294967295.0);
  for (std::uint8_t& base : place) {
    if (random.bits() < limit) base = base_n;
  }
}

}  // namespace

std::vector<std::int64_t> epoch_order(std::span<std::int64_t const> records, std::uint64_t seed,
                                      std::int64_t epoch) {
  std::vector<std::int64_t> order(records.begin(), records.end());
  Random random(seed, mix(order_stream, static_cast<std::uint64_t>(epoch)));
  random.shuffle(std::span(order));
  return order;
}

void fill_batch(Dataset const& dataset, std::span<std::int64_t const> records, std::int64_t min_length,
                Augmentation const& augmentation, Batch& batch) {
  std::int64_t const targets = dataset.target_count();
  batch.size = static_cast<std::int64_t>(records.size());
  batch.length = min_length;
  batch.lengths.clear();
  for (std::int64_t const record : records) {
    batch.lengths.push_back(static_cast<std::int64_t>(dataset.bases[record].size()));
    batch.length = std::max(batch.length, batch.lengths.back());
  }
  batch.bases.assign(static_cast<std::size_t>(batch.size * batch.length), base_n);
  batch.targets.clear();
  for (std::int64_t b = 0; b < batch.size; ++b) {
    std::int64_t const record = records[b];
    auto const place = std::span(batch.bases).subspan(b * batch.length, batch.lengths[b]);
    place_sequence(dataset.bases[record], record, augmentation, place);
    auto const row = dataset.targets.begin() + record * targets;
    batch.targets.insert(batch.targets.end(), row, row + targets);
  }
}

}  // namespace cislens
