#include "cislens/readout/subspace_overlap.hpp"

#include "cislens/model/parameters.hpp"

#include <Eigen/QR>

#include <algorithm>
#include <limits>

namespace cislens {

namespace {

/// (C, rank) an orthonormal basis of the columns' span: Householder QR with pivoting on columns of length 1.
Eigen::MatrixXd orthonormal_basis(ConstView matrix) {
  constexpr double negligible = 1e-6;  // of a column's length: it lies in the span of the others
  Eigen::MatrixXd columns(matrix.rows, matrix.columns);
  for (std::int64_t c = 0; c < matrix.rows; ++c) {
    for (std::int64_t d = 0; d < matrix.columns; ++d) columns(c, d) = static_cast<double>(matrix.row(c)[d]);
  }
  for (auto column : columns.colwise()) column.stableNormalize();
  Eigen::ColPivHouseholderQR<Eigen::MatrixXd> qr(columns.rows(), columns.cols());
  qr.setThreshold(negligible);
  qr.compute(columns);
  return qr.householderQ() * Eigen::MatrixXd::Identity(columns.rows(), qr.rank());
}

/// The sum of the principal angles' squared cosines is the squared norm: no SVD is needed.
double overlap_of(Eigen::MatrixXd const& a, Eigen::MatrixXd const& b) {
  Eigen::Index const rank = std::min(a.cols(), b.cols());
  if (rank == 0) return std::numeric_limits<double>::quiet_NaN();
  return (a.transpose() * b).squaredNorm() / static_cast<double>(rank);
}

/// @param part  0 queries, 1 keys, 2 values
std::vector<double> part_overlaps(NetworkConfig const& config, ConstView qkv, int part) {
  std::vector<Eigen::MatrixXd> bases;
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
