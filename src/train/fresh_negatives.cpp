#include "cislens/train/fresh_negatives.hpp"

#include "cislens/base/random.hpp"
#include "cislens/data/shuffle.hpp"

#include <utility>

namespace cislens {

namespace {

constexpr std::uint64_t fresh_stream = 0x6672657368;  // "fresh"

}  // namespace

std::vector<ShuffledRecord> shuffled_records(std::span<std::int64_t const> records, std::int64_t positives,
                                             std::int64_t copies) {
  std::vector<ShuffledRecord> result;
  for (std::int64_t const record : records) {
    if (record >= positives) result.push_back({record, (record - positives) / copies});
  }
  return result;
}

FreshNegatives::FreshNegatives(Dataset& dataset, std::vector<ShuffledRecord> records, std::uint64_t seed,
                               Threads& threads)
    : dataset_(dataset), records_(std::move(records)), seed_(seed), threads_(threads) {
  originals_.reserve(records_.size());
  for (ShuffledRecord const& item : records_) originals_.push_back(dataset_.bases[item.record]);
}

FreshNegatives::~FreshNegatives() {
  for (std::size_t i = 0; i < records_.size(); ++i) {
    dataset_.bases[records_[i].record] = std::move(originals_[i]);
  }
}

void FreshNegatives::shuffle(int epoch) {
  threads_.for_each(static_cast<std::int64_t>(records_.size()), [&](std::int64_t item, int) {
    auto const [record, positive] = records_[item];
    auto const stream =
        mix(mix(fresh_stream, static_cast<std::uint64_t>(epoch)), static_cast<std::uint64_t>(record));
    Random random(seed_, stream);
    dataset_.bases[record] = shuffle_dinucleotides(dataset_.bases[positive], random);
  });
}

}  // namespace cislens
