#include "cislens/ops/attention.hpp"

#include "attention_block.hpp"
#include "functions.hpp"

namespace cislens::cpu {

void attention_entries(AttentionShape const& shape, AttentionOperands const& x, AttentionKnown const& known,
                       std::int64_t count, AttentionEntry const* entries, float* weight, float* worth) {
  float const factor = score_factor(shape.head_channels);
  for (std::int64_t n = 0; n < count; ++n) {
    AttentionEntry const& entry = entries[n];
    HeadPlace const at(shape, entry.sequence * shape.heads + entry.head);
    Places const seen = keys_seen(shape, entry.query, x.key_lengths[entry.sequence]);
    bool const there =
        entry.query < x.query_lengths[entry.sequence] && seen.begin <= entry.key && entry.key < seen.end;
    weight[n] = 0;
    if (worth != nullptr) worth[n] = 0;
    if (!there) continue;
    std::int64_t const query = at.query + entry.query * shape.query_stride;
    std::int64_t const key = at.key + entry.key * shape.key_stride;
    float const score = factor * dot(x.q + query, x.k + key, shape.head_channels);
    weight[n] = std::exp2(score - known.lse[at.row + entry.query] * log2_e);
    if (worth == nullptr) continue;
    float const* const d_o = known.d_o + at.output + entry.query * shape.output_stride;
    worth[n] = weight[n] * dot(d_o, x.v + key, shape.head_channels);
  }
}

}  // namespace cislens::cpu
