#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

namespace cislens {

/// Which of many sites stand near a place, however long the sequence: they are listed by cells of it, each as
/// wide as the widest site or wider. A short sequence is one cell. To enter and to take out costs the same
/// wherever the site stands.
class SiteCells {
 public:
  /// @param lengths  (sequences) bases
  /// @param widest   bases of a site
  /// @param sites    how many; none is entered yet
  SiteCells(std::span<std::int64_t const> lengths, std::int32_t widest, std::size_t sites)
      : widest_(widest),
        bits_(std::max(least_bits, static_cast<int>(std::bit_width(static_cast<std::uint32_t>(widest))))),
        first_cell_{0},
        listed_(sites) {
    first_cell_.reserve(lengths.size() + 1);
    for (std::int64_t const length : lengths)
      first_cell_.push_back(first_cell_.back() + static_cast<std::int32_t>(length >> bits_) + 1);
    head_.resize(static_cast<std::size_t>(first_cell_.back()), -1);
  }

  void enter(std::int32_t site, std::int64_t sequence, std::int32_t start) {
    std::int32_t const cell = first_of(sequence) + (start >> bits_);
    std::int32_t const second = head_[cell];
    listed_[site] = {second, -1, cell};
    if (second >= 0) listed_[second].previous = site;
    head_[cell] = site;
  }
  void take_out(std::int32_t site) {
    Listed const there = listed_[site];
    (there.previous >= 0 ? listed_[there.previous].next : head_[there.cell]) = there.next;
    if (there.next >= 0) listed_[there.next].previous = there.previous;
  }

  /// The cells of a sequence are numbered [first_of(sequence), first_of(sequence + 1)).
  std::int32_t first_of(std::int64_t sequence) const {
    return first_cell_[static_cast<std::size_t>(sequence)];
  }
  /// The cell of a place, or the last one of the sequence. @param place  0 or more
  std::int32_t cell_at(std::int64_t sequence, std::int64_t place) const {
    auto const last = static_cast<std::int64_t>(first_of(sequence + 1)) - 1;
    return static_cast<std::int32_t>(std::min(last, first_of(sequence) + (place >> bits_)));
  }
  /// A site, the next one of its cell; -1: none.
  std::int32_t head(std::int32_t cell) const { return head_[cell]; }
  std::int32_t next(std::int32_t site) const { return listed_[site].next; }
  /// Whether a site is the first that is found going through its sequence: true for one of each sequence.
  bool leads(std::int32_t site, std::int64_t sequence) const {
    std::int32_t cell = listed_[site].cell;
    if (head_[cell] != site) return false;
    while (cell > first_of(sequence) && head_[cell - 1] < 0) --cell;
    return cell == first_of(sequence);
  }

  /// Whether any site that may end behind `from` and start at `to` or before it is so.
  template <typename Ask>
  bool any_near(std::int64_t sequence, std::int64_t from, std::int64_t to, Ask const& ask) const {
    if (to < 0) return false;
    std::int32_t const last = cell_at(sequence, to);
    for (std::int32_t cell = cell_at(sequence, std::max<std::int64_t>(0, from - widest_)); cell <= last;
         ++cell) {
      for (std::int32_t site = head_[cell]; site >= 0; site = listed_[site].next) {
        if (ask(site)) return true;
      }
    }
    return false;
  }

 private:
  struct Listed {
    std::int32_t next = -1;  // site of the cell, -1: none
    std::int32_t previous = -1;
    std::int32_t cell = -1;
  };

  static constexpr int least_bits = 10;  // 1024 bases

  std::int32_t widest_;
  int bits_;
  std::vector<std::int32_t> first_cell_;  // (sequences + 1)
  std::vector<std::int32_t> head_;        // (cells)
  std::vector<Listed> listed_;            // (sites)
};

}  // namespace cislens
