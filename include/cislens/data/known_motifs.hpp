#pragma once

#include "cislens/base/motif_matrix.hpp"

#include <vector>

namespace cislens {

/// Binding motifs of well-known vertebrate transcription factors, one a family, each with at least 9 bits
/// against a uniform background and no two alike. For simulations and examples: typed from the consensus
/// sequences of textbooks, not measured. Ids are the names of the factors; `sites` is 0.
std::vector<MotifMatrix> known_motifs();

}  // namespace cislens
