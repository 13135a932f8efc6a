#pragma once

#include "cislens/writers/track.hpp"

#include <filesystem>
#include <memory>
#include <span>
#include <vector>

namespace cislens {

/// bedGraph: contig start end value, neighbouring bases of one value in one line, no track line; values are
/// the shortest text that reads back as the same float.
std::unique_ptr<TrackWriter> make_bedgraph_writer(std::filesystem::path const& path,
                                                  std::vector<TrackContig> contigs, IfExists if_exists);

/// See copy_track.
void copy_bedgraph(std::filesystem::path const& path, std::span<TrackContig const> contigs,
                   TrackWriter& writer);

}  // namespace cislens
