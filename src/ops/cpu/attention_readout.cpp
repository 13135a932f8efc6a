#include "attention_block.hpp"
#include "functions.hpp"

namespace cislens::cpu {

std::int64_t attention_readout_scratch(AttentionShape const& shape) {
  HeadSize const size(shape, shape.keys);
  std::int64_t const rows = padded(shape.keys * size.columns, 16);
  std::int64_t const panels = padded(size.keys * size.channels, 16);
  return 3 * rows + 2 * panels + 2 * query_block * score_row + 64;
}

void attention_readout(AttentionShape const& shape, AttentionOperands const& x, float const* lse,
                       float const* d_o, float* received, float* attribution, float* distance, float* mass,
                       float* dv, float* scratch) {
  std::int64_t const channels = shape.head_channels;
  std::int64_t const total = shape.sequences * shape.heads * shape.keys;
  for (float* const result : {received, attribution, distance, mass}) std::fill_n(result, total, 0.0F);
  for (std::int64_t s = 0; s < shape.sequences; ++s) {
    HeadSize const size(shape, x.key_lengths[s]);
    for (std::int64_t h = 0; h < shape.heads; ++h) {
      HeadPlace const at(shape, s * shape.heads + h);
      std::int64_t const row = at.row;
      Scratch memory{scratch};
      float* const packed_q = memory.take(size.length * size.columns);
      float* const packed_d_o = memory.take(size.length * size.columns);
      float* const keys = memory.take(size.keys * channels);
      float* const values = memory.take(size.keys * channels);
      float* const scores = memory.take(query_block * score_row);
      float* const worth = memory.take(query_block * score_row);
      float* const value_sums = memory.take(size.length * size.columns);
      std::fill_n(value_sums, size.length * size.columns, 0.0F);
      pack_rows(size, x.q + at.query, shape.query_stride, score_factor(channels), packed_q);
      pack_rows(size, d_o + at.output, shape.output_stride, 1.0F, packed_d_o);
      pack_panels(size, x.k + at.key, shape.key_stride, keys);
      pack_panels(size, x.v + at.key, shape.key_stride, values);
      for (std::int64_t first = 0; first < size.length; first += query_block) {
        std::int64_t const rows = std::min(query_block, size.length - first);
        for (std::int64_t key = 0; key < size.length; key += key_block) {
          std::int64_t const count = std::min(key_block, size.length - key);
          block_scores(size, packed_q + first * size.columns, rows, keys, key, {0, count}, scores);
          block_scores(size, packed_d_o + first * size.columns, rows, values, key, {0, count}, worth);
          for (std::int64_t i = 0; i < rows; ++i) {
            float* const a = scores + i * score_row;
            exponentials(a, count, lse[row + first + i] * log2_e);
            float far = 0;
            float here = 0;
            for (std::int64_t j = 0; j < count; ++j) {
              received[row + key + j] += a[j];
              attribution[row + key + j] += a[j] * worth[i * score_row + j];
              far += a[j] * static_cast<float>(std::abs(first + i - key - j));
              here += a[j];
            }
            distance[row + first + i] += far;
            mass[row + first + i] += here;
          }
          if (dv == nullptr) continue;
          multiply<true>(count, size.columns, rows, scores, 1, score_row, packed_d_o + first * size.columns,
                         size.columns, value_sums + key * size.columns, size.columns);
        }
      }
      if (dv == nullptr) continue;
      unpack_rows(size, value_sums, 1.0F, dv + at.key, shape.key_stride);
      clear_rows(dv + at.key, size.length, shape.keys, channels, shape.key_stride);
    }
  }
}

}  // namespace cislens::cpu
