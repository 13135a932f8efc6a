#include "attention_block.hpp"
#include "functions.hpp"

// softmax(Q K^T / sqrt(D)) V for one head of one sequence at a time. Scores are kept in units of log2: the
// factor log2(e) / sqrt(D) goes into the packed queries once, and exponentials are powers of two.
//
// The null key is one more key whose value is zero: it takes part in the row's maximum and sum and in nothing
// else.
namespace cislens::cpu {
namespace {

constexpr float ln_2 = 0.69314718055994531F;

float score_factor(std::int64_t channels) { return log2_e / std::sqrt(static_cast<float>(channels)); }

/// A row of the softmax on its way: the largest score so far, the sum of powers and of power times score
/// below it.
struct Row {
  float top, total, weighted;
};

/// Takes `count` more scores of a row in, turns them into powers, and returns what earlier sums are to be
/// multiplied with.
[[gnu::always_inline]] inline float absorb(Row& row, float* scores, std::int64_t count, bool with_entropy) {
  Vector top = broadcast(row.top);
  std::int64_t j = 0;
  for (; j + lanes <= count; j += lanes) top = maximum(top, load(scores + j));
  float new_top = largest(top);
  for (; j < count; ++j) new_top = std::max(new_top, scores[j]);
  Vector total{};
  Vector weighted{};
  std::int64_t const whole = padded(count, lanes);
  for (j = 0; j < whole; j += lanes) {
    Vector const score = load(scores + j) - new_top;
    Vector power = exp2(score);
    if (j + lanes > count) {
      for (std::int64_t tail = count - j; tail < lanes; ++tail) power[tail] = 0;
    }
    store(scores + j, power);
    total += power;
    if (with_entropy) weighted += power * score;
  }
  float const shrink = row.total == 0 ? 0.0F : std::exp2(row.top - new_top);
  // sum of power * (score - new_top): earlier scores were measured from the earlier top.
  row.weighted = shrink * (row.weighted + row.total * (row.top - new_top)) + sum(weighted);
  if (row.total == 0) row.weighted = sum(weighted);
  row.total = row.total * shrink + sum(total);
  row.top = new_top;
  return shrink;
}

struct ForwardHead {
  HeadSize size;
  float const* q;         // packed, scaled
  float const* keys;      // packed panels
  float const* v;         // packed
  float const* null_key;  // (D) or null
};

/// One block of queries against all keys.
void forward_block(ForwardHead const& head, std::int64_t first, std::int64_t rows, float* scores, float* sums,
                   float* o, std::int64_t o_stride, float* lse, float* entropy) {
  HeadSize const& size = head.size;
  Row state[query_block];
  for (std::int64_t i = 0; i < rows; ++i) {
    state[i] = {-1e30F, 0, 0};
    if (head.null_key != nullptr) {
      float const score = dot(head.q + (first + i) * size.columns, head.null_key, size.channels);
      state[i] = {score, 1, 0};
    }
  }
  std::fill_n(sums, rows * size.columns, 0.0F);
  for (std::int64_t key = 0; key < size.length; key += key_block) {
    std::int64_t const count = std::min(key_block, size.length - key);
    block_scores(size, head.q + first * size.columns, rows, head.keys, key, count, scores);
    for (std::int64_t i = 0; i < rows; ++i) {
      float const shrink = absorb(state[i], scores + i * key_block, count, entropy != nullptr);
      float* const row = sums + i * size.columns;
      if (shrink != 1.0F) {
        for (std::int64_t d = 0; d < size.columns; d += lanes) store(row + d, load(row + d) * shrink);
      }
    }
    multiply<true>(rows, size.columns, count, scores, key_block, 1, head.v + key * size.columns, size.columns,
                   sums, size.columns);
  }
  for (std::int64_t i = 0; i < rows; ++i) {
    float const total = state[i].total;
    float const inverse = total > 0 ? 1.0F / total : 0.0F;
    for (std::int64_t d = 0; d < size.channels; ++d)
      o[(first + i) * o_stride + d] = sums[i * size.columns + d] * inverse;
    lse[first + i] = total > 0 ? (state[i].top + std::log2(total)) * ln_2 : 0.0F;
    // H = -sum A ln A = ln(total) - sum(power * (score - top)) ln 2 / total
    if (entropy != nullptr)
      entropy[first + i] = total > 0 ? ln_2 * (std::log2(total) - state[i].weighted * inverse) : 0.0F;
  }
}

/// Where one head of one sequence begins: in q, k, v and their gradients; in o; in lse and what is shaped
/// like it.
struct HeadPlace {
  std::int64_t in, out, row;
};

HeadPlace place_of_head(AttentionShape const& shape, std::int64_t sequence, std::int64_t head) {
  std::int64_t const token = sequence * shape.tokens;
  std::int64_t const channel = head * shape.head_channels;
  return {token * shape.stride + channel, token * shape.output_stride + channel,
          (sequence * shape.heads + head) * shape.tokens};
}

/// Rows of padding behind the end of a sequence.
void clear_rows(float* x, std::int64_t first, std::int64_t last, std::int64_t channels, std::int64_t stride) {
  for (std::int64_t i = first; i < last; ++i) std::fill_n(x + i * stride, channels, 0.0F);
}

}  // namespace

std::int64_t attention_scratch(AttentionShape const& shape) {
  HeadSize const size(shape, shape.tokens);
  std::int64_t const rows = padded(shape.tokens * size.columns, 16);
  std::int64_t const panels = padded(size.keys * size.channels, 16);
  return 8 * rows + 2 * panels + 2 * query_block * key_block + query_block * size.columns + 64;
}

void attention_forward(AttentionShape const& shape, std::int64_t const* lengths, float const* q,
                       float const* k, float const* v, float const* null_key, float* o, float* lse,
                       float* entropy, float* scratch) {
  std::int64_t const channels = shape.head_channels;
  for (std::int64_t s = 0; s < shape.sequences; ++s) {
    HeadSize const size(shape, lengths[s]);
    for (std::int64_t h = 0; h < shape.heads; ++h) {
      auto const [in, out, row] = place_of_head(shape, s, h);
      Scratch memory{scratch};
      float* const packed_q = memory.take(size.length * size.columns);
      float* const packed_v = memory.take(size.length * size.columns);
      float* const keys = memory.take(size.keys * channels);
      float* const scores = memory.take(query_block * key_block);
      float* const sums = memory.take(query_block * size.columns);
      pack_rows(size, q + in, shape.stride, score_factor(channels), packed_q);
      pack_rows(size, v + in, shape.stride, 1.0F, packed_v);
      pack_panels(size, k + in, shape.stride, keys);
      ForwardHead const head{size, packed_q, keys, packed_v,
                             null_key == nullptr ? nullptr : null_key + h * channels};
      for (std::int64_t first = 0; first < size.length; first += query_block) {
        forward_block(head, first, std::min(query_block, size.length - first), scores, sums, o + out,
                      shape.output_stride, lse + row, entropy == nullptr ? nullptr : entropy + row);
      }
      clear_rows(o + out, size.length, shape.tokens, channels, shape.output_stride);
      std::fill(lse + row + size.length, lse + row + shape.tokens, 0.0F);
      if (entropy != nullptr) std::fill(entropy + row + size.length, entropy + row + shape.tokens, 0.0F);
    }
  }
}

namespace {

struct BackwardHead {
  HeadSize size;
  float const* q;  // packed, scaled
  float const* k;
  float const* d_o;
  float const* keys;    // packed panels
  float const* values;  // packed panels
  float const* null_key;
  float const* lse;
  float const* entropy;  // null when there is no entropy gradient
  float entropy_gradient;
  float* dq;  // packed; dq and dk in units of 1 / sqrt(D) and of the scaled q
  float* dk;
  float* dv;
  float* dnull_key;
};

/// dS = A (dP - delta), with the entropy's part -g A (ln A + H); `scores` become A, `gradients` dS.
[[gnu::always_inline]] inline void score_gradients(float* scores, float* gradients, std::int64_t count,
                                                   float lse2, float delta, float g, float row_entropy) {
  std::int64_t const whole = padded(count, lanes);
  for (std::int64_t j = 0; j < whole; j += lanes) {
    Vector const log2_a = load(scores + j) - lse2;
    Vector const a = exp2(log2_a);
    store(scores + j, a);
    store(gradients + j, a * (load(gradients + j) - delta - g * (log2_a * ln_2 + row_entropy)));
  }
  std::fill(scores + count, scores + whole, 0.0F);
  std::fill(gradients + count, gradients + whole, 0.0F);
}

/// The null key's share of a row: its value is zero, so its dP is zero.
void null_key_gradient(BackwardHead const& head, std::int64_t i, float delta, float row_entropy) {
  HeadSize const& size = head.size;
  float const* const q = head.q + i * size.columns;
  float const log_a = dot(q, head.null_key, size.channels) * ln_2 - head.lse[i];
  float const gradient = std::exp(log_a) * (-delta - head.entropy_gradient * (log_a + row_entropy));
  add_scaled(gradient, head.null_key, head.dq + i * size.columns, size.channels);
  if (head.dnull_key != nullptr) add_scaled(gradient * ln_2, q, head.dnull_key, size.channels);
}

void backward_block(BackwardHead const& head, std::int64_t first, std::int64_t rows, float const* delta,
                    float* scores, float* gradients) {
  HeadSize const& size = head.size;
  std::int64_t const columns = size.columns;
  for (std::int64_t key = 0; key < size.length; key += key_block) {
    std::int64_t const count = std::min(key_block, size.length - key);
    block_scores(size, head.q + first * columns, rows, head.keys, key, count, scores);
    block_scores(size, head.d_o + first * columns, rows, head.values, key, count, gradients);
    for (std::int64_t i = 0; i < rows; ++i) {
      score_gradients(scores + i * key_block, gradients + i * key_block, count, head.lse[first + i] * log2_e,
                      delta[i], head.entropy_gradient,
                      head.entropy == nullptr ? 0.0F : head.entropy[first + i]);
    }
    multiply<true>(count, columns, rows, scores, 1, key_block, head.d_o + first * columns, columns,
                   head.dv + key * columns, columns);
    multiply<true>(count, columns, rows, gradients, 1, key_block, head.q + first * columns, columns,
                   head.dk + key * columns, columns);
    multiply<true>(rows, columns, count, gradients, key_block, 1, head.k + key * columns, columns,
                   head.dq + first * columns, columns);
  }
}

}  // namespace

void attention_backward(AttentionShape const& shape, std::int64_t const* lengths, float const* q,
                        float const* k, float const* v, float const* null_key, float const* o,
                        float const* lse, float const* entropy, float entropy_gradient, float const* d_o,
                        float* dq, float* dk, float* dv, float* dnull_key, float* scratch) {
  std::int64_t const channels = shape.head_channels;
  float const inverse_sqrt = 1.0F / std::sqrt(static_cast<float>(channels));
  for (std::int64_t s = 0; s < shape.sequences; ++s) {
    HeadSize const size(shape, lengths[s]);
    std::int64_t const numbers = size.length * size.columns;
    for (std::int64_t h = 0; h < shape.heads; ++h) {
      auto const [in, out, row] = place_of_head(shape, s, h);
      Scratch memory{scratch};
      float* const packed_q = memory.take(numbers);
      float* const packed_k = memory.take(numbers);
      float* const packed_d_o = memory.take(numbers);
      float* const keys = memory.take(size.keys * channels);
      float* const values = memory.take(size.keys * channels);
      float* const scores = memory.take(query_block * key_block);
      float* const gradients = memory.take(query_block * key_block);
      float* const sums = memory.take(3 * numbers);
      std::fill_n(sums, 3 * numbers, 0.0F);
      pack_rows(size, q + in, shape.stride, score_factor(channels), packed_q);
      pack_rows(size, k + in, shape.stride, 1.0F, packed_k);
      pack_rows(size, d_o + out, shape.output_stride, 1.0F, packed_d_o);
      pack_panels(size, k + in, shape.stride, keys);
      pack_panels(size, v + in, shape.stride, values);
      BackwardHead const head{size,
                              packed_q,
                              packed_k,
                              packed_d_o,
                              keys,
                              values,
                              null_key == nullptr ? nullptr : null_key + h * channels,
                              lse + row,
                              entropy_gradient == 0 ? nullptr : entropy + row,
                              entropy_gradient,
                              sums,
                              sums + numbers,
                              sums + 2 * numbers,
                              dnull_key == nullptr ? nullptr : dnull_key + h * channels};
      for (std::int64_t first = 0; first < size.length; first += query_block) {
        std::int64_t const rows = std::min(query_block, size.length - first);
        float delta[query_block];
        for (std::int64_t i = 0; i < rows; ++i) {
          std::int64_t const at = out + (first + i) * shape.output_stride;
          delta[i] = dot(o + at, d_o + at, channels);
          float const row_entropy = head.entropy == nullptr ? 0.0F : head.entropy[first + i];
          if (head.null_key != nullptr) null_key_gradient(head, first + i, delta[i], row_entropy);
        }
        backward_block(head, first, rows, delta, scores, gradients);
      }
      unpack_rows(size, head.dq, inverse_sqrt, dq + in, shape.stride);
      unpack_rows(size, head.dk, ln_2, dk + in, shape.stride);
      unpack_rows(size, head.dv, 1.0F, dv + in, shape.stride);
      clear_rows(dq + in, size.length, shape.tokens, channels, shape.stride);
      clear_rows(dk + in, size.length, shape.tokens, channels, shape.stride);
      clear_rows(dv + in, size.length, shape.tokens, channels, shape.stride);
    }
  }
}

void attention_readout(AttentionShape const& shape, std::int64_t const* lengths, float const* q,
                       float const* k, float const* v, float const* lse, float const* d_o, float* received,
                       float* attribution, float* distance, float* mass, float* dv, float* scratch) {
  std::int64_t const channels = shape.head_channels;
  std::int64_t const total = shape.sequences * shape.heads * shape.tokens;
  for (float* const result : {received, attribution, distance, mass}) std::fill_n(result, total, 0.0F);
  for (std::int64_t s = 0; s < shape.sequences; ++s) {
    HeadSize const size(shape, lengths[s]);
    for (std::int64_t h = 0; h < shape.heads; ++h) {
      auto const [in, out, row] = place_of_head(shape, s, h);
      Scratch memory{scratch};
      float* const packed_q = memory.take(size.length * size.columns);
      float* const packed_d_o = memory.take(size.length * size.columns);
      float* const keys = memory.take(size.keys * channels);
      float* const values = memory.take(size.keys * channels);
      float* const scores = memory.take(query_block * key_block);
      float* const worth = memory.take(query_block * key_block);
      float* const value_sums = memory.take(size.length * size.columns);
      std::fill_n(value_sums, size.length * size.columns, 0.0F);
      pack_rows(size, q + in, shape.stride, score_factor(channels), packed_q);
      pack_rows(size, d_o + out, shape.output_stride, 1.0F, packed_d_o);
      pack_panels(size, k + in, shape.stride, keys);
      pack_panels(size, v + in, shape.stride, values);
      for (std::int64_t first = 0; first < size.length; first += query_block) {
        std::int64_t const rows = std::min(query_block, size.length - first);
        for (std::int64_t key = 0; key < size.length; key += key_block) {
          std::int64_t const count = std::min(key_block, size.length - key);
          block_scores(size, packed_q + first * size.columns, rows, keys, key, count, scores);
          block_scores(size, packed_d_o + first * size.columns, rows, values, key, count, worth);
          for (std::int64_t i = 0; i < rows; ++i) {
            float* const a = scores + i * key_block;
            exponentials(a, count, lse[row + first + i] * log2_e);
            float far = 0;
            float here = 0;
            for (std::int64_t j = 0; j < count; ++j) {
              received[row + key + j] += a[j];
              attribution[row + key + j] += a[j] * worth[i * key_block + j];
              far += a[j] * static_cast<float>(std::abs(first + i - key - j));
              here += a[j];
            }
            distance[row + first + i] += far;
            mass[row + first + i] += here;
          }
          if (dv == nullptr) continue;
          multiply<true>(count, size.columns, rows, scores, 1, key_block, packed_d_o + first * size.columns,
                         size.columns, value_sums + key * size.columns, size.columns);
        }
      }
      if (dv == nullptr) continue;
      unpack_rows(size, value_sums, 1.0F, dv + in, shape.stride);
      clear_rows(dv + in, size.length, shape.tokens, channels, shape.stride);
    }
  }
}

// Pairs (d, d + D/2) of every head turn by the angle of their token: (a, b) -> (a cos - b sin, a sin + b
// cos). `angles` is (tokens, D): D/2 cosines, then D/2 sines. Direction -1 turns back, which is the gradient
// of turning.
void rotary(AttentionShape const& shape, float const* angles, float direction, float* x) {
  std::int64_t const half = shape.head_channels / 2;
  for (std::int64_t s = 0; s < shape.sequences; ++s) {
    for (std::int64_t i = 0; i < shape.tokens; ++i) {
      float const* const cosine = angles + i * shape.head_channels;
      float const* const sine = cosine + half;
      for (std::int64_t h = 0; h < shape.heads; ++h) {
        float* const a = x + (s * shape.tokens + i) * shape.stride + h * shape.head_channels;
        float* const b = a + half;
        for (std::int64_t d = 0; d < half; ++d) {
          float const first = a[d];
          float const turn = direction * sine[d];
          a[d] = first * cosine[d] - b[d] * turn;
          b[d] = first * turn + b[d] * cosine[d];
        }
      }
    }
  }
}

}  // namespace cislens::cpu
