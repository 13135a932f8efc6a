#include "attention_block.hpp"
#include "functions.hpp"

// Gradients of attention for a run of queries and a run of keys of one head: weights are computed again,
// block by block, from the scores and the row sums that forward kept.
namespace cislens::cpu {
namespace {

/// What is known of a block of queries, packed, and the sums for it.
struct BlockState {
  float* q;  // scaled
  float* d_o;
  float* dq;         // in units of 1 / sqrt(D)
  float* scores;     // then weights
  float* gradients;  // of weights, then of scores
  float lse2[query_block];
  float delta[query_block];  // do . o
  float entropy[query_block];
};

/// Sums for a run of keys: dk in units of the scaled q.
struct KeySums {
  float* dk;
  float* dv;
};

/// dS = A (dP - delta), with the entropy's part -g A (ln A + H); `scores` become A, `gradients` dS.
template <bool with_entropy>
[[gnu::always_inline]] inline void score_gradients(float* scores, float* gradients, Places whole, float lse2,
                                                   float delta, float g, float row_entropy) {
  for (std::int64_t j = whole.begin; j < whole.end; j += lanes) {
    Vector const log2_a = load(scores + j) - lse2;
    Vector const a = power_of_two(log2_a);
    Vector gradient = load(gradients + j) - delta;
    if constexpr (with_entropy) gradient -= g * (maximum(log2_a, broadcast(-126.0F)) * ln_2 + row_entropy);
    store(scores + j, a);
    store(gradients + j, a * gradient);
  }
}

/// A block of queries and a block of keys, those of `keys` from `key` on, give each other their gradients.
template <bool with_entropy>
void exchange_block(BlockState const& state, QueryBlock const& queries, KeyRun const& keys, std::int64_t key,
                    BlockSight const& sight, float entropy_gradient, KeySums const& sums) {
  HeadSize const& size = keys.size;
  std::int64_t const columns = size.columns;
  Places const whole{sight.some.begin, padded(sight.some.end, lanes)};
  std::int64_t const count = sight.some.count();
  block_scores(size, state.q, queries.rows, keys.key_panels, key, sight.some, state.scores);
  block_scores(size, state.d_o, queries.rows, keys.value_panels, key, sight.some, state.gradients);
  if (sight.edge) hide_unseen(queries, keys.first + key, whole.begin, whole.end, state.scores);
  for (std::int64_t i = 0; i < queries.rows; ++i) {
    float* const scores = state.scores + i * score_row;
    score_gradients<with_entropy>(scores, state.gradients + i * score_row, whole, state.lse2[i],
                                  state.delta[i], entropy_gradient, state.entropy[i]);
  }
  std::int64_t const at = (key + whole.begin) * columns;
  float const* const weights = state.scores + whole.begin;
  float const* const gradients = state.gradients + whole.begin;
  multiply<true>(count, columns, queries.rows, weights, 1, score_row, state.d_o, columns, sums.dv + at,
                 columns);
  multiply<true>(count, columns, queries.rows, gradients, 1, score_row, state.q, columns, sums.dk + at,
                 columns);
  multiply<true>(queries.rows, columns, count, gradients, score_row, 1, keys.keys + at, columns, state.dq,
                 columns);
}

/// A head's run of queries and run of keys. The keys that every query sees belong to the call that sets.
struct BackwardRun {
  AttentionShape const& shape;
  AttentionOperands const& x;
  AttentionUpstream const& upstream;
  AttentionSums const& sums;
  HeadPlace place;
  std::int64_t query_length, key_length;
  bool accumulate;

  /// @param extra  the head's slot, or null
  void operator()(Places queries, Places keys, float* extra, Scratch memory) const {
    KeyRun const own = take_keys(keys.begin, keys.count(), memory);
    KeySums const own_sums = take_sums(own, memory);
    std::int64_t const at = place.key + keys.begin * shape.key_stride;
    pack_keys(own, x.k + at, x.v + at, shape.key_stride, shape.key_stride);
    KeyRun const common_keys = take_keys(0, accumulate ? 0 : extra_keys(shape, x), memory);
    KeySums const common_sums = take_sums(common_keys, memory);
    if (common_keys.size.length > 0) {
      pack_extra_keys(shape, x, place, common_keys,
                      memory.take(2 * common_keys.size.length * common_keys.size.columns));
    }
    BlockState state = take_block(memory);
    for (std::int64_t first = queries.begin; first < queries.end; first += query_block) {
      QueryBlock block;
      block.first = first;
      block.rows = std::min(query_block, queries.end - first);
      load_block(block, state);
      std::fill_n(block.seen, block.rows, Places{0, common_keys.size.length});
      exchange(state, block, common_keys, common_sums);
      for (std::int64_t i = 0; i < block.rows; ++i) block.seen[i] = keys_seen(shape, first + i, key_length);
      exchange(state, block, own, own_sums);
      write_rows(HeadSize(shape, block.rows), state.dq,
                 1.0F / std::sqrt(static_cast<float>(shape.head_channels)),
                 sums.dq + place.query + first * shape.query_stride, shape.query_stride);
    }
    write_rows(own.size, own_sums.dk, ln_2, sums.dk + at, shape.key_stride);
    write_rows(own.size, own_sums.dv, 1.0F, sums.dv + at, shape.key_stride);
    if (extra != nullptr) write_extra(common_keys, common_sums, extra);
  }

 private:
  KeyRun take_keys(std::int64_t first, std::int64_t count, Scratch& memory) const {
    HeadSize const size(shape, count);
    return {first,
            size,
            memory.take(size.keys * size.channels),
            memory.take(size.keys * size.channels),
            memory.take(size.length * size.columns),
            nullptr};
  }

  static KeySums take_sums(KeyRun const& keys, Scratch& memory) {
    std::int64_t const numbers = keys.size.length * keys.size.columns;
    KeySums const sums{memory.take(numbers), memory.take(numbers)};
    std::fill_n(sums.dk, numbers, 0.0F);
    std::fill_n(sums.dv, numbers, 0.0F);
    return sums;
  }

  BlockState take_block(Scratch& memory) const {
    std::int64_t const numbers = query_block * HeadSize(shape, query_block).columns;
    BlockState state;
    state.q = memory.take(numbers);
    state.d_o = memory.take(numbers);
    state.dq = memory.take(numbers);
    state.scores = memory.take(query_block * score_row);
    state.gradients = memory.take(query_block * score_row);
    return state;
  }

  void load_block(QueryBlock const& block, BlockState& state) const {
    HeadSize const size(shape, block.rows);
    float const* const d_o = upstream.d_o + place.output + block.first * shape.output_stride;
    float const* const o = upstream.o + place.output + block.first * shape.output_stride;
    pack_rows(size, x.q + place.query + block.first * shape.query_stride, shape.query_stride,
              score_factor(size.channels), state.q);
    pack_rows(size, d_o, shape.output_stride, 1.0F, state.d_o);
    std::fill_n(state.dq, block.rows * size.columns, 0.0F);
    for (std::int64_t i = 0; i < block.rows; ++i) {
      std::int64_t const row = place.row + block.first + i;
      state.lse2[i] = upstream.lse[row] * log2_e;
      state.delta[i] = dot(o + i * shape.output_stride, d_o + i * shape.output_stride, size.channels);
      state.entropy[i] = upstream.entropy == nullptr ? 0.0F : upstream.entropy[row];
    }
  }

  void exchange(BlockState const& state, QueryBlock const& block, KeyRun const& keys,
                KeySums const& key_sums) const {
    float const g = upstream.entropy_gradient;
    for_each_key_block(block, keys, [&](std::int64_t key, BlockSight const& sight) {
      if (g != 0) {
        exchange_block<true>(state, block, keys, key, sight, g, key_sums);
      } else {
        exchange_block<false>(state, block, keys, key, sight, g, key_sums);
      }
    });
  }

  void write_rows(HeadSize const& size, float const* from, float factor, float* to,
                  std::int64_t stride) const {
    if (accumulate) {
      unpack_added_rows(size, from, factor, to, stride);
    } else {
      unpack_rows(size, from, factor, to, stride);
    }
  }

  static void write_extra(KeyRun const& keys, KeySums const& key_sums, float* extra) {
    HeadSize const& size = keys.size;
    unpack_rows(size, key_sums.dk, ln_2, extra, 2 * size.channels);
    unpack_rows(size, key_sums.dv, 1.0F, extra + size.channels, 2 * size.channels);
  }
};

/// += or = the sum of `count` slots that begin at `from`.
void add_slots(float const* from, std::int64_t count, std::int64_t slot, std::int64_t channels, float* to) {
  for (std::int64_t s = 0; s < count; ++s) {
    for (std::int64_t d = 0; d < channels; ++d) to[d] += from[s * slot + d];
  }
}

}  // namespace

std::int64_t attention_range(AttentionShape const& shape) {
  // What is packed for a run of keys in backward, 5 D floats a key, fits the second-level cache.
  return std::clamp(32768 / shape.head_channels / key_block * key_block, key_block, 4 * key_block);
}

std::int64_t attention_scratch(AttentionShape const& shape) {
  std::int64_t const range = attention_range(shape);
  std::int64_t const own = padded(std::min(range, std::max(shape.queries, shape.keys)), panel);
  std::int64_t const columns = HeadSize(shape, 0).columns;
  std::int64_t const rows = 5 * own + 7 * padded(shape.summaries + 1, panel) + 3 * query_block;
  return rows * columns + 3 * own + 2 * query_block * score_row + 16 * 32;
}

void attention_backward(AttentionShape const& shape, AttentionOperands const& x,
                        AttentionUpstream const& upstream, AttentionPart const& part, bool accumulate,
                        AttentionSums const& sums, float* scratch) {
  for (std::int64_t h = 0; h < part.heads; ++h) {
    HeadPlace const place(shape, part.first_head + h);
    std::int64_t const query_length = x.query_lengths[place.sequence];
    std::int64_t const key_length = x.key_lengths[place.sequence];
    Places const all_queries{part.first_query, part.first_query + part.queries};
    Places const all_keys{part.first_key, part.first_key + part.keys};
    BackwardRun const run{shape, x, upstream, sums, place, query_length, key_length, accumulate};
    run(common(all_queries, {0, query_length}), common(all_keys, {0, key_length}),
        sums.extra == nullptr || accumulate ? nullptr : sums.extra + h * sums.extra_stride, Scratch{scratch});
    if (accumulate) continue;
    clear_rows(sums.dq + place.query, std::max(all_queries.begin, query_length), all_queries.end,
               shape.head_channels, shape.query_stride);
    for (float* const d : {sums.dk, sums.dv}) {
      clear_rows(d + place.key, std::max(all_keys.begin, key_length), all_keys.end, shape.head_channels,
                 shape.key_stride);
    }
  }
}

void attention_gather(AttentionShape const& shape, AttentionGather const& gather) {
  std::int64_t const channels = shape.head_channels;
  std::int64_t const slot = (shape.summaries + 1) * 2 * channels;
  for (std::int64_t index = 0; index < shape.sequences * shape.heads; ++index) {
    HeadPlace const place(shape, index);
    float const* const first = gather.extra + index * gather.ranges * slot;
    for (std::int64_t g = 0; g < shape.summaries; ++g) {
      float const* const from = first + g * 2 * channels;
      if (gather.dsummary_key != nullptr) {
        add_slots(from, gather.ranges, slot, channels,
                  gather.dsummary_key + g * shape.summary_key_stride + place.summary_key);
      }
      if (gather.dsummary_value != nullptr) {
        float* const to = gather.dsummary_value + g * shape.summary_value_stride + place.summary_value;
        std::fill_n(to, channels, 0.0F);
        add_slots(from + channels, gather.ranges, slot, channels, to);
      }
    }
    if (gather.dnull_key != nullptr) {
      add_slots(first + shape.summaries * 2 * channels, gather.ranges, slot, channels,
                gather.dnull_key + place.head * channels);
    }
  }
}

}  // namespace cislens::cpu
