#include "cislens/cli/training_run.hpp"

#include "cislens/base/checksum.hpp"
#include "cislens/base/errors.hpp"
#include "cislens/base/text.hpp"
#include "cislens/base/version.hpp"
#include "cislens/model/checkpoint.hpp"
#include "cislens/model/parameters.hpp"
#include "cislens/model/seed_filters.hpp"
#include "cislens/seqio/motif_database.hpp"
#include "cislens/train/fresh_negatives.hpp"
#include "cislens/train/train_state_file.hpp"
#include "cislens/writers/tables.hpp"

#include "memory_check.hpp"
#include "target_scale.hpp"
#include "training_data.hpp"
#include "word_motifs.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <span>

namespace cislens {

namespace fs = std::filesystem;

namespace {

fs::path state_path(TrainingChoices const& choices) {
  return fs::path(choices.folder) / "train_state.safetensors";
}

NetworkConfig asked_network(TrainingChoices const& choices) {
  NetworkConfig config = choices.network;
  AttentionMode const mode = parse_attention(choices.attention);
  config.attention = mode.span;
  config.summaries = mode.summaries;
  if (choices.rotary_base > 0) config.rotary_base = choices.rotary_base;
  return config;
}

NetworkConfig fit_network(TrainingChoices const& choices, Dataset const& dataset) {
  NetworkConfig config = asked_network(choices);
  config.targets = static_cast<int>(dataset.target_count());
  // The base that served 72 tokens, stretched with their number.
  auto const tokens = static_cast<double>(config.tokens(median_length(dataset)));
  if (choices.rotary_base == 0) config.rotary_base = std::max(50.0, 100.0 * tokens / 72.0);
  check(config);
  return config;
}

std::string count_text(std::int64_t count, std::string const& what) {
  return std::to_string(count) + " " + what;
}

/// The records of a part of which at least one target is known: nothing can be learnt from others.
std::vector<std::int64_t> known_records(Dataset const& dataset, std::span<Part const> parts, Part part) {
  std::vector<std::int64_t> records = records_of(parts, part);
  std::erase_if(records, [&](std::int64_t record) {
    for (std::int64_t t = 0; t < dataset.target_count(); ++t) {
      if (!std::isnan(dataset.target(record, t))) return false;
    }
    return true;
  });
  return records;
}

/// @throws InputError  no target has two values among the sequences to train on: there is nothing to learn
void require_varied_targets(TrainingChoices const& choices, TrainingRun const& loaded, Run& run) {
  constexpr std::size_t most_names = 5;
  Dataset const& dataset = loaded.dataset;
  std::vector<std::string> constant;
  for (std::int64_t t = 0; t < dataset.target_count(); ++t) {
    std::set<float> values;
    for (std::int64_t const record : records_of(loaded.parts, Part::train)) {
      if (float const y = dataset.target(record, t); !std::isnan(y) && values.size() < 2) values.insert(y);
    }
    if (values.size() == 1) constant.push_back(dataset.target_names[t]);
  }
  if (constant.empty()) return;
  std::string names;
  for (std::size_t i = 0; i < std::min(constant.size(), most_names); ++i)
    names += (i == 0 ? "'" : ", '") + constant[i] + "'";
  if (constant.size() > most_names) names += " and " + std::to_string(constant.size() - most_names) + " more";
  if (static_cast<std::int64_t>(constant.size()) == dataset.target_count()) {
    std::string const& file = choices.targets.empty() ? choices.sequences : choices.targets;
    throw InputError(file + ": every sequence to train on has the same value of " + names +
                     ": there is nothing to learn (give targets that differ, or --background)");
  }
  run.log().warning("targets with one value in all sequences to train on, of which nothing is learnt: " +
                    names);
}

void log_sizes(TrainingRun const& result, std::int64_t train, std::int64_t validation, Run& run) {
  std::string const negatives =
      result.dataset.size() == result.positives
          ? ""
          : " and " + count_text(result.dataset.size() - result.positives, "negatives");
  run.log().info(count_text(result.positives, "sequences") + negatives + ": " +
                 count_text(train, "to train on, ") + count_text(validation, "for validation, ") +
                 count_text(static_cast<std::int64_t>(result.test.size()), "held out for the test"));
}

/// What ranks have to agree on.
std::uint64_t fingerprint(TrainingSettings const& settings) {
  Checksum checksum;
  checksum.add(version());
  for (auto const& [name, value] : settings) checksum.add(name + "\n" + value + "\n");
  return checksum.value();
}

/// Trains from the start or from a saved state. @returns the state at the end
TrainState train_with_state(TrainingChoices const& choices, TrainOptions const& options, TrainInput input,
                            Run& run, Backend const& backend, Threads& threads, NetworkConfig const& config,
                            FilterStarts const& starts, TargetScale const* scale) {
  fs::path const path = state_path(choices);
  TrainingSettings settings =
      training_settings(config, options, *input.dataset, input.train, input.validation);
  if (!choices.start_motifs.empty()) settings.emplace_back("--start-motifs", choices.start_motifs);
  settings.emplace_back("--no-seed-filters", choices.seed_filters ? "off" : "on");
  input.ranks->require_same(fingerprint(settings), "their inputs, options or version");
  TrainState state = initial_state(config, options.seed);
  MutableWeights const weights = bind_weights(config, state.parameters.data());
  int const seeded = seed_filters(config, starts.motifs, found_motif_zero, weights);
  seed_filters(config, std::span(starts.motifs).first(starts.given), known_motif_zero, weights);
  if (config.head == HeadKind::pooled)
    seed_attention(config, static_cast<int>(starts.given), seeded, weights);
  if (scale != nullptr) scale->start_bias(weights);
  if (choices.resume && fs::exists(path)) {
    state = load_train_state(config, settings, path);
    run.log().info("resuming after step " + std::to_string(state.step));
  } else if (choices.resume) {
    run.log().info(path.string() + " is not there: training begins at the start");
  }
  input.ranks->require_same(static_cast<std::uint64_t>(state.step),
                            "the state they resume from (does every one see the output folder?)");
  if (input.ranks->first()) {
    input.save = [&](TrainState const& now) { save_train_state(now, settings, path); };
    run.resumable(path);
    input.save(state);  // so that a signal in the first epoch finds one, and a full disk shows now
  }
  try {
    train(config, input, options, backend, threads, run.log(), state);
  } catch (NumericalError const&) {
    if (input.ranks->first()) fs::remove(path);
    throw;
  }
  return state;
}

void train_network(TrainingChoices const& choices, Run& run, Backend const& backend, Threads& threads,
                   Ranks& ranks, TrainingRun& result) {
  auto const records = known_records(result.dataset, result.parts, Part::train);
  auto const validation = known_records(result.dataset, result.parts, Part::validation);
  if (records.empty()) throw InputError(choices.targets + ": no training sequence has a known target");
  log_sizes(result, static_cast<std::int64_t>(records.size()), static_cast<std::int64_t>(validation.size()),
            run);
  NetworkConfig const& config = result.network.config;
  TrainOptions options = choices.training;
  options.loss = result.loss;
  options.seed = run.seed();
  if (options.epochs == 0) options.epochs = fitted_epochs(options, static_cast<std::int64_t>(records.size()));
  fit_memory(choices.memory_limit, config, result.dataset, records, backend, threads, run, options);
  run.stage("train", "training " + std::to_string(layout_of(config).count) + " parameters, loss " +
                         std::string(name_of(result.loss)));
  std::vector<ShuffledRecord> shuffled;
  if (result.shuffled) shuffled = shuffled_records(records, result.positives, choices.copies);
  FreshNegatives negatives(result.dataset, std::move(shuffled), run.seed(), threads);
  TrainInput const input{
      &result.dataset, records, validation, [&](int epoch) { negatives.shuffle(epoch); }, {}, &ranks};
  FilterStarts const starts = filter_starts(result.start_motifs, result.words, config.channels);
  result.seeded_filters = std::ssize(starts.motifs);
  std::optional<TargetScale> scale;
  if (!choices.targets.empty()) scale.emplace(result.dataset, result.loss, records);
  std::vector<float> const targets = result.dataset.targets;
  if (scale) scale->standardise(result.dataset);
  TrainState state = train_with_state(choices, options, input, run, backend, threads, config, starts,
                                      scale ? &*scale : nullptr);
  result.dataset.targets = targets;
  if (scale) scale->unfold(bind_weights(config, state.best_parameters.data()));
  result.network.parameters = std::move(state.best_parameters);
  result.network.precision = options.precision;
  result.history = std::move(state.history);
  result.best_epoch = state.best_epoch;
  result.best_loss = state.best_loss;
}

std::vector<float> targets_of(Dataset const& dataset, std::span<std::int64_t const> records, std::int64_t t) {
  std::vector<float> values;
  for (std::int64_t const record : records) values.push_back(dataset.target(record, t));
  return values;
}

std::string metric_text(Metric const& metric) {
  return metric.name + " " + format_fixed(metric.value, 4) + " (95 % " + format_fixed(metric.low, 4) +
         " to " + format_fixed(metric.high, 4) + ")";
}

/// "203 positive, 197 negative" or "400 known".
std::string label_counts(TargetMetrics const& target) {
  if (target.positives < 0) return count_text(target.known, "known");
  return count_text(target.positives, "positive, ") + count_text(target.known - target.positives, "negative");
}

/// "test, mean of 30 targets: AUROC 0.8123", of the first figure of the targets that have one.
void log_mean(TrainingRun const& result, Run& run) {
  double sum = 0;
  int count = 0;
  for (TargetMetrics const& target : result.metrics) {
    if (std::isnan(target.figures.front().value)) continue;
    sum += target.figures.front().value;
    ++count;
  }
  if (count < 2) return;
  run.log().info("test, mean of " + std::to_string(count) + " targets: " +
                 result.metrics.front().figures.front().name + " " + format_fixed(sum / count, 4));
}

TargetMetrics test_target(TrainingRun const& result, std::int64_t t, std::uint64_t seed) {
  bool const binary = result.loss == LossKind::binary;
  std::int64_t const targets = result.dataset.target_count();
  std::vector<float> scores;
  for (std::size_t i = 0; i < result.test.size(); ++i) {
    // Probabilities keep the order of logits, but not all differences between them.
    float const logit = result.test_logits[i * targets + t];
    scores.push_back(binary ? logit : static_cast<float>(transform(output_of(result.loss), logit)));
  }
  std::vector<float> const labels = targets_of(result.dataset, result.test, t);
  TargetMetrics metrics;
  metrics.known = std::ranges::count_if(labels, [](float y) { return !std::isnan(y); });
  if (binary) metrics.positives = std::ranges::count_if(labels, [](float y) { return y > 0.5F; });
  metrics.figures = evaluate(scores, labels, binary, seed);
  return metrics;
}

void test_network(Run& run, Backend const& backend, Threads& threads, TrainingRun& result) {
  constexpr std::int64_t most_lines = 20;
  if (result.test.empty()) return;
  std::int64_t const targets = result.dataset.target_count();
  result.test_logits = predict(result.network, result.dataset, result.test, backend, threads);
  std::vector<TargetMetrics> metrics(static_cast<std::size_t>(targets));
  threads.for_each(targets, [&](std::int64_t t, int) { metrics[t] = test_target(result, t, run.seed()); });
  result.metrics = std::move(metrics);
  for (std::int64_t t = 0; t < targets; ++t) {
    std::string const& name = result.dataset.target_names[t];
    std::string text = "test, " + name + ": " + label_counts(result.metrics[t]);
    for (Metric const& metric : result.metrics[t].figures) {
      text += ", " + metric_text(metric);
      run.metric("test " + name + " " + metric.name, metric.value);
    }
    if (t < most_lines) run.log().info(text);
    if (t == most_lines) run.log().info("and so on, see metrics.tsv");
  }
  log_mean(result, run);
}

SavedModel model_of(TrainingChoices const& choices, TrainingRun const& result) {
  SavedModel model{result.network.config, result.network.parameters,      result.dataset.target_names,
                   result.loss,           choices.reading.mask_lowercase, {}};
  auto const add = [&](std::string const& name, double value) {
    if (std::isfinite(value)) model.training.emplace_back(name, value);
  };
  add("sequences", static_cast<double>(result.positives));
  add("negatives", static_cast<double>(result.dataset.size() - result.positives));
  add("median_length_bp", static_cast<double>(median_length(result.dataset)));
  add("longest_bp", static_cast<double>(longest_length(result.dataset)));
  add("epochs", static_cast<double>(result.history.size()));
  add("best_epoch", result.best_epoch + 1);
  add("seeded_filters", static_cast<double>(result.seeded_filters));
  add("validation_loss", result.best_loss);
  if (result.metrics.size() == 1) {
    for (Metric const& metric : result.metrics.front().figures) add("test_" + metric.name, metric.value);
  }
  return model;
}

std::vector<PredictionRow> prediction_rows(TrainingRun const& result) {
  std::vector<PredictionRow> rows;
  std::int64_t const targets = result.dataset.target_count();
  for (std::size_t i = 0; i < result.test.size(); ++i) {
    for (std::int64_t t = 0; t < targets; ++t) {
      rows.push_back({result.dataset.names[result.test[i]], result.dataset.target_names[t],
                      static_cast<double>(result.dataset.target(result.test[i], t)),
                      transform(output_of(result.loss), result.test_logits[i * targets + t])});
    }
  }
  return rows;
}

}  // namespace

Output output_of(LossKind loss) {
  if (loss == LossKind::binary) return Output::probability;
  return loss == LossKind::poisson ? Output::rate : Output::value;
}

std::vector<TargetFigure> target_figures(TrainingRun const& result) {
  std::vector<TargetFigure> rows;
  for (std::size_t t = 0; t < result.metrics.size(); ++t) {
    for (Metric const& metric : result.metrics[t].figures) {
      rows.push_back({result.dataset.target_names[t], result.metrics[t].known, result.metrics[t].positives,
                      metric.name, metric.value, metric.low, metric.high});
    }
  }
  return rows;
}

void prepare_training(TrainingChoices const& choices, Run& run) {
  if (!choices.background.empty() && !choices.targets.empty()) {
    throw UsageError("use one of --background and --targets: targets say what every sequence is");
  }
  if (choices.negatives == Negatives::genomic && choices.genome.empty()) {
    throw UsageError("--negatives genomic needs a genome: -g FASTA");
  }
  if (!(choices.validation_share + choices.test_share <= 0.95)) {
    throw UsageError("--validation and --test leave less than 0.05 of the sequences to train on");
  }
  if (choices.reading.width > 0 && !choices.reading.center) {
    throw UsageError("--width is the width of windows that --center takes; give both");
  }
  check(asked_network(choices));
  memory_limit(choices.memory_limit);
  run.output_folder(choices.folder);
  fs::path const folder = choices.folder;
  for (char const* name :
       {"model.safetensors", "config.json", "training.tsv", "predictions.tsv", "metrics.tsv"}) {
    check_free(folder / name, run.if_exists());
  }
  run.check_params(folder / "params.json");
  if (!choices.resume && fs::exists(state_path(choices)) && run.if_exists() == IfExists::refuse) {
    throw OutputError(state_path(choices).string() +
                      ": a run was interrupted here; use --resume to go on or --force to begin again");
  }
}

TrainingRun load_training(TrainingChoices const& choices, Run& run, Threads& threads) {
  TrainingRun result;
  run.stage("read", "reading " + choices.sequences);
  load_training_data(choices, run, threads, result);
  result.parts = split(result.dataset, {1 - choices.validation_share - choices.test_share,
                                        choices.validation_share, choices.test_share, run.seed()});
  result.test = records_of(result.parts, Part::test);
  result.network.config = fit_network(choices, result.dataset);
  require_varied_targets(choices, result, run);
  if (!choices.start_motifs.empty()) {
    MotifDatabase database = read_motif_database(choices.start_motifs);
    run.input("start motifs", choices.start_motifs);
    for (std::string const& warning : database.warnings) run.log().warning(warning);
    result.start_motifs = std::move(database.motifs);
  }
  return result;
}

Ranks join_ranks(TrainingChoices const& choices, Run& run) {
  constexpr auto patience = std::chrono::seconds(120);
  if (!choices.distributed) return {};
  RankPlace const place = rank_place([](char const* name) -> char const* { return std::getenv(name); });
  if (place.rank > 0) run.log().quiet();
  run.local_rank(place.local_rank);
  run.log().info("rank " + std::to_string(place.rank) + " of " + std::to_string(place.size) +
                 ", started by " + place.launcher);
  fs::path folder = fs::path(choices.folder).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  return Ranks(place, folder.string() + ".ranks", patience);
}

void run_training(TrainingChoices const& choices, Run& run, Backend const& backend, Threads& threads,
                  Ranks& ranks, TrainingRun& loaded) {
  if (choices.seed_filters) {
    run.stage("words", "looking for words that the training sequences prefer");
    loaded.words = find_word_motifs(loaded, run, threads);
  }
  train_network(choices, run, backend, threads, ranks, loaded);
  if (!ranks.first()) return;
  run.stage("test", "testing on " + count_text(static_cast<std::int64_t>(loaded.test.size()), "sequences"));
  test_network(run, backend, threads, loaded);
}

void write_training(TrainingChoices const& choices, TrainingRun const& result, bool with_seconds, Run& run) {
  fs::path const folder = choices.folder;
  save_model(model_of(choices, result), folder, run.if_exists());
  std::vector<TrainingEpoch> epochs;
  for (EpochRecord const& r : result.history) {
    epochs.push_back({r.epoch + 1, r.step, r.learning_rate, r.train_loss, r.validation_loss,
                      r.validation_auroc, r.seconds});
  }
  write_training_tsv(epochs, with_seconds, folder / "training.tsv", run.if_exists());
  write_predictions_tsv(prediction_rows(result), folder / "predictions.tsv", run.if_exists());
  write_metrics_tsv(target_figures(result), folder / "metrics.tsv", run.if_exists());
}

void finish_training(TrainingChoices const& choices) {
  std::error_code ignored;
  if (!choices.keep_state) fs::remove(state_path(choices), ignored);
}

}  // namespace cislens
