#include "cislens/readout/partners.hpp"

#include "cislens/base/interrupt.hpp"
#include "cislens/model/network.hpp"
#include "cislens/ops/load.hpp"
#include "cislens/ops/workers.hpp"
#include "cislens/readout/attribution_pass.hpp"
#include "cislens/tensor/context_scope.hpp"
#include "cislens/tensor/device_block.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace cislens {

namespace {

/// Of entries, one each.
struct Numbers {
  std::vector<float> weight, worth;
};

/// One strand of one source on its way through the network; what it took of the arena stays.
class StrandPass {
 public:
  StrandPass(Context& context, NetworkConfig const& config, Weights const& weights,
             ValueWeights const& values, BasesView bases, int target)
      : context_(context),
        config_(config),
        weights_(weights),
        base_length_(static_cast<std::int64_t>(bases.size())),
        token_length_(config.tokens(base_length_)),
        batch_(on_device(context,
                         {bases, {&base_length_, 1}, {&token_length_, 1}, base_length_, token_length_})) {
    PassOptions const pass{.keep_gradients = true};
    activations_ = make_activations(context, config, batch_, pass);
    forward(context, config, weights, batch_, pass, activations_);
    blocks_ = attribution_pass(context, config, weights, values, batch_, activations_, target,
                               {.partners = partner_candidates}, activations_.dtokens);
  }
  StrandPass(StrandPass const&) = delete;
  StrandPass& operator=(StrandPass const&) = delete;

  /// The keys that each query looks at most.
  std::vector<AttentionEntry> candidates(int block) const {
    std::span<std::int32_t const> const found = blocks_[block].readout.partners;
    std::vector<std::int32_t> partners(found.size());
    context_.memory().copy_to_host(partners.data(), found.data(), found.size_bytes());
    std::vector<AttentionEntry> entries;
    for (std::int64_t at = 0; at < std::ssize(partners); ++at) {
      std::int64_t const row = at / partner_candidates;
      if (partners[at] >= 0) entries.push_back({0, row / token_length_, row % token_length_, partners[at]});
    }
    return entries;
  }

  Numbers look_up(int block, std::span<AttentionEntry const> entries) {
    Numbers numbers{std::vector<float>(entries.size()), std::vector<float>(entries.size())};
    BlockActivations const& own = activations_.blocks[block];
    attention_entries(context_, attention_input(config_, weights_.blocks[block], batch_, own), own.lse,
                      own.dattended, entries, numbers.weight, numbers.worth);
    return numbers;
  }

 private:
  Context& context_;
  NetworkConfig const& config_;
  Weights const& weights_;
  std::int64_t base_length_, token_length_;
  SequenceBatch batch_;
  Activations activations_;
  std::vector<BlockAttribution> blocks_;
};

/// Which tokens of the two strands belong together.
class StrandMap {
 public:
  StrandMap(std::int64_t length, std::int64_t pool) : length_(length), pool_(pool) {}

  /// Bases of a token on its own strand.
  RecordWindow own(std::int64_t token) const {
    return {token * pool_, std::min(length_, (token + 1) * pool_)};
  }
  RecordWindow turned(RecordWindow place) const { return {length_ - place.end, length_ - place.start}; }

  /// The token of the other strand that shares most bases with this one; in a tie that nearer to its start.
  std::int64_t other(std::int64_t token) const {
    RecordWindow const place = turned(own(token));
    std::int64_t const first = place.start / pool_;
    std::int64_t const last = (place.end - 1) / pool_;
    if (first == last) return first;
    return place.end - last * pool_ >= last * pool_ - place.start ? last : first;
  }

 private:
  std::int64_t length_, pool_;
};

auto place_of(AttentionPartner const& partner) {
  return std::tuple(partner.record, partner.layer, partner.head, partner.query.start, partner.query.end,
                    partner.key.start, partner.key.end);
}

/// One line a place, and of those the best `count`, best first.
void keep_best(std::vector<AttentionPartner>& partners, std::int64_t count) {
  auto const better = [](AttentionPartner const& a, AttentionPartner const& b) {
    float const x = std::abs(a.worth), y = std::abs(b.worth);
    return x != y ? x > y : std::tuple(place_of(a), a.weight) < std::tuple(place_of(b), b.weight);
  };
  std::ranges::sort(partners, [&](AttentionPartner const& a, AttentionPartner const& b) {
    return place_of(a) != place_of(b) ? place_of(a) < place_of(b) : better(a, b);
  });
  auto const rest = std::ranges::unique(partners, {}, place_of);
  partners.erase(rest.begin(), rest.end());
  auto const most = std::min(count, static_cast<std::int64_t>(partners.size()));
  std::ranges::partial_sort(partners, partners.begin() + most, better);
  partners.resize(static_cast<std::size_t>(most));
}

/// What one layer looks at on the strand `found`, each entry with the mean of both strands.
void add_partners(PartnerSource const& source, StrandMap const& map, int layer, StrandPass& found,
                  StrandPass& other, bool forward, std::vector<AttentionPartner>& partners) {
  std::vector<AttentionEntry> const entries = found.candidates(layer);
  std::vector<AttentionEntry> turned = entries;
  for (AttentionEntry& entry : turned) {
    entry.query = map.other(entry.query);
    entry.key = map.other(entry.key);
  }
  Numbers const a = found.look_up(layer, entries);
  Numbers const b = other.look_up(layer, turned);
  auto const place = [&](std::int64_t token) {
    RecordWindow const bases = forward ? map.own(token) : map.turned(map.own(token));
    return RecordWindow{source.start + bases.start, source.start + bases.end};
  };
  for (std::size_t i = 0; i < entries.size(); ++i) {
    partners.push_back({source.record, layer, static_cast<int>(entries[i].head), place(entries[i].query),
                        place(entries[i].key), 0.5F * (a.weight[i] + b.weight[i]),
                        0.5F * (a.worth[i] + b.worth[i])});
  }
}

std::vector<AttentionPartner> partners_of(Context& context, NetworkConfig const& config,
                                          Weights const& weights, ValueWeights const& values,
                                          PartnerSource const& source, int target) {
  ContextScope const scope(context);
  Bases const turned = reverse_complement(source.bases);
  StrandPass forward(context, config, weights, values, source.bases, target);
  StrandPass reverse(context, config, weights, values, turned, target);
  StrandMap const map(std::ssize(turned), config.pool);
  std::vector<AttentionPartner> partners;
  for (int layer = 0; layer < config.blocks; ++layer) {
    add_partners(source, map, layer, forward, reverse, true, partners);
    add_partners(source, map, layer, reverse, forward, false, partners);
  }
  return partners;
}

}  // namespace

std::vector<AttentionPartner> best_partners(NetworkConfig const& config, std::span<float const> parameters,
                                            std::span<PartnerSource const> sources, int target,
                                            std::int64_t count, Backend const& backend, Threads& threads) {
  constexpr std::size_t at_a_time = 64;
  Workers workers(backend, threads);
  DeviceCopy<float const> const block(memory_of(backend), parameters);
  Weights const weights = bind_weights(config, block.data());
  ValueWeights const values(workers[0], config, weights);
  std::vector<AttentionPartner> best;
  for (std::size_t first = 0; first < sources.size(); first += at_a_time) {
    auto const part = sources.subspan(first, std::min(at_a_time, sources.size() - first));
    std::vector<std::vector<AttentionPartner>> found(part.size());
    workers.for_each(std::ssize(part), [&](std::int64_t item, int worker) {
      throw_if_interrupted();
      found[item] = partners_of(workers[worker], config, weights, values, part[item], target);
      keep_best(found[item], count);
    });
    for (auto const& own : found) best.insert(best.end(), own.begin(), own.end());
    keep_best(best, count);
  }
  return best;
}

}  // namespace cislens
