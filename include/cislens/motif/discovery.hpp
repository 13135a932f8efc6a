#pragma once

#include "cislens/base/log.hpp"
#include "cislens/base/nucleotide.hpp"
#include "cislens/base/threads.hpp"
#include "cislens/motif/motif.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace cislens {

struct MarkovBackground;

/// A stretch of a sequence in which motifs are looked for: a seqlet with some bases either side, or a whole
/// sequence. The bases belong to the caller and must outlive the call.
struct Window {
  BasesView bases;
  std::int64_t sequence = 0;  ///< index of the record it comes from; windows of one record share it
  double weight = 1;          ///< >= 0, how much it counts while fitting; the hold-out test ignores it
  std::int64_t position = 0;  ///< of its first base, counted from the middle of the record or of a site
};

/// A whole record.
inline Window whole_record(BasesView bases, std::int64_t sequence) {
  return {bases, sequence, 1, -std::ssize(bases) / 2};
}

/// Positives and controls, each in a part for fitting and a part that only the final test sees. Controls are
/// what the positives would look like without motifs: dinucleotide shuffles, windows nobody looked at.
struct DiscoveryInput {
  std::span<Window const> fit_positives;
  std::span<Window const> fit_controls;
  std::span<Window const> holdout_positives;
  std::span<Window const> holdout_controls;
  std::span<MotifMatrix const> known = {};  ///< taken out before the search, not reported
  /// What the windows would be without motifs; null: estimated from what motifs leave of them. Windows that
  /// are short, and hold a motif each, have no background of their own.
  MarkovBackground const* background = nullptr;
};

/// Whether motifs are looked for that keep places along the windows, and where they may start.
enum class PlaceSearch {
  none,    ///< any place is as good as another
  uneven,  ///< where neighbouring bases differ from those of all windows: uneven_cells
  /// In one stretch of 20 bases after another: windows around sites. At last by words of which only four or
  /// five bases count, too (SeedWords::partial). What is like a known motif is reported
  /// too, what fills max_width is no motif, and repeats of a few bases are where they are worth their price.
  bands,
};

struct DiscoveryOptions {
  int max_motifs = 50;  ///< stop after so many accepted motifs
  int min_width = 6;    ///< columns
  int max_width = 30;   ///< columns, at most 40
  double max_e = 0.05;  ///< hold-out E of an accepted motif: p times the number of motifs tested so far
  int patience = 3;     ///< stop after so many rejected candidates in a row
  double min_bits = 6;  ///< less information is dropped
  int tested = 0;       ///< candidates that met this hold-out before; E counts them too
  /// Look for motifs that keep places along the windows: see PositionProfile. A site at a place that its
  /// motif prefers counts for more, in positives and controls; bits of place count as those of columns, of
  /// which there must be 4.
  PlaceSearch places = PlaceSearch::none;
};

struct DiscoveryResult {
  std::vector<DiscoveredMotif> motifs;  ///< ids M1, M2, ... by hold-out p; the smallest first
  int tested = 0;                       ///< candidates that met the hold-out
  int not_enriched = 0;                 ///< of these, how many failed there
  int dropped_low_complexity = 0;       ///< candidates that were repeats of one, two or three bases
  int dropped_low_information = 0;      ///< candidates under min_bits
  int dropped_repeats = 0;   ///< motifs that were a piece of a longer repeated sequence (transposons)
  int dropped_repeated = 0;  ///< candidates that were a motif found before
};

/// De novo motifs: what the positives hold more often than the controls.
///
/// Round by round: words of 4 + 4 bases around gaps of 0 to 10, counted once a window on both strands,
/// against the controls -> the best words, each grown into a probability matrix by EM on the table of word
/// counts -> EM on the windows, strand and place free, at most one site in a window (in long windows: in a
/// stretch of about 100 bp), against an order-1 background at the window's own G + C share, with the width by
/// the information of each column -> two motifs that share a core are told apart -> Fisher's exact test on
/// the hold-out at the score threshold that was best on the fit part -> what the motif explains is taken out
/// of the windows -> next round, until `patience` candidates in a row are not enriched. At the end all motifs
/// are fitted again, each beside all others, and tested once more on the hold-out, each on what better ones
/// leave.
///
/// Records may contain N; no site lies on one. Equal input gives equal output, for any number of threads.
/// No positives or no controls in one of the parts: nothing is found.
///
/// @throws UsageError   an option is out of its range
/// @throws Interrupted  a signal asked to stop
/// Sources: mixture and erasing after MEME, Bailey & Elkan 1994; hold-out test and stopping rule after
/// STREME, Bailey 2021; EM on word counts after PEnG-motif, Kiesel et al. 2018.
DiscoveryResult discover_motifs(DiscoveryInput const& input, DiscoveryOptions const& options,
                                Threads& threads, Log& log);

}  // namespace cislens
