#include "cislens/readout/head_similarity.hpp"

#include "cislens/base/interrupt.hpp"
#include "cislens/model/network.hpp"
#include "cislens/ops/dense.hpp"
#include "cislens/ops/load.hpp"
#include "cislens/ops/workers.hpp"
#include "cislens/tensor/context_scope.hpp"
#include "cislens/tensor/device_block.hpp"

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace cislens {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t lanes = 8;              // partial sums, added in order: threads do not change bytes
constexpr std::int64_t rows_at_a_time = 4096;  // summed in float, then added in double

}  // namespace

HeadMoments::HeadMoments(int heads, int width, std::vector<float> shift)
    : heads_(heads),
      width_(width),
      columns_(std::int64_t{heads} * width + heads + 1),
      shift_(std::move(shift)),
      gram_(static_cast<std::size_t>(columns_ * columns_)) {}

void HeadMoments::add(Context& context, ConstView outputs) {
  for (std::int64_t first = 0; first < outputs.rows; first += rows_at_a_time) {
    ContextScope const scope(context);
    std::int64_t const count = std::min(rows_at_a_time, outputs.rows - first);
    View const rows = context.host_arena().matrix(count, columns_);
    for (std::int64_t i = 0; i < count; ++i) {
      float* const row = rows.row(i);
      float* const squares = row + heads_ * width_;
      for (int h = 0; h < heads_; ++h) {
        squares[h] = 0;
        for (int d = h * width_; d < (h + 1) * width_; ++d) {
          row[d] = outputs.row(first + i)[d] - shift_[d];
          squares[h] += row[d] * row[d];
        }
      }
      squares[heads_] = 1;
    }
    View const sums = context.arena().matrix(columns_, columns_);
    context.memory().clear(sums.data, static_cast<std::size_t>(columns_ * columns_) * sizeof(float));
    ConstView const x = on_device(context, rows);
    linear_backward(context, x, sums, x, {}, sums, {});
    ConstView const gram = on_host(context, sums);
    for (std::int64_t i = 0; i < columns_ * columns_; ++i) gram_[i] += static_cast<double>(gram.data[i]);
    tokens_ += count;
  }
}

void HeadMoments::add(HeadMoments const& other) {
  for (std::size_t i = 0; i < gram_.size(); ++i) gram_[i] += other.gram_[i];
  tokens_ += other.tokens_;
}

// With K = X X^T and L = Y Y^T without their diagonals, k and l those diagonals, s the sums of rows:
//   tr(K L)   = |X^T Y|^2 - k.l
//   1'K 1     = |s_x|^2 - sum k
//   1'K L 1   = s_x' X^T Y s_y - s_x.(X^T l) - (Y^T k).s_y + k.l
double HeadMoments::hsic(int a, int b) const {
  auto const n = static_cast<double>(tokens_);
  Eigen::Map<Eigen::MatrixXd const> const gram(gram_.data(), columns_, columns_);  // symmetric
  Eigen::Index const x = Eigen::Index{a} * width_, y = Eigen::Index{b} * width_;
  Eigen::Index const k = Eigen::Index{heads_} * width_ + a, l = Eigen::Index{heads_} * width_ + b;
  Eigen::Index const one = columns_ - 1;
  auto const products = gram.block(x, y, width_, width_);
  auto const s_x = gram.col(one).segment(x, width_);
  auto const s_y = gram.col(one).segment(y, width_);
  double const trace = products.squaredNorm() - gram(k, l);
  double const both = (s_x.squaredNorm() - gram(k, one)) * (s_y.squaredNorm() - gram(l, one));
  double const through = s_x.dot(products * s_y - gram.col(l).segment(x, width_)) -
                         gram.col(k).segment(y, width_).dot(s_y) + gram(k, l);
  return (trace + both / ((n - 1) * (n - 2)) - 2 * through / (n - 2)) / (n * (n - 3));
}

std::vector<double> HeadMoments::cka() const {
  std::vector<double> result(static_cast<std::size_t>(heads_) * heads_, nan);
  if (tokens_ < 4) return result;
  std::vector<double> own;
  for (int a = 0; a < heads_; ++a) own.push_back(hsic(a, a));
  for (int a = 0; a < heads_; ++a) {
    for (int b = a; b < heads_; ++b) {
      if (!(own[a] > 0 && own[b] > 0)) continue;
      double const value = hsic(a, b) / std::sqrt(own[a] * own[b]);
      result[a * heads_ + b] = result[b * heads_ + a] = a == b ? 1 : value;
    }
  }
  return result;
}

namespace {

/// Hands the outputs of all heads on one strand of one record, (tokens, layers * C), to `take`.
template <typename Take>
void with_outputs(Context& context, NetworkConfig const& config, Weights const& weights, BasesView bases,
                  Take const& take) {
  ContextScope const scope(context);
  auto const base_length = static_cast<std::int64_t>(bases.size());
  std::int64_t const tokens = config.tokens(base_length);
  SequenceBatch const batch =
      on_device(context, {bases, {&base_length, 1}, {&tokens, 1}, base_length, tokens});
  PassOptions const pass;
  Activations activations = make_activations(context, config, batch, pass);
  forward(context, config, weights, batch, pass, activations);
  std::int64_t const channels = config.channels;
  if (config.blocks == 1) return take(on_host(context, activations.blocks.front().attended));
  View const outputs = context.arena().matrix(tokens, config.blocks * channels);
  for (int b = 0; b < config.blocks; ++b)
    copy_rows(context, activations.blocks[b].attended, outputs.column_range(b * channels, channels));
  take(on_host(context, outputs));
}

std::vector<float> mean_row(ConstView outputs) {
  std::vector<double> sums(static_cast<std::size_t>(outputs.columns));
  for (std::int64_t i = 0; i < outputs.rows; ++i) {
    for (std::int64_t c = 0; c < outputs.columns; ++c) sums[c] += static_cast<double>(outputs.row(i)[c]);
  }
  std::vector<float> mean;
  for (double const sum : sums) mean.push_back(static_cast<float>(sum / static_cast<double>(outputs.rows)));
  return mean;
}

}  // namespace

HeadMoments head_moments(NetworkConfig const& config, std::span<float const> parameters,
                         std::span<Bases const> records, Backend const& backend, Threads& threads) {
  Workers workers(backend, threads);
  DeviceCopy<float const> const block(memory_of(backend), parameters);
  Weights const weights = bind_weights(config, block.data());
  std::vector<float> shift(static_cast<std::size_t>(config.blocks) *
                           static_cast<std::size_t>(config.channels));
  if (config.blocks > 0 && !records.empty()) {
    with_outputs(workers[0], config, weights, records[0], [&](ConstView rows) { shift = mean_row(rows); });
  }
  HeadMoments const empty(config.blocks * config.heads, config.head_channels(), shift);
  if (config.blocks == 0) return empty;
  std::vector<HeadMoments> parts(lanes, empty);
  auto const count = static_cast<std::int64_t>(records.size());
  workers.for_each(lanes, [&](std::int64_t lane, int worker) {
    Context& context = workers[worker];
    auto const take = [&](ConstView outputs) { parts[lane].add(context, outputs); };
    for (std::int64_t record = lane; record < count; record += lanes) {
      throw_if_interrupted();
      with_outputs(context, config, weights, records[record], take);
      with_outputs(context, config, weights, reverse_complement(records[record]), take);
    }
  });
  for (std::int64_t lane = 1; lane < lanes; ++lane) parts[0].add(parts[lane]);
  return parts[0];
}

double diversity(std::span<double const> similarity, int heads) {
  double sum = 0;
  double count = 0;
  for (int a = 0; a < heads; ++a) {
    for (int b = 0; b < heads; ++b) {
      double const value = similarity[a * heads + b];
      if (a == b || std::isnan(value)) continue;
      sum += value;
      count += 1;
    }
  }
  return count > 0 ? 1 - sum / count : nan;
}

}  // namespace cislens
