#include "cislens/readout/pair_terms.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/model/network.hpp"
#include "cislens/model/pass_size.hpp"
#include "cislens/ops/dense.hpp"
#include "cislens/tensor/context_scope.hpp"

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
Entries entries_of(std::int64_t sequence, StretchPair const& pair, NetworkConfig const& config) {
  auto const [first_a, last_a] = middle_tokens(pair.start_a, pair.end_a, config.pool);
  auto const [first_b, last_b] = middle_tokens(pair.start_b, pair.end_b, config.pool);
  Entries entries;
  for (std::int64_t h = 0; h < config.heads; ++h) {
    for (std::int64_t i = first_a; i <= last_a; ++i) {
      for (std::int64_t j = first_b; j <= last_b; ++j) {
        entries.push_back({sequence, h, i, j});
        if (i != j) entries.push_back({sequence, h, j, i});
      }
    }
  }
  return entries;
}

/// u = W_O pair, (1, C), the host's.
ConstView worth_of_values(Context& context, Weights const& weights, int target) {
  ConstView const out = on_host(context, weights.blocks[0].out);
  ConstView const pair = on_host(context, weights.pair);
  View const u = context.host_arena().matrix(1, out.rows);
  for (std::int64_t c = 0; c < out.rows; ++c) {
    float sum = 0;
    for (std::int64_t k = 0; k < out.columns; ++k) sum += out.row(c)[k] * pair.row(k)[target];
    u.data[c] = sum;
  }
  return u;
}

/// Questions about sequences of one length.
class PairPass {
 public:
  /// @param u  (1, C), the device's: d(logit)/d(o) in every row
  PairPass(Context& context, NetworkConfig const& config, Weights const& weights, ConstView u, int target)
      : context_(context), config_(config), weights_(weights), u_(u), target_(target) {}

  void read(std::span<PairQuestion const> questions, std::vector<PairTerms>& results) const {
    ContextScope const scope(context_);
    std::int64_t const length = std::ssize(questions.front().bases);
    std::int64_t const tokens = config_.tokens(length);
    std::vector<std::int64_t> const lengths(questions.size(), length);
    std::vector<std::int64_t> const token_lengths(questions.size(), tokens);
    std::vector<std::uint8_t> bases;
    for (PairQuestion const& question : questions)
      bases.insert(bases.end(), question.bases.begin(), question.bases.end());
    SequenceBatch const batch = on_device(context_, {bases, lengths, token_lengths, length, tokens});
    PassOptions const options;
    Activations a = make_activations(context_, config_, batch, options);
    forward(context_, config_, weights_, batch, options, a);
    ConstView const logits = on_host(context_, a.logits);
    std::vector<float> const worth = worths(batch, a, questions);

    std::size_t entry = 0;
    for (std::size_t s = 0; s < questions.size(); ++s) {
      std::span<StretchPair const> const pairs = questions[s].pairs;
      PairTerms& result = results.emplace_back();
      result.logit = logits.row(static_cast<std::int64_t>(s))[target_];
      result.terms.resize(pairs.size() * static_cast<std::size_t>(config_.heads));
      for (std::size_t p = 0; p < pairs.size(); ++p) {
        for (AttentionEntry const& one : entries_of(0, pairs[p], config_))
          result.terms[p * config_.heads + static_cast<std::size_t>(one.head)] += worth[entry++];
      }
    }
  }

 private:
  /// A_ij (u . v_j) of every entry of every question.
  std::vector<float> worths(SequenceBatch const& batch, Activations const& a,
                            std::span<PairQuestion const> questions) const {
    Entries all;
    for (std::size_t s = 0; s < questions.size(); ++s) {
      for (StretchPair const& pair : questions[s].pairs) {
        Entries const entries = entries_of(static_cast<std::int64_t>(s), pair, config_);
        all.insert(all.end(), entries.begin(), entries.end());
      }
    }
    std::vector<float> weight(all.size());
    std::vector<float> worth(all.size());
    if (all.empty()) return worth;
    View const d = context_.arena().matrix(batch.token_rows(), u_.columns);
    repeat_forward(context_, u_, d);
    attention_entries(context_, attention_input(config_, weights_.blocks[0], batch, a.blocks[0]),
                      a.blocks[0].lse, d, all, weight, worth);
    return worth;
  }

  Context& context_;
  NetworkConfig const& config_;
  Weights const& weights_;
  ConstView u_;
  int target_;
};

}  // namespace

std::vector<PairTerms> pair_terms(Context& context, NetworkConfig const& config, Weights const& weights,
                                  std::span<PairQuestion const> questions, int target,
                                  PassLimits const& limits) {
  if (config.head != HeadKind::additive || config.blocks != 1)
    throw Error("pair terms: the network must have one block and the additive head");
  for (PairQuestion const& question : questions) {
    for (StretchPair const& pair : question.pairs) check_inside(pair, std::ssize(question.bases));
  }
  ContextScope const scope(context);
  ConstView const u = on_device(context, worth_of_values(context, weights, target));
  PairPass const pass(context, config, weights, u, target);
  std::vector<PairTerms> results;
  for (std::size_t first = 0; first < questions.size();) {
    std::size_t const length = questions[first].bases.size();
    auto const most = static_cast<std::size_t>(pass_size(config, static_cast<std::int64_t>(length), limits));
    std::size_t count = 1;
    while (count < most && first + count < questions.size() &&
           questions[first + count].bases.size() == length)
      ++count;
    pass.read(questions.subspan(first, count), results);
    first += count;
  }
  return results;
}

}  // namespace cislens
