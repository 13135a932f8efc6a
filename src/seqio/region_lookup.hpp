#pragma once

#include "alignment_reader.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace cislens {

/// Finds the regions that overlap a stretch, contigs by their number in an alignment header.
class RegionLookup {
 public:
  RegionLookup(AlignmentFile::State const& file, std::span<Interval const> regions)
      : contigs_(static_cast<std::size_t>(sam_hdr_nref(file.header.get()))) {
    for (std::size_t i = 0; i < regions.size(); ++i) {
      auto const contig = static_cast<std::size_t>(file.contig_number(regions[i].contig));
      contigs_[contig].push_back({regions[i].start, regions[i].end, 0, i});
    }
    for (auto& entries : contigs_) {
      std::sort(entries.begin(), entries.end(),
                [](Entry const& a, Entry const& b) { return a.start < b.start; });
      std::int64_t reach = 0;
      for (Entry& entry : entries) entry.reach = reach = std::max(reach, entry.end);
    }
  }

  /// Calls `found` with the number of each region that shares a base with [start, end).
  template <typename Found>
  void overlapping(int contig, std::int64_t start, std::int64_t end, Found const& found) const {
    auto const& entries = contigs_[static_cast<std::size_t>(contig)];
    auto entry = std::partition_point(entries.begin(), entries.end(),
                                      [&](Entry const& candidate) { return candidate.start < end; });
    // `reach` is the largest end so far: where it is too small, all before are too.
    while (entry != entries.begin() && (--entry)->reach > start) {
      if (entry->end > start) found(entry->region);
    }
  }

 private:
  struct Entry {
    std::int64_t start;
    std::int64_t end;
    std::int64_t reach;
    std::size_t region;
  };
  std::vector<std::vector<Entry>> contigs_;
};

}  // namespace cislens
