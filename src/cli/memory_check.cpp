#include "memory_check.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/machine.hpp"
#include "cislens/base/text.hpp"
#include "cislens/ops/load.hpp"
#include "cislens/train/training_memory.hpp"

#include <algorithm>
#include <vector>

namespace cislens {

namespace {

std::string text(std::int64_t bytes) { return format_bytes(static_cast<double>(bytes)); }

std::string parts_text(MemoryPlan const& plan) {
  std::string result;
  for (MemoryPlan::Part const& part : plan.parts) {
    result += (result.empty() ? "" : ", ") + part.name + " " + text(part.bytes);
  }
  return result;
}

std::string threads_text(int count) { return std::to_string(count) + (count == 1 ? " thread" : " threads"); }

/// A plan with what the process holds already.
MemoryPlan with_present(MemoryPlan plan) {
  plan.parts.push_back({"program and data", memory_resident_bytes()});
  return plan;
}

/// "--recompute (2.1 GiB)" for what would fit, or at least be less.
std::string training_remedies(NetworkConfig const& config, TrainOptions const& options,
                              std::span<std::int64_t const> lengths, Backend const& backend, Threads& threads,
                              std::int64_t now, std::int64_t present) {
  std::string remedies;
  if (!options.recompute && config.blocks > 1) {
    TrainOptions less = options;
    less.recompute = true;
    std::int64_t const total = present + plan_training(config, less, lengths, backend, threads, now).total();
    if (total < now) remedies += "--recompute (" + text(total) + "), ";
  }
  return remedies + "shorter sequences (the longest has " +
         std::to_string(*std::ranges::max_element(lengths)) +
         " bases), a larger --pool, fewer --channels, --ffn or --blocks";
}

std::int64_t free_on_device(Backend const& backend) {
  constexpr std::size_t most = std::size_t{1} << 60;
  constexpr double share = 0.9;  // kernels that are loaded later and pages of 2 MiB take some, too
  auto const free_bytes = static_cast<double>(std::min(memory_of(backend).available(), most));
  return static_cast<std::int64_t>(share * free_bytes);
}

void check_device_prediction(NetworkConfig const& config, std::int64_t bases, Backend const& backend) {
  std::int64_t const limit = free_on_device(backend);
  MemoryPlan const plan = plan_prediction(config, bases, backend, 1, limit);
  if (plan.total() <= limit) return;
  throw OutOfMemory("prediction takes " + text(plan.total()) + " of the device's memory, " + text(limit) +
                    " are free: " + parts_text(plan) + "; lower --max-length, or take --device cpu");
}

/// On a device whole batches go through the network; where its memory is short, in as few pieces as fit.
void fit_device(NetworkConfig const& config, std::span<std::int64_t const> lengths, Backend const& backend,
                Threads& threads, Run& run, TrainOptions& options) {
  std::int64_t const limit = free_on_device(backend);
  MemoryPlan training = plan_training(config, options, lengths, backend, threads, limit);
  std::int64_t const longest = config.tokens(*std::ranges::max_element(lengths));
  for (std::int64_t tokens =
           std::min<std::int64_t>(options.batch_size * longest, preferred_pass(backend).tokens);
       training.total() > limit && tokens > longest;) {
    tokens = std::max(longest, tokens / 2);
    options.pass_tokens = tokens;
    training = plan_training(config, options, lengths, backend, threads, limit);
  }
  if (training.total() > limit) {
    throw OutOfMemory("training takes " + text(training.total()) + " of the device's memory, " + text(limit) +
                      " are free: " + parts_text(training) + "; it fits with less of: " +
                      training_remedies(config, options, lengths, backend, threads, training.total(), 0));
  }
  run.log().info("device memory: " + text(training.total()) + " of " + text(limit) + ": " +
                 parts_text(training));
  if (options.pass_tokens > 0) {
    run.log().info("device memory is short: batches go through the network in pieces of at most " +
                   std::to_string(options.pass_tokens) + " tokens");
  }
}

}  // namespace

std::int64_t memory_limit(std::string const& asked) {
  if (asked.empty()) return memory_resident_bytes() + memory_available_bytes();
  double bytes = 0;
  if (!parse_bytes(asked, bytes) || !(bytes < 0x1p62)) {
    throw UsageError("--memory-limit '" + asked + "' is no size, such as 500M or 12G");
  }
  return static_cast<std::int64_t>(bytes);
}

void fit_memory(std::string const& asked_limit, NetworkConfig const& config, Dataset const& dataset,
                std::span<std::int64_t const> records, Backend const& backend, Threads& threads, Run& run,
                TrainOptions& options) {
  std::int64_t const limit = memory_limit(asked_limit);
  std::vector<std::int64_t> lengths;
  for (std::int64_t const record : records)
    lengths.push_back(static_cast<std::int64_t>(dataset.bases[record].size()));
  if (!memory_of(backend).is_host) return fit_device(config, lengths, backend, threads, run, options);
  auto const plan = [&] {
    return with_present(plan_training(config, options, lengths, backend, threads, limit));
  };
  MemoryPlan training = plan();
  if (training.total() > limit && threads.count() > 1) {
    options.one_group_at_a_time = true;
    training = plan();
  }
  int const at_once = options.one_group_at_a_time ? 1 : threads.count();
  if (training.total() > limit) {
    throw OutOfMemory("training takes " + text(training.total()) + " of memory, this run may use " +
                      text(limit) + ": " + parts_text(training) + "; it fits with less of: " +
                      training_remedies(config, options, lengths, backend, threads, training.total(),
                                        memory_resident_bytes()));
  }
  run.log().info("memory: " + text(training.total()) + " of " + text(limit) + ": " + parts_text(training));
  if (options.one_group_at_a_time) {
    run.log().info("memory is short: all threads work on the same sequences, one group after the other");
  }
  run.log().debug("memory: activations and scratch of " + threads_text(at_once) +
                  " on groups of sequences; " + "attention weights, if they were stored, would take " +
                  text(stored_probabilities_bytes(config, *std::ranges::max_element(lengths))) +
                  " more for the longest sequence");
}

void check_readout_memory(std::string const& asked_limit, std::int64_t bytes, Run& run) {
  std::int64_t const limit = memory_limit(asked_limit);
  MemoryPlan const plan = with_present({{{"readouts of all heads", bytes}}});
  if (plan.total() > limit) {
    throw OutOfMemory("looking for motifs takes " + text(plan.total()) + " of memory, this run may use " +
                      text(limit) + ": " + parts_text(plan) +
                      "; it fits with fewer or shorter positives, fewer --heads or --blocks, or a lower "
                      "--max-read");
  }
  run.log().info("memory: " + text(plan.total()) + " of " + text(limit) +
                 " to look for motifs: " + parts_text(plan));
}

void check_prediction_memory(std::string const& asked_limit, NetworkConfig const& config, std::int64_t bases,
                             Backend const& backend, Threads const& threads, Run& run) {
  if (!memory_of(backend).is_host) return check_device_prediction(config, bases, backend);
  std::int64_t const limit = memory_limit(asked_limit);
  MemoryPlan const plan = with_present(plan_prediction(config, bases, backend, threads.count(), limit));
  if (plan.total() > limit) {
    throw OutOfMemory("prediction takes " + text(plan.total()) + " of memory, this run may use " +
                      text(limit) + ": " + parts_text(plan) + "; lower --max-length, or --threads (now " +
                      std::to_string(threads.count()) + ")");
  }
  run.log().debug("memory: " + text(plan.total()) + " of " + text(limit) + ": " + parts_text(plan));
}

}  // namespace cislens
