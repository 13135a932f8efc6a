#pragma once

#include "cislens/base/motif_matrix.hpp"
#include "cislens/base/threads.hpp"
#include "cislens/motif/em.hpp"
#include "cislens/motif/em_split.hpp"
#include "cislens/motif/em_windows.hpp"

#include <array>
#include <span>
#include <vector>

namespace cislens {

/// A motif among others of one model.
struct JointMotif {
  MotifColumns columns;
  std::array<double, 4> around{0.25, 0.25, 0.25, 0.25};  ///< bases of the windows that hold the sites
  double sites = 100;                                    ///< expected number
  bool fixed = false;                                    ///< its columns stay
};

/// Of a list; columns stay.
std::vector<JointMotif> joint_motifs(std::span<MotifMatrix const> motifs, MarkovBackground const& background);
/// By its columns and sites; occupancy is not told.
MotifModel to_model(JointMotif const& motif);

/// All motifs of a set of sequences at once: a sequence is a chain of background bases and sites that do not
/// overlap, of any motif and strand. Sums over all chains are exact (but for sites with odds under 1e-6), so
/// that motifs compete for every base by their likelihoods; nothing depends on which was found first. Fitted
/// by expectation-maximisation (Rajewsky et al. 2002, BMC Bioinformatics 3, 30; Sinha et al. 2003,
/// Bioinformatics 19, i292).
class JointModel {
 public:
  /// @param motifs  with sites > 0
  /// @param fit     nothing is explained in it  @param background  it is measured against  @param threads
  /// must outlive the model
  JointModel(std::vector<JointMotif> motifs, WindowSet& fit, MarkovBackground const& background,
             EmOptions const& options, Threads& threads);

  std::vector<JointMotif> const& motifs() const { return motifs_; }
  std::vector<JointMotif>& motifs() { return motifs_; }

  /// At most so many passes; fewer when another would change little. Columns, where they are free, and
  /// numbers of sites are fitted; a motif grows or shrinks now and then (choose_columns).
  /// @param learn_background  in the first passes, of what the motifs leave: of the windows, so for all
  /// models of them
  void fit(int passes, bool learn_background);

  /// From now on these windows, too, are measured against what was learned of the background.
  void adapt(WindowSet& windows) const { set_background(windows, background_); }
  /// ln likelihood of the windows over that of background alone.
  double log_ratio(WindowSet const& windows) const;

  /// (motifs) Their sites, with what stands around them.
  std::vector<AlignedSites> sites() const;

 private:
  struct Pass;
  template <typename Take>
  Pass pass_over(WindowSet const& windows, Take const& take) const;
  Pass count(std::vector<float>& covered) const;
  void take_counts(Pass const& pass, bool choose_width);
  void set_background_of_rest(std::vector<float> const& covered);

  std::vector<JointMotif> motifs_;
  WindowSet& fit_;
  MarkovBackground background_;
  EmOptions options_;
  Threads& threads_;
  double bases_ = 0;  // of the fit windows, by weight
};

}  // namespace cislens
