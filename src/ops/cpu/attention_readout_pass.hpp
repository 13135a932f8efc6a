#pragma once

#include "attention_readout_block.hpp"

// A block of queries of the readout against all the keys that it sees.
namespace cislens::cpu {
namespace {

/// Keys of a part, packed, and the sums of their columns.
struct ReadoutKeys {
  HeadSize size;
  Places places;
  bool summaries;      // not keys of the sequence: all queries see them, and they are at no distance
  float* panels;       // of keys
  float* values;       // panels of values, or null
  float* received;     // (size.keys)
  float* attribution;  // (size.keys)
  float* dv;           // (size.length, size.columns), or null
};

/// Queries of a part.
struct ReadoutQueries {
  HeadSize size;
  Places places;
  float* q;                 // packed, scaled
  float* d_o;               // packed, or null
  float* lse2;              // (size.length)
  float const* row_weight;  // (size.length), or null
  float* diagonal;          // sums of A by key - query + size.length, counted in the part; or null
};

/// One head of a part and the memory of one block of its queries.
struct ReadoutHead {
  AttentionShape const& shape;
  ReadoutQueries queries;
  float* scores;
  float* worth;
  float* weights;
  RowSums* sums;          // (query_block)
  PartnerList* partners;  // (query_block), or null
  bool partners_in_order;
};

/// The keys of the part that query `row` of the part sees, counted in the part.
Places seen_by(ReadoutHead const& head, ReadoutKeys const& keys, std::int64_t row) {
  if (keys.summaries) return {0, keys.size.length};
  Places const seen =
      common(keys_seen(head.shape, head.queries.places.begin + row, keys.places.end), keys.places);
  return {seen.begin - keys.places.begin, seen.end - keys.places.begin};
}

/// A block of queries and keys, both counted in the part.
struct Rectangle {
  std::int64_t query, rows;
  std::int64_t key, count;
  bool edge;  ///< some of the queries do not see all of the keys
};

/// `rows` rows from `first` on of a block take in its keys.
template <int rows>
void read_rows(ReadoutHead const& head, ReadoutKeys const& keys, Asked const& asked, Rectangle const& block,
               std::int64_t first) {
  std::int64_t const row = block.query + first;
  std::int64_t const key = block.key;
  std::int64_t const count = block.count;
  Places own[rows];
  for (int r = 0; r < rows; ++r) {
    own[r] = {0, count};
    if (!block.edge) continue;
    Places const seen = seen_by(head, keys, row + r);
    own[r] = {seen.begin - key, std::min(seen.end - key, count)};
  }
  std::int64_t const begin = std::clamp<std::int64_t>(own[0].begin, 0, count) / lanes * lanes;
  std::int64_t const end = padded(std::clamp<std::int64_t>(own[rows - 1].end, 0, count), lanes);
  float* const scores = head.scores + first * score_row;
  float* const weights = head.weights + first * score_row;
  if (asked.kept) {
    for (int r = 0; r < rows; ++r) {
      std::fill(weights + r * score_row, weights + r * score_row + std::min(begin, end), 0.0F);
      std::fill(weights + r * score_row + std::max(begin, end),
                weights + r * score_row + padded(count, lanes), 0.0F);
    }
  }
  if (begin >= end) return;
  for (int r = 0; r < rows; ++r) hide_outside(scores + r * score_row, begin, end, own[r]);
  ReadoutQueries const& queries = head.queries;
  RowGroup const group{scores,
                       head.worth + first * score_row,
                       weights,
                       queries.lse2 + row,
                       queries.row_weight == nullptr ? nullptr : queries.row_weight + row,
                       static_cast<float>(queries.places.begin + row),
                       static_cast<float>(keys.places.begin + key),
                       begin,
                       end,
                       keys.received + key,
                       keys.attribution + key};
  absorb_table<rows>[index_of(asked)](group, head.sums + first);
  if (!asked.partners) return;
  for (int r = 0; r < rows; ++r) {
    PartnerList& list = head.partners[first + r];
    Vector const top = head.sums[first + r].top;
    if (lanes_at_least(top, broadcast(list.limit)) == 0) continue;
    take_partners(list, scores + r * score_row + begin, keys.places.begin + key + begin, end - begin, top,
                  head.partners_in_order);
  }
}

/// Adds the weights of a block to the sums by key - query.
void add_diagonals(ReadoutHead const& head, Rectangle const& block) {
  for (std::int64_t i = 0; i < block.rows; ++i) {
    float const* const a = head.weights + i * score_row;
    float* const sums = head.queries.diagonal + head.queries.size.length + block.key - (block.query + i);
    for (std::int64_t j = 0; j < block.count; j += lanes) store(sums + j, load(sums + j) + load(a + j));
  }
}

/// A block of queries takes in all keys of the part that it sees.
void read_block(ReadoutHead const& head, ReadoutKeys const& keys, Asked const& asked, std::int64_t first,
                std::int64_t rows) {
  ReadoutQueries const& queries = head.queries;
  std::int64_t const columns = queries.size.columns;
  float const* const q = queries.q + first * columns;
  float const* const d_o = queries.d_o == nullptr ? nullptr : queries.d_o + first * columns;
  Places const top = seen_by(head, keys, first);
  Places const bottom = seen_by(head, keys, first + rows - 1);
  for (std::int64_t key = top.begin / panel * panel; key < bottom.end; key += key_block) {
    std::int64_t const count = std::min(key_block, bottom.end - key);
    Rectangle const block{first, rows, key, count, bottom.begin > key || top.end < key + count};
    block_scores(keys.size, q, rows, keys.panels, key, {0, count}, head.scores);
    if (asked.worth) block_scores(keys.size, d_o, rows, keys.values, key, {0, count}, head.worth);
    std::int64_t i = 0;
    for (; i + group_rows <= rows; i += group_rows) read_rows<group_rows>(head, keys, asked, block, i);
    for (; i < rows; ++i) read_rows<1>(head, keys, asked, block, i);
    if (keys.dv != nullptr) {
      multiply<true>(count, columns, rows, head.weights, 1, score_row, d_o, columns, keys.dv + key * columns,
                     columns);
    }
    if (queries.diagonal != nullptr && !keys.summaries) add_diagonals(head, block);
  }
}

}  // namespace
}  // namespace cislens::cpu
