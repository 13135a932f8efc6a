#pragma once

#include "cislens/base/log.hpp"
#include "cislens/base/motif_matrix.hpp"
#include "cislens/base/threads.hpp"
#include "cislens/motif/discovery.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace cislens {

struct BlendInput {
  std::span<MotifMatrix const> motifs;
  std::vector<bool> stays;               ///< (motifs) not asked: it was found where few bits suffice
  std::span<Window const> fit, holdout;  ///< whole sequences
};

struct BlendOptions {
  int min_width = 6;
  int max_width = 30;
  double min_bits = 6;  ///< of either part
  int max_motifs = 100;
};

/// A motif that is two.
struct Blend {
  std::size_t motif;  ///< index in the list
  /// What it is, the more frequent first; when the second is one of the list, that one as it is beside the
  /// first.
  std::array<MotifMatrix, 2> parts;
  std::optional<std::size_t> listed;  ///< index of that one
  /// One of the list that held sites of a part, too, and what it is without them.
  std::optional<std::pair<std::size_t, MotifMatrix>> renewed = {};
};

struct BlendResult {
  std::vector<Blend> blends;
  int tried = 0;  ///< motifs that could have been two by their sites alone
};

/// Which motifs of a list are two that share a core. Asked when all motifs are known: each competes with all
/// others for every base (JointModel), so that two are told apart by what is theirs in whole sequences.
///
/// Two are believed when
///   - they explain more than one that is fitted as freely, by twice the Schwarz price of the dearer,
///   - the windows that were not fitted bear that out,
///   - they are not kinds of one motif (kinds_of_one), and neither looks like another of the list
///   (look_alike).
/// When one part looks like one of the list:
///   - both may hold sites of a third that stands between them. Then the part is another beside the listed
///   one;
///     all three are fitted again. Believed when they explain more, by 10 nats of what is held out, and none
///     looks like another.
///   - else the motif held sites that are the listed one's: it becomes its other part, and the listed one is
///     fitted again, when that is worth the Schwarz price once.
/// Whether the parts are enriched is for the caller to test; later motifs are judged among them.
/// @throws Interrupted  a signal asked to stop
BlendResult find_blends(BlendInput const& input, BlendOptions const& options, Threads& threads, Log& log);

}  // namespace cislens
