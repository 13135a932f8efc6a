#include "cislens/data/shuffle.hpp"

#include "cislens/base/interrupt.hpp"
#include "cislens/base/random.hpp"
#include "cislens/base/text.hpp"
#include "cislens/base/threads.hpp"
#include "cislens/cli/commands.hpp"
#include "cislens/cli/run.hpp"
#include "cislens/seqio/load_sequences.hpp"

#include "fasta_output.hpp"

#include <algorithm>
#include <vector>

namespace cislens {

namespace {

struct Choices {
  std::string sequences;
  std::string output;
  std::string genome;
  std::int64_t copies = 1;
  SequenceOptions reading;
};

void declare(CommandLine& line, Choices& choices) {
  line.example("cislens shuffle peaks.fa -o background.fa");
  line.example("cislens shuffle peaks.bed -g hg38.fa --copies 5 -o background.fa");
  line.example("zcat peaks.fa.gz | cislens shuffle - -o - | head");
  line.about(
      "Every shuffle has exactly the dinucleotides of its sequence, and is drawn uniformly from all "
      "sequences that "
      "have them. Ns stay in their places.");
  line.positional("SEQS", choices.sequences,
                  "FASTA or FASTQ, or BED or narrowPeak with -g; '-': standard input");
  line.group("Input");
  line.text("genome,g", "FASTA", choices.genome, "genome of the regions");
  line.flag("mask-lowercase", choices.reading.mask_lowercase, "lower-case bases are N");
  line.flag("center", choices.reading.center, "take --width bases around each summit or middle");
  line.number("width", "BP", choices.reading.width, {0, 1'000'000'000}, "with --center");
  line.group("Output");
  line.output("output,o", "FASTA", choices.output, "where the shuffles go; '-': standard output");
  line.number("copies", "N", choices.copies, {1, 1'000'000}, "shuffles of every sequence");
}

std::string copy_name(std::string const& name, std::int64_t copy, std::int64_t copies) {
  return name + "_shuffled" + (copies > 1 ? std::to_string(copy + 1) : "");
}

/// Shuffles by the chunk, so that any number of copies needs little memory. Copy c of record r has its own
/// random numbers: threads and chunks do not matter.
void write_shuffles(std::vector<SequenceRecord> const& records, std::int64_t copies, Run& run,
                    FastaOutput& output) {
  constexpr std::int64_t chunk = 1024;
  Threads threads(run.threads());
  std::vector<Bases> shuffles(chunk);
  std::int64_t const total = static_cast<std::int64_t>(records.size()) * copies;
  for (std::int64_t first = 0; first < total; first += chunk) {
    std::int64_t const count = std::min(chunk, total - first);
    threads.for_each(count, [&](std::int64_t item, int) {
      std::int64_t const record = (first + item) / copies;
      std::int64_t const copy = (first + item) % copies;
      Random random(run.seed(), mix(static_cast<std::uint64_t>(record), static_cast<std::uint64_t>(copy)));
      shuffles[item] = shuffle_dinucleotides(encode_bases(records[record].bases), random);
    });
    for (std::int64_t item = 0; item < count; ++item) {
      std::int64_t const record = (first + item) / copies;
      output.write(copy_name(records[record].name, (first + item) % copies, copies), shuffles[item]);
    }
    run.log().progress("shuffles", static_cast<double>(first + count), static_cast<double>(total));
  }
  output.commit();
  run.log().info("wrote " + counted(total, "shuffle") + " of " + counted(records.size(), "sequence"));
}

}  // namespace

void run_shuffle(CommandLine& line) {
  Choices choices;
  declare(line, choices);
  if (!line.parse()) return;
  Run run(line);
  FastaOutput output(choices.output, run.if_exists());

  run.stage("read", "reading " + choices.sequences);
  auto const records = load_sequences(choices.sequences, choices.genome, choices.reading, run.log());
  throw_if_interrupted();
  run.stage("shuffle", "shuffling");
  write_shuffles(records, choices.copies, run, output);
}

}  // namespace cislens
