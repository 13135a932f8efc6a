#pragma once

#include "cislens/base/log.hpp"
#include "cislens/base/motif_matrix.hpp"
#include "cislens/base/threads.hpp"
#include "cislens/motif/discovery.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace cislens {

struct RefitInput {
  std::span<MotifMatrix const> motifs;
  std::span<std::size_t const> asked;    ///< indices of those that were found in a part of the sequences
  std::span<Window const> fit, holdout;  ///< whole sequences
};

struct RefitOptions {
  int min_width = 6;
  int max_width = 16;  ///< what fills it is no motif
  double min_bits = 6;
};

/// A motif that was found beside another was fitted to the few sites that stand there, and may show a part of
/// its sites only, or words in which they differ from another motif. Where it has many sites whole sequences
/// know better: every motif that is asked about is fitted again in them, among all others as they are
/// (JointModel), and takes these columns when the sequences refute those it had (their likelihood ratio has p
/// < 0.001, and held-out ones are explained better too). Not if it would become another motif of the list, or
/// what is no more like it (r < 0.7, of repeats of a few bases 0.85); nor under `min_bits`. A motif that is
/// too faint to be told there stays as it is.
/// @return (motifs) the list, with the ids it had
/// @throws Interrupted  a signal asked to stop
std::vector<MotifMatrix> refit_motifs(RefitInput const& input, RefitOptions const& options, Threads& threads,
                                      Log& log);

}  // namespace cislens
