#include "cislens/readout/subspace_overlap.hpp"

#include "cislens/model/parameters.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cislens {

namespace {

using Vector = std::vector<double>;

double dot(Vector const& a, Vector const& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// An orthonormal basis of the columns' span: Gram-Schmidt, each column twice, for once leaves what rounding
/// left ("twice is enough", Giraud et al. 2005, Comput. Math. Appl. 50, 1069).
std::vector<Vector> orthonormal_basis(ConstView matrix) {
  constexpr double negligible = 1e-6;  // of a column's length: it lies in the span of those before it
  std::vector<Vector> basis;
  for (std::int64_t d = 0; d < matrix.columns; ++d) {
    Vector column;
    for (std::int64_t c = 0; c < matrix.rows; ++c) column.push_back(static_cast<double>(matrix.row(c)[d]));
    double const length = std::sqrt(dot(column, column));
    for (int pass = 0; pass < 2; ++pass) {
      for (Vector const& direction : basis) {
        double const along = dot(column, direction);
        for (std::size_t c = 0; c < column.size(); ++c) column[c] -= along * direction[c];
      }
    }
    double const rest = std::sqrt(dot(column, column));
    if (!(rest > negligible * length)) continue;
    for (double& value : column) value /= rest;
    basis.push_back(std::move(column));
  }
  return basis;
}

double overlap_of(std::vector<Vector> const& a, std::vector<Vector> const& b) {
  double sum = 0;
  for (Vector const& u : a) {
    for (Vector const& v : b) sum += dot(u, v) * dot(u, v);
  }
  std::size_t const rank = std::min(a.size(), b.size());
  return rank > 0 ? sum / static_cast<double>(rank) : std::numeric_limits<double>::quiet_NaN();
}

/// @param part  0 queries, 1 keys, 2 values
std::vector<double> part_overlaps(NetworkConfig const& config, ConstView qkv, int part) {
  std::vector<std::vector<Vector>> bases;
  std::int64_t const width = config.head_channels();
  for (std::int64_t h = 0; h < config.heads; ++h)
    bases.push_back(orthonormal_basis(qkv.column_range(part * config.channels + h * width, width)));
  std::vector<double> result;
  for (auto const& a : bases) {
    for (auto const& b : bases) result.push_back(overlap_of(a, b));
  }
  return result;
}

}  // namespace

double subspace_overlap(ConstView a, ConstView b) {
  return overlap_of(orthonormal_basis(a), orthonormal_basis(b));
}

std::vector<LayerOverlaps> head_overlaps(NetworkConfig const& config, std::span<float const> parameters) {
  Weights const weights = bind_weights(config, parameters.data());
  std::vector<LayerOverlaps> result;
  for (auto const& block : weights.blocks) {
    result.push_back({part_overlaps(config, block.qkv, 0), part_overlaps(config, block.qkv, 1),
                      part_overlaps(config, block.qkv, 2)});
  }
  return result;
}

}  // namespace cislens
