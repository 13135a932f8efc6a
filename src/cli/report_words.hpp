#pragma once

#include "cislens/model/config.hpp"
#include "cislens/writers/report.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace cislens {

/// What a run of `discover` was asked, as its report tells it: known while it runs, and from its files later.
struct RunFacts {
  std::string sequences, genome, background, targets, start_motifs;  ///< files; empty: none
  std::vector<std::string> databases;
  bool shuffled = true;  ///< negatives are shuffles
  bool genomic = false;  ///< negatives are windows of the genome
  bool binary = true;    ///< targets are 0 and 1
  double max_match_q = 0.05;
  double seqlet_p = 0.05;
  double site_p = 1e-4;
  NetworkConfig config;
  std::int64_t seeded_filters = 0;
};

/// What the negatives are.
std::string background_words(RunFacts const& facts);

/// "What tells A from B?", of one target. @param against  the other target; empty: none
std::string question_words(RunFacts const& facts, std::string const& target, std::string const& against);
/// The same of all targets together.
std::string question_of_targets(std::int64_t targets);

/// What the sequences are that pairs of a target are compared with.
std::string other_side_words(RunFacts const& facts, std::string const& target, std::string const& against);

/// Paragraphs on the method.
std::vector<std::string> method_words(RunFacts const& facts);

/// Title, inputs, background, database, method and version of a report.
ReportInput report_of_facts(RunFacts const& facts);

}  // namespace cislens
