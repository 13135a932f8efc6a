#pragma once

#include "cislens/base/nucleotide.hpp"
#include "cislens/base/output_file.hpp"
#include "cislens/motif/motif.hpp"
#include "cislens/motif/site.hpp"
#include "cislens/writers/head_tables.hpp"
#include "cislens/writers/pairs.hpp"
#include "cislens/writers/provenance.hpp"
#include "cislens/writers/tables.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cislens {

/// A held-out figure with its 95 % interval; NaN limits: none.
struct ReportMetric {
  std::string name;  ///< "AUROC"
  double value = 0;
  double low = 0;
  double high = 0;
  std::string note;  ///< what was counted: "on 400 sequences never used for fitting"
};

/// A label and what it says, for lists such as inputs and settings.
struct ReportFact {
  std::string label;
  std::string value;
};

/// A sequence drawn with its sites.
struct ReportExample {
  std::int64_t sequence = 0;  ///< index into sequence_lengths, as in Site::sequence
  std::string name;
  Bases bases;
  std::vector<float> worth = {};  ///< (L) what each base adds to the logit; empty: not known
};

/// All that report.html shows. Everything is text or numbers of the run; the writer escapes and formats.
/// Empty lists leave their section out, but for motifs: a run without motifs says so.
struct ReportInput {
  std::string title;     ///< usually the file that was asked about
  std::string question;  ///< one sentence: what was compared with what
  std::vector<ReportFact> inputs;

  std::int64_t positives = 0;  ///< sequences asked about
  std::int64_t negatives = 0;  ///< sequences they were told from, 0: none (a signal was predicted)
  std::string background;      ///< what the negatives are: "dinucleotide-preserving shuffles"
  std::int64_t train = 0;      ///< records of each part of the split
  std::int64_t validation = 0;
  std::int64_t holdout = 0;
  std::vector<ReportMetric> metrics;
  std::vector<TargetFigure> targets;  ///< of all targets, when there are several
  /// Of a report on all targets: those that were read, and their own reports as relative links. Its motifs
  /// are those of all targets, and are counted in the sequences of their own.
  std::vector<std::pair<std::string, std::string>> target_pages;

  std::vector<DiscoveredMotif> motifs;
  double match_q_limit = 0.01;  ///< database names are shown up to this q
  std::string database;         ///< what the motifs were compared with, empty: nothing
  std::vector<Site> sites;
  std::vector<std::int64_t> sequence_lengths;  ///< of the positives, by Site::sequence
  std::vector<ReportExample> examples;

  std::optional<PairTables> pairs;  ///< none: not looked for
  HeadTables heads;
  std::vector<TrainingEpoch> training;
  int chosen_epoch = -1;  ///< whose weights were kept

  std::vector<std::string> warnings;
  std::vector<std::string> method;  ///< paragraphs
  std::string version;
  std::optional<Provenance> provenance;  ///< none with --no-provenance: no times, no command line
};

/// The report as one HTML page: no file, font or script from elsewhere, light and dark, fit to print,
/// readable without JavaScript (which only sorts tables and turns logos round). All names are escaped.
std::string format_report(ReportInput const& input);

/// @throws OutputError  it cannot be written
void write_report(ReportInput const& input, std::filesystem::path const& path, IfExists if_exists);

}  // namespace cislens
