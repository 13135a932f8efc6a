#pragma once

#include <cstdint>
#include <filesystem>

namespace cislens {

/// Compresses a sorted BED file with BGZF and indexes it, as `bgzip` and `tabix -p bed` do; the same bytes
/// give the same files.
/// @param plain       BED, by contig, then start; may be empty
/// @param compressed  written, replaced when it is there
/// @param index       written: TBI, or CSI when `longest_bp` does not fit into one
/// @param longest_bp  of the contigs
/// @throws OutputError  one of them cannot be read or written, or `plain` is not sorted
void bgzip_bed(std::filesystem::path const& plain, std::filesystem::path const& compressed,
               std::filesystem::path const& index, std::int64_t longest_bp);

/// ".tbi", or ".csi" for contigs beyond 512 Mbp, where TBI ends.
char const* bed_index_suffix(std::int64_t longest_bp);

}  // namespace cislens
