#pragma once

#include "cislens/base/interval.hpp"
#include "cislens/base/output_file.hpp"
#include "cislens/motif/seqlet.hpp"
#include "cislens/motif/site.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace cislens {

/// Where a stretch of a sequence lies on the contig that the sequence came from. A '-' origin was read
/// backwards: places are mirrored and strands turned round. '.' stays '.'.
///
/// @param origin      place of the whole sequence
/// @param start, end  0-based, half-open, in the sequence
/// @param strand      '+', '-' or '.', in the sequence
/// @throws ShapeError  when not 0 <= start < end <= origin.length()
Interval place_on_contig(Interval const& origin, std::int64_t start, std::int64_t end, char strand);

/// The score column of a BED line: 100 times -log10(p), rounded, from 0 to 1000 (p <= 1e-10), as in the
/// JASPAR genome tracks. 0 for NaN.
int bed_score(double p);

/// Binding sites as BED6+4, sorted like `LC_ALL=C sort -k1,1 -k2,2n`, no track line:
///
///   contig start end motif score strand log_odds_bits -log10(p) -log10(q) head
///
/// p is the site's exact PWM p-value, q that of its attribution; -1 stands for "not known" as in narrowPeak,
/// 350 for 0. The head is a number, "." when there is none.
///
/// @param motif_ids  of all motifs, by Site::motif
/// @param origins    of all sequences, by Site::sequence
/// @throws InputError  an id does not match [A-Za-z0-9_.-]{1,64}
/// @throws ShapeError  a site lies outside its sequence, or names a motif or sequence that is not there
std::string format_sites_bed(std::span<Site const> sites, std::span<std::string const> motif_ids,
                             std::span<Interval const> origins);

/// Seqlets with the same columns and order; the name is "head<h>" or "all", the strand '.', and the raw score
/// the height of the maximum. @throws ShapeError  as above
std::string format_seqlets_bed(std::span<Seqlet const> seqlets, std::span<Interval const> origins);

/// The two as files. @throws OutputError  and what the formats throw
void write_sites_bed(std::span<Site const> sites, std::span<std::string const> motif_ids,
                     std::span<Interval const> origins, std::filesystem::path const& path,
                     IfExists if_exists);
void write_seqlets_bed(std::span<Seqlet const> seqlets, std::span<Interval const> origins,
                       std::filesystem::path const& path, IfExists if_exists);

}  // namespace cislens
