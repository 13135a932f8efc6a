#include "cislens/writers/track.hpp"

#include "cislens/writers/bedgraph.hpp"
#include "cislens/writers/bigwig.hpp"

#include <utility>

namespace cislens {

char const* track_suffix(TrackFormat format) { return format == TrackFormat::bigwig ? ".bw" : ".bedgraph"; }

std::unique_ptr<TrackWriter> make_track_writer(TrackFormat format, std::filesystem::path const& path,
                                               std::vector<TrackContig> contigs, IfExists if_exists) {
  return format == TrackFormat::bigwig ? make_bigwig_writer(path, std::move(contigs), if_exists)
                                       : make_bedgraph_writer(path, std::move(contigs), if_exists);
}

void copy_track(TrackFormat format, std::filesystem::path const& path, std::span<TrackContig const> contigs,
                TrackWriter& writer) {
  if (format == TrackFormat::bigwig) {
    copy_bigwig(path, contigs, writer);
  } else {
    copy_bedgraph(path, contigs, writer);
  }
}

}  // namespace cislens
