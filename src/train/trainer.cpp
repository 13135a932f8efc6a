#include "cislens/train/trainer.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/interrupt.hpp"
#include "cislens/base/text.hpp"
#include "cislens/data/batch.hpp"
#include "cislens/model/parameters.hpp"
#include "cislens/train/calibration.hpp"
#include "cislens/train/metrics.hpp"
#include "cislens/train/training_memory.hpp"

#include "predictor.hpp"
#include "step.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numbers>

namespace cislens {

namespace {

using Clock = std::chrono::steady_clock;

double rate_at(TrainOptions const& options, std::int64_t step, std::int64_t steps) {
  double const warm = std::max(1.0, options.warmup * static_cast<double>(steps));
  auto const at = static_cast<double>(step);
  if (at < warm) return options.learning_rate * std::min(1.0, (at + 1) / warm);
  double const progress = (at - warm) / std::max(1.0, static_cast<double>(steps) - warm);
  return 0.5 * options.learning_rate * (1 + std::cos(std::numbers::pi * progress));
}

void require_finite(double value, std::int64_t step) {
  if (std::isfinite(value)) return;
  throw NumericalError("the loss is not finite at step " + std::to_string(step) +
                       "; lower --learning-rate, or set --clip-norm 1 if it is off");
}

/// Of the validation records.
struct Validation {
  double loss = std::numeric_limits<double>::quiet_NaN();   ///< with the offsets; NaN without a known target
  double auroc = std::numeric_limits<double>::quiet_NaN();  ///< mean over targets; NaN where not binary
  std::vector<double> offsets;                              ///< of each target's logits; may be empty
};

std::vector<float> validation_targets(NetworkConfig const& config, TrainInput const& input) {
  std::vector<float> targets;
  for (std::int64_t const record : input.validation) {
    for (int t = 0; t < config.targets; ++t) targets.push_back(input.dataset->target(record, t));
  }
  return targets;
}

/// @param logits  (validation records, T)
Validation validate(NetworkConfig const& config, TrainInput const& input, TrainOptions const& options,
                    std::vector<float> logits, std::int64_t step) {
  Validation result;
  auto const count = static_cast<std::int64_t>(input.validation.size());
  std::vector<float> const targets = validation_targets(config, input);
  View const z(logits.data(), count, config.targets);
  ConstView const y(targets.data(), count, config.targets);
  std::int64_t const known_targets = known_entries(y);
  if (known_targets == 0) return result;
  auto const mean_loss = [&] {
    double const mean = loss(options.loss, z, y, 1, {}) / static_cast<double>(known_targets);
    require_finite(mean, step);
    return mean;
  };
  mean_loss();  // no offset can be sought for logits that are not finite
  double total = 0;
  int ranked = 0;
  for (int t = 0; t < config.targets; ++t) {
    std::vector<float> scores;
    std::vector<float> labels;
    for (std::int64_t i = 0; i < count; ++i) {
      scores.push_back(z.row(i)[t]);
      labels.push_back(y.row(i)[t]);
    }
    double const offset = best_offset(options.loss, scores, labels);
    result.offsets.push_back(offset);
    for (std::int64_t i = 0; i < count; ++i) z.row(i)[t] += static_cast<float>(offset);
    double const value =
        options.loss == LossKind::binary ? auroc(scores, labels) : std::numeric_limits<double>::quiet_NaN();
    if (std::isnan(value)) continue;
    total += value;
    ++ranked;
  }
  result.loss = mean_loss();
  if (ranked > 0) result.auroc = total / ranked;
  return result;
}

/// What one context takes at a time, alone or with all threads.
std::int64_t arena_bytes(NetworkConfig const& config, TrainInput const& input, TrainOptions const& options,
                         Backend const& backend, Threads& threads) {
  constexpr std::int64_t all = std::numeric_limits<std::int64_t>::max();
  std::vector<std::int64_t> lengths;
  for (std::int64_t const record : input.train)
    lengths.push_back(static_cast<std::int64_t>(input.dataset->bases[record].size()));
  auto const bytes = [&](Threads* team) {
    return lengths.empty() ? 0 : largest_training_pass(config, options, lengths, backend, team, all).total();
  };
  bool const together = threads.count() > 1 && memory_of(backend).is_host;
  return std::max(bytes(nullptr), together ? bytes(&threads) : 0);
}

class Training {
 public:
  Training(NetworkConfig const& config, TrainInput const& input, TrainOptions const& options,
           Backend const& backend, Threads& threads, Log& log, TrainState& state)
      : config_(config),
        input_(input),
        options_(options),
        log_(log),
        state_(state),
        ranks_(input.ranks == nullptr ? alone_ : *input.ranks),
        stepper_(config, options, backend, threads, ranks_,
                 arena_bytes(config, input, options, backend, threads), state),
        started_(Clock::now()),
        seconds_before_(state.seconds),
        steps_per_epoch_((static_cast<std::int64_t>(input.train.size()) + options.batch_size - 1) /
                         options.batch_size) {}

  void run() {
    std::int64_t const steps = steps_per_epoch_ * options_.epochs;
    // An epoch is done when it has its line of history: a signal may come between its last step and its
    // validation.
    while (steps > 0 && static_cast<int>(state_.history.size()) < options_.epochs && !out_of_patience())
      run_epoch(static_cast<int>(state_.history.size()), steps);
    if (state_.best_parameters.empty()) state_.best_parameters = state_.parameters;
  }

 private:
  bool out_of_patience() const {
    if (options_.patience == 0 || state_.history.empty() || input_.validation.empty()) return false;
    return state_.history.back().epoch - state_.best_epoch >= options_.patience;
  }

  void run_epoch(int epoch, std::int64_t steps) {
    if (input_.before_epoch) input_.before_epoch(epoch);
    std::vector<std::int64_t> const order = epoch_order(input_.train, options_.seed, epoch);
    std::int64_t const first_step = epoch * steps_per_epoch_;
    while (state_.step < first_step + steps_per_epoch_) {
      stop_if_interrupted();
      double const rate = rate_at(options_, state_.step, steps);
      bool const entropy_counts =
          static_cast<double>(state_.step) >= options_.entropy_warmup * static_cast<double>(steps);
      Stepper::Loss const loss =
          step(batch_of(order, state_.step - first_step), batch_of(order, state_.step + 1 - first_step),
               {epoch, state_.step, rate, entropy_counts});
      require_finite(loss.sum, state_.step);
      state_.epoch_loss += loss.sum;
      state_.epoch_known += loss.known;
      ++state_.step;
      log_.progress("training", static_cast<double>(state_.step), static_cast<double>(steps));
    }
    finish_epoch(epoch, rate_at(options_, state_.step - 1, steps));
  }

  /// Records of an epoch's step; none behind its last.
  std::span<std::int64_t const> batch_of(std::span<std::int64_t const> order, std::int64_t step) const {
    auto const size = static_cast<std::size_t>(options_.batch_size);
    std::size_t const first = std::min(static_cast<std::size_t>(step) * size, order.size());
    return order.subspan(first, std::min(size, order.size() - first));
  }

  /// A process that waits for others may hear of a signal there, or of their end by one: until the parameters
  /// are changed nothing has happened.
  Stepper::Loss step(std::span<std::int64_t const> records, std::span<std::int64_t const> next,
                     Stepper::Place const& place) {
    try {
      return stepper_.run(*input_.dataset, records, next, place);
    } catch (Interrupted const&) {
      save_now();
      throw;
    } catch (RankGone const&) {
      save_now();
      throw;
    }
  }

  /// Each process predicts a stretch of the records, and all get all.
  std::vector<float> validation_logits() {
    std::int64_t const count = std::ssize(input_.validation);
    std::int64_t const first = count * ranks_.rank() / ranks_.size();
    std::int64_t const end = count * (ranks_.rank() + 1) / ranks_.size();
    std::vector<float> own;
    Predictor predictor(config_, stepper_.block(), stepper_.limits(), stepper_.workers());
    auto const bases = [&](std::int64_t item) {
      return BasesView(input_.dataset->bases[static_cast<std::size_t>(input_.validation[first + item])]);
    };
    predictor.run(end - first, bases, false, own);
    if (ranks_.size() == 1) return own;
    std::vector<float> logits(static_cast<std::size_t>(count * config_.targets));
    std::ranges::copy(own, logits.begin() + first * config_.targets);
    ranks_.sum(std::span(logits));
    return logits;
  }

  void save() const {
    if (input_.save && ranks_.first()) input_.save(state_);
  }

  void finish_epoch(int epoch, double rate) {
    stop_if_interrupted();
    Validation const validation = validate(config_, input_, options_, validation_logits(), state_.step);
    stepper_.store();
    update_seconds();
    double const train_loss = state_.epoch_loss / std::max(1.0, state_.epoch_known);
    state_.history.push_back(
        {epoch, state_.step, rate, train_loss, validation.loss, validation.auroc, state_.seconds});
    state_.epoch_loss = 0;
    state_.epoch_known = 0;
    // Without a validation loss (NaN) the latest weights are the best known.
    bool const best = state_.best_parameters.empty() || !(validation.loss >= state_.best_loss);
    if (best) {
      state_.best_parameters = state_.parameters;
      View const bias = bind_weights(config_, state_.best_parameters.data()).bias;
      for (std::size_t t = 0; t < validation.offsets.size(); ++t)
        bias.data[t] += static_cast<float>(validation.offsets[t]);
      state_.best_loss = validation.loss;
      state_.best_epoch = epoch;
    }
    log_.info("epoch " + std::to_string(epoch + 1) + " of " + std::to_string(options_.epochs) +
              ": training loss " + format_fixed(train_loss, 4) + ", validation loss " +
              format_fixed(validation.loss, 4) +
              (std::isnan(validation.auroc) ? "" : ", AUROC " + format_fixed(validation.auroc, 4)) +
              (best ? " (best so far)" : ""));
    save();
  }

  void update_seconds() {
    state_.seconds = seconds_before_ + std::chrono::duration<double>(Clock::now() - started_).count();
  }

  void stop_if_interrupted() {
    if (pending_interrupt() == 0) return;
    save_now();
    throw_if_interrupted();
  }

  /// The state after the last whole step.
  void save_now() {
    update_seconds();
    stepper_.store();
    save();
  }

  NetworkConfig const& config_;
  TrainInput const& input_;
  TrainOptions const& options_;
  Log& log_;
  TrainState& state_;
  Ranks alone_;
  Ranks& ranks_;
  Stepper stepper_;
  Clock::time_point started_;
  double seconds_before_;
  std::int64_t steps_per_epoch_;
};

}  // namespace

int fitted_epochs(TrainOptions const& options, std::int64_t records) {
  constexpr std::int64_t steps = 1200;
  std::int64_t const steps_per_epoch = (records + options.batch_size - 1) / options.batch_size;
  return static_cast<int>(std::clamp<std::int64_t>((steps + steps_per_epoch - 1) / steps_per_epoch, 10, 40));
}

TrainState initial_state(NetworkConfig const& config, std::uint64_t seed) {
  TrainState state;
  state.parameters = initial_parameters(config, seed).values();
  state.first_moment.assign(state.parameters.size(), 0.0F);
  state.second_moment.assign(state.parameters.size(), 0.0F);
  return state;
}

void train(NetworkConfig const& config, TrainInput const& input, TrainOptions const& options,
           Backend const& backend, Threads& threads, Log& log, TrainState& state) {
  Training(config, input, options, backend, threads, log, state).run();
}

}  // namespace cislens
