#include "cislens/motif/motif.hpp"

#include <limits>

namespace cislens {

double HoldoutCounts::enrichment() const {
  if (positives == 0 || controls == 0) return std::numeric_limits<double>::quiet_NaN();
  auto const share = [](std::int64_t with, std::int64_t all) {
    return static_cast<double>(with + 1) / static_cast<double>(all + 1);
  };
  return share(positives_with, positives) / share(controls_with, controls);
}

}  // namespace cislens
