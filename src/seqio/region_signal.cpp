#include "cislens/seqio/region_signal.hpp"

#include "cislens/base/errors.hpp"

#include "alignment_reader.hpp"
#include "region_lookup.hpp"

#include <htslib/kstring.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace cislens {

namespace {

/// A read or fragment on its contig.
struct Footprint {
  std::int64_t start;
  std::int64_t end;
  char strand;
};

std::string_view read_group_of(bam1_t const& record) {
  std::uint8_t const* const tag = bam_aux_get(&record, "RG");
  char const* const text = tag == nullptr ? nullptr : bam_aux2Z(tag);
  return text == nullptr ? std::string_view{} : text;
}

/// Which column a record counts for.
class ColumnChooser {
 public:
  ColumnChooser(AlignmentFile& file, SignalOptions const& options) : columns_(file.columns(options.columns)) {
    if (options.columns == ColumnRule::file && options.read_groups.empty()) return;
    sam_hdr_t* const header = file.state().header.get();
    kstring_t text = KS_INITIALIZE;
    for (int i = 0; i < sam_hdr_count_lines(header, "RG"); ++i) {
      std::string const id = sam_hdr_line_name(header, "RG", i);
      std::string name = options.columns == ColumnRule::file ? columns_.front() : id;
      if (options.columns == ColumnRule::sample && sam_hdr_find_tag_pos(header, "RG", i, "SM", &text) == 0) {
        name.assign(text.s, text.l);
      }
      known_ += (known_.empty() ? "" : ", ") + id;
      auto const& wanted = options.read_groups;
      if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), id) == wanted.end()) continue;
      auto const column = std::find(columns_.begin(), columns_.end(), name) - columns_.begin();
      column_of_group_.emplace(id, static_cast<std::size_t>(column));
    }
    ks_free(&text);
    by_group_ = true;
    check_groups(file, options);
  }

  std::vector<std::string> const& columns() const { return columns_; }
  bool needs_groups() const { return by_group_; }

  std::optional<std::size_t> column(bam1_t const& record) const {
    if (!by_group_) return 0;
    auto const found = column_of_group_.find(std::string(read_group_of(record)));
    if (found == column_of_group_.end()) return std::nullopt;
    return found->second;
  }

 private:
  void check_groups(AlignmentFile const& file, SignalOptions const& options) const {
    for (std::string const& group : options.read_groups) {
      if (column_of_group_.contains(group)) continue;
      throw InputError(file.name() + ": has no read group '" + group + "' (" +
                       (known_.empty() ? "its header names none" : "it has " + known_) + ")");
    }
  }

  std::vector<std::string> columns_;
  std::string known_;
  bool by_group_ = false;
  std::unordered_map<std::string, std::size_t> column_of_group_;
};

class Measurement {
 public:
  Measurement(AlignmentFile& file, std::span<Interval const> regions, SignalOptions const& options, Log& log)
      : file_(file),
        regions_(regions),
        options_(options),
        log_(log),
        chooser_(file, options),
        lookup_(file.state(), regions) {
    result_.columns = chooser_.columns();
    result_.values.assign(regions.size() * result_.columns.size(), 0.0);
    if (options.columns != ColumnRule::file) by_group_ = true;
  }

  RegionSignal run(bool with_totals) {
    AlignmentFile::State& state = file_.state();
    limit_fields(state, SAM_FLAG | SAM_RNAME | SAM_POS | SAM_MAPQ | SAM_CIGAR | SAM_RNEXT | SAM_PNEXT |
                            SAM_TLEN | (chooser_.needs_groups() ? SAM_AUX | SAM_RGAUX : 0));
    result_.totals.assign(result_.columns.size(), 0);
    auto const visit = [&](bam1_t const& record) { take(record); };
    if (with_totals) {
      visit_all(state, log_, visit);
    } else {
      visit_overlapping(state, places_to_read(), log_, visit);
      result_.totals.clear();
    }
    report();
    if (options_.kind == SignalKind::coverage) divide_by_length();
    return std::move(result_);
  }

 private:
  bool is_fragment(bam1_t const& record) const {
    int const pair = BAM_FPAIRED | BAM_FPROPER_PAIR;
    return options_.unit == SignalUnit::fragment && (record.core.flag & pair) == pair &&
           (record.core.flag & BAM_FMUNMAP) == 0 && record.core.mtid == record.core.tid &&
           record.core.isize != 0;
  }

  /// How far from a region the reads begin and end that may count for it.
  std::vector<Interval> places_to_read() const {
    std::int64_t const reach =
        std::max(options_.extend_bp, options_.unit == SignalUnit::fragment ? options_.max_fragment_bp : 0) +
        std::max(std::abs(options_.shift_forward_bp), std::abs(options_.shift_reverse_bp));
    std::vector<Interval> places(regions_.begin(), regions_.end());
    for (Interval& place : places) {
      place.start -= reach;
      place.end += reach;
    }
    return places;
  }

  void take(bam1_t const& record) {
    bam1_core_t const& core = record.core;
    if (core.tid < 0 || core.qual < options_.min_mapq || (core.flag & options_.excluded_flags) != 0 ||
        (core.flag & options_.required_flags) != options_.required_flags) {
      return;
    }
    auto const column = chooser_.column(record);
    if (!column) {
      ++without_group_;
      return;
    }
    auto const footprint = is_fragment(record) ? fragment(record) : std::optional(read(record));
    if (!footprint) return;
    ++result_.totals[*column];
    if (options_.kind == SignalKind::coverage && !is_fragment(record) && options_.extend_bp == 0) {
      return cover_blocks(record, *footprint, *column);
    }
    add(core.tid, *footprint, *column);
  }

  Footprint read(bam1_t const& record) const {
    bool const reverse = bam_is_rev(&record);
    Footprint result{record.core.pos, bam_endpos(&record), reverse ? '-' : '+'};
    if (reverse) {
      result.start = std::min(result.start, result.end - options_.extend_bp);
    } else {
      result.end = std::max(result.end, result.start + options_.extend_bp);
    }
    if (options_.kind == SignalKind::cuts) {
      (reverse ? result.start : result.end) = reverse ? result.end - 1 : result.start + 1;
    }
    std::int64_t const shift = reverse ? options_.shift_reverse_bp : options_.shift_forward_bp;
    result.start += shift;
    result.end += shift;
    return result;
  }

  /// Once a pair, through the leftmost mate; through the first when both begin at the same place.
  std::optional<Footprint> fragment(bam1_t const& record) {
    bam1_core_t const& core = record.core;
    bool const is_first = (core.flag & BAM_FREAD1) != 0;
    if (core.pos > core.mpos || (core.pos == core.mpos && !is_first)) return std::nullopt;
    std::int64_t const length = std::abs(core.isize);
    if (length > options_.max_fragment_bp) {
      ++too_long_;
      return std::nullopt;
    }
    bool const reverse = is_first ? bam_is_rev(&record) : bam_is_mrev(&record);  // of the first mate
    return Footprint{core.pos + options_.shift_forward_bp, core.pos + length + options_.shift_reverse_bp,
                     reverse ? '-' : '+'};
  }

  /// The parts of a read between its introns.
  void cover_blocks(bam1_t const& record, Footprint const& whole, std::size_t column) {
    std::uint32_t const* const cigar = bam_get_cigar(&record);
    Footprint block{whole.start, whole.start, whole.strand};
    for (std::uint32_t i = 0; i < record.core.n_cigar; ++i) {
      std::int64_t const length = bam_cigar_oplen(cigar[i]);
      if (bam_cigar_op(cigar[i]) == BAM_CREF_SKIP) {
        add(record.core.tid, block, column);
        block.start = block.end += length;
      } else if ((bam_cigar_type(bam_cigar_op(cigar[i])) & 2) != 0) {
        block.end += length;
      }
    }
    add(record.core.tid, block, column);
  }

  void add(int contig, Footprint const& footprint, std::size_t column) {
    lookup_.overlapping(contig, footprint.start, footprint.end, [&](std::size_t region) {
      Interval const& place = regions_[region];
      if (options_.strand != StrandRule::both && place.strand != '.' &&
          (place.strand == footprint.strand) != (options_.strand == StrandRule::same)) {
        return;
      }
      bool const is_coverage = options_.kind == SignalKind::coverage;
      std::int64_t const shared = std::min(place.end, footprint.end) - std::max(place.start, footprint.start);
      result_.values[region * result_.columns.size() + column] +=
          is_coverage ? static_cast<double>(shared) : 1.0;
    });
  }

  void divide_by_length() {
    for (std::size_t i = 0; i < result_.values.size(); ++i) {
      result_.values[i] /= static_cast<double>(regions_[i / result_.columns.size()].length());
    }
  }

  void report() const {
    if (too_long_ > 0) {
      log_.info(file_.name() + ": " + std::to_string(too_long_) + " fragments longer than " +
                std::to_string(options_.max_fragment_bp) + " bp were left out (--max-fragment)");
    }
    if (without_group_ > 0 && by_group_ && options_.read_groups.empty()) {
      log_.warning(file_.name() + ": " + std::to_string(without_group_) +
                   " reads have no read group of the header and were left out");
    }
  }

  AlignmentFile& file_;
  std::span<Interval const> regions_;
  SignalOptions const& options_;
  Log& log_;
  ColumnChooser chooser_;
  RegionLookup lookup_;
  RegionSignal result_;
  bool by_group_ = false;
  std::int64_t without_group_ = 0;
  std::int64_t too_long_ = 0;
};

}  // namespace

RegionSignal measure_regions(AlignmentFile& file, std::span<Interval const> regions,
                             SignalOptions const& options, bool with_totals, Log& log) {
  if (options.kind == SignalKind::cuts && options.unit == SignalUnit::fragment) {
    throw UsageError("cuts are 5' ends of reads, so they cannot be counted by fragment");
  }
  file.check_regions(regions);
  return Measurement(file, regions, options, log).run(with_totals);
}

}  // namespace cislens
