#pragma once

#include "simd.hpp"

#include <bit>
#include <cstdint>
#include <limits>

// The keys that a query looks at most, found while its scores stream by. Scores order keys as their weights
// do: no exponential is needed to choose.
namespace cislens::cpu {
namespace {

/// Above hidden_score of attention_block.hpp and below the score of any key.
constexpr float lowest_score = -1e29F;

/// The next float above a finite x.
inline float next_above(float x) {
  auto const bits = std::bit_cast<std::int32_t>(x + 0.0F);  // -0 becomes 0
  return std::bit_cast<float>(bits >= 0 ? bits + 1 : bits - 1);
}

/// The best keys of one query so far, best first, ties by place.
struct PartnerList {
  float* score;
  std::int32_t* place;
  std::int64_t capacity;
  std::int64_t count;
  float limit;  ///< a key below it does not come in

  /// @pre score >= limit
  void insert(float new_score, std::int32_t new_place) {
    std::int64_t at = count < capacity ? count++ : capacity - 1;
    for (; at > 0 && goes_before(new_score, new_place, at - 1); --at) {
      score[at] = score[at - 1];
      place[at] = place[at - 1];
    }
    score[at] = new_score;
    place[at] = new_place;
  }

  /// @param in_order  keys come in order of their places: one that ties with the last of a full list is
  /// behind
  ///                  it
  void set_limit(bool in_order) {
    if (count < capacity) return;
    float const last = score[capacity - 1];
    limit = in_order ? next_above(last) : last;
  }

 private:
  bool goes_before(float new_score, std::int32_t new_place, std::int64_t other) const {
    return new_score > score[other] || (new_score == score[other] && new_place < place[other]);
  }
};

/// The k-th largest lane. @pre 1 <= k <= lanes
[[gnu::always_inline]] inline float kth_largest(Vector x, std::int64_t k) {
  float lane[lanes];
  store(lane, x);
  IntVector larger{};  // minus the number of lanes above each
#pragma GCC unroll 16
  for (int i = 0; i < lanes; ++i) larger -= broadcast(lane[i]) > x ? IntVector{} + 1 : IntVector{};
  IntVector const low = IntVector{} - static_cast<std::int32_t>(k);
  return -largest(larger > low ? -x : broadcast(-std::numeric_limits<float>::infinity()));
}

/// Takes in one row's scores of `count` keys from place `first` on. `top` is their maximum lane by lane: the
/// k-th largest of these maxima is a floor under the k-th largest score, so that few keys of the first block
/// come near the list.
/// @pre scores between `count` and the next whole vector are hidden_score
inline void take_partners(PartnerList& list, float const* scores, std::int64_t first, std::int64_t count,
                          Vector top, bool in_order) {
  float limit = list.limit;
  if (list.count == 0 && list.capacity <= lanes) limit = std::max(limit, kth_largest(top, list.capacity));
  for (std::int64_t group = 0; group < count; group += 64) {
    std::uint64_t found = 0;
    std::int64_t const end = std::min<std::int64_t>(count - group, 64);
    for (std::int64_t j = 0; j < end; j += lanes)
      found |= std::uint64_t{lanes_at_least(load(scores + group + j), broadcast(limit))} << j;
    for (; found != 0; found &= found - 1) {
      std::int64_t const j = group + std::countr_zero(found);
      if (!(scores[j] >= limit)) continue;  // the limit rose meanwhile
      list.insert(scores[j], static_cast<std::int32_t>(first + j));
      list.set_limit(in_order);
      limit = std::max(limit, list.limit);
    }
  }
}

}  // namespace
}  // namespace cislens::cpu
