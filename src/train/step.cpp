#include "step.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/random.hpp"
#include "cislens/model/network.hpp"
#include "cislens/ops/load.hpp"
#include "cislens/ops/optimizer.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace cislens {

namespace {

constexpr std::int64_t slice = 16384;  // parameters that one thread sums or updates at a time

double known_targets(Dataset const& dataset, std::span<std::int64_t const> records) {
  double known = 0;
  for (std::int64_t const record : records) {
    for (std::int64_t t = 0; t < dataset.target_count(); ++t)
      known += std::isnan(dataset.target(record, t)) ? 0 : 1;
  }
  return known;
}

/// The most keys of the sequence that a row of attention has: the entropy of even attention is its logarithm.
double keys_of_a_row(NetworkConfig const& config, std::int64_t tokens) {
  using Kind = AttentionSpan::Kind;
  std::int64_t const width = config.attention.width;
  std::int64_t keys = tokens;
  if (config.attention.kind == Kind::local) keys = std::min(tokens, 2 * width + 1);
  if (config.attention.kind == Kind::chunk) keys = std::min(tokens, width);
  return static_cast<double>(std::max<std::int64_t>(keys, 2));
}

}  // namespace

Stepper::Stepper(NetworkConfig const& config, TrainOptions const& options, Backend const& backend,
                 Threads& threads, std::int64_t arena_bytes)
    : config_(config),
      options_(options),
      threads_(threads),
      layout_(layout_of(config)),
      preferred_(preferred_sequences(backend)),
      sequences_(static_cast<std::size_t>(threads.count())),
      gradients_(lanes, std::vector<float>(static_cast<std::size_t>(layout_.size))),
      decay_(static_cast<std::size_t>(layout_.size)) {
  for (ParameterEntry const& entry : layout_.entries) {
    if (entry.decays && !frozen(entry)) {
      std::fill_n(decay_.begin() + entry.offset, entry.rows * entry.columns,
                  static_cast<float>(options.weight_decay));
    }
  }
  for (int i = 0; i < threads.count(); ++i) {
    contexts_.emplace_back(backend).set_precision(options.precision);
    contexts_.back().arena().reserve(static_cast<std::size_t>(arena_bytes));
  }
}

void Stepper::sort_by_length(Dataset const& dataset, std::span<std::int64_t const> records) {
  auto const length = [&](std::int64_t record) {
    return static_cast<std::int64_t>(dataset.bases[record].size());
  };
  records_.assign(records.begin(), records.end());
  std::ranges::stable_sort(records_, std::ranges::greater(), length);
  std::vector<std::int64_t> lengths;
  tokens_ = 0;
  for (std::int64_t const record : records_) {
    lengths.push_back(length(record));
    tokens_ += static_cast<double>(config_.tokens(lengths.back()));
  }
  groups_ = cut_groups(config_, lengths, preferred_);
}

Stepper::Loss Stepper::run(Dataset const& dataset, std::span<std::int64_t const> records, Place const& place,
                           TrainState& state) {
  known_ = known_targets(dataset, records);
  if (known_ == 0) return {};
  sort_by_length(dataset, records);
  auto const groups = static_cast<std::int64_t>(groups_.size());
  group_losses_.assign(groups_.size(), 0.0);
  if (options_.one_group_at_a_time || better_one_by_one(std::min(groups, lanes), threads_.count())) {
    contexts_[0].set_team(&threads_);
    for (std::int64_t lane = 0; lane < lanes; ++lane) run_lane(dataset, lane, place, state, 0);
    contexts_[0].set_team(nullptr);
  } else {
    threads_.for_each(lanes,
                      [&](std::int64_t lane, int worker) { run_lane(dataset, lane, place, state, worker); });
  }
  sum_lanes();
  update(place, state);
  Loss loss{0, known_};
  for (double const value : group_losses_) loss.sum += value;
  return loss;
}

void Stepper::run_lane(Dataset const& dataset, std::int64_t lane, Place const& place, TrainState const& state,
                       int worker) {
  std::fill(gradients_[lane].begin(), gradients_[lane].end(), 0.0F);
  auto const groups = static_cast<std::int64_t>(groups_.size());
  for (std::int64_t group = lane; group < groups; group += lanes)
    run_group(dataset, group, place, state, worker);
}

void Stepper::run_group(Dataset const& dataset, std::int64_t group, Place const& place,
                        TrainState const& state, int worker) {
  Context& context = contexts_[static_cast<std::size_t>(worker)];
  SequenceGroup& sequences = sequences_[static_cast<std::size_t>(worker)];
  auto const records = std::span<std::int64_t const>(records_).subspan(
      static_cast<std::size_t>(groups_[group].first), static_cast<std::size_t>(groups_[group].count));
  ArenaScope const scope(context.arena());
  Augmentation const augmentation{options_.reverse_complement, options_.max_shift, options_.mask_rate,
                                  options_.seed, place.epoch};
  fill_batch(dataset, records, 1, augmentation, sequences.batch);
  SequenceBatch const batch = sequences.view(config_);
  std::uint64_t const stream = mix(static_cast<std::uint64_t>(place.step), static_cast<std::uint64_t>(group));
  bool const entropy = options_.entropy_weight > 0 && place.entropy_counts && batch.padded_tokens > 1;
  PassOptions const pass{false, entropy, static_cast<float>(options_.dropout), mix(options_.seed, stream),
                         options_.recompute ? Keep::inputs : Keep::everything};
  Weights const weights = bind_weights(config_, state.parameters.data());
  MutableWeights const gradient = bind_weights(config_, gradients_[group % lanes].data());
  Activations activations = make_activations(context, config_, batch, pass);
  forward(context, config_, weights, batch, pass, activations);
  View const dlogits = context.arena().matrix(batch.count(), config_.targets);
  ConstView const targets(sequences.batch.targets.data(), batch.count(), config_.targets);
  group_losses_[group] = loss(options_.loss, activations.logits, targets, 1 / known_, dlogits);
  double const rows = tokens_ * config_.blocks * config_.heads;  // of all attention matrices of the batch
  double const entropy_gradient =
      entropy ? options_.entropy_weight / (rows * std::log(keys_of_a_row(config_, batch.padded_tokens)))
              : 0.0;
  backward(context, config_, weights, batch, pass, dlogits, static_cast<float>(entropy_gradient), activations,
           &gradient);
}

void Stepper::sum_lanes() {
  std::int64_t const slices = (layout_.size + slice - 1) / slice;
  threads_.for_each(slices, [&](std::int64_t item, int) {
    std::int64_t const first = item * slice;
    std::int64_t const count = std::min(slice, layout_.size - first);
    View const total(gradients_[0].data() + first, 1, count);
    for (std::int64_t lane = 1; lane < lanes; ++lane) {
      float const* const part = gradients_[lane].data() + first;
      for (std::int64_t i = 0; i < count; ++i) total.data[i] += part[i];
    }
  });
}

bool Stepper::frozen(ParameterEntry const& entry) const {
  return std::ranges::find(options_.frozen, entry.name) != options_.frozen.end();
}

/// What stays as it is has no part in the gradient's length.
void Stepper::clear_frozen() {
  for (ParameterEntry const& entry : layout_.entries) {
    if (frozen(entry)) std::fill_n(gradients_[0].begin() + entry.offset, entry.rows * entry.columns, 0.0F);
  }
}

void Stepper::update(Place const& place, TrainState& state) {
  std::vector<float>& gradient = gradients_[0];
  clear_frozen();
  if (options_.diversity_weight > 0) {
    Weights const weights = bind_weights(config_, std::as_const(state.parameters).data());
    MutableWeights const g = bind_weights(config_, gradient.data());
    for (std::size_t b = 0; b < weights.blocks.size(); ++b) {
      head_diversity(weights.blocks[b].qkv, config_.heads, options_.diversity_weight, g.blocks[b].qkv);
    }
  }
  double const norm = std::sqrt(sum_of_squares(contexts_[0], ConstView(gradient.data(), 1, layout_.size)));
  if (!std::isfinite(norm)) {
    throw NumericalError("the gradient is not finite at step " + std::to_string(place.step) +
                         "; lower --learning-rate, or set --clip-norm 1 if it is off");
  }
  double const scale = options_.clip_norm > 0 && norm > options_.clip_norm ? options_.clip_norm / norm : 1.0;
  AdamWOptions const adam;
  std::int64_t const slices = (layout_.size + slice - 1) / slice;
  threads_.for_each(slices, [&](std::int64_t item, int worker) {
    std::int64_t const first = item * slice;
    std::int64_t const size = std::min(slice, layout_.size - first);
    auto const part = [&](std::vector<float>& block) { return View(block.data() + first, 1, size); };
    adamw(contexts_[static_cast<std::size_t>(worker)], adam, place.learning_rate, scale, place.step + 1,
          part(decay_), part(gradient), part(state.parameters), part(state.first_moment),
          part(state.second_moment));
  });
}

}  // namespace cislens
