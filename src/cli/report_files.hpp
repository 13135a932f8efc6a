#pragma once

#include "cislens/base/interval.hpp"
#include "cislens/motif/motif.hpp"
#include "cislens/motif/site.hpp"
#include "cislens/writers/head_tables.hpp"
#include "cislens/writers/pairs.hpp"
#include "cislens/writers/provenance.hpp"
#include "cislens/writers/tables.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cislens {

// What `discover` and `pairs` wrote, read back for a report. All throw InputError "file:line: what (remedy)"
// when a file is missing or is not as it was written.

/// What ends the messages.
inline constexpr char const* report_remedy =
    "give the folder as discover or pairs wrote it, or run that again";

/// Whether there is such a file. @throws InputError  nobody can tell: a folder is closed to us
bool is_there(std::filesystem::path const& path);

/// records.tsv, put together.
struct UsedRecords {
  std::vector<Interval> positives;  ///< their places, in the order of the run
  std::int64_t controls = 0;
  std::int64_t train = 0, validation = 0, test = 0;

  std::int64_t size() const { return train + validation + test; }
};
UsedRecords read_records(std::filesystem::path const& folder);

/// motifs.tsv with the matrices of motifs.meme.
std::vector<DiscoveredMotif> read_motifs(std::filesystem::path const& folder);

/// sites.bed, each site in the sequence that it lies in; of sequences that overlap on their contig, a site
/// that is there more than once is in each once.
/// @param sequences  places of the positives
/// @return by sequence, then start
std::vector<Site> read_sites(std::filesystem::path const& folder, std::span<DiscoveredMotif const> motifs,
                             std::span<Interval const> sequences);

/// heads.tsv and the files beside it; not what they were counted on. @param overlap_even  D / C of the
/// network
HeadTables read_heads(std::filesystem::path const& folder, double overlap_even);

std::vector<TrainingEpoch> read_training(std::filesystem::path const& folder);
std::vector<TargetFigure> read_metrics(std::filesystem::path const& folder);
std::vector<TargetRow> read_target_rows(std::filesystem::path const& folder);

/// pairs.tsv, with pairs.gaps.tsv and pairs.controls.tsv where they are there; nothing when it is not.
/// Without instances and examples.
/// @param motif_ids  in the order of their colours; may be empty: by their first line
std::optional<PairTables> read_pairs(std::filesystem::path const& folder,
                                     std::span<std::string const> motif_ids);

/// params.json; nothing when it is not there (--no-provenance).
std::optional<Provenance> read_params(std::filesystem::path const& folder);

/// The value that an option had; empty: none of this name. @param provenance  of read_params
std::string option_of(Provenance const& provenance, std::string_view name);
/// The same as a number. @param otherwise  for options that are not there
double number_of(Provenance const& provenance, std::string_view name, double otherwise);

}  // namespace cislens
