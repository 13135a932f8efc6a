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
constexpr double least_correlation = 0.7;  // with what it was: beyond that it ran into another thing

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
                       !low_complexity(fitted.columns, fitted.around) &&
                       std::ssize(fitted.columns) < options.max_width;
    int const overlap = static_cast<int>(std::min(fitted.columns.size(), input.motifs[m].rows.size()));
    bool const same = best_alignment(to_matrix(fitted), input.motifs[m], std::min(6, overlap)).correlation >=
                      least_correlation;
    double const free_numbers = 3.0 * static_cast<double>(fitted.columns.size());
    bool const refuted = gain > significant_gain(free_numbers) && held_out > 0;
    log.debug("in whole sequences " + consensus(model.motifs()[m].columns) + " is " +
              consensus(fitted.columns) + ": gain " + format_fixed(gain, 1) + " nats, held out " +
              format_fixed(held_out, 1));
    if (!refuted || !clear || !same || is_like_another(one.motifs(), m)) continue;
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
