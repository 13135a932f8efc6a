#pragma once

#include <array>
#include <string>
#include <vector>

namespace cislens {

/// A motif as a position probability matrix: one row a position, columns A C G T, each row sums to 1.
struct MotifMatrix {
  std::string id;    ///< [A-Za-z0-9_.-]{1,64}, unique in its set
  std::string name;  ///< what people call it (the factor), may be empty
  std::vector<std::array<double, 4>> rows;
  double sites = 0;  ///< how many sites the matrix was estimated from; 0: not known

  int width() const { return static_cast<int>(rows.size()); }
};

}  // namespace cislens
