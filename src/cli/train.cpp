#include "cislens/base/threads.hpp"
#include "cislens/cli/commands.hpp"
#include "cislens/cli/run.hpp"
#include "cislens/cli/training_run.hpp"

#include "network_options.hpp"

#include <filesystem>

namespace cislens {

namespace {

void declare(CommandLine& line, TrainingChoices& choices) {
  line.example("cislens train peaks.fa -o model");
  line.example("cislens train peaks.narrowPeak -g hg38.fa --center --width 200 -o model");
  line.example("cislens train bound.fa --background unbound.fa -o model");
  line.example("cislens train promoters.fa --targets expression.tsv -o model");
  line.example("mpirun -n 4 cislens train peaks.fa --distributed -o model");
  line.about(
      "Trains a network and writes DIR/model.safetensors, config.json, training.tsv, predictions.tsv (the "
      "held-out test sequences), metrics.tsv (how good they are) and params.json. Interrupted training goes "
      "on with --resume, and ends in the "
      "same bytes as if it had never stopped.");
  declare_training_input(line, choices);
  line.group("Output");
  line.output("output,o", "DIR", choices.folder, "folder of the model; made when it is not there");
  declare_network(line, choices);
  declare_training(line, choices);
}

}  // namespace

void run_train(CommandLine& line) {
  TrainingChoices choices;
  declare(line, choices);
  if (!line.parse()) return;
  check_training_options(line, choices);
  Run run(line);
  Ranks ranks = join_ranks(choices, run);
  if (ranks.first()) prepare_training(choices, run);
  Backend const& backend = run.backend();
  Threads threads(run.threads());

  TrainingRun result = load_training(choices, run, threads);
  run_training(choices, run, backend, threads, ranks, result);
  if (!ranks.first()) return;
  write_training(choices, result, line.common().provenance, run);
  run.write_params(std::filesystem::path(choices.folder) / "params.json");
  finish_training(choices);
}

}  // namespace cislens
