#include "cislens/model/seed_filters.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace cislens {

namespace {

using LogOdds = std::vector<std::array<double, 4>>;

LogOdds log_odds_rows(MotifMatrix const& motif) {
  constexpr double pseudo = 0.01;
  LogOdds rows;
  for (auto const& row : motif.rows) {
    std::array<double, 4> odds{};
    for (std::size_t b = 0; b < 4; ++b) odds[b] = std::log2((row[b] + pseudo) / (1 + 4 * pseudo) / 0.25);
    rows.push_back(odds);
  }
  return rows;
}

double best_score(std::array<double, 4> const& row) { return *std::max_element(row.begin(), row.end()); }

/// First of the `width` neighbouring columns with the highest best score.
std::size_t best_start(LogOdds const& rows, std::size_t width) {
  std::size_t best = 0;
  double best_sum = -1e30;
  for (std::size_t first = 0; first + width <= rows.size(); ++first) {
    double sum = 0;
    for (std::size_t i = 0; i < width; ++i) sum += best_score(rows[first + i]);
    if (sum > best_sum) {
      best_sum = sum;
      best = first;
    }
  }
  return best;
}

}  // namespace

int seed_filters(NetworkConfig const& config, std::span<MotifMatrix const> motifs, double zero,
                 MutableWeights const& weights) {
  constexpr double top = 3;  // response to the consensus
  auto const filter = static_cast<std::size_t>(config.filter_width);
  auto const count = std::min(motifs.size(), static_cast<std::size_t>(config.channels));
  for (std::size_t c = 0; c < count; ++c) {
    LogOdds const rows = log_odds_rows(motifs[c]);
    std::size_t const width = std::min(rows.size(), filter);
    std::size_t const start = best_start(rows, width);
    double best = 0;
    for (std::size_t i = 0; i < width; ++i) best += best_score(rows[start + i]);
    if (!(best > 0)) continue;
    double const scale = top / ((1 - zero) * best);
    for (std::int64_t row = 0; row < weights.stem.rows; ++row) weights.stem.row(row)[c] = 0;
    std::size_t const shift = (filter - width) / 2;
    for (std::size_t i = 0; i < width; ++i) {
      for (std::size_t b = 0; b < 4; ++b) {
        weights.stem.row(static_cast<std::int64_t>(4 * (shift + i) + b))[c] =
            static_cast<float>(scale * rows[start + i][b]);
      }
    }
    weights.stem_bias.data[c] = static_cast<float>(-scale * zero * best);
  }
  return static_cast<int>(count);
}

void seed_attention(NetworkConfig const& config, int first, int last, MutableWeights const& weights) {
  if (config.blocks == 0 || first >= last) return;
  constexpr float strength = 2;               // of the query, and of each filter's key
  constexpr std::int64_t most_of_a_head = 8;  // with many the null key gets nearly all
  auto const& block = weights.blocks[0];
  std::int64_t const channels = config.channels;
  std::int64_t const own = channels / config.heads;                     // channels of a head
  std::int64_t const slowest = std::max<std::int64_t>(own / 2 - 1, 0);  // that rotary positions turn least
  std::int64_t const count = std::min<std::int64_t>(last - first, most_of_a_head * config.heads);
  for (std::int64_t n = 0; n < count; ++n) {
    std::int64_t const channel = n % config.heads * own + slowest;
    block.qkv_bias.data[channel] = strength;
    block.qkv.row(first + n)[channels + channel] = strength;
  }
  for (std::int64_t row = 0; row < channels; ++row) {
    for (std::int64_t column = 0; column < channels; ++column)
      block.out.row(row)[column] = block.qkv.row(column)[2 * channels + row];
  }
}

}  // namespace cislens
