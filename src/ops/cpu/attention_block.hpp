#pragma once

#include "../backend.hpp"
#include "multiply.hpp"
#include "simd.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

// What forward, backward and readout share: stretches of rows of one head copied into contiguous, zero-padded
// memory, and one block of scores at a time. Nothing of size Q x P exists. Scores are kept in units of log2:
// the factor log2(e) / sqrt(D) goes into the packed queries once, and exponentials are powers of two.
namespace cislens::cpu {
namespace {

constexpr std::int64_t query_block = 24;   // rows of scores at a time
constexpr std::int64_t panel = 4 * lanes;  // keys in one packed panel
constexpr std::int64_t key_block = 256;    // keys of scores at a time; key blocks begin at its multiples
constexpr std::int64_t score_row = key_block + 16;  // not a power of two: rows must not share cache sets

constexpr float ln_2 = 0.69314718055994531F;
inline float score_factor(std::int64_t channels) { return log2_e / std::sqrt(static_cast<float>(channels)); }

inline std::int64_t padded(std::int64_t count, std::int64_t multiple) {
  return (count + multiple - 1) / multiple * multiple;
}

/// Hands out pieces of the op's scratch memory.
struct Scratch {
  float* next;
  float* take(std::int64_t count) {
    float* const piece = next;
    next += padded(count, 16);
    return piece;
  }
};

/// Where one head of one sequence begins: in q and dq; in k, v and theirs; in o and do; in lse and what is
/// shaped like it; in the summaries.
struct HeadPlace {
  std::int64_t sequence, head;
  std::int64_t query, key, output, row;
  std::int64_t summary_key, summary_value;

  /// @param index  of the head, counted sequence after sequence
  HeadPlace(AttentionShape const& shape, std::int64_t index)
      : sequence(index / shape.heads), head(index % shape.heads) {
    std::int64_t const channel = head * shape.head_channels;
    query = sequence * shape.queries * shape.query_stride + channel;
    key = sequence * shape.keys * shape.key_stride + channel;
    output = sequence * shape.queries * shape.output_stride + channel;
    row = index * shape.queries;
    summary_key = channel;
    summary_value = sequence * shape.summaries * shape.summary_value_stride + channel;
  }
};

/// Places [begin, end).
struct Places {
  std::int64_t begin, end;
  bool empty() const { return begin >= end; }
  std::int64_t count() const { return end - begin; }
};

inline Places common(Places a, Places b) {
  std::int64_t const begin = std::max(a.begin, b.begin);
  return {begin, std::max(begin, std::min(a.end, b.end))};
}

/// The keys in the span of query i, the first `length` keys being there. Both ends grow with i.
inline Places keys_seen(AttentionShape const& shape, std::int64_t i, std::int64_t length) {
  std::int64_t const chunk = i / shape.chunk * shape.chunk;
  std::int64_t const begin = std::min(std::max(chunk, i - shape.reach), length);
  return {begin, std::max(begin, std::min({chunk + shape.chunk, i + shape.reach + 1, length}))};
}

/// A stretch of rows of one head. `columns` is D padded to whole vectors, `keys` the length padded to whole
/// panels.
struct HeadSize {
  std::int64_t length, channels, columns, keys;

  HeadSize(AttentionShape const& shape, std::int64_t rows)
      : length(rows),
        channels(shape.head_channels),
        columns(padded(channels, lanes)),
        keys(padded(rows, panel)) {}
};

/// to (length, columns) = factor * from, zeros in the added columns.
inline void pack_rows(HeadSize const& size, float const* from, std::int64_t stride, float factor, float* to) {
  std::int64_t const whole = size.channels / lanes * lanes;
  for (std::int64_t i = 0; i < size.length; ++i) {
    float* const row = to + i * size.columns;
    float const* const source = from + i * stride;
    for (std::int64_t d = 0; d < whole; d += lanes) store(row + d, factor * load(source + d));
    if (whole == size.columns) continue;
    for (std::int64_t d = whole; d < size.columns; ++d)
      row[d] = d < size.channels ? factor * source[d] : 0.0F;
  }
}

inline void unpack_rows(HeadSize const& size, float const* from, float factor, float* to,
                        std::int64_t stride) {
  std::int64_t const whole = size.channels / lanes * lanes;
  for (std::int64_t i = 0; i < size.length; ++i) {
    float const* const row = from + i * size.columns;
    float* const target = to + i * stride;
    for (std::int64_t d = 0; d < whole; d += lanes) store(target + d, factor * load(row + d));
    for (std::int64_t d = whole; d < size.channels; ++d) target[d] = factor * row[d];
  }
}

/// The same, added to what is there.
inline void unpack_added_rows(HeadSize const& size, float const* from, float factor, float* to,
                              std::int64_t stride) {
  for (std::int64_t i = 0; i < size.length; ++i) {
    for (std::int64_t d = 0; d < size.channels; ++d)
      to[i * stride + d] += factor * from[i * size.columns + d];
  }
}

/// Rows [first, last) = 0: those of padding behind the end of a sequence.
inline void clear_rows(float* x, std::int64_t first, std::int64_t last, std::int64_t channels,
                       std::int64_t stride) {
  for (std::int64_t i = first; i < last; ++i) std::fill_n(x + i * stride, channels, 0.0F);
}

/// Four columns of four rows, transposed.
[[gnu::always_inline]] inline void transpose_quads(float const* from, std::int64_t stride, float* to,
                                                   std::int64_t to_stride) {
  Quad row[4];
  for (int i = 0; i < 4; ++i) row[i] = *reinterpret_cast<UnalignedQuad const*>(from + i * stride);
  Quad const a = __builtin_shufflevector(row[0], row[1], 0, 4, 1, 5);
  Quad const b = __builtin_shufflevector(row[2], row[3], 0, 4, 1, 5);
  Quad const c = __builtin_shufflevector(row[0], row[1], 2, 6, 3, 7);
  Quad const d = __builtin_shufflevector(row[2], row[3], 2, 6, 3, 7);
  auto const put = [&](int i, Quad x) { *reinterpret_cast<UnalignedQuad*>(to + i * to_stride) = x; };
  put(0, __builtin_shufflevector(a, b, 0, 1, 4, 5));
  put(1, __builtin_shufflevector(a, b, 2, 3, 6, 7));
  put(2, __builtin_shufflevector(c, d, 0, 1, 4, 5));
  put(3, __builtin_shufflevector(c, d, 2, 3, 6, 7));
}

/// Transposed into panels: to[panel][d][key in panel], zeros for keys behind the end.
inline void pack_panels(HeadSize const& size, float const* from, std::int64_t stride, float* to) {
  for (std::int64_t first = 0; first < size.keys; first += panel) {
    float* const block = to + first * size.channels;
    float const* const source = from + first * stride;
    std::int64_t const count = std::min(panel, size.length - first);
    std::int64_t const keys = count / 4 * 4;
    std::int64_t const channels = size.channels / 4 * 4;
    for (std::int64_t j = 0; j < keys; j += 4) {
      for (std::int64_t d = 0; d < channels; d += 4) {
        transpose_quads(source + j * stride + d, stride, block + d * panel + j, panel);
      }
    }
    for (std::int64_t d = 0; d < size.channels; ++d) {
      for (std::int64_t j = d < channels ? keys : 0; j < count; ++j)
        block[d * panel + j] = source[j * stride + d];
      for (std::int64_t j = count; j < panel; ++j) block[d * panel + j] = 0;
    }
  }
}

/// out (rows, score_row) = left (rows, D) times the packed panels, for the keys `seen` of the block of keys
/// that begins with key `first` of the panels; `seen` counts from there and begins with a whole vector.
inline void block_scores(HeadSize const& size, float const* left, std::int64_t rows, float const* panels,
                         std::int64_t first, Places seen, float* out) {
  for (std::int64_t j = seen.begin; j < seen.end;) {
    std::int64_t const next = std::min(j / panel * panel + panel, padded(seen.end, lanes));
    float const* const right = panels + (first + j / panel * panel) * size.channels + j % panel;
    multiply<false>(rows, next - j, size.channels, left, size.columns, 1, right, panel, out + j, score_row);
    j = next;
  }
}

/// 2 ^ (scores - shift) in place, exact zeros behind `count`.
[[gnu::always_inline]] inline void exponentials(float* scores, std::int64_t count, float shift) {
  std::int64_t const whole = padded(count, lanes);
  for (std::int64_t j = 0; j < whole; j += lanes) store(scores + j, power_of_two(load(scores + j) - shift));
  std::fill(scores + count, scores + whole, 0.0F);
}

/// Below every score: what places outside a query's span hold. Its power of two is 0.
constexpr float hidden_score = -1e30F;

/// hidden_score in all places of [begin, end), whole vectors, that are not in `seen`.
inline void hide_outside(float* scores, std::int64_t begin, std::int64_t end, Places seen) {
  std::fill(scores + begin, scores + std::clamp(seen.begin, begin, end), hidden_score);
  std::fill(scores + std::clamp(seen.end, begin, end), scores + end, hidden_score);
}

/// What a block of queries sees of a block of keys, counted from its first key.
struct BlockSight {
  Places some;  ///< seen by one of the queries at least; begins with a whole vector
  bool edge;    ///< some query does not see all of these, or they do not end with a whole vector

  /// @param first, last  keys seen by the first and the last query
  /// @param keys         of the block; keys.begin is a multiple of key_block
  BlockSight(Places first, Places last, Places keys) {
    Places const all = common({first.begin, last.end}, keys);
    some = {(all.begin - keys.begin) / lanes * lanes, all.end - keys.begin};
    edge = last.begin > keys.begin + some.begin || first.end < keys.begin + padded(some.end, lanes);
    if (all.empty()) some = {0, 0};
  }
};

/// Queries of one head: the places of a block of them, and what each sees.
struct QueryBlock {
  std::int64_t first, rows;
  Places seen[query_block];
};

/// Hides from each query what it does not see of [begin, end), whole vectors of the keys from place `from`
/// on.
inline void hide_unseen(QueryBlock const& queries, std::int64_t from, std::int64_t begin, std::int64_t end,
                        float* scores) {
  for (std::int64_t i = 0; i < queries.rows; ++i) {
    hide_outside(scores + i * score_row, begin, end,
                 {queries.seen[i].begin - from, queries.seen[i].end - from});
  }
}

/// Keys of one head, packed: panels for products with queries, rows for products with weights. `first` is the
/// place of the first, a multiple of key_block.
struct KeyRun {
  std::int64_t first;
  HeadSize size;
  float* key_panels;
  float* value_panels;  // null in forward
  float* keys;          // rows; null in forward
  float* values;        // rows; null in backward
};

/// Calls work(key, sight) for every block of keys of the run that one of the queries sees.
template <typename Work>
[[gnu::always_inline]] inline void for_each_key_block(QueryBlock const& queries, KeyRun const& run,
                                                      Work const& work) {
  for (std::int64_t key = 0; key < run.size.length; key += key_block) {
    Places const keys{run.first + key, run.first + std::min(key + key_block, run.size.length)};
    BlockSight const sight(queries.seen[0], queries.seen[queries.rows - 1], keys);
    if (!sight.some.empty()) work(key, sight);
  }
}

/// Fills what is asked for with a run of keys.
inline void pack_keys(KeyRun const& run, float const* k, float const* v, std::int64_t k_stride,
                      std::int64_t v_stride) {
  pack_panels(run.size, k, k_stride, run.key_panels);
  if (run.value_panels != nullptr) pack_panels(run.size, v, v_stride, run.value_panels);
  if (run.keys != nullptr) pack_rows(run.size, k, k_stride, 1.0F, run.keys);
  if (run.values != nullptr) pack_rows(run.size, v, v_stride, 1.0F, run.values);
}

/// The keys that every query sees: summaries, then the null key, whose value is 0.
inline std::int64_t extra_keys(AttentionShape const& shape, AttentionOperands const& x) {
  return shape.summaries + (x.null_key == nullptr ? 0 : 1);
}

/// Fills a run with them. `rows` is memory for 2 * extra_keys rows.
inline void pack_extra_keys(AttentionShape const& shape, AttentionOperands const& x, HeadPlace const& place,
                            KeyRun const& run, float* rows) {
  HeadSize const& size = run.size;
  HeadSize const summaries(shape, shape.summaries);
  float* const values = rows + size.length * size.columns;
  std::fill_n(rows, 2 * size.length * size.columns, 0.0F);
  pack_rows(summaries, x.summary_key + place.summary_key, shape.summary_key_stride, 1.0F, rows);
  pack_rows(summaries, x.summary_value + place.summary_value, shape.summary_value_stride, 1.0F, values);
  if (x.null_key != nullptr) {
    std::copy_n(x.null_key + place.head * size.channels, size.channels,
                rows + shape.summaries * size.columns);
  }
  pack_keys(run, rows, values, size.columns, size.columns);
}

}  // namespace
}  // namespace cislens::cpu
