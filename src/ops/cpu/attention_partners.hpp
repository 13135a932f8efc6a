#pragma once

#include "attention_block.hpp"

#include <bit>
#include <cstdint>
#include <limits>

// The keys that a query looks at most, found while its scores stream by. Scores order keys as their weights
// do: no exponential is needed to choose.
namespace cislens::cpu {
namespace {

/// Above hidden_score and below the score of any key.
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

  /// Takes a key in, if it is better than the last of a full list.
  void insert(float new_score, std::int32_t new_place) {
    if (count == capacity && !goes_before(new_score, new_place, capacity - 1)) return;
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
  IntVector larger{};
#pragma GCC unroll 16
  for (int i = 0; i < lanes; ++i) larger = count_above(larger, broadcast(lane[i]), x);
  Vector const none = broadcast(-std::numeric_limits<float>::infinity());
  return -largest(larger < static_cast<std::int32_t>(k) ? -x : none);
}

/// Keys that may come into a list: those of the list, then new ones by place; room for whole vectors.
struct Candidates {
  alignas(64) float score[most_partners + key_block + lanes];
  std::int32_t place[most_partners + key_block];
  std::int64_t count;
};

/// Up to so many candidates are ranked each against each, in vectors and without a branch.
constexpr std::int64_t ranked_at_once = 32;

/// The list becomes the best of few candidates. @returns false, and nothing is done, where two are equal
inline bool rank_candidates(PartnerList& list, Candidates& all) {
  store(all.score + all.count, broadcast(hidden_score));
  std::int32_t rank[ranked_at_once];
  for (std::int64_t i = 0; i < all.count; i += lanes) {
    Vector const own = load(all.score + i);
    IntVector better{};
    for (std::int64_t j = 0; j < all.count; ++j) better = count_above(better, broadcast(all.score[j]), own);
    std::memcpy(rank + i, &better, sizeof better);
  }
  std::int64_t total = 0;
  float score[ranked_at_once];
  std::int32_t place[ranked_at_once];
  for (std::int64_t i = 0; i < all.count; ++i) {
    total += rank[i];
    score[rank[i]] = all.score[i];
    place[rank[i]] = all.place[i];
  }
  if (total != all.count * (all.count - 1) / 2) return false;
  list.count = std::min(list.capacity, all.count);
  for (std::int64_t i = 0; i < list.count; ++i) {
    list.score[i] = score[i];
    list.place[i] = place[i];
  }
  return true;
}

/// The list's keys and those of the row whose scores reach `limit`.
inline void collect_candidates(PartnerList const& list, float const* scores, std::int64_t first,
                               std::int64_t count, float limit, Candidates& all) {
  std::uint64_t reached[key_block / 64] = {};
  for (std::int64_t j = 0; j < count; j += lanes)
    reached[j / 64] |= std::uint64_t{lanes_at_least(load(scores + j), broadcast(limit))} << (j % 64);
  for (std::int64_t i = 0; i < list.count; ++i) {
    all.score[i] = list.score[i];
    all.place[i] = list.place[i];
  }
  all.count = list.count;
  for (std::int64_t group = 0; group < count; group += 64) {
    for (std::uint64_t bits = reached[group / 64]; bits != 0; bits &= bits - 1) {
      std::int64_t const j = group + std::countr_zero(bits);
      all.score[all.count] = scores[j];
      all.place[all.count++] = static_cast<std::int32_t>(first + j);
    }
  }
}

/// Takes in one row's scores of `count` keys from place `first` on. `top` is their maximum lane by lane: the
/// k-th largest of these maxima is a floor under the k-th largest score, so that few keys of the first block
/// come near the list.
/// @pre count is whole vectors, with hidden_score where there is no key
inline void take_partners(PartnerList& list, float const* scores, std::int64_t first, std::int64_t count,
                          Vector top, bool in_order) {
  float limit = list.limit;
  if (list.count == 0 && list.capacity <= lanes) limit = std::max(limit, kth_largest(top, list.capacity));
  Candidates all;
  collect_candidates(list, scores, first, count, limit, all);
  std::int64_t const known = list.count;
  bool const few = all.count > known + 2 && all.count <= ranked_at_once;
  if (!few || !rank_candidates(list, all)) {
    for (std::int64_t i = known; i < all.count; ++i) list.insert(all.score[i], all.place[i]);
  }
  list.set_limit(in_order);
}

}  // namespace
}  // namespace cislens::cpu
