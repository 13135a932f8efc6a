#pragma once

#include "cislens/writers/track.hpp"

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace cislens {

/// bigWig by libBigWig: blocks of up to 4,096 bases with fixed steps, zoom levels from 512 bases on.
/// @throws InputError  a contig is longer than 4 Gbp
std::unique_ptr<TrackWriter> make_bigwig_writer(std::filesystem::path const& path,
                                                std::vector<TrackContig> contigs, IfExists if_exists);

/// The contigs in the header. @throws InputError  not a bigWig file
std::vector<TrackContig> read_bigwig_contigs(std::filesystem::path const& path);

/// See copy_track.
void copy_bigwig(std::filesystem::path const& path, std::span<TrackContig const> contigs,
                 TrackWriter& writer);

}  // namespace cislens
