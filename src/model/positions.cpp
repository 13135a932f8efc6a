#include "positions.hpp"

#include <algorithm>
#include <cmath>

namespace cislens {

namespace {

/// Calls work(row of x, token, tokens) for every token that is not padding.
template <typename Work>
void for_each_token(SequenceBatch const& batch, Work const& work) {
  for (std::int64_t s = 0; s < batch.count(); ++s) {
    for (std::int64_t i = 0; i < batch.token_lengths[s]; ++i)
      work(s * batch.padded_tokens + i, i, batch.token_lengths[s]);
  }
}

/// Token i of n lies between rows `low` and `low + 1` of the table.
struct Place {
  std::int64_t low;
  float share;  // of row low + 1
};

Place place_of(std::int64_t token, std::int64_t tokens, std::int64_t table_rows) {
  if (tokens <= 1) return {0, 0};
  double const at =
      static_cast<double>(token) * static_cast<double>(table_rows - 1) / static_cast<double>(tokens - 1);
  auto const low = std::min(static_cast<std::int64_t>(at), table_rows - 2);
  return {low, static_cast<float>(at - static_cast<double>(low))};
}

}  // namespace

void add_sinusoidal(SequenceBatch const& batch, View x) {
  for_each_token(batch, [&](std::int64_t row, std::int64_t token, std::int64_t) {
    for (std::int64_t c = 0; c < x.columns; ++c) {
      double const exponent = static_cast<double>(c / 2 * 2) / static_cast<double>(x.columns);
      double const angle = static_cast<double>(token) * std::pow(10000.0, -exponent);
      x.row(row)[c] += static_cast<float>(c % 2 == 0 ? std::sin(angle) : std::cos(angle));
    }
  });
}

void add_learned(SequenceBatch const& batch, ConstView table, View x) {
  for_each_token(batch, [&](std::int64_t row, std::int64_t token, std::int64_t tokens) {
    auto const [low, share] = place_of(token, tokens, table.rows);
    for (std::int64_t c = 0; c < x.columns; ++c) {
      x.row(row)[c] += (1 - share) * table.row(low)[c] + share * table.row(low + 1)[c];
    }
  });
}

void add_learned_backward(SequenceBatch const& batch, ConstView dx, View dtable) {
  for_each_token(batch, [&](std::int64_t row, std::int64_t token, std::int64_t tokens) {
    auto const [low, share] = place_of(token, tokens, dtable.rows);
    for (std::int64_t c = 0; c < dx.columns; ++c) {
      dtable.row(low)[c] += (1 - share) * dx.row(row)[c];
      dtable.row(low + 1)[c] += share * dx.row(row)[c];
    }
  });
}

}  // namespace cislens
