#include "cislens/train/predict.hpp"

#include "cislens/base/interrupt.hpp"
#include "cislens/base/output_file.hpp"
#include "cislens/base/text.hpp"
#include "cislens/base/threads.hpp"
#include "cislens/cli/commands.hpp"
#include "cislens/cli/run.hpp"
#include "cislens/cli/training_run.hpp"
#include "cislens/data/build_dataset.hpp"
#include "cislens/model/checkpoint.hpp"
#include "cislens/seqio/load_sequences.hpp"
#include "cislens/writers/scores.hpp"

#include "memory_check.hpp"
#include "network_options.hpp"
#include "window_length.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

namespace cislens {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

struct Choices {
  std::string sequences;
  std::string model;
  std::string genome;
  std::string output;
  std::string windows;
  std::int64_t max_length = 0;
  Precision precision = Precision::float32;
  SequenceOptions reading;
};

void declare(CommandLine& line, Choices& choices) {
  line.example("cislens predict -m model new.fa -o scores.tsv");
  line.example("cislens predict -m model peaks.bed -g hg38.fa --center --width 200 -o -");
  line.example("cislens predict -m model contigs.fa -o best.tsv --windows all.tsv");
  line.about(
      "Writes a line a record and target: record, target, label (nan: not known here), score, windows, "
      "start, "
      "end, mean_score. Scores are probabilities for binary targets, rates for counts, else the value "
      "itself, "
      "and do not depend on other records. A record longer than --max-length is read in windows: score is "
      "that "
      "of the best window, which lies at start to end; mean_score is the mean over all. A record of N only "
      "says nothing: its score is nan.");
  line.positional("SEQS", choices.sequences,
                  "FASTA or FASTQ, or BED or narrowPeak with -g; '-': standard input");
  line.group("Input");
  line.required("model,m", "DIR", choices.model, "folder that train or discover wrote");
  line.text("genome,g", "FASTA", choices.genome, "genome of the regions, plain or bgzipped");
  line.flag("center", choices.reading.center, "take --width bases around each summit or middle");
  line.number("width", "BP", choices.reading.width, {0, 1'000'000'000}, "with --center");
  declare_max_length(line, choices.max_length);
  declare_precision(line, choices.precision);
  line.group("Output");
  line.output("output,o", "TSV", choices.output, "where the table goes; '-': standard output");
  line.optional_output("windows", "TSV", choices.windows,
                       "also a line a window: record, start, end, target, score");
}

/// What is known so far of one record and target.
struct Summary {
  float best = 0;
  RecordWindow place{-1, -1};
  std::int64_t windows = 0;
  double sum = 0;
  double lost = 0;  ///< what rounding took from the sum (Neumaier 1974), so that its order does not matter

  void add(float logit, double score, RecordWindow window) {
    if (windows++ == 0 || logit > best) {
      best = logit;
      place = window;
    }
    double const next = sum + score;
    lost += std::abs(sum) >= std::abs(score) ? (sum - next) + score : (score - next) + sum;
    sum = next;
  }
};

/// Takes windows as they come and writes each record when its last window is there.
class ScoreTables {
 public:
  ScoreTables(SavedModel const& model, Dataset const& dataset, OutputFile& records, OutputFile* windows)
      : output_(output_of(model.loss)),
        targets_(model.target_names),
        dataset_(dataset),
        records_(records),
        windows_(windows),
        summaries_(targets_.size()) {
    records_.stream() << score_header();
    if (windows_ != nullptr) windows_->stream() << window_score_header();
  }

  void add(std::int64_t record, RecordWindow window, std::span<float const> logits) {
    finish_until(record);
    for (std::size_t t = 0; t < targets_.size(); ++t) {
      double const score = std::isnan(logits[t]) ? nan : transform(output_, logits[t]);
      if (!std::isnan(logits[t])) summaries_[t].add(logits[t], score, window);
      if (windows_ == nullptr) continue;
      windows_->stream() << format_window_score(
          {dataset_.names[record], window.start, window.end, targets_[t], score});
      if (!windows_->stream()) windows_->commit();
    }
  }

  /// Writes all records before this one that are not written yet.
  void finish_until(std::int64_t record) {
    for (; next_ < record; ++next_) {
      for (std::size_t t = 0; t < targets_.size(); ++t) write(targets_[t], summaries_[t]);
      if (summaries_.front().windows == 0) ++blank_;
      summaries_.assign(targets_.size(), {});
    }
  }

  std::int64_t blank_records() const { return blank_; }

 private:
  void write(std::string const& target, Summary const& s) {
    double const score = s.windows == 0 ? nan : transform(output_, s.best);
    // To float: a record and its reverse complement add up in opposite orders.
    double const mean =
        s.windows <= 1 ? score : static_cast<float>((s.sum + s.lost) / static_cast<double>(s.windows));
    records_.stream() << format_score(
        {dataset_.names[next_], target, score, s.windows, s.place.start, s.place.end, mean});
    if (!records_.stream()) records_.commit();  // says why, and throws
  }

  Output output_;
  std::vector<std::string> const& targets_;
  Dataset const& dataset_;
  OutputFile& records_;
  OutputFile* windows_;
  std::vector<Summary> summaries_;
  std::int64_t next_ = 0;
  std::int64_t blank_ = 0;
};

void predict_all(SavedModel const& model, Dataset const& dataset, std::int64_t max_length,
                 Precision precision, ScoreTables& tables, Run& run) {
  Network const network{model.config, model.parameters, precision};
  Backend const& backend = run.backend();
  Threads threads(run.threads());
  std::int64_t longest = 0;
  for (Bases const& bases : dataset.bases)
    longest = std::max(longest, static_cast<std::int64_t>(bases.size()));
  check_prediction_memory("", model.config, std::min(longest, max_length), backend, threads, run);
  double total = 0;
  for (Bases const& bases : dataset.bases) total += static_cast<double>(bases.size());
  double before = 0;  // bases of the records that are done
  std::int64_t current = 0;
  predict_windows(network, dataset.bases, max_length, backend, threads,
                  [&](std::int64_t record, RecordWindow window, std::span<float const> logits) {
                    for (; current < record; ++current) {
                      before += static_cast<double>(dataset.bases[current].size());
                    }
                    tables.add(record, window, logits);
                    run.log().progress("prediction", before + static_cast<double>(window.end), total);
                  });
  tables.finish_until(dataset.size());
}

}  // namespace

void run_predict(CommandLine& line) {
  Choices choices;
  declare(line, choices);
  if (!line.parse()) return;
  Run run(line);
  OutputFile output(choices.output, run.if_exists());
  std::optional<OutputFile> windows;
  if (!choices.windows.empty()) windows.emplace(choices.windows, run.if_exists());
  SavedModel const model = load_model(choices.model);
  std::int64_t const max_length = window_length(model, choices.max_length);
  choices.reading.mask_lowercase = model.mask_lowercase;

  run.stage("read", "reading " + choices.sequences);
  Dataset const dataset =
      encode_records(load_sequences(choices.sequences, choices.genome, choices.reading, run.log()));
  throw_if_interrupted();
  run.stage("predict", "predicting " + counted(dataset.size(), "sequence"));
  log_long_records(dataset, max_length, run);
  ScoreTables tables(model, dataset, output, windows ? &*windows : nullptr);
  predict_all(model, dataset, max_length, choices.precision, tables, run);
  if (tables.blank_records() > 0) {
    run.log().warning("records of N only, which have the score nan: " +
                      std::to_string(tables.blank_records()));
  }
  if (windows) windows->commit();
  output.commit();
}

}  // namespace cislens
