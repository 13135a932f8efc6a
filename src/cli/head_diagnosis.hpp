#pragma once

#include "cislens/base/threads.hpp"
#include "cislens/cli/run.hpp"
#include "cislens/data/dataset.hpp"
#include "cislens/motif/site.hpp"
#include "cislens/ops/loss.hpp"
#include "cislens/train/predict.hpp"
#include "cislens/writers/head_tables.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace cislens {

/// What heads are judged on. `discover` and `heads` ask the same.
struct HeadQuestion {
  Network const& network;
  LossKind loss;
  int target;

  std::vector<Bases> looked_at;        ///< positives: entropy, distances, similarity, motifs
  std::vector<Site> sites;             ///< in them, by sequence: index into looked_at
  std::vector<std::string> motif_ids;  ///< of Site::motif

  Dataset const& dataset;             ///< for importance
  std::vector<std::int64_t> records;  ///< of the data set
  std::vector<float> labels;          ///< of the records, NaN: not known; empty: none is known
  std::uint64_t seed;
};

/// Everything about the heads of a network: see HeadTables. A network without blocks has no heads: empty.
/// @throws Interrupted  a signal asked to stop
HeadTables diagnose_heads(HeadQuestion const& question, Backend const& backend, Threads& threads);

/// What a reader should be told: heads that say the same, heads that do nothing. A sentence each.
std::vector<std::string> head_warnings(HeadTables const& tables);

/// `most` of the numbers 0 ... count - 1, drawn by the seed, in order; all when there are not more.
std::vector<std::int64_t> sample(std::int64_t count, std::int64_t most, std::uint64_t seed);

}  // namespace cislens
