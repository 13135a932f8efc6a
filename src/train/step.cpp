#include "step.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/random.hpp"
#include "cislens/ops/dense.hpp"
#include "cislens/ops/optimizer.hpp"
#include "cislens/tensor/context_scope.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

namespace cislens {

namespace {

constexpr std::int64_t slice = 16384;  // parameters that one thread sums or updates at a time

/// The most keys of the sequence that a row of attention has: the entropy of even attention is its logarithm.
double keys_of_a_row(NetworkConfig const& config, std::int64_t tokens) {
  using Kind = AttentionSpan::Kind;
  std::int64_t const width = config.attention.width;
  std::int64_t keys = tokens;
  if (config.attention.kind == Kind::local) keys = std::min(tokens, 2 * width + 1);
  if (config.attention.kind == Kind::chunk) keys = std::min(tokens, width);
  return static_cast<double>(std::max<std::int64_t>(keys, 2));
}

/// Each parameter's own weight decay.
std::vector<float> decays(ParameterLayout const& layout, TrainOptions const& options) {
  std::vector<float> decay(static_cast<std::size_t>(layout.size));
  for (ParameterEntry const& entry : layout.entries) {
    bool const frozen = std::ranges::find(options.frozen, entry.name) != options.frozen.end();
    if (!entry.decays || frozen) continue;
    std::fill_n(decay.begin() + entry.offset, entry.rows * entry.columns,
                static_cast<float>(options.weight_decay));
  }
  return decay;
}

/// A matrix of the device's that the host works on for a while: the matrix itself where it can.
struct HostWork {
  Context& context;
  View device, host;

  HostWork(Context& own, View matrix) : context(own), device(matrix), host(matrix) {
    if (context.memory().is_host) return;
    host = context.host_arena().matrix(matrix.rows, matrix.columns);
    context.memory().copy_to_host(host.data, device.data, bytes());
  }
  void upload() const {
    if (host.data != device.data) context.memory().copy_to_device(device.data, host.data, bytes());
  }
  std::size_t bytes() const { return static_cast<std::size_t>(device.rows * device.columns) * sizeof(float); }
};

}  // namespace

PassLimits training_limits(Backend const& backend, TrainOptions const& options, int ranks) {
  PassLimits limits = preferred_pass(backend);
  std::int64_t const share = (options.batch_size + ranks - 1) / ranks;
  if (!memory_of(backend).is_host) limits.sequences = std::min(limits.sequences, share);
  if (options.pass_tokens > 0) limits.tokens = std::min(limits.tokens, options.pass_tokens);
  return limits;
}

Stepper::Stepper(NetworkConfig const& config, TrainOptions const& options, Backend const& backend,
                 Threads& threads, Ranks& ranks, std::int64_t arena_bytes, TrainState& state)
    : config_(config),
      options_(options),
      memory_(memory_of(backend)),
      threads_(threads),
      ranks_(ranks),
      workers_(backend, threads),
      layout_(layout_of(config)),
      limits_(training_limits(backend, options, ranks.size())),
      parameters_(memory_, state.parameters),
      first_moment_(memory_, state.first_moment),
      second_moment_(memory_, state.second_moment),
      decay_values_(decays(layout_, options)),
      decay_(memory_, decay_values_),
      ready_(static_cast<std::size_t>(workers_.count())) {
  for (std::int64_t lane = 0; lane < gradient_lanes(backend); ++lane)
    gradients_.emplace_back(memory_, layout_.size);
  for (int i = 0; i < workers_.count(); ++i) {
    workers_[i].set_precision(options.precision);
    workers_[i].arena().reserve(static_cast<std::size_t>(arena_bytes));
  }
}

void Stepper::store() const {
  parameters_.download();
  first_moment_.download();
  second_moment_.download();
}

Stepper::Loss Stepper::run(Dataset const& dataset, std::span<std::int64_t const> records,
                           std::span<std::int64_t const> next, Place const& place) {
  if (next_batch_.step == place.step) {
    std::swap(batch_, next_batch_);
  } else {
    cut_batch(config_, limits_, dataset, records, place.step, batch_);
  }
  next_records_ = next;
  if (batch_.known == 0) return {};
  auto const own_groups = (std::ssize(batch_.groups) - ranks_.rank() + ranks_.size() - 1) / ranks_.size();
  auto const lanes = static_cast<std::int64_t>(gradients_.size());
  group_losses_.assign(batch_.groups.size(), 0.0);
  bool const together =
      options_.one_group_at_a_time || better_one_by_one(std::min(own_groups, lanes), workers_.count());
  if (together && !works_on_device()) {
    workers_[0].set_team(&threads_);
    for (std::int64_t lane = 0; lane < lanes; ++lane) run_lane(dataset, lane, place, 0);
    workers_[0].set_team(nullptr);
  } else {
    workers_.for_each(lanes, [&](std::int64_t lane, int worker) { run_lane(dataset, lane, place, worker); });
  }
  sum_lanes();
  sum_ranks();
  double loss[] = {std::accumulate(group_losses_.begin(), group_losses_.end(), 0.0)};
  ranks_.sum(std::span<double>(loss));
  update(place);
  return {loss[0], batch_.known};
}

void Stepper::run_lane(Dataset const& dataset, std::int64_t lane, Place const& place, int worker) {
  gradients_[static_cast<std::size_t>(lane)].clear();
  auto const groups = static_cast<std::int64_t>(batch_.groups.size());
  std::int64_t const ranks = ranks_.size();
  std::int64_t const lanes = ranks * static_cast<std::int64_t>(gradients_.size());
  for (std::int64_t group = ranks * lane + ranks_.rank(); group < groups; group += lanes)
    run_group(dataset, group, place, worker);
}

std::int64_t Stepper::own_group(std::int64_t group) const {
  std::int64_t const ranks = ranks_.size();
  return group + (ranks_.rank() - group % ranks + ranks) % ranks;
}

Augmentation Stepper::augmentation(std::int64_t epoch) const {
  return {options_.reverse_complement, options_.max_shift, options_.mask_rate, options_.seed, epoch};
}

SequenceGroup& Stepper::make_ready(Dataset const& dataset, StepBatch const& batch, std::int64_t group,
                                   std::int64_t epoch, Ready& ready) const {
  if (ready.step == batch.step && ready.group == group) return ready.sequences;
  Group const& part = batch.groups[static_cast<std::size_t>(group)];
  auto const records =
      std::span(batch.records)
          .subspan(static_cast<std::size_t>(part.first), static_cast<std::size_t>(part.count));
  fill_batch(dataset, records, 1, augmentation(epoch), ready.sequences.batch);
  ready.step = batch.step;
  ready.group = group;
  return ready.sequences;
}

/// What a device gets after `group`, while it works on that.
void Stepper::make_next_ready(Dataset const& dataset, std::int64_t group, std::int64_t epoch) {
  std::int64_t const next = own_group(group + 1);
  if (next < std::ssize(batch_.groups)) {
    make_ready(dataset, batch_, next, epoch, ready_[0]);
  } else if (!next_records_.empty()) {
    cut_batch(config_, limits_, dataset, next_records_, batch_.step + 1, next_batch_);
    std::int64_t const first = own_group(0);
    if (first < std::ssize(next_batch_.groups)) make_ready(dataset, next_batch_, first, epoch, ready_[0]);
  }
}

/// Elements are dropped by group on the CPU. On a device, whose groups are as large as its memory allows,
/// they are dropped by their place in the batch: where all sequences are of one length, however it is cut.
PassOptions Stepper::pass_options(SequenceBatch const& batch, std::int64_t group, Place const& place) const {
  auto const step = static_cast<std::uint64_t>(place.step);
  bool const entropy = options_.entropy_weight > 0 && place.entropy_counts && batch.padded_tokens > 1;
  Keep const keep = options_.recompute ? Keep::inputs : Keep::everything;
  auto const dropout = static_cast<float>(options_.dropout);
  if (works_on_device()) {
    std::int64_t const row = batch_.groups[static_cast<std::size_t>(group)].first * batch.padded_tokens;
    return {false, entropy, dropout, mix(options_.seed, step), keep, row};
  }
  return {false, entropy, dropout, mix(options_.seed, mix(step, static_cast<std::uint64_t>(group))), keep, 0};
}

void Stepper::run_group(Dataset const& dataset, std::int64_t group, Place const& place, int worker) {
  Context& context = workers_[worker];
  ContextScope const scope(context);
  Ready& ready = ready_[static_cast<std::size_t>(worker)];
  SequenceGroup& sequences = make_ready(dataset, batch_, group, place.epoch, ready);
  SequenceBatch const batch = on_device(context, sequences.view(config_));
  PassOptions const pass = pass_options(batch, group, place);
  Weights const weights = bind_weights(config_, static_cast<float const*>(parameters_.data()));
  auto const lane = static_cast<std::size_t>(group / ranks_.size()) % gradients_.size();
  MutableWeights const gradient = bind_weights(config_, gradients_[lane].data());
  Activations activations = make_activations(context, config_, batch, pass);
  forward(context, config_, weights, batch, pass, activations);
  View const dlogits = context.host_arena().matrix(batch.count(), config_.targets);
  ConstView const targets(sequences.batch.targets.data(), batch.count(), config_.targets);
  group_losses_[static_cast<std::size_t>(group)] =
      loss(options_.loss, on_host(context, activations.logits), targets, 1 / batch_.known, dlogits);
  double const rows = batch_.tokens * config_.blocks * config_.heads;  // of all attention matrices
  double const entropy_gradient =
      pass.want_entropy
          ? options_.entropy_weight / (rows * std::log(keys_of_a_row(config_, batch.padded_tokens)))
          : 0.0;
  backward(context, config_, weights, batch, pass, on_device(context, dlogits),
           static_cast<float>(entropy_gradient), activations, &gradient);
  if (works_on_device()) make_next_ready(dataset, group, place.epoch);
}

/// Cuts the parameters into pieces for the threads; a device takes them all at once.
void Stepper::for_slices(
    std::function<void(Context& context, std::int64_t first, std::int64_t count)> const& work) {
  if (works_on_device()) return work(workers_[0], 0, layout_.size);
  std::int64_t const slices = (layout_.size + slice - 1) / slice;
  workers_.for_each(slices, [&](std::int64_t item, int worker) {
    std::int64_t const first = item * slice;
    work(workers_[worker], first, std::min(slice, layout_.size - first));
  });
}

void Stepper::sum_lanes() {
  if (gradients_.size() == 1) return;
  for_slices([&](Context& context, std::int64_t first, std::int64_t count) {
    View const total = gradients_[0].view().column_range(first, count);
    for (std::size_t lane = 1; lane < gradients_.size(); ++lane)
      add_rows(context, gradients_[lane].view().column_range(first, count), total);
  });
}

void Stepper::sum_ranks() {
  if (ranks_.size() == 1) return;
  ContextScope const scope(workers_[0]);
  HostWork const gradient(workers_[0], gradients_[0].view());
  ranks_.sum(std::span(gradient.host.data, static_cast<std::size_t>(layout_.size)));
  gradient.upload();
}

bool Stepper::frozen(ParameterEntry const& entry) const {
  return std::ranges::find(options_.frozen, entry.name) != options_.frozen.end();
}

/// What stays as it is has no part in the gradient's length.
void Stepper::clear_frozen() {
  for (ParameterEntry const& entry : layout_.entries) {
    if (!frozen(entry)) continue;
    memory_.clear(gradients_[0].data() + entry.offset,
                  static_cast<std::size_t>(entry.rows * entry.columns) * sizeof(float));
  }
}

void Stepper::add_diversity() {
  Context& context = workers_[0];
  Weights const weights = bind_weights(config_, static_cast<float const*>(parameters_.data()));
  MutableWeights const g = bind_weights(config_, gradients_[0].data());
  for (std::size_t b = 0; b < weights.blocks.size(); ++b) {
    ContextScope const scope(context);
    ConstView const qkv = weights.blocks[b].qkv;
    HostWork const dqkv(context, g.blocks[b].qkv);
    head_diversity(on_host(context, qkv), config_.heads, options_.diversity_weight, dqkv.host);
    dqkv.upload();
  }
}

void Stepper::update(Place const& place) {
  clear_frozen();
  if (options_.diversity_weight > 0) add_diversity();
  double const norm = std::sqrt(sum_of_squares(workers_[0], gradients_[0].view()));
  if (!std::isfinite(norm)) {
    throw NumericalError("the gradient is not finite at step " + std::to_string(place.step) +
                         "; lower --learning-rate, or set --clip-norm 1 if it is off");
  }
  double const scale = options_.clip_norm > 0 && norm > options_.clip_norm ? options_.clip_norm / norm : 1.0;
  AdamWOptions const adam;
  for_slices([&](Context& context, std::int64_t first, std::int64_t count) {
    auto const part = [&](auto const& block) { return block.view().column_range(first, count); };
    adamw(context, adam, place.learning_rate, scale, place.step + 1, part(decay_), part(gradients_[0]),
          part(parameters_), part(first_moment_), part(second_moment_));
  });
}

}  // namespace cislens
