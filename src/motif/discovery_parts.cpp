#include "cislens/motif/discovery_parts.hpp"

namespace cislens {

DiscoveryWindows make_discovery_windows(DiscoveryInput const& input, MarkovBackground const& background) {
  PositionFrame const frame = position_frame(
      {input.fit_positives, input.fit_controls, input.holdout_positives, input.holdout_controls});
  auto const set = [&](std::span<Window const> windows) {
    return make_window_set(windows, background, frame);
  };
  return {set(input.fit_positives), set(input.fit_controls), set(input.holdout_positives),
          set(input.holdout_controls)};
}

HoldoutCounts counts_of(DiscoveryWindows const& windows, ScoreCut const& held_out) {
  return {static_cast<std::int64_t>(windows[holdout_positives].size()), held_out.positives_with,
          static_cast<std::int64_t>(windows[holdout_controls].size()), held_out.controls_with};
}

HoldoutTest test_on_holdout(DiscoveryWindows const& windows, MotifModel const& model,
                            EmOptions const& options, Threads& threads) {
  auto const scores = [&](DiscoveryPart part) { return best_scores(windows[part], model, threads); };
  HoldoutTest test;
  test.fitted = best_cut(scores(fit_positives), scores(fit_controls), least_site_score(model, options));
  test.held_out = apply_cut(scores(holdout_positives), scores(holdout_controls), test.fitted.threshold);
  return test;
}

}  // namespace cislens
