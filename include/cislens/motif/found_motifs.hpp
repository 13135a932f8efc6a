#pragma once

#include "cislens/motif/discovery_parts.hpp"

#include <array>
#include <deque>
#include <vector>

namespace cislens {

/// A motif taken out of the windows, reported or not.
struct FoundMotif {
  MotifModel model;
  std::array<SharedExplained, discovery_parts> explained;
  bool tested = false;  ///< it met the hold-out
  bool known = false;   ///< before the search
  HoldoutTest test;
};

/// The windows of a search, the motifs that were taken out of them, and what those leave.
class FoundMotifs {
 public:
  /// @param threads  must outlive it, as must the bases of the input
  FoundMotifs(DiscoveryInput const& input, Threads& threads);

  DiscoveryWindows const& windows() const { return windows_; }
  WindowSet& positives() { return windows_[fit_positives]; }
  /// Of what is left of the positives.
  MarkovBackground const& background() const { return background_; }
  /// In the order taken out; a reference stays good.
  std::deque<FoundMotif>& all() { return found_; }

  /// From now on windows hold what all motifs but one leave. @param also  explains too, or null
  void leave_out(DiscoveryPart part, FoundMotif const* but, SharedExplained const& also);
  /// Takes a motif out of what is left of all parts.
  void take_out(FoundMotif found, EmOptions const& options);
  /// What a motif explains of the fit positives beside all others, by its model as it is now.
  void explain_again(FoundMotif& found, EmOptions const& options);

  /// From now on nothing is explained: `keep` starts anew.
  void forget();
  /// Takes a motif out of what those kept before it leave of all parts, and adds it to them.
  void keep(FoundMotif& found, std::vector<FoundMotif*>& kept, EmOptions const& options);

 private:
  std::vector<SharedExplained> others(DiscoveryPart part, FoundMotif const* but) const;

  Threads& threads_;
  bool background_is_given_;
  MarkovBackground background_;
  DiscoveryWindows windows_;
  std::deque<FoundMotif> found_;
};

}  // namespace cislens
