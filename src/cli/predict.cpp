#include "cislens/train/predict.hpp"

#include "cislens/base/interrupt.hpp"
#include "cislens/base/output_file.hpp"
#include "cislens/base/threads.hpp"
#include "cislens/cli/commands.hpp"
#include "cislens/cli/run.hpp"
#include "cislens/cli/training_run.hpp"
#include "cislens/data/build_dataset.hpp"
#include "cislens/model/checkpoint.hpp"
#include "cislens/ops/load.hpp"
#include "cislens/seqio/load_sequences.hpp"
#include "cislens/writers/tables.hpp"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

namespace cislens {

namespace {

struct Choices {
  std::string sequences;
  std::string model;
  std::string genome;
  std::string output;
  SequenceOptions reading;
};

void declare(CommandLine& line, Choices& choices) {
  line.example("cislens predict -m model new.fa -o scores.tsv");
  line.example("cislens predict -m model peaks.bed -g hg38.fa --center --width 200 -o -");
  line.about(
      "Writes a line a record and target: record, target, label (nan: not known here), score. The score is a "
      "probability for binary targets, a rate for counts, else the value itself. It does not depend on the "
      "other records. Records may be longer than all that the network was trained on. A record of N only "
      "says nothing: its score is nan.");
  line.positional("SEQS", choices.sequences,
                  "FASTA or FASTQ, or BED or narrowPeak with -g; '-': standard input");
  line.group("Input");
  line.required("model,m", "DIR", choices.model, "folder that train or discover wrote");
  line.text("genome,g", "FASTA", choices.genome, "genome of the regions, plain or bgzipped");
  line.flag("center", choices.reading.center, "take --width bases around each summit or middle");
  line.number("width", "BP", choices.reading.width, {0, 1'000'000'000}, "with --center");
  line.group("Output");
  line.required("output,o", "TSV", choices.output, "where the table goes; '-': standard output");
}

bool is_blank(Bases const& bases) {
  return std::ranges::all_of(bases, [](std::uint8_t base) { return base == base_n; });
}

std::vector<float> predict_all(Network const& network, Dataset const& dataset, Run& run) {
  constexpr std::size_t chunk = 4096;
  Backend const& backend = load_cpu_backend(run.isa());
  Threads threads(run.threads());
  std::vector<std::int64_t> records(dataset.bases.size());
  std::iota(records.begin(), records.end(), std::int64_t{0});
  std::vector<float> logits;
  for (std::size_t first = 0; first < records.size(); first += chunk) {
    auto const part = std::span(records).subspan(first, std::min(chunk, records.size() - first));
    auto const scores = predict(network, dataset, part, backend, threads);
    logits.insert(logits.end(), scores.begin(), scores.end());
    run.log().progress("prediction", static_cast<double>(first + part.size()),
                       static_cast<double>(records.size()));
  }
  return logits;
}

std::vector<PredictionRow> make_rows(SavedModel const& model, Dataset const& dataset,
                                     std::vector<float> const& logits, Run& run) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<PredictionRow> rows;
  std::int64_t blank_records = 0;
  std::size_t const targets = model.target_names.size();
  for (std::size_t i = 0; i < dataset.bases.size(); ++i) {
    bool const blank = is_blank(dataset.bases[i]);
    blank_records += blank ? 1 : 0;
    for (std::size_t t = 0; t < targets; ++t) {
      double const score = transform(output_of(model.loss), logits[i * targets + t]);
      rows.push_back({dataset.names[i], model.target_names[t], nan, blank ? nan : score});
    }
  }
  if (blank_records > 0) {
    run.log().warning("records of N only, which have the score nan: " + std::to_string(blank_records));
  }
  return rows;
}

}  // namespace

void run_predict(CommandLine& line) {
  Choices choices;
  declare(line, choices);
  if (!line.parse()) return;
  Run run(line);
  OutputFile output(choices.output, run.if_exists());
  SavedModel model = load_model(choices.model);
  choices.reading.mask_lowercase = model.mask_lowercase;

  run.stage("read", "reading " + choices.sequences);
  Dataset const dataset =
      encode_records(load_sequences(choices.sequences, choices.genome, choices.reading, run.log()));
  throw_if_interrupted();
  run.stage("predict", "predicting " + std::to_string(dataset.size()) + " sequences");
  Network const network{model.config, std::move(model.parameters)};
  auto const rows = make_rows(model, dataset, predict_all(network, dataset, run), run);
  output.stream() << format_predictions_tsv(rows);
  output.commit();
}

}  // namespace cislens
