#include "cislens/motif/found_motifs.hpp"

#include <utility>

namespace cislens {

FoundMotifs::FoundMotifs(DiscoveryInput const& input, Threads& threads)
    : threads_(threads),
      background_is_given_(input.background != nullptr),
      background_(background_is_given_ ? *input.background : estimate_background(input.fit_controls)),
      windows_(make_discovery_windows(input, background_)) {}

/// What all motifs found so far but one explain of one part.
std::vector<SharedExplained> FoundMotifs::others(DiscoveryPart part, FoundMotif const* but) const {
  std::vector<SharedExplained> motifs;
  for (FoundMotif const& found : found_) {
    if (&found != but) motifs.push_back(found.explained[part]);
  }
  return motifs;
}

void FoundMotifs::leave_out(DiscoveryPart part, FoundMotif const* but, SharedExplained const& also) {
  auto motifs = others(part, but);
  motifs.push_back(also);
  set_explained(windows_[part], motifs);
}

void FoundMotifs::take_out(FoundMotif found, EmOptions const& options) {
  for (int part = 0; part < discovery_parts; ++part) {
    auto const before = others(static_cast<DiscoveryPart>(part), nullptr);
    found.explained[part] = explain_fully(windows_[part], found.model, before, options, threads_);
  }
  found_.push_back(std::move(found));
  for (int part = 0; part < discovery_parts; ++part)
    leave_out(static_cast<DiscoveryPart>(part), nullptr, nullptr);
  if (background_is_given_) return;
  // Dense motifs colour the composition of positives and of their shuffles: what is left tells the
  // background.
  background_ = estimate_background(positives());
  for (WindowSet& set : windows_) set_background(set, background_);
}

void FoundMotifs::explain_again(FoundMotif& found, EmOptions const& options) {
  found.explained[fit_positives] =
      explain_fully(positives(), found.model, others(fit_positives, &found), options, threads_);
}

void FoundMotifs::forget() {
  for (WindowSet& set : windows_) set_explained(set, {});
}

void FoundMotifs::keep(FoundMotif& found, std::vector<FoundMotif*>& kept, EmOptions const& options) {
  for (int part = 0; part < discovery_parts; ++part) {
    std::vector<SharedExplained> motifs;
    for (FoundMotif const* k : kept) motifs.push_back(k->explained[part]);
    found.explained[part] = explain_fully(windows_[part], found.model, motifs, options, threads_);
    motifs.push_back(found.explained[part]);
    set_explained(windows_[part], motifs);
  }
  kept.push_back(&found);
}

}  // namespace cislens
