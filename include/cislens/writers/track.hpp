#pragma once

#include "cislens/base/output_file.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace cislens {

/// A sequence that tracks lie on.
struct TrackContig {
  std::string name;
  std::int64_t length = 0;

  bool operator==(TrackContig const&) const = default;
};

/// A file with a number a base. What is in it depends on the numbers alone, not on the pieces in which they
/// came: the parts of a track, read and written again one after the other, give the bytes of the whole.
class TrackWriter {
 public:
  virtual ~TrackWriter() = default;

  /// Values of the bases from `start` on, behind all that was added before: contigs in their order, then by
  /// place. A base whose value is NaN has none.
  /// @throws ShapeError   out of order, or past the end of the contig
  /// @throws OutputError  the disk is full
  virtual void add(std::size_t contig, std::int64_t start, std::span<float const> values) = 0;
  /// The file gets its final name. @throws OutputError
  virtual void commit() = 0;
};

enum class TrackFormat { bigwig, bedgraph };

/// ".bw" or ".bedgraph".
char const* track_suffix(TrackFormat format);

/// @param contigs  by name as `LC_ALL=C sort` has them
/// @throws OutputError  the file cannot be made  @throws InputError  a contig does not fit into the format
std::unique_ptr<TrackWriter> make_track_writer(TrackFormat format, std::filesystem::path const& path,
                                               std::vector<TrackContig> contigs, IfExists if_exists);

/// Adds all values of a file that a TrackWriter made, in order.
/// @throws InputError  it is none, or holds contigs that `contigs` lacks
void copy_track(TrackFormat format, std::filesystem::path const& path, std::span<TrackContig const> contigs,
                TrackWriter& writer);

}  // namespace cislens
