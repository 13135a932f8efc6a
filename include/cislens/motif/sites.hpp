#pragma once

#include "cislens/base/nucleotide.hpp"
#include "cislens/base/random.hpp"
#include "cislens/base/threads.hpp"
#include "cislens/motif/compete.hpp"
#include "cislens/motif/scan.hpp"
#include "cislens/motif/site.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace cislens {

/// Takes sites that are final; by sequence, then start.
using SiteSink = std::function<void(std::span<Site const> sites)>;

/// Changes the p of a sequence's candidates, and takes some away, before they compete.
using CandidateReview = std::function<void(std::int64_t sequence, std::vector<Candidate>& candidates)>;

/// Scan and competition of sequences of any length, a piece after the other. Sites are handed out as soon as
/// no later candidate can displace them: memory does not grow with the length of a sequence. The pieces leave
/// no trace: candidates at their borders are found by the scanner and compete across them.
/// @param piece_bp  places a piece, >= 1; any number gives the same sites
/// @param sink      called on the calling thread
/// @throws Interrupted  a signal asked to stop
void stream_sites(Scanner const& scanner, std::span<Bases const> sequences, std::int64_t piece_bp,
                  Threads& threads, SiteSink const& sink);

/// All of them; by sequence, then start.
std::vector<Site> find_sites(Scanner const& scanner, std::span<Bases const> sequences, Threads& threads);

/// All that stand a review of their candidates, which sees a whole sequence at once, on any thread.
std::vector<Site> find_sites(Scanner const& scanner, CandidateReview const& review,
                             std::span<Bases const> sequences, Threads& threads);

/// What the network's heads say about the bases of one sequence.
struct AttributionTrack {
  int heads = 0;
  std::span<float const> values;  ///< (heads, L), not owned

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
