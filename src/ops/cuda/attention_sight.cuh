#pragma once

#include "../backend.hpp"

#include <cstdint>
#include <cuda_runtime.h>

// Where the heads of attention lie in memory, and which keys and queries see each other.
//
// A head's keys are one list: its summaries, the null key, then the sequence's own keys without padding. A
// `place` is a position in that list (of keys) or in the sequence (of queries). The first `extras` places of
// keys are seen by every query.
namespace cislens::cuda {

/// Where one head of one sequence begins: in q and dq; in k, v and theirs; in o and do; in lse and what is
/// shaped like it; in the summaries.
struct HeadPlace {
  std::int64_t sequence, head;
  std::int64_t query, key, output, row;
  std::int64_t summary_key, summary_value;

  /// @param index  of the head, counted sequence after sequence; less than a grid's blocks, so that a
  ///               division of 32 bits will do
  __device__ HeadPlace(AttentionShape const& shape, std::int64_t index)
      : sequence(static_cast<unsigned>(index) / static_cast<unsigned>(shape.heads)),
        head(static_cast<unsigned>(index) % static_cast<unsigned>(shape.heads)) {
    std::int64_t const channel = head * shape.head_channels;
    query = sequence * shape.queries * shape.query_stride + channel;
    key = sequence * shape.keys * shape.key_stride + channel;
    output = sequence * shape.queries * shape.output_stride + channel;
    row = index * shape.queries;
    summary_key = channel;
    summary_value = sequence * shape.summaries * shape.summary_value_stride + channel;
  }
};

/// Keys that every query sees.
inline int extra_keys(AttentionShape const& shape, AttentionOperands const& x) {
  return static_cast<int>(shape.summaries) + (x.null_key == nullptr ? 0 : 1);
}

/// What one row sees of the places on the other side: the first `always` and [begin, end).
struct Sight {
  int always, begin, end;

  __device__ bool sees(int place) const { return place < always || (place >= begin && place < end); }
};

/// The keys of the sequence that query i sees, `length` being there; or the queries that see key i: who sees
/// whom is symmetric. Both ends grow with i.
__device__ inline Sight span_of(AttentionShape const& shape, int i, int length) {
  // A chunk beyond i holds all from 0 on; any other is small enough for a division of 32 bits.
  bool const first_chunk = i < shape.chunk;
  std::int64_t const chunk =
      first_chunk ? 0 : i - static_cast<int>(static_cast<unsigned>(i) % static_cast<unsigned>(shape.chunk));
  std::int64_t begin = i - shape.reach;
  std::int64_t end = i + shape.reach + 1;
  if (begin < chunk) begin = chunk;
  if (end > chunk + shape.chunk) end = chunk + shape.chunk;
  if (begin > length) begin = length;
  if (end > length) end = length;
  if (end < begin) end = begin;
  return {0, static_cast<int>(begin), static_cast<int>(end)};
}

/// What query `i` sees of the list of keys.
__device__ inline Sight sight_of_query(AttentionShape const& shape, int extras, int i, int key_length) {
  Sight const span = span_of(shape, i, key_length);
  return {extras, extras + span.begin, extras + span.end};
}

/// Which queries see the key at a place of the list.
__device__ inline Sight sight_of_key(AttentionShape const& shape, int extras, int place, int query_length) {
  return place < extras ? Sight{0, 0, query_length} : span_of(shape, place - extras, query_length);
}

/// What the rows of a block see together, from the sights of its first and its last row. Ends grow from row
/// to row, but rows of extra keys, which come first, see everything: where a block begins with such rows, the
/// first row that is none is asked too.
class BlockSight {
 public:
  /// @param size  of a tile: the places of the other side go by in tiles
  __device__ BlockSight(Sight first, Sight first_own, Sight last, int size)
      : size_(size),
        always_(first.always),
        begin_(max(max(first.begin, first_own.begin), last.begin)),
        end_(min(min(first.end, first_own.end), last.end)) {
    int const seen_begin = min(first.begin, last.begin);
    int const seen_end = max(first.end, last.end);
    leading_ = (always_ + size - 1) / size;
    int const span_first = max(leading_, seen_begin / size);
    int const span_end = seen_begin < seen_end ? (seen_end + size - 1) / size : 0;
    skipped_ = span_first - leading_;
    count_ = leading_ + max(0, span_end - span_first);
    if (begin_ <= always_) begin_ = 0;
  }

  /// Tiles of which some row sees something, and the first place of the nth of them.
  __device__ int tiles() const { return count_; }
  __device__ int tile_place(int n) const { return (n < leading_ ? n : n + skipped_) * size_; }
  /// Whether every row sees the whole tile.
  __device__ bool whole(int place) const {
    return place + size_ <= always_ || (place >= begin_ && place + size_ <= end_);
  }

 private:
  int size_, always_;
  int begin_, end_;  // all rows see these
  int leading_, skipped_, count_;
};

}  // namespace cislens::cuda
