#pragma once

#include "cislens/base/threads.hpp"
#include "cislens/motif/scan.hpp"
#include "cislens/motif/site.hpp"
#include "cislens/train/predict.hpp"

#include "scan_space.hpp"
#include "scan_tracks.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace cislens {

/// How motifs are looked for in a scan.
struct ScanSiteOptions {
  double p_limit = 1e-4;
  std::uint64_t seed = 1;
};

/// Finds sites stretch by stretch; what it says about a stretch depends on the whole of the scan and not on
/// what other stretches this run reads.
class SiteFinder {
 public:
  /// The background is that of the whole scan, of up to 1,000 pieces of 10 kb.
  SiteFinder(std::vector<MotifMatrix> motifs, ScanSiteOptions const& options, ScanSpace& space);

  /// Measures what the windows of shuffled pieces of the scan are worth, so that sites get a p.
  void measure_null(Network const& network, ScanQuestion const& question, ScanSpace& space,
                    Backend const& backend, Threads& threads);

  /// The widest motif, bases.
  std::int64_t widest() const { return widest_; }
  std::vector<std::string> const& ids() const { return ids_; }
  Scanner const& scanner() const { return scanner_; }

  /// Sites that start in the stretch, by start, on the contig (Site::sequence is 0), without attribution.
  std::vector<Site> find(ScanStretch const& stretch, ScanSpace& space, Threads& threads) const;

  /// Fills attribution; attribution_q with the p of it against `measure_null`, NaN without; the head when
  /// the readout has heads.
  void attribute(StretchReadout const& readout, std::vector<Site>& sites) const;

 private:
  std::vector<std::string> ids_;
  std::vector<int> widths_;
  ScanSiteOptions options_;
  std::int64_t widest_ = 1;
  Scanner scanner_;
  std::vector<std::vector<double>> null_;  ///< by motif, ascending; empty: not measured
};

}  // namespace cislens
