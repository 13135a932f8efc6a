#include "attention_block.hpp"
#include "functions.hpp"

// softmax(Q K^T / sqrt(D)) V for one head of one sequence at a time, its queries in runs and their keys in
// runs that stay in the second-level cache while all queries of the run go by.
namespace cislens::cpu {
namespace {

/// A row of the softmax on its way: what scores are measured from, the sum of powers and of power times
/// score.
struct Row {
  float top, total, weighted;
};

/// How much larger than `top` a score may be (in units of log2) before the sums so far are scaled down:
/// rarely, and nothing can overflow. Source: lazy rescaling as in FlashAttention-4.
constexpr float headroom = 8;

/// What a row without scores is measured from: below every score, above hidden_score.
constexpr float start_top = -1e29F;

/// A row's sums are measured from a new top. @returns what earlier sums of values are to be multiplied with
inline float rescale(Row& row, float old_top) {
  if (row.total == 0) return 0.0F;
  float const shrink = std::exp2(old_top - row.top);
  // sum of power * (score - top): earlier scores were measured from the earlier top.
  row.weighted = shrink * (row.weighted + row.total * (old_top - row.top));
  row.total *= shrink;
  return shrink;
}

/// Takes the scores [begin, end), whole vectors, of a few rows in and turns them into powers. Several rows at
/// once, because one alone would wait for each exponential in turn.
/// @param[out] shrink  what earlier sums of each row are to be multiplied with
template <int rows, bool with_entropy>
[[gnu::always_inline]] inline void absorb(Row* row, float* scores, std::int64_t begin, std::int64_t end,
                                          float* shrink) {
  Vector highest[rows];
#pragma GCC unroll 4
  for (int r = 0; r < rows; ++r) highest[r] = broadcast(hidden_score);
  for (std::int64_t j = begin; j < end; j += lanes) {
#pragma GCC unroll 4
    for (int r = 0; r < rows; ++r) highest[r] = maximum(highest[r], load(scores + r * score_row + j));
  }
  float old_top[rows];
#pragma GCC unroll 4
  for (int r = 0; r < rows; ++r) {
    old_top[r] = row[r].top;
    float const block_top = largest(highest[r]);
    row[r].top = block_top > old_top[r] + headroom ? block_top : old_top[r];
  }
  Vector total[rows]{};
  Vector weighted[rows]{};
  for (std::int64_t j = begin; j < end; j += lanes) {
#pragma GCC unroll 4
    for (int r = 0; r < rows; ++r) {
      Vector const score = load(scores + r * score_row + j) - row[r].top;
      Vector const power = power_of_two(score);
      store(scores + r * score_row + j, power);
      total[r] += power;
      if constexpr (with_entropy) weighted[r] += power * score;
    }
  }
#pragma GCC unroll 4
  for (int r = 0; r < rows; ++r) {
    shrink[r] = row[r].top == old_top[r] ? 1.0F : rescale(row[r], old_top[r]);
    row[r].total += sum(total[r]);
    if constexpr (with_entropy) row[r].weighted += sum(weighted[r]);
  }
}

/// A run of queries of one head and what has been summed for them so far.
struct QueryRun {
  HeadSize size;
  std::int64_t first;  // place of the first
  float* q;            // packed, scaled
  float* sums;         // packed, of power times value
  Row* rows;
  float* scores;  // of one block
};

/// A block of queries takes in a block of keys, those of `run` from `key` on.
template <bool with_entropy>
void absorb_block(QueryRun const& run, QueryBlock const& queries, KeyRun const& keys, std::int64_t key,
                  BlockSight const& sight) {
  HeadSize const& size = run.size;
  auto const [begin, end] = sight.some;
  std::int64_t const first = queries.first - run.first;
  float* const sums = run.sums + first * size.columns;
  block_scores(size, run.q + first * size.columns, queries.rows, keys.key_panels, key, sight.some,
               run.scores);
  if (sight.edge) hide_unseen(queries, keys.first + key, begin, padded(end, lanes), run.scores);
  float shrink[query_block];
  std::int64_t i = 0;
  for (; i + 4 <= queries.rows; i += 4) {
    absorb<4, with_entropy>(run.rows + first + i, run.scores + i * score_row, begin, padded(end, lanes),
                            shrink + i);
  }
  for (; i < queries.rows; ++i) {
    absorb<1, with_entropy>(run.rows + first + i, run.scores + i * score_row, begin, padded(end, lanes),
                            shrink + i);
  }
  for (i = 0; i < queries.rows; ++i) {
    if (shrink[i] == 1.0F) continue;
    float* const row = sums + i * size.columns;
    for (std::int64_t d = 0; d < size.columns; d += lanes) store(row + d, load(row + d) * shrink[i]);
  }
  multiply<true>(queries.rows, size.columns, end - begin, run.scores + begin, score_row, 1,
                 keys.values + (key + begin) * size.columns, size.columns, sums, size.columns);
}

void absorb_run(QueryRun const& run, KeyRun const& keys, QueryBlock const& queries, bool with_entropy) {
  for_each_key_block(queries, keys, [&](std::int64_t key, BlockSight const& sight) {
    if (with_entropy) {
      absorb_block<true>(run, queries, keys, key, sight);
    } else {
      absorb_block<false>(run, queries, keys, key, sight);
    }
  });
}

/// o = sum / total, lse = ln(total of exp(score)), entropy = -sum A ln A = ln(total) - sum(power * (score -
/// top)) ln 2 / total. Zeros for a row without keys.
void finish(QueryRun const& run, HeadPlace const& place, std::int64_t output_stride,
            AttentionResult const& result) {
  HeadSize const& size = run.size;
  HeadSize one = size;
  one.length = 1;
  for (std::int64_t i = 0; i < size.length; ++i) {
    auto const [top, total, weighted] = run.rows[i];
    bool const none = total == 0;
    float const inverse = none ? 0.0F : 1.0F / total;
    float* const o = result.o + place.output + (run.first + i) * output_stride;
    unpack_rows(one, run.sums + i * size.columns, inverse, o, output_stride);
    std::int64_t const row = place.row + run.first + i;
    result.lse[row] = none ? 0.0F : (top + std::log2(total)) * ln_2;
    if (result.entropy != nullptr) {
      result.entropy[row] = none ? 0.0F : ln_2 * (std::log2(total) - weighted * inverse);
    }
  }
}

/// A head's queries of one run against all of its keys.
struct ForwardRun {
  AttentionShape const& shape;
  AttentionOperands const& x;
  HeadPlace place;
  std::int64_t key_length;
  std::int64_t range;

  void operator()(Places queries, AttentionResult const& result, Scratch memory) const {
    HeadSize const size(shape, queries.count());
    std::int64_t const numbers = size.length * size.columns;
    QueryRun const run{size,
                       queries.begin,
                       memory.take(numbers),
                       memory.take(numbers),
                       reinterpret_cast<Row*>(memory.take(3 * size.length)),
                       memory.take(query_block * score_row)};
    pack_rows(size, x.q + place.query + queries.begin * shape.query_stride, shape.query_stride,
              score_factor(size.channels), run.q);
    std::fill_n(run.sums, numbers, 0.0F);
    std::fill_n(run.rows, size.length, Row{start_top, 0, 0});
    absorb_extra_keys(run, result.entropy != nullptr, memory);
    Places const seen{keys_seen(shape, queries.begin, key_length).begin,
                      keys_seen(shape, queries.end - 1, key_length).end};
    for (std::int64_t first = seen.begin / key_block * key_block; first < seen.end; first += range) {
      absorb_keys(run, {first, std::min(first + range, seen.end)}, result.entropy != nullptr, memory);
    }
    finish(run, place, shape.output_stride, result);
  }

 private:
  KeyRun take_keys(std::int64_t first, std::int64_t count, Scratch& memory) const {
    HeadSize const size(shape, count);
    return {first,   size,    memory.take(size.keys * size.channels),
            nullptr, nullptr, memory.take(size.length * size.columns)};
  }

  void absorb_keys(QueryRun const& run, Places places, bool with_entropy, Scratch memory) const {
    KeyRun const keys = take_keys(places.begin, places.count(), memory);
    std::int64_t const at = place.key + places.begin * shape.key_stride;
    pack_keys(keys, x.k + at, x.v + at, shape.key_stride, shape.key_stride);
    for_each_query_block(run, [&](QueryBlock& queries) {
      for (std::int64_t i = 0; i < queries.rows; ++i) {
        queries.seen[i] = keys_seen(shape, queries.first + i, key_length);
      }
      absorb_run(run, keys, queries, with_entropy);
    });
  }

  void absorb_extra_keys(QueryRun const& run, bool with_entropy, Scratch memory) const {
    std::int64_t const count = extra_keys(shape, x);
    if (count == 0) return;
    KeyRun const keys = take_keys(0, count, memory);
    pack_extra_keys(shape, x, place, keys, memory.take(2 * count * keys.size.columns));
    for_each_query_block(run, [&](QueryBlock& queries) {
      std::fill_n(queries.seen, queries.rows, Places{0, count});
      absorb_run(run, keys, queries, with_entropy);
    });
  }

  template <typename Work>
  static void for_each_query_block(QueryRun const& run, Work const& work) {
    QueryBlock queries;
    for (std::int64_t first = 0; first < run.size.length; first += query_block) {
      queries.first = run.first + first;
      queries.rows = std::min(query_block, run.size.length - first);
      work(queries);
    }
  }
};

}  // namespace

void attention_forward(AttentionShape const& shape, AttentionOperands const& x, AttentionPart const& part,
                       AttentionResult const& result, float* scratch) {
  std::int64_t const range = attention_range(shape);
  for (std::int64_t index = part.first_head; index < part.first_head + part.heads; ++index) {
    HeadPlace const place(shape, index);
    Places const all{part.first_query, part.first_query + part.queries};
    Places const queries = common(all, {0, x.query_lengths[place.sequence]});
    ForwardRun const forward{shape, x, place, x.key_lengths[place.sequence], range};
    for (std::int64_t first = queries.begin; first < queries.end; first += range) {
      forward({first, std::min(first + range, queries.end)}, result, Scratch{scratch});
    }
    Places const padding{std::max(all.begin, x.query_lengths[place.sequence]), all.end};
    clear_rows(result.o + place.output, padding.begin, padding.end, shape.head_channels, shape.output_stride);
    clear_rows(result.lse + place.row, padding.begin, padding.end, 1, 1);
    if (result.entropy != nullptr) clear_rows(result.entropy + place.row, padding.begin, padding.end, 1, 1);
  }
}

}  // namespace cislens::cpu
