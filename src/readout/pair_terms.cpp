#include "cislens/readout/pair_terms.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/model/network.hpp"

#include <string>
#include <utility>

namespace cislens {

namespace {

using Entries = std::vector<AttentionEntry>;

/// First and last token of a stretch's middle.
std::pair<std::int64_t, std::int64_t> middle_tokens(std::int64_t start, std::int64_t end, int pool) {
  return {(start + end - 1) / 2 / pool, (start + end) / 2 / pool};
}

void check_inside(StretchPair const& pair, std::int64_t length) {
  bool const inside = pair.start_a >= 0 && pair.start_a < pair.end_a && pair.end_a <= length &&
                      pair.start_b >= 0 && pair.start_b < pair.end_b && pair.end_b <= length;
  if (!inside) {
    throw Error("pair terms: a stretch of " + std::to_string(pair.start_a) + "-" +
                std::to_string(pair.end_a) + " and " + std::to_string(pair.start_b) + "-" +
                std::to_string(pair.end_b) + " does not lie in a sequence of " + std::to_string(length));
  }
}

/// Both directions of every head; a token with itself once.
Entries entries_of(StretchPair const& pair, NetworkConfig const& config) {
  auto const [first_a, last_a] = middle_tokens(pair.start_a, pair.end_a, config.pool);
  auto const [first_b, last_b] = middle_tokens(pair.start_b, pair.end_b, config.pool);
  Entries entries;
  for (std::int64_t h = 0; h < config.heads; ++h) {
    for (std::int64_t i = first_a; i <= last_a; ++i) {
      for (std::int64_t j = first_b; j <= last_b; ++j) {
        entries.push_back({0, h, i, j});
        if (i != j) entries.push_back({0, h, j, i});
      }
    }
  }
  return entries;
}

/// d(logit)/d(o): u = W_O pair in every row.
View worth_rows(Context& context, Weights const& weights, std::int64_t rows, int target) {
  ConstView const out = weights.blocks[0].out;
  View const d = context.arena().matrix(rows, out.rows);
  for (std::int64_t c = 0; c < out.rows; ++c) {
    float sum = 0;
    for (std::int64_t k = 0; k < out.columns; ++k) sum += out.row(c)[k] * weights.pair.row(k)[target];
    for (std::int64_t i = 0; i < rows; ++i) d.row(i)[c] = sum;
  }
  return d;
}

}  // namespace

PairTerms pair_terms(Context& context, NetworkConfig const& config, Weights const& weights, BasesView bases,
                     std::span<StretchPair const> pairs, int target) {
  if (config.head != HeadKind::additive || config.blocks != 1)
    throw Error("pair terms: the network must have one block and the additive head");
  auto const length = static_cast<std::int64_t>(bases.size());
  for (StretchPair const& pair : pairs) check_inside(pair, length);
  ArenaScope const scope(context.arena());
  std::int64_t const tokens = config.tokens(length);
  SequenceBatch const batch{bases, {&length, 1}, {&tokens, 1}, length, tokens};
  PassOptions const options;
  Activations a = make_activations(context, config, batch, options);
  forward(context, config, weights, batch, options, a);

  Entries all;
  std::vector<std::size_t> ends;
  for (StretchPair const& pair : pairs) {
    Entries const entries = entries_of(pair, config);
    all.insert(all.end(), entries.begin(), entries.end());
    ends.push_back(all.size());
  }
  std::vector<float> weight(all.size());
  std::vector<float> worth(all.size());
  attention_entries(context, attention_input(config, weights.blocks[0], batch, a.blocks[0]), a.blocks[0].lse,
                    worth_rows(context, weights, tokens, target), all, weight, worth);
  PairTerms result{a.logits.row(0)[target], std::vector<float>(pairs.size() * config.heads)};
  std::size_t entry = 0;
  for (std::size_t p = 0; p < pairs.size(); ++p) {
    for (; entry < ends[p]; ++entry)
      result.terms[p * config.heads + static_cast<std::size_t>(all[entry].head)] += worth[entry];
  }
  return result;
}

}  // namespace cislens
