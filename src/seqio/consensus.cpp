#include "cislens/seqio/consensus.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/seqio/letters.hpp"

#include "alignment_reader.hpp"
#include "region_lookup.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace cislens {

namespace {

/// Regions are worked on by so many bases at a time, to bound memory: 20 bytes a base.
constexpr std::int64_t chunk_bp = 4'000'000;

/// How many reads show A, C, G, T or a deletion.
using Votes = std::array<std::uint32_t, 5>;
constexpr std::size_t deletion = 4;

/// By the 4-bit code of BAM; 5: not one of A C G T.
constexpr std::array<std::uint8_t, 16> vote_of_code{5, 0, 1, 5, 2, 5, 5, 5, 3, 5, 5, 5, 5, 5, 5, 5};

class Caller {
 public:
  Caller(AlignmentFile& file, std::span<Interval const> regions, ConsensusOptions const& options)
      : file_(file), regions_(regions), options_(options), lookup_(file.state(), regions) {
    for (Interval const& region : regions) votes_.emplace_back(static_cast<std::size_t>(region.length()));
  }

  std::vector<std::string> call(Log& log) {
    std::vector<Interval> const places(regions_.begin(), regions_.end());
    visit_overlapping(file_.state(), places, log, [&](bam1_t const& record) { take(record); });
    std::vector<std::string> result;
    for (std::size_t i = 0; i < regions_.size(); ++i) {
      std::string letters;
      for (Votes const& votes : votes_[i]) letters += letter(votes);
      result.push_back(regions_[i].strand == '-' ? reverse_complement_letters(letters) : std::move(letters));
    }
    return result;
  }

 private:
  bool passes(bam1_t const& record) const {
    bam1_core_t const& core = record.core;
    if (core.tid < 0 || (core.flag & BAM_FUNMAP) != 0 || core.qual < options_.min_mapq ||
        (core.flag & options_.excluded_flags) != 0 ||
        (core.flag & options_.required_flags) != options_.required_flags || core.l_qseq == 0) {
      return false;
    }
    if (options_.read_groups.empty()) return true;
    std::uint8_t const* const tag = bam_aux_get(&record, "RG");
    char const* const group = tag == nullptr ? nullptr : bam_aux2Z(tag);
    auto const& wanted = options_.read_groups;
    return group != nullptr &&
           std::find(wanted.begin(), wanted.end(), std::string_view(group)) != wanted.end();
  }

  void take(bam1_t const& record) {
    if (!passes(record)) return;
    lookup_.overlapping(record.core.tid, record.core.pos, bam_endpos(&record),
                        [&](std::size_t region) { vote(record, region); });
  }

  /// Walks along the alignment and votes at each base of the region.
  void vote(bam1_t const& record, std::size_t region) {
    std::int64_t const start = regions_[region].start;
    std::int64_t const end = regions_[region].end;
    std::uint32_t const* const cigar = bam_get_cigar(&record);
    std::int64_t place = record.core.pos;
    std::int64_t base = 0;
    for (std::uint32_t i = 0; i < record.core.n_cigar; ++i) {
      std::int64_t const length = bam_cigar_oplen(cigar[i]);
      int const kind = bam_cigar_type(bam_cigar_op(cigar[i]));  // 1: uses the read, 2: the genome
      bool const is_deletion = bam_cigar_op(cigar[i]) == BAM_CDEL;
      if ((kind & 2) != 0) {
        std::int64_t const last = std::min(place + length, end);
        for (std::int64_t at = std::max(place, start); at < last; ++at) {
          Votes& votes = votes_[region][static_cast<std::size_t>(at - start)];
          if (is_deletion) ++votes[deletion];
          if (kind == 3) vote_base(record, base + at - place, votes);
        }
      }
      if ((kind & 1) != 0) base += length;
      if ((kind & 2) != 0) place += length;
    }
  }

  void vote_base(bam1_t const& record, std::int64_t base, Votes& votes) const {
    std::uint8_t const quality = bam_get_qual(&record)[base];
    if (quality != 0xFF && quality < options_.min_base_quality) return;
    std::uint8_t const choice = vote_of_code[bam_seqi(bam_get_seq(&record), base)];
    if (choice < deletion) ++votes[choice];
  }

  char letter(Votes const& votes) const {
    std::uint32_t depth = 0;
    for (std::uint32_t const count : votes) depth += count;
    auto const best = std::max_element(votes.begin(), votes.end());
    bool const is_sure = depth > 0 && depth >= static_cast<std::uint32_t>(options_.min_depth) &&
                         static_cast<double>(*best) >= options_.min_fraction * static_cast<double>(depth);
    return is_sure ? "ACGTN"[best - votes.begin()] : 'N';
  }

  AlignmentFile& file_;
  std::span<Interval const> regions_;
  ConsensusOptions const& options_;
  RegionLookup lookup_;
  std::vector<std::vector<Votes>> votes_;
};

}  // namespace

std::vector<std::string> consensus_sequences(AlignmentFile& file, std::span<Interval const> regions,
                                             ConsensusOptions const& options, Log& log) {
  if (!file.has_index()) {
    throw InputError(file.name() +
                     ": a consensus needs a sorted file with an index (samtools sort, then samtools "
                     "index)");
  }
  file.check_regions(regions);
  limit_fields(file.state(), SAM_FLAG | SAM_RNAME | SAM_POS | SAM_MAPQ | SAM_CIGAR | SAM_SEQ | SAM_QUAL |
                                 (options.read_groups.empty() ? 0 : SAM_AUX | SAM_RGAUX));
  std::vector<std::string> result;
  for (std::size_t first = 0; first < regions.size();) {
    std::size_t last = first;
    for (std::int64_t bases = 0; last < regions.size() && (last == first || bases < chunk_bp); ++last) {
      bases += regions[last].length();
    }
    for (std::string& letters : Caller(file, regions.subspan(first, last - first), options).call(log)) {
      result.push_back(std::move(letters));
    }
    first = last;
  }
  return result;
}

}  // namespace cislens
