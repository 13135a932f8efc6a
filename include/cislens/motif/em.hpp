#pragma once

#include "cislens/base/threads.hpp"
#include "cislens/motif/em_windows.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace cislens {

using MotifColumns = std::vector<std::array<double, 4>>;

/// A motif and how often it occurs.
struct MotifModel {
  MotifColumns columns;  ///< probabilities, rows sum to 1
  double occupancy = 0;  ///< probability that a stretch (see EmOptions::stretch_bp) holds a site
  double sites = 0;      ///< expected number of sites, by weight
  std::array<double, 4> around{0.25, 0.25, 0.25, 0.25};  ///< bases of the windows that hold the sites
  double log_ratio = 0;     ///< ln likelihood with sites over that without, by weight
  PositionProfile profile;  ///< where along the records it stands
};

struct EmOptions {
  int min_width = 6;
  int max_width = 30;
  int stretch_bp = 100;           ///< at most one site begins in a stretch of this length
  int iterations = 40;            ///< at most so many passes over the windows
  bool positions = false;         ///< learn where along the records the motif stands
  double column_cost_bits = 0.1;  ///< a column at the edge must tell more than this
};

/// Expectation-maximisation from `start`: in every stretch of every window no site or one, at any place and
/// strand. Between passes the motif grows or shrinks to the stretch of columns whose information, less
/// `column_cost_bits` each, sums highest.
MotifModel fit_motif(WindowSet const& set, MotifModel const& start, MarkovBackground const& background,
                     EmOptions const& options, Threads& threads);

/// Fits occupancy, profile, sites and log_ratio of a motif whose columns stay.
void fit_occupancy(WindowSet const& set, MotifModel& model, EmOptions const& options, Threads& threads);

/// ln likelihood ratio less the Schwarz price of the free numbers of columns and profile.
double net_log_ratio(MotifModel const& model);

/// Score (nats) from which the best place of a window counts as a site: a posterior of one in twenty.
double least_site_score(MotifModel const& model, EmOptions const& options);

/// Best log-odds (nats) of the motif in every window, over places and strands, less what earlier motifs
/// explain, plus ln of how much the motif prefers the place.
std::vector<double> best_scores(WindowSet const& set, MotifModel const& model, Threads& threads);

/// Probabilities from counts, with one site of the background added.
std::array<double, 4> to_probabilities(std::array<double, 4> const& counts,
                                       std::array<double, 4> const& base);

/// Columns [first, last).
struct ColumnRange {
  int first = 0;
  int last = 0;
};

/// Which columns make the motif: the range whose bits, less a cost a column, sum highest.
/// @param around  bases of the windows that hold the sites, what columns are measured against
/// @param sites   how many sites the columns come from; few sites make columns dearer
ColumnRange choose_columns(MotifColumns const& columns, std::array<double, 4> const& around, double sites,
                           EmOptions const& options);

/// Bits of one column against the background: sum of f log2(f / q).
double column_bits(std::array<double, 4> const& column, std::array<double, 4> const& background);

}  // namespace cislens
