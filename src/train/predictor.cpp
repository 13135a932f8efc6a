#include "predictor.hpp"

#include "cislens/base/interrupt.hpp"
#include "cislens/tensor/context_scope.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace cislens {

namespace {

/// Puts a sequence, or its other strand, behind those of the batch, which are as long.
void add_strand(BasesView bases, bool turned, Batch& batch) {
  batch.length = std::ssize(bases);
  if (turned) {
    std::transform(bases.rbegin(), bases.rend(), std::back_inserter(batch.bases), complement);
  } else {
    batch.bases.insert(batch.bases.end(), bases.begin(), bases.end());
  }
  batch.lengths.push_back(batch.length);
  batch.size += 1;
}

void clear(Batch& batch) {
  batch.size = 0;
  batch.bases.clear();
  batch.lengths.clear();
}

}  // namespace

Predictor::Predictor(NetworkConfig const& config, float const* block, PassLimits const& limits,
                     Workers& workers)
    : config_(config),
      weights_(bind_weights(config, block)),
      limits_(limits),
      workers_(workers),
      loads_(static_cast<std::size_t>(workers.count())),
      next_loads_(loads_.size()) {}

void Predictor::run(std::int64_t items, Sequence const& sequence, bool blank_is_nan,
                    std::vector<float>& logits) {
  auto const targets = static_cast<std::size_t>(config_.targets);
  strand_logits_.assign(2 * static_cast<std::size_t>(items) * targets,
                        std::numeric_limits<float>::quiet_NaN());
  Job const job{sequence, blank_is_nan, groups_of(2 * items, sequence)};
  for (auto* const loads : {&loads_, &next_loads_}) {
    for (Load& load : *loads) load.index = -1;
  }
  workers_.for_each(std::ssize(job.groups),
                    [&](std::int64_t index, int worker) { read(job, index, worker); });
  logits.resize(static_cast<std::size_t>(items) * targets);
  for (std::size_t i = 0; i < logits.size(); ++i) {
    std::size_t const forward = 2 * (i / targets) * targets + i % targets;
    logits[i] = 0.5F * strand_logits_[forward] + 0.5F * strand_logits_[forward + targets];
  }
}

/// Strands 2 i and 2 i + 1 are those of item i. Neighbours of one length share a pass: a sequence's bits do
/// not depend on the others in it. Long ones go alone, and small sets are dealt to all workers.
std::vector<Group> Predictor::groups_of(std::int64_t strands, Sequence const& sequence) const {
  std::int64_t const fair = (strands + workers_.count() - 1) / workers_.count();
  std::vector<Group> groups;
  std::int64_t length = -1, most = 0;
  for (std::int64_t strand = 0; strand < strands; ++strand) {
    if (std::ssize(sequence(strand / 2)) == length && groups.back().count < most) {
      groups.back().count += 1;
      continue;
    }
    length = std::ssize(sequence(strand / 2));
    most = std::min(fair, pass_size(config_, length, limits_));
    groups.push_back({strand, 1});
  }
  return groups;
}

void Predictor::fill(Job const& job, std::int64_t index, Load& load) const {
  clear(load.group.batch);
  load.strands.clear();
  load.index = index;
  Group const group = job.groups[static_cast<std::size_t>(index)];
  for (std::int64_t strand = group.first; strand < group.first + group.count; ++strand) {
    BasesView const bases = job.sequence(strand / 2);
    if (job.blank_is_nan && all_unknown(bases)) continue;
    add_strand(bases, strand % 2 == 1, load.group.batch);
    load.strands.push_back(strand);
  }
}

void Predictor::read(Job const& job, std::int64_t index, int worker) {
  throw_if_interrupted();
  Load& load = loads_[static_cast<std::size_t>(worker)];
  Load& next = next_loads_[static_cast<std::size_t>(worker)];
  if (next.index == index) {
    std::swap(load, next);
  } else {
    fill(job, index, load);
  }
  if (load.strands.empty()) return;
  Context& context = workers_[worker];
  ContextScope const scope(context);
  SequenceBatch const batch = on_device(context, load.group.view(config_));
  PassOptions const options{false, false, 0, 0, Keep::nothing};
  Activations activations = make_activations(context, config_, batch, options);
  forward(context, config_, weights_, batch, options, activations);
  // A device is at work now, and its host is free.
  if (!context.memory().is_host && index + 1 < std::ssize(job.groups)) fill(job, index + 1, next);
  ConstView const logits = on_host(context, activations.logits);
  for (std::int64_t i = 0; i < std::ssize(load.strands); ++i) {
    std::copy_n(logits.row(i), config_.targets,
                strand_logits_.data() + load.strands[static_cast<std::size_t>(i)] * config_.targets);
  }
}

}  // namespace cislens
