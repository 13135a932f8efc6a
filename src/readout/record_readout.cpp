#include "cislens/readout/record_readout.hpp"

#include "cislens/base/interrupt.hpp"
#include "cislens/model/network.hpp"
#include "cislens/readout/attribution_pass.hpp"

#include <algorithm>
#include <cmath>

namespace cislens {

namespace {

/// One strand of one record on its way through the network.
class StrandReader {
 public:
  StrandReader(Context& context, NetworkConfig const& config, Weights const& weights,
               std::vector<std::vector<float>> const& values, ReadoutOptions const& options)
      : context_(context), config_(config), weights_(weights), values_(values), options_(options) {}

  RecordReadout read(BasesView bases) {
    ArenaScope const scope(context_.arena());
    base_length_ = static_cast<std::int64_t>(bases.size());
    token_length_ = config_.tokens(base_length_);
    batch_ = {bases, {&base_length_, 1}, {&token_length_, 1}, base_length_, token_length_};
    PassOptions const pass{true, options_.looks, 0, 0};
    activations_ = make_activations(context_, config_, batch_, pass);
    forward(context_, config_, weights_, batch_, pass, activations_);
    LookRequest const request{
        options_.looks || options_.received || (options_.heads && options_.score == HeadScore::attention),
        options_.looks, 0, options_.heads};
    std::vector<BlockAttribution> const blocks =
        attribution_pass(context_, config_, weights_, values_, batch_, activations_, options_.target, request,
                         activations_.dtokens);

    RecordReadout result;
    result.logit = static_cast<double>(activations_.logits.data[options_.target]);
    result.total.resize(bases.size());
    to_bases(activations_.dtokens, result.total.data());
    if (options_.heads) result.heads.resize(values_.size() * bases.size());
    for (int b = 0; b < config_.blocks; ++b) read_block(b, blocks[b], result);
    if (options_.looks) result.even = even_look(config_.attention, token_length_);
    return result;
  }

 private:
  void to_bases(ConstView dtokens, float* scores) {
    stem_attribution(context_, batch_, config_.stem(), weights_.stem, activations_.tokens,
                     activations_.winner, dtokens, View(scores, 1, base_length_));
  }

  void read_block(int b, BlockAttribution const& attribution, RecordReadout& result) {
    for (int h = 0; h < config_.heads; ++h) {
      std::size_t const index = static_cast<std::size_t>(b) * config_.heads + h;
      if (options_.heads) {
        float* const scores = result.heads.data() + index * static_cast<std::size_t>(base_length_);
        if (options_.score == HeadScore::attribution) {
          to_bases(attribution.heads[h], scores);
        } else {
          spread(attribution.readout.received.row(h), scores);
        }
      }
      if (options_.looks) result.looks.push_back(look(activations_.blocks[b], attribution.readout, h));
      if (options_.received) {
        std::size_t const first = result.received.size();
        result.received.resize(first + static_cast<std::size_t>(base_length_));
        spread(attribution.readout.received.row(h), result.received.data() + first);
      }
    }
  }

  /// A token's number to each of its bases.
  void spread(float const* tokens, float* scores) const {
    for (std::int64_t l = 0; l < base_length_; ++l) scores[l] = tokens[l / config_.pool];
  }

  HeadLook look(BlockActivations const& block, AttentionReadout const& readout, int h) const {
    auto const tokens = static_cast<double>(token_length_);
    HeadLook result;
    double received = 0;
    for (std::int64_t i = 0; i < token_length_; ++i) {
      result.entropy += static_cast<double>(block.entropy.row(h)[i]);
      result.distance += static_cast<double>(readout.distance.row(h)[i]);
      received += static_cast<double>(readout.received.row(h)[i]);
    }
    for (std::int64_t i = 0; i < token_length_; ++i) {
      auto const own = static_cast<double>(readout.received.row(h)[i]);
      if (own > 5 * received / tokens) result.sink += own / received;
    }
    result.entropy /= tokens * std::log(std::max(2.0, tokens));
    result.noop = 1 - received / tokens;
    double direct = received;  // what comes through summaries has no distance
    for (std::int64_t g = 0; g < config_.summaries; ++g)
      direct -= static_cast<double>(readout.summary_received.row(h)[g]);
    result.summary = (received - direct) / tokens;
    if (!(direct > 0)) return result;
    result.distance *= config_.pool / direct;
    for (int b = 0; b < AttentionReadout::distance_bins; ++b)
      result.profile[b] = static_cast<double>(readout.histogram.row(h)[b]) / direct;
    return result;
  }

  Context& context_;
  NetworkConfig const& config_;
  Weights const& weights_;
  std::vector<std::vector<float>> const& values_;
  ReadoutOptions const& options_;
  std::int64_t base_length_ = 0;
  std::int64_t token_length_ = 0;
  SequenceBatch batch_;
  Activations activations_;
};

HeadLook mean_look(HeadLook const& a, HeadLook const& b) {
  HeadLook mean{0.5 * (a.entropy + b.entropy), 0.5 * (a.distance + b.distance), 0.5 * (a.sink + b.sink),
                0.5 * (a.noop + b.noop),       0.5 * (a.summary + b.summary),   {}};
  for (std::size_t i = 0; i < mean.profile.size(); ++i) mean.profile[i] = 0.5 * (a.profile[i] + b.profile[i]);
  return mean;
}

/// `forward` becomes the mean of itself and the other strand's readout, turned back.
void average(RecordReadout& forward, RecordReadout const& reverse) {
  std::size_t const length = forward.total.size();
  auto const mean = [length](std::vector<float>& a, std::vector<float> const& b) {
    for (std::size_t first = 0; first < a.size(); first += length) {
      for (std::size_t l = 0; l < length; ++l)
        a[first + l] = 0.5F * (a[first + l] + b[first + length - 1 - l]);
    }
  };
  forward.logit = 0.5 * (forward.logit + reverse.logit);
  mean(forward.total, reverse.total);
  mean(forward.heads, reverse.heads);
  mean(forward.received, reverse.received);
  for (std::size_t h = 0; h < forward.looks.size(); ++h)
    forward.looks[h] = mean_look(forward.looks[h], reverse.looks[h]);
}

}  // namespace

std::vector<RecordReadout> read_records(NetworkConfig const& config, std::span<float const> parameters,
                                        std::span<Bases const> records, ReadoutOptions const& options,
                                        Backend const& backend, Threads& threads) {
  Weights const weights = bind_weights(config, parameters.data());
  std::vector<std::vector<float>> const values = value_weights(config, weights);
  std::vector<Context> contexts;
  for (int i = 0; i < threads.count(); ++i) contexts.emplace_back(backend);
  std::vector<RecordReadout> result(records.size());
  threads.for_each(static_cast<std::int64_t>(records.size()), [&](std::int64_t item, int worker) {
    throw_if_interrupted();
    StrandReader reader(contexts[static_cast<std::size_t>(worker)], config, weights, values, options);
    result[item] = reader.read(records[item]);
    if (options.both_strands) average(result[item], reader.read(reverse_complement(records[item])));
  });
  return result;
}

}  // namespace cislens
