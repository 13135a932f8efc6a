#include "cislens/motif/compare.hpp"

#include "cislens/base/interrupt.hpp"
#include "cislens/base/output_file.hpp"
#include "cislens/base/text.hpp"
#include "cislens/base/threads.hpp"
#include "cislens/cli/commands.hpp"
#include "cislens/cli/run.hpp"
#include "cislens/seqio/motif_database.hpp"
#include "cislens/writers/names.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace cislens {

namespace {

struct Choices {
  std::string motifs;
  std::vector<std::string> databases;
  std::string output;
  double max_q = 0.05;
  int top = 10;
  CompareOptions options;
};

void declare(CommandLine& line, Choices& choices) {
  line.example("cislens compare motifs.meme --motif-db jaspar.meme -o matches.tsv");
  line.example("cislens compare motifs.meme --motif-db hocomoco.meme -o - --top 1 | cut -f1,4");
  line.about(
      "One line a match, best first: motif name match match_name correlation p q offset strand overlap. p "
      "allows for "
      "all offsets and both strands; q is Benjamini-Hochberg over the database, for each motif by itself. "
      "Column 1 of "
      "the match lies at column 1 + offset of the motif; strand '-': the match was reverse-complemented.");
  line.positional("MOTIFS", choices.motifs, "MEME, JASPAR, TRANSFAC or HOMER file; '-': standard input");
  line.group("Input");
  line.required_list("motif-db", "FILE", choices.databases, "known motifs, in any of these formats");
  line.group("Output");
  line.output("output,o", "TSV", choices.output, "where the matches go; '-': standard output");
  line.number("max-q", "Q", choices.max_q, {0.0, 1.0}, "matches with a greater q are left out");
  line.number("top", "N", choices.top, {0, 1'000'000}, "most matches a motif; 0: all");
  line.group("Comparison");
  line.number("min-overlap", "N", choices.options.min_overlap, {1, 1000},
              "columns that must be aligned, or all of the shorter motif");
}

std::vector<MotifMatrix> read_motifs(std::string const& what, std::vector<std::string> const& paths,
                                     Run& run) {
  std::vector<MotifMatrix> motifs;
  std::vector<MotifDatabase> databases = read_motif_databases(paths);
  for (std::size_t i = 0; i < databases.size(); ++i) {
    throw_if_interrupted();
    for (std::string const& warning : databases[i].warnings) run.log().warning(warning);
    run.log().info("read " + counted(databases[i].motifs.size(), what) + " (" +
                   format_name(databases[i].format) + ") from " + paths[i]);
    std::ranges::move(databases[i].motifs, std::back_inserter(motifs));
  }
  return motifs;
}

std::string match_line(MotifMatrix const& motif, DatabaseMatch const& match) {
  std::string line;
  for (std::string const& field :
       {motif.id, motif.name, match.id, match.name, format_fixed(match.correlation, 4),
        format_significant(match.p, 4), format_significant(match.q, 4), std::to_string(match.offset),
        std::string(1, match.strand)}) {
    line += table_field(field) + '\t';
  }
  return line + std::to_string(match.overlap) + '\n';
}

/// Compares some motifs at a time, to show progress and to be stoppable: they do not depend on each other.
std::vector<std::vector<DatabaseMatch>> compare_all(std::span<MotifMatrix const> motifs,
                                                    std::span<MotifMatrix const> database,
                                                    CompareOptions const& options, Run& run) {
  constexpr std::size_t chunk = 32;
  Threads threads(run.threads());
  std::vector<std::vector<DatabaseMatch>> matches;
  while (matches.size() < motifs.size()) {
    throw_if_interrupted();
    auto const some = motifs.subspan(matches.size(), std::min(chunk, motifs.size() - matches.size()));
    std::ranges::move(compare_to_database(some, database, options, threads), std::back_inserter(matches));
    run.log().progress("compared", static_cast<double>(matches.size()), static_cast<double>(motifs.size()));
  }
  return matches;
}

/// @returns how many motifs have a match
std::size_t write_matches(std::vector<MotifMatrix> const& motifs,
                          std::vector<std::vector<DatabaseMatch>> const& matches, Choices const& choices,
                          std::ostream& stream) {
  std::size_t const limit =
      choices.top > 0 ? static_cast<std::size_t>(choices.top) : std::numeric_limits<std::size_t>::max();
  std::size_t matched = 0;
  stream << "motif\tname\tmatch\tmatch_name\tcorrelation\tp\tq\toffset\tstrand\toverlap\n";
  for (std::size_t i = 0; i < motifs.size(); ++i) {
    std::size_t shown = 0;
    for (DatabaseMatch const& match : matches[i]) {
      if (shown == limit || !(match.q <= choices.max_q)) break;
      stream << match_line(motifs[i], match);
      ++shown;
    }
    if (shown > 0) ++matched;
  }
  return matched;
}

}  // namespace

void run_compare(CommandLine& line) {
  Choices choices;
  declare(line, choices);
  if (!line.parse()) return;
  Run run(line);
  OutputFile output(choices.output, run.if_exists());

  std::vector<MotifMatrix> const motifs = read_motifs("motif", {choices.motifs}, run);
  std::vector<MotifMatrix> const database = read_motifs("known motif", choices.databases, run);
  run.stage("compare", "comparing");
  auto const matches = compare_all(motifs, database, choices.options, run);
  std::size_t const matched = write_matches(motifs, matches, choices, output.stream());
  output.commit();
  run.log().info(std::to_string(matched) + " of " + std::to_string(motifs.size()) +
                 " motifs have a match with q <= " + format_number(choices.max_q));
}

}  // namespace cislens
