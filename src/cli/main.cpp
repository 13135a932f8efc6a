#include "cislens/base/interrupt.hpp"
#include "cislens/cli/commands.hpp"

#include "standard_streams.hpp"

#include <csignal>
#include <ios>
#include <string>
#include <vector>

namespace {

/// Every subcommand, in the order of `cislens --help`.
std::vector<cislens::Command> commands() {
  return {
      {"discover", "motifs, sites and a report from sequences", cislens::run_discover},
      {"extract", "promoters or regions of a genome, and signal from BAM", cislens::run_extract},
      {"train", "trains a network on sequences", cislens::run_train},
      {"predict", "scores of sequences from a trained network", cislens::run_predict},
      {"scan", "sites and tracks of a genome, regions or sequences", cislens::run_scan},
      {"merge", "joins what the parts of a scan wrote", cislens::run_merge},
      {"pairs", "which motifs stand side by side, at what gap and orientation", cislens::run_pairs},
      {"heads", "what each attention head looks at and is worth", cislens::run_heads},
      {"report", "the report of a run again, from its files", cislens::run_report},
      {"compare", "motifs against a database of known ones", cislens::run_compare},
      {"shuffle", "dinucleotide-preserving shuffles of sequences", cislens::run_shuffle},
      {"simulate", "sequences with planted motifs, and the truth", cislens::run_simulate},
      {"doctor", "versions, CPU features, GPUs and limits of this machine", cislens::run_doctor},
  };
}

}  // namespace

int main(int argc, char** argv) {
  cislens::hold_standard_streams();
  // A reader that has seen enough (`| head`) ends the program quietly, but unfinished files are removed
  // first: the write that fails says so (ReaderGone).
  std::signal(SIGPIPE, SIG_IGN);
  // A file that grows past its limit (ulimit -f) is an error like a full disk, and cleaned up like one.
  std::signal(SIGXFSZ, SIG_IGN);
  cislens::catch_interrupts();
  std::ios::sync_with_stdio(false);
  return cislens::run_program(commands(), std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
}
