#include "track_order.hpp"

#include "cislens/base/errors.hpp"

#include <algorithm>

namespace cislens {

void TrackOrder::check(std::size_t contig, std::int64_t start, std::int64_t count) {
  bool const behind = contig > contig_ || (contig == contig_ && start >= next_);
  if (contig >= contigs_.size() || start < 0 || !behind || start + count > contigs_[contig].length) {
    throw ShapeError("a piece of a track is out of order or lies past the end of its contig");
  }
  contig_ = contig;
  next_ = start + count;
}

std::size_t contig_index(std::span<TrackContig const> contigs, std::string const& name,
                         std::string const& path) {
  auto const found = std::ranges::lower_bound(contigs, name, {}, &TrackContig::name);
  if (found == contigs.end() || found->name != name) {
    throw InputError(path + ": contig '" + name + "' is not one of the run's (not all files are of one run)");
  }
  return static_cast<std::size_t>(found - contigs.begin());
}

}  // namespace cislens
