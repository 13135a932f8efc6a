#include "functions.hpp"

#include <algorithm>

namespace cislens::cpu {
namespace {

/// A token lies between rows `low` and `low + 1` of the table.
struct Place {
  std::int64_t low;
  float share;  // of row low + 1, which is not read when this is 0
};

Place place_of(PositionShape const& shape, std::int64_t token, std::int64_t tokens) {
  if (!shape.interpolated) return {token, 0};
  if (tokens <= 1) return {0, 0};
  double const at = static_cast<double>(token) * static_cast<double>(shape.table_rows - 1) /
                    static_cast<double>(tokens - 1);
  auto const low = std::min(static_cast<std::int64_t>(at), shape.table_rows - 2);
  return {low, static_cast<float>(at - static_cast<double>(low))};
}

/// Calls work(first float of the token, its place) for every token that is not padding.
template <typename Work>
void for_each_token(PositionShape const& shape, std::int64_t const* lengths, Work const& work) {
  for (std::int64_t s = 0; s < shape.sequences; ++s) {
    for (std::int64_t i = 0; i < lengths[s]; ++i)
      work((s * shape.tokens + i) * shape.channels, place_of(shape, i, lengths[s]));
  }
}

}  // namespace

void positions_forward(PositionShape const& shape, std::int64_t const* lengths, float const* table,
                       float* x) {
  for_each_token(shape, lengths, [&](std::int64_t first, Place place) {
    float const* const low = table + place.low * shape.channels;
    float const* const high = place.share == 0 ? low : low + shape.channels;
    for (std::int64_t c = 0; c < shape.channels; ++c)
      x[first + c] += (1 - place.share) * low[c] + place.share * high[c];
  });
}

void positions_backward(PositionShape const& shape, std::int64_t const* lengths, float const* dx,
                        float* dtable) {
  for_each_token(shape, lengths, [&](std::int64_t first, Place place) {
    float* const low = dtable + place.low * shape.channels;
    for (std::int64_t c = 0; c < shape.channels; ++c) low[c] += (1 - place.share) * dx[first + c];
    if (place.share == 0) return;
    float* const high = low + shape.channels;
    for (std::int64_t c = 0; c < shape.channels; ++c) high[c] += place.share * dx[first + c];
  });
}

}  // namespace cislens::cpu
