#include "cislens/motif/refit.hpp"

#include "cislens/base/text.hpp"
#include "cislens/motif/alignment.hpp"
#include "cislens/motif/discovery_shape.hpp"
#include "cislens/motif/joint_model.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace cislens {

namespace {

constexpr int passes_of_list = 30;
constexpr int passes_of_one = 25;

// With what it was: below, it ran into another thing, and repeats are easily run into.
constexpr double least_correlation = 0.7;
constexpr double least_correlation_of_repeat = 0.85;

/// ln likelihood ratio that chance exceeds once in 1,000 when so many numbers are fitted: half the quantile
/// of chi-square (Wilson, Hilferty 1931).
double significant_gain(double free_numbers) {
  constexpr double normal_quantile = 3.09;
  double const variance = 2 / (9 * free_numbers);
  return 0.5 * free_numbers * std::pow(1 - variance + normal_quantile * std::sqrt(variance), 3);
}

/// Whether motif m agrees with another of them.
bool is_like_another(std::vector<JointMotif> const& motifs, std::size_t m) {
  for (std::size_t k = 0; k < motifs.size(); ++k) {
    if (k != m && same_motif(to_model(motifs[k]), to_model(motifs[m]))) return true;
  }
  return false;
}

bool is_still(MotifMatrix const& before, MotifModel const& fitted) {
  auto const shorter = std::min(before.rows.size(), fitted.columns.size());
  double const correlation =
      best_alignment(before, to_matrix(fitted), std::min(6, static_cast<int>(shorter))).correlation;
  bool const repeat = low_complexity(fitted.columns, fitted.around);
  return correlation >= (repeat ? least_correlation_of_repeat : least_correlation);
}

}  // namespace

std::vector<MotifMatrix> refit_motifs(RefitInput const& input, RefitOptions const& options, Threads& threads,
                                      Log& log) {
  std::vector<MotifMatrix> result(input.motifs.begin(), input.motifs.end());
  if (input.asked.empty() || input.fit.empty() || input.holdout.empty()) return result;
  EmOptions em;
  em.min_width = options.min_width;
  em.max_width = options.max_width;
  MarkovBackground const background = estimate_background(input.fit);
  WindowSet fit = make_window_set(input.fit, background);
  WindowSet holdout = make_window_set(input.holdout, background);
  JointModel model(joint_motifs(input.motifs, background), fit, background, em, threads);
  model.fit(passes_of_list, true);
  model.adapt(holdout);
  for (std::size_t const m : input.asked) {
    JointModel one = model;
    one.motifs()[m].fixed = false;
    one.fit(passes_of_one, false);
    MotifModel const fitted = to_model(one.motifs()[m]);
    double const gain = one.log_ratio(fit) - model.log_ratio(fit);
    double const held_out = one.log_ratio(holdout) - model.log_ratio(holdout);
    bool const clear = motif_bits(fitted.columns, fitted.around) >= options.min_bits &&
                       std::ssize(fitted.columns) < options.max_width;
    double const free_numbers = 3.0 * static_cast<double>(fitted.columns.size());
    bool const refuted = gain > significant_gain(free_numbers) && held_out > 0;
    log.debug("in whole sequences " + consensus(model.motifs()[m].columns) + " is " +
              consensus(fitted.columns) + ": gain " + format_fixed(gain, 1) + " nats, held out " +
              format_fixed(held_out, 1));
    if (!refuted || !clear || !is_still(input.motifs[m], fitted) || is_like_another(one.motifs(), m))
      continue;
    model.motifs() = std::move(one.motifs());
    model.motifs()[m].fixed = true;
    MotifMatrix matrix = to_matrix(fitted);
    matrix.id = result[m].id;
    matrix.name = result[m].name;
    result[m] = std::move(matrix);
  }
  return result;
}

}  // namespace cislens
