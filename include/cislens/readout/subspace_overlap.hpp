#pragma once

#include "cislens/model/config.hpp"
#include "cislens/tensor/view.hpp"

#include <span>
#include <vector>

namespace cislens {

/// How much the subspaces spanned by the columns of a and b have in common: the mean squared cosine of their
/// principal angles, |U_a^T U_b|^2 / min(rank a, rank b) with orthonormal bases U. 0 orthogonal, 1 the same;
/// two random subspaces of D out of C dimensions have D / C. NaN when a matrix is zero.
/// Source: Björck, Golub 1973, Math. Comput. 27, 579.
/// @param a, b  (C, D), any stride
double subspace_overlap(ConstView a, ConstView b);

/// Overlaps of what the heads of one layer read and write; each (H, H), 1 on the diagonal.
struct LayerOverlaps {
  std::vector<double> query, key, value;
};

/// One entry a layer. Heads of different layers read different things and are not compared.
std::vector<LayerOverlaps> head_overlaps(NetworkConfig const& config, std::span<float const> parameters);

}  // namespace cislens
