#include "cislens/readout/record_readout.hpp"

#include "cislens/base/interrupt.hpp"
#include "cislens/model/memory_plan.hpp"
#include "cislens/model/network.hpp"
#include "cislens/ops/workers.hpp"
#include "cislens/readout/attribution_pass.hpp"
#include "cislens/tensor/context_scope.hpp"
#include "cislens/tensor/device_block.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace cislens {

namespace {

PassOptions pass_options(ReadoutOptions const& options) { return {true, options.looks, 0, 0}; }

/// What attribution takes of a device's memory for a token besides the pass, in bytes: the heads' gradients,
/// the bases' scores, and what is kept of attention.
std::int64_t attribution_bytes(NetworkConfig const& config) {
  std::int64_t const heads = std::int64_t{config.blocks} * config.heads;
  std::int64_t const floats =
      (heads + config.blocks + 3) * config.channels + (1 + heads) * config.pool + 4 * heads;
  return floats * std::int64_t{sizeof(float)};
}

/// Strands of one length on their way through the network.
class StrandReader {
 public:
  StrandReader(Context& context, NetworkConfig const& config, Weights const& weights,
               ValueWeights const& values, ReadoutOptions const& options)
      : context_(context), config_(config), weights_(weights), values_(values), options_(options) {}

  /// @param strands  of one length
  /// @return one a strand
  std::vector<RecordReadout> read(std::span<Bases const> strands) {
    ContextScope const scope(context_);
    place(strands);
    PassOptions const pass = pass_options(options_);
    activations_ = make_activations(context_, config_, batch_, pass);
    forward(context_, config_, weights_, batch_, pass, activations_);
    LookRequest const request{
        options_.looks || options_.received || (options_.heads && options_.score == HeadScore::attention),
        options_.looks, 0, options_.heads};
    std::vector<BlockAttribution> const blocks =
        attribution_pass(context_, config_, weights_, values_, batch_, activations_, options_.target, request,
                         activations_.dtokens);
    take_scores(blocks);
    ConstView const logits = on_host(context_, activations_.logits);
    std::vector<RecordReadout> result(strands.size());
    for (std::size_t s = 0; s < strands.size(); ++s) {
      result[s].logit = static_cast<double>(logits.row(static_cast<std::int64_t>(s))[options_.target]);
      if (options_.looks) result[s].even = even_look(config_.attention, token_length_);
      auto const tracks = static_cast<std::size_t>(config_.blocks * config_.heads * base_length_);
      if (options_.heads) result[s].heads.reserve(tracks);
      if (options_.received) result[s].received.reserve(tracks);
      read_scores(static_cast<std::int64_t>(s), result[s]);
    }
    for (int b = 0; b < config_.blocks; ++b)
      read_block(b, blocks[static_cast<std::size_t>(b)].readout, result);
    return result;
  }

 private:
  bool heads_by_worth() const { return options_.heads && options_.score == HeadScore::attribution; }

  void place(std::span<Bases const> strands) {
    base_length_ = std::ssize(strands.front());
    token_length_ = config_.tokens(base_length_);
    bases_.clear();
    for (Bases const& strand : strands) bases_.insert(bases_.end(), strand.begin(), strand.end());
    base_lengths_.assign(strands.size(), base_length_);
    token_lengths_.assign(strands.size(), token_length_);
    batch_ = on_device(context_, {bases_, base_lengths_, token_lengths_, base_length_, token_length_});
  }

  /// What bases are worth in all strands: to the logit, then to each head.
  void take_scores(std::vector<BlockAttribution> const& blocks) {
    std::int64_t const count = batch_.count();
    std::int64_t const tracks = 1 + (heads_by_worth() ? std::int64_t{config_.blocks} * config_.heads : 0);
    View const scores = context_.arena().matrix(tracks * count, base_length_);
    to_bases(activations_.dtokens, scores.row_range(0, count));
    std::int64_t track = 1;
    for (BlockAttribution const& block : blocks) {
      if (!heads_by_worth()) break;
      for (View const head : block.heads) to_bases(head, scores.row_range(count * track++, count));
    }
    scores_ = on_host(context_, scores);
  }

  void to_bases(ConstView dtokens, View scores) {
    stem_attribution(context_, batch_, config_.stem(), weights_.stem, activations_.tokens,
                     activations_.winner, dtokens, scores);
  }

  void read_scores(std::int64_t strand, RecordReadout& result) const {
    std::int64_t const count = batch_.count();
    result.total.assign(scores_.row(strand), scores_.row(strand) + base_length_);
    for (std::int64_t row = count + strand; row < scores_.rows; row += count)
      result.heads.insert(result.heads.end(), scores_.row(row), scores_.row(row) + base_length_);
  }

  void read_block(int b, AttentionReadout const& device, std::vector<RecordReadout>& result) {
    ContextScope const scope(context_);
    HeadNumbers const numbers{on_host(context_, activations_.blocks[static_cast<std::size_t>(b)].entropy),
                              on_host(context_, device.received), on_host(context_, device.distance),
                              on_host(context_, device.histogram),
                              on_host(context_, device.summary_received)};
    for (std::size_t s = 0; s < result.size(); ++s) {
      for (int h = 0; h < config_.heads; ++h) {
        std::int64_t const row = static_cast<std::int64_t>(s) * config_.heads + h;
        if (options_.heads && !heads_by_worth()) spread(numbers.received.row(row), result[s].heads);
        if (options_.looks) result[s].looks.push_back(look(numbers, row));
        if (options_.received) spread(numbers.received.row(row), result[s].received);
      }
    }
  }

  /// A token's number to each of its bases, behind those that are there.
  void spread(float const* tokens, std::vector<float>& scores) const {
    for (std::int64_t l = 0; l < base_length_; ++l) scores.push_back(tokens[l / config_.pool]);
  }

  /// What a block's attention tells, in the host's memory, as far as it was asked for; a row a strand and
  /// head.
  struct HeadNumbers {
    ConstView entropy, received, distance, histogram, summary_received;
  };

  HeadLook look(HeadNumbers const& numbers, std::int64_t row) const {
    auto const tokens = static_cast<double>(token_length_);
    HeadLook result;
    double received = 0;
    for (std::int64_t i = 0; i < token_length_; ++i) {
      result.entropy += static_cast<double>(numbers.entropy.row(row)[i]);
      result.distance += static_cast<double>(numbers.distance.row(row)[i]);
      received += static_cast<double>(numbers.received.row(row)[i]);
    }
    for (std::int64_t i = 0; i < token_length_; ++i) {
      auto const own = static_cast<double>(numbers.received.row(row)[i]);
      if (own > 5 * received / tokens) result.sink += own / received;
    }
    result.entropy /= tokens * std::log(std::max(2.0, tokens));
    result.noop = 1 - received / tokens;
    double direct = received;  // what comes through summaries has no distance
    for (std::int64_t g = 0; g < config_.summaries; ++g)
      direct -= static_cast<double>(numbers.summary_received.row(row)[g]);
    result.summary = (received - direct) / tokens;
    if (!(direct > 0)) return result;
    result.distance *= config_.pool / direct;
    for (int b = 0; b < AttentionReadout::distance_bins; ++b)
      result.profile[b] = static_cast<double>(numbers.histogram.row(row)[b]) / direct;
    return result;
  }

  Context& context_;
  NetworkConfig const& config_;
  Weights const& weights_;
  ValueWeights const& values_;
  ReadoutOptions const& options_;
  std::int64_t base_length_ = 0;
  std::int64_t token_length_ = 0;
  std::vector<std::uint8_t> bases_;
  std::vector<std::int64_t> base_lengths_, token_lengths_;
  SequenceBatch batch_;
  Activations activations_;
  ConstView scores_;  // (tracks * strands, L), the host's
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

/// Records of one length, neighbours, that are read together.
struct RecordGroup {
  std::int64_t first = 0;
  std::int64_t count = 0;
  std::int64_t strands_a_pass = 1;
};

/// Small sets are dealt to all workers, and a long record's strands go one after the other.
std::vector<RecordGroup> groups_of(NetworkConfig const& config, std::span<Bases const> records,
                                   std::int64_t strands, PassLimits const& limits, std::int64_t workers) {
  std::int64_t const fair = (std::ssize(records) + workers - 1) / workers;
  std::vector<RecordGroup> groups;
  std::int64_t length = -1, most = 0;
  for (std::int64_t record = 0; record < std::ssize(records); ++record) {
    std::int64_t const own = std::ssize(records[static_cast<std::size_t>(record)]);
    if (own == length && groups.back().count < most) {
      groups.back().count += 1;
      continue;
    }
    length = own;
    std::int64_t const at_once = pass_size(config, length, limits);
    most = std::clamp<std::int64_t>(at_once / strands, 1, std::max<std::int64_t>(fair, 1));
    groups.push_back({record, 1, at_once});
  }
  return groups;
}

/// Reads the strands of a group, record after record.
std::vector<RecordReadout> read_strands(StrandReader& reader, std::span<Bases const> records, bool both,
                                        std::int64_t strands_a_pass) {
  std::vector<Bases> strands;
  for (Bases const& record : records) {
    strands.push_back(record);
    if (both) strands.push_back(reverse_complement(record));
  }
  std::vector<RecordReadout> result;
  for (std::size_t first = 0; first < strands.size();) {
    std::size_t const count = std::min(static_cast<std::size_t>(strands_a_pass), strands.size() - first);
    for (RecordReadout& one : reader.read(std::span(strands).subspan(first, count)))
      result.push_back(std::move(one));
    first += count;
  }
  return result;
}

}  // namespace

std::vector<RecordReadout> read_records(NetworkConfig const& config, std::span<float const> parameters,
                                        std::span<Bases const> records, ReadoutOptions const& options,
                                        Backend const& backend, Threads& threads) {
  std::vector<RecordReadout> result(records.size());
  if (records.empty()) return result;
  Workers workers(backend, threads);
  DeviceCopy<float const> const block(memory_of(backend), parameters);
  Weights const weights = bind_weights(config, block.data());
  ValueWeights const values(workers[0], config, weights);
  std::int64_t longest = 0;
  for (Bases const& record : records) longest = std::max(longest, std::ssize(record));
  PassLimits const limits =
      fitting_pass(backend, config, longest, pass_options(options), attribution_bytes(config));
  bool const both = options.both_strands;
  auto const groups = groups_of(config, records, both ? 2 : 1, limits, workers.count());
  workers.for_each(std::ssize(groups), [&](std::int64_t item, int worker) {
    throw_if_interrupted();
    RecordGroup const& group = groups[static_cast<std::size_t>(item)];
    auto const first = static_cast<std::size_t>(group.first);
    StrandReader reader(workers[worker], config, weights, values, options);
    std::vector<RecordReadout> strands = read_strands(
        reader, records.subspan(first, static_cast<std::size_t>(group.count)), both, group.strands_a_pass);
    for (std::size_t i = 0; i < static_cast<std::size_t>(group.count); ++i) {
      result[first + i] = std::move(strands[both ? 2 * i : i]);
      if (both) average(result[first + i], strands[2 * i + 1]);
    }
  });
  return result;
}

}  // namespace cislens
