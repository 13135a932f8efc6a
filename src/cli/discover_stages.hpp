#pragma once

#include "cislens/base/threads.hpp"
#include "cislens/cli/run.hpp"
#include "cislens/cli/training_run.hpp"
#include "cislens/motif/motif.hpp"
#include "cislens/motif/seqlet.hpp"
#include "cislens/motif/site.hpp"
#include "cislens/readout/record_readout.hpp"
#include "cislens/writers/head_tables.hpp"
#include "cislens/writers/report.hpp"
#include "cislens/writers/tables.hpp"

#include "pairs_stages.hpp"
#include "report_words.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace cislens {

/// What `discover` looks for once the network is trained.
struct DiscoverChoices {
  TrainingChoices training;
  std::string target;   ///< name of the target that is read; empty: all, or the only one
  std::string against;  ///< name of the target that is read against it; empty: none
  HeadScore score = HeadScore::attribution;
  std::int64_t max_read = 20000;  ///< most positives that motifs are looked for in
  double seqlet_p = 0.05;         ///< largest p-value of a seqlet
  int seqlet_width = 31;          ///< bases
  int max_motifs = 50;
  double max_e = 0.05;                 ///< hold-out E of a reported motif
  std::string given_motifs;            ///< MEME, ...: these instead of de novo
  std::vector<std::string> databases;  ///< known motifs to name what was found
  double max_match_q = 0.05;
  double site_p = 1e-4;
  bool with_pairs = true;
  PairSearch pairs;
};

/// The files of motifs that the user gave; empty where there is none.
struct KnownMotifs {
  std::vector<MotifMatrix> given;     ///< instead of de novo
  std::vector<MotifMatrix> database;  ///< to name what is found
};

/// Reads the files; before training, so that a file that cannot be used is met at once.
/// @throws InputError  of read_motif_databases
KnownMotifs read_known_motifs(DiscoverChoices const& choices, Run& run);

/// Whether any record is positive for a target.
bool has_positives(TrainingRun const& loaded, int target);

/// Before training: whether what is asked has positives, and with --against records on the other side.
/// @throws InputError  it has none
void require_positives(DiscoverChoices const& choices, TrainingRun const& loaded, int target);

/// The positives of a target and what the network says about them.
struct PositiveReadouts {
  int target = 0;
  int against = -1;                              ///< target whose worth is taken off; -1: none
  std::vector<std::int64_t> records;             ///< indices into the data set
  std::vector<std::int64_t> controls;            ///< what motifs are tested against; empty: `shuffled`
  std::vector<Part> parts;                       ///< of each record
  std::vector<Bases> bases;                      ///< of each record
  std::vector<RecordReadout> readouts;           ///< of each record
  std::vector<Bases> shuffled;                   ///< a dinucleotide shuffle of each of them
  std::vector<RecordReadout> shuffled_readouts;  ///< of the first `max_read` of those
};

/// What read_positives keeps of a target, and the search for seqlets takes besides, in bytes.
std::int64_t readout_bytes(DiscoverChoices const& choices, TrainingRun const& loaded, int target);

/// Reads the positives of a target (see target_sides) and shuffled copies of them. Controls are the records
/// on the other side; when hardly any of them is held out there are none.
///
/// With --against the positives are those of the target that are negative for the other one, controls the
/// opposite, and readouts are those of the target less those of the other one.
PositiveReadouts read_positives(DiscoverChoices const& choices, TrainingRun const& trained, int target,
                                Run& run, Backend const& backend, Threads& threads);

struct MotifStage {
  std::vector<Seqlet>
      seqlets;  ///< by sequence (index into PositiveReadouts::records), all heads and each head
  std::vector<DiscoveredMotif> motifs;
};

/// Seqlets, motifs of all heads together and of each head, merged; or the given motifs. Named by the database
/// if there is one.
MotifStage find_motifs(DiscoverChoices const& choices, KnownMotifs const& known, TrainingRun const& trained,
                       PositiveReadouts const& positives, Run& run, Threads& threads);

/// Sites of the motifs in the positives, with attribution; fills in the motifs' sites, sequences and shares
/// of heads.
/// @return by sequence, then start
std::vector<Site> call_sites(DiscoverChoices const& choices, PositiveReadouts const& positives, int heads,
                             std::vector<DiscoveredMotif>& motifs, Run& run, Threads& threads);

/// How the heads look at the held-out positives, what the network loses without them on the test part, which
/// motif they look at.
HeadTables describe_heads(TrainingRun const& trained, PositiveReadouts const& positives,
                          std::vector<DiscoveredMotif> const& motifs, std::vector<Site> const& sites,
                          Run& run, Backend const& backend, Threads& threads);

/// With --against: how much more often sequences of the target have each motif than those of the other one,
/// and what the sites are worth to either.
std::vector<DifferentialRow> differences(DiscoverChoices const& choices, TrainingRun const& trained,
                                         PositiveReadouts const& positives,
                                         std::vector<DiscoveredMotif> const& motifs, Run& run,
                                         Backend const& backend, Threads& threads);

/// What was found in one target.
struct TargetFindings {
  std::string target;
  std::string folder;  ///< name of its folder
  std::int64_t positives = 0;
  std::int64_t negatives = 0;  ///< records that motifs were tested against; 0: shuffled copies
  std::int64_t sites = 0;
  std::vector<DiscoveredMotif> motifs;
  PairTables pairs;  ///< without instances and examples; empty: not looked for
};

/// Before work starts. @throws OutputError  a file of find_in_target is there and may not be replaced
void check_target_outputs(DiscoverChoices const& choices, std::filesystem::path const& folder,
                          IfExists if_exists);

/// Reads one target of a trained network and writes its motifs, sites, heads, pairs and report.
/// @param provenance  the report says how it was made
TargetFindings find_in_target(DiscoverChoices const& choices, KnownMotifs const& known,
                              TrainingRun const& trained, int target, std::filesystem::path const& folder,
                              bool provenance, Run& run, Backend const& backend, Threads& threads);

/// The motifs of all targets, the smallest hold-out p first, ids "FOLDER.M1"; of those that are alike the
/// first.
std::vector<DiscoveredMotif> motifs_of_all(std::vector<TargetFindings> const& findings);

/// Of several targets: targets.tsv, pairs.targets.tsv, and motifs.meme, motifs.tsv and report.html of all of
/// them.
void write_overview(DiscoverChoices const& choices, TrainingRun const& trained,
                    std::vector<TargetFindings> const& findings, bool provenance, Run& run);

/// What the words of the reports are made of.
RunFacts facts_of(DiscoverChoices const& choices, TrainingRun const& trained);

/// The report of one target, without pairs, warnings and provenance.
ReportInput report_of(DiscoverChoices const& choices, TrainingRun const& trained,
                      PositiveReadouts const& positives, MotifStage const& found,
                      std::vector<Site> const& sites, HeadTables const& heads);
/// The report of all targets, without provenance.
ReportInput overview_of(DiscoverChoices const& choices, TrainingRun const& trained,
                        std::vector<TargetFindings> const& findings);

}  // namespace cislens
