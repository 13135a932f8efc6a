#include "cislens/motif/discovery_parts.hpp"

namespace cislens {

DiscoveryWindows make_discovery_windows(DiscoveryInput const& input, MarkovBackground const& background) {
  return {make_window_set(input.fit_positives, background), make_window_set(input.fit_controls, background),
          make_window_set(input.holdout_positives, background),
          make_window_set(input.holdout_controls, background)};
}

HoldoutTest test_on_holdout(DiscoveryWindows const& windows, MotifModel const& model,
                            EmOptions const& options, Threads& threads) {
  auto const scores = [&](DiscoveryPart part) { return best_scores(windows[part], model.columns, threads); };
  HoldoutTest test;
  test.fitted = best_cut(scores(fit_positives), scores(fit_controls), least_site_score(model, options));
  test.held_out = apply_cut(scores(holdout_positives), scores(holdout_controls), test.fitted.threshold);
  return test;
}

}  // namespace cislens
