#include "network_options.hpp"

#include <string>
#include <utility>

namespace cislens {

namespace {

constexpr double large = 1e30;
constexpr int many = 1'000'000;

}  // namespace

void declare_training_input(CommandLine& line, TrainingChoices& choices) {
  line.positional("SEQS", choices.sequences,
                  "FASTA or FASTQ, or BED or narrowPeak with -g; '-': standard input");
  line.group("Input");
  line.text("genome,g", "FASTA", choices.genome, "genome of the regions, plain or bgzipped");
  line.text("background", "SEQS", choices.background, "negatives (default: made from SEQS)");
  line.text("targets", "TSV", choices.targets,
            "what to predict: record name, then a column a target; instead of negatives");
  line.choice("negatives", {{"shuffled", Negatives::shuffled}, {"genomic", Negatives::genomic}},
              choices.negatives,
              "made when there is no --background: dinucleotide shuffles (other ones in every epoch), or "
              "windows of the genome with the same GC");
  line.number("copies", "N", choices.copies, {1, 1000}, "negatives made of each sequence");
  line.flag("mask-lowercase", choices.reading.mask_lowercase, "lower-case bases are N");
  line.flag("center", choices.reading.center, "take --width bases around each summit or middle");
  line.number("width", "BP", choices.reading.width, {0, 1'000'000'000}, "with --center");
  line.number("validation", "SHARE", choices.validation_share, {0.0, 0.9},
              "of the sequences, to choose the best epoch; 0: the last one");
  line.number("test", "SHARE", choices.test_share, {0.0, 0.9}, "of the sequences, never trained on");
}

void declare_network(CommandLine& line, TrainingChoices& choices) {
  NetworkConfig& network = choices.network;
  line.group("Network");
  line.number("channels", "C", network.channels, {4, 4096}, "filters, and width of all layers");
  line.number("filter-width", "BP", network.filter_width, {1, 255}, "bases of a filter, odd");
  line.number("pool", "BP", network.pool, {1, 64}, "bases a token stands for");
  line.flag("exponential", network.exponential, "filters are followed by exp instead of ReLU");
  line.number("blocks", "N", network.blocks, {0, 64}, "attention blocks");
  line.number("heads", "H", network.heads, {1, 1024}, "attention heads of a block");
  line.number("ffn", "C", network.ffn_channels, {0, 65536}, "width of the feed-forward layers; 0: none");
  line.choice("norm", {{"pre", NormPlacement::pre}, {"post", NormPlacement::post}}, network.norm,
              "layer normalisation before or after attention");
  line.choice("positions",
              {{"rotary", Positions::rotary},
               {"sinusoidal", Positions::sinusoidal},
               {"learned", Positions::learned},
               {"none", Positions::none}},
              network.positions, "how attention knows places");
  line.number("rotary-base", "X", choices.rotary_base, {0.0, 1e9},
              "longest wavelength / 2 pi, tokens; 0: fitted to the sequences");
  line.number("learned-positions", "N", network.learned_positions, {2, many}, "rows of the learned table");
  line.flag_off("no-null-key", network.null_key, "a head has to look at something");
  line.text("attention", "MODE", choices.attention,
            "what a token looks at: exact (all), local:W (W tokens either side), local:W+global:G (and G "
            "summaries of the whole sequence), chunk:S (its own chunk of S tokens); a token is --pool bases");
  line.choice("head", {{"pooled", HeadKind::pooled}, {"additive", HeadKind::additive}}, network.head,
              "what makes the prediction; additive needs --blocks 1 --ffn 0");
  line.flag_off("no-seed-filters", choices.seed_filters,
                "no filter starts as a motif found by counting words, and no head as what looks at these");
  line.text("start-motifs", "FILE", choices.start_motifs,
            "filters start as these motifs first: MEME, JASPAR, TRANSFAC, HOMER");
  line.number("readout-heads", "N", network.readout_heads, {1, 1024}, "queries of the pooled head");
}

void check_training_options(CommandLine const& line, TrainingChoices const& choices) {
  for (auto const& [given, option] :
       {std::pair(choices.background, "--background"), std::pair(choices.targets, "--targets")}) {
    if (given.empty()) continue;
    line.refuse_given({"copies", "negatives"},
                      std::string("does not go with ") + option + ", which says what the negatives are");
  }
  if (choices.network.positions != Positions::rotary)
    line.refuse_given({"rotary-base"}, "needs --positions rotary");
  if (choices.network.positions != Positions::learned)
    line.refuse_given({"learned-positions"}, "needs --positions learned");
}

void declare_precision(CommandLine& line, Precision& precision) {
  line.choice("precision", {{"float32", Precision::float32}, {"bf16", Precision::bf16}}, precision,
              "of products of matrices; bf16: faster on CPUs that have it, 3 digits");
}

void declare_training(CommandLine& line, TrainingChoices& choices) {
  TrainOptions& training = choices.training;
  line.group("Training");
  line.choice("loss",
              {{"auto", std::optional<LossKind>{}},
               {"binary", std::optional(LossKind::binary)},
               {"poisson", std::optional(LossKind::poisson)},
               {"squared", std::optional(LossKind::squared)}},
              choices.loss, "auto: binary for targets 0 and 1, poisson for counts, else squared");
  line.number("epochs", "N", training.epochs, {0, many}, "at most; 0: about 1,200 steps, 10 to 40 epochs");
  line.number("batch-size", "N", training.batch_size, {1, many}, "sequences a step");
  line.number("learning-rate", "X", training.learning_rate, {0.0, large}, "highest of the schedule");
  line.number("warmup", "SHARE", training.warmup, {0.0, 1.0}, "of the steps, in which the rate rises");
  line.number("weight-decay", "X", training.weight_decay, {0.0, large}, "of matrices");
  line.number("clip-norm", "X", training.clip_norm, {0.0, large}, "longest gradient; 0: no limit");
  line.number("dropout", "SHARE", training.dropout, {0.0, 0.95}, "of activations set to 0");
  line.number("patience", "N", training.patience, {0, many},
              "stop after so many epochs without a better one; 0: never");
  line.flag_off("no-reverse-complement", training.reverse_complement,
                "do not turn training sequences round at random");
  line.number("mask-rate", "SHARE", training.mask_rate, {0.0, 0.9},
              "hide bases of training sequences at random");
  line.number("max-shift", "BP", training.max_shift, {0, many}, "move training sequences at random");
  line.number("entropy-weight", "X", training.entropy_weight, {0.0, large}, "makes attention sharper");
  line.number("entropy-warmup", "SHARE", training.entropy_warmup, {0.0, 1.0},
              "of the steps, before --entropy-weight counts");
  line.number("diversity-weight", "X", training.diversity_weight, {0.0, large}, "makes heads differ");
  declare_precision(line, training.precision);
  line.flag(
      "recompute", training.recompute,
      "keep only what blocks read and compute the rest again: less memory, about a third more time, the "
      "same result");
  line.text("memory-limit", "SIZE", choices.memory_limit,
            "refuse to begin training that takes more, as 500M or 12G (default: what is free)");
  line.flag("resume", choices.resume, "go on from the state in the output folder, if there is one");
  line.flag("keep-state", choices.keep_state, "leave that state there at the end");
  line.flag("distributed", choices.distributed,
            "this is one of several processes that train together, started by torchrun, mpirun or srun; the "
            "first writes");
}

}  // namespace cislens
