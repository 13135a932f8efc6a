#pragma once

#include "cislens/data/dataset.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace cislens {

enum class Part : std::uint8_t { train, validation, test };

/// Shares of the records; any may be 0, and their sum is taken as 1.
struct SplitOptions {
  double train = 0.8;
  double validation = 0.1;
  double test = 0.1;
  std::uint64_t seed = 0;
};

/// Whether a record has a genomic place rather than standing for itself.
bool has_genomic_place(Dataset const& dataset, std::int64_t record);

/// Clusters: the smallest sets such that records of one group, records that overlap on a contig (strand
/// ignored), and records that are the same sequence or its reverse complement are in one set. No split ever
/// divides a cluster.
/// @returns (records) number of the cluster, from 0 in order of first appearance
std::vector<std::int64_t> cluster_records(Dataset const& dataset);

/// Which part each record belongs to. Records with a genomic place go by contig (largest contig first, to the
/// part that lacks most) when that comes within half to twice of every share; otherwise, and for records
/// without a place, clusters go in an order hashed from their sequences. A copy of a sequence on another
/// contig follows its first. Depends on the records and the seed, but not on their order.
///
/// @returns (records)
/// @throws InputError  fewer clusters than parts with a share
std::vector<Part> split(Dataset const& dataset, SplitOptions const& options);

/// Cross-fitting: k parts of equal share, by the rules of `split`.
/// @returns (records) number of the fold, in [0, k)
/// @throws InputError  fewer clusters than folds
std::vector<std::int64_t> folds(Dataset const& dataset, std::int64_t k, std::uint64_t seed);

/// The records of one part, ascending.
std::vector<std::int64_t> records_of(std::span<Part const> parts, Part part);

}  // namespace cislens
