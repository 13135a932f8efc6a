#pragma once

#include "cislens/base/output_file.hpp"
#include "cislens/writers/pairs.hpp"

#include <filesystem>
#include <span>
#include <string>

namespace cislens {

/// The pairs of one target.
struct PairTargetResult {
  std::string target;
  std::string folder;  ///< of its own files, relative to that of the table
  PairTables tables;
};

/// pairs.targets.tsv: target folder motif_a motif_b match_a match_b called sequences expected occurrence_z
/// occurrence_q gap orientation direct differential_log2 differential_q interaction_log2_odds interaction_q
/// joint_q, by target, then the surest first.
/// @param same_motifs  those of all targets are the same: a pair that is called in any target has a line for
///                     every target that tests it, so that targets can be compared. Else each target has its
///                     called pairs.
std::string format_pair_targets_tsv(std::span<PairTargetResult const> results, bool same_motifs);

/// Of targets with motifs of their own, as a file. @throws OutputError
void write_pair_targets_tsv(std::span<PairTargetResult const> results, std::filesystem::path const& path,
                            IfExists if_exists);

/// Of the same motifs: pairs.targets.tsv, and pairs.html, a page with the same pairs by target.
/// @throws OutputError
void write_pair_targets(std::span<PairTargetResult const> results, PairReport const& report,
                        std::filesystem::path const& folder, IfExists if_exists);

}  // namespace cislens
