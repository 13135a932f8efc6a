#pragma once

#include "cislens/writers/track.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace cislens {

/// Watches that pieces of a track come in order and lie on their contigs.
class TrackOrder {
 public:
  explicit TrackOrder(std::vector<TrackContig> contigs) : contigs_(std::move(contigs)) {}

  std::vector<TrackContig> const& contigs() const { return contigs_; }
  /// @throws ShapeError
  void check(std::size_t contig, std::int64_t start, std::int64_t count);

 private:
  std::vector<TrackContig> contigs_;
  std::size_t contig_ = 0;
  std::int64_t next_ = 0;
};

/// Where a contig stands. @throws InputError  `path` names one that is not there
std::size_t contig_index(std::span<TrackContig const> contigs, std::string const& name,
                         std::string const& path);

}  // namespace cislens
