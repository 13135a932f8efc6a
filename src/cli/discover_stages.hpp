#pragma once

#include "cislens/base/threads.hpp"
#include "cislens/cli/run.hpp"
#include "cislens/cli/training_run.hpp"
#include "cislens/motif/motif.hpp"
#include "cislens/motif/seqlet.hpp"
#include "cislens/motif/site.hpp"
#include "cislens/readout/record_readout.hpp"
#include "cislens/writers/head_tables.hpp"

#include "pairs_stages.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace cislens {

/// What `discover` looks for once the network is trained.
struct DiscoverChoices {
  TrainingChoices training;
  std::string target;  ///< name of the target that is read; empty: the first
  HeadScore score = HeadScore::attribution;
  std::int64_t max_read = 20000;  ///< most positives that motifs are looked for in
  double seqlet_p = 0.05;         ///< largest p-value of a seqlet
  int seqlet_width = 31;          ///< bases
  int max_motifs = 50;
  double max_e = 0.05;       ///< hold-out E of a reported motif
  std::string given_motifs;  ///< MEME, ...: these instead of de novo
  std::string database;      ///< known motifs to name what was found
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

/// Reads both files; before training, so that a file that cannot be used is met at once.
/// @throws InputError  of read_motif_database
KnownMotifs read_known_motifs(DiscoverChoices const& choices, Run& run);

/// Before training: whether the asked target is there and has positives.
/// @throws UsageError  no such target  @throws InputError  no sequence is positive for it
void check_target(DiscoverChoices const& choices, TrainingRun const& loaded);

/// The positives of the asked target and what the network says about them.
struct PositiveReadouts {
  int target = 0;
  std::vector<std::int64_t> records;             ///< indices into the data set
  std::vector<Part> parts;                       ///< of each of them
  std::vector<Bases> bases;                      ///< of each of them
  std::vector<RecordReadout> readouts;           ///< of each of them
  std::vector<Bases> shuffled;                   ///< a dinucleotide shuffle of each of them
  std::vector<RecordReadout> shuffled_readouts;  ///< of the first `max_read` of those
};

/// Reads the positives (target above 1/2, or the highest quarter of a real-valued target) and shuffled copies
/// of them. The target has passed `check_target`.
PositiveReadouts read_positives(DiscoverChoices const& choices, TrainingRun const& trained, Run& run,
                                Backend const& backend, Threads& threads);

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

}  // namespace cislens
