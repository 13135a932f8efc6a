#pragma once

#include "cislens/base/nucleotide.hpp"
#include "cislens/base/random.hpp"
#include "cislens/base/threads.hpp"
#include "cislens/motif/scan.hpp"
#include "cislens/motif/site.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace cislens {

/// The set of candidates of one sequence that do not overlap and whose weights log10(p_limit / p) sum highest
/// (weighted interval scheduling, O(n log n)). Sites of different motifs exclude each other as those of one
/// motif do. Counting only what exceeds the limit keeps two sites that just pass it from displacing a strong
/// one between them.
///
/// Ties are decided reading the sequence or its reverse complement, whichever is smaller as a word, so that a
/// sequence and its reverse complement give mirrored sites; only in a sequence that is its own reverse
/// complement the reading direction decides. In that direction: fewer sites, then the earlier one, the lower
/// motif, '+'.
/// @param candidates      any order
/// @param p_limit         the limit the candidates passed
/// @param sequence_index  copied into the sites
/// @return by start; attribution fields as in an untouched Site
std::vector<Site> compete(std::span<Candidate const> candidates, double p_limit, BasesView sequence,
                          std::int64_t sequence_index);

/// Scan and competition of every sequence; by sequence, then start.
std::vector<Site> find_sites(Scanner const& scanner, std::span<Bases const> sequences, Threads& threads);

/// What the network's heads say about the bases of one sequence.
struct AttributionTrack {
  int heads = 0;
  std::vector<float> values;  ///< (heads, L)

  std::int64_t length() const { return heads > 0 ? static_cast<std::int64_t>(values.size()) / heads : 0; }
};

/// Sums of all heads over `count` random windows of `width` bases in tracks of shuffled sequences: the null
/// for sites of that width. Tracks shorter than the window are passed over; no track long enough: none.
std::vector<double> null_window_sums(std::span<AttributionTrack const> tracks, int width, std::int64_t count,
                                     Random& random);

/// Fills attribution (sum over heads and bases of the site), head (largest share; ties: the lower) and
/// attribution_q: p = (1 + null values as high) / (1 + null values), then Benjamini-Hochberg over the sites
/// that have a null.
/// @param tracks         one a sequence, or empty: nothing is changed; a track without heads leaves its sites
/// as they are
/// @param null_by_motif  per motif what null_window_sums gave for its width, or empty: attribution_q stays 1
/// @throws ShapeError  a site lies outside its track or names no track
void attribute_sites(std::span<Site> sites, std::span<AttributionTrack const> tracks,
                     std::span<std::vector<double> const> null_by_motif);

}  // namespace cislens
