#include "functions.hpp"
#include "simd.hpp"
#include "stem_pairs.hpp"

#include <algorithm>
#include <cmath>

namespace cislens::cpu {
namespace {

constexpr std::uint8_t no_winner = 255;

/// A whole vector where there is one: a copy of unknown size is a call.
[[gnu::always_inline]] inline Vector load_up_to(float const* from, std::int64_t count) {
  return count == lanes ? load(from) : load_some(from, count);
}
[[gnu::always_inline]] inline void store_up_to(float* to, Vector x, std::int64_t count) {
  if (count == lanes) return store(to, x);
  store_some(to, x, count);
}

/// Tokens of one sequence that are not padding, and the bases each stands for.
struct Tokens {
  std::int64_t pool, length;

  std::int64_t count() const { return (length + pool - 1) / pool; }
  std::int64_t first(std::int64_t token) const { return token * pool; }
  std::int64_t last(std::int64_t token) const { return std::min((token + 1) * pool, length); }
};

/// The response of a block's channels at one place on one strand. `step`: 2 forward, -2 reverse.
template <int step>
[[gnu::always_inline]] inline void respond(float const* table, std::int64_t pairs, std::int32_t const* places,
                                           Vector (&total)[2]) {
  total[0] = total[1] = Vector{};
  for (std::int64_t g = 0; g < pairs; ++g) {
    float const* const row = table + g * pair_rows_of_tap * block_channels + places[g * step];
    total[0] += load(row);
    total[1] += load(row + lanes);
  }
}

/// The best of a token's places and strands, and which it was.
struct Best {
  Vector value[2];
  IntVector code[2];

  [[gnu::always_inline]] void meet(Vector const (&forward)[2], Vector const (&reverse)[2],
                                   std::int32_t place) {
#pragma GCC unroll 2
    for (int v = 0; v < 2; ++v) {
      IntVector const reverse_wins = reverse[v] > forward[v];
      Vector const response = reverse_wins ? reverse[v] : forward[v];
      IntVector const better = place == 0 ? IntVector{} - 1 : response > value[v];
      value[v] = better ? response : value[v];
      code[v] = better ? (reverse_wins & 1) + 2 * place : code[v];
    }
  }
};

/// Activated values and winners of a block's channels of one token.
void store_token(StemShape const& shape, Best const& best, float const* bias, std::int64_t width, float* y,
                 std::uint8_t* winner) {
  for (std::int64_t v = 0; v * lanes < width; ++v) {
    std::int64_t const count = std::min<std::int64_t>(lanes, width - v * lanes);
    Vector const x = best.value[v] + load_up_to(bias + v * lanes, count);
    store_up_to(y + v * lanes, shape.exponential ? exp(x) : maximum(x, Vector{}), count);
    ByteVector const codes = __builtin_convertvector(best.code[v], ByteVector);
    if (count == lanes) {
      std::memcpy(winner + v * lanes, &codes, lanes);
    } else {
      std::memcpy(winner + v * lanes, &codes, static_cast<std::size_t>(count));
    }
  }
}

}  // namespace

std::int64_t stem_scratch(StemShape const& shape) {
  std::int64_t const attribution = (4 * shape.width + 1) * shape.channels;
  return std::max(attribution, channel_blocks(shape) * table_floats(shape) + PairPlaces::floats(shape));
}

void stem_forward(StemShape const& shape, std::uint8_t const* bases, std::int64_t const* lengths,
                  float const* weight, float const* bias, float* y, std::uint8_t* winner, float* scratch) {
  std::int64_t const pairs = tap_pairs(shape);
  PairPlaces const places(shape, scratch + channel_blocks(shape) * table_floats(shape));
  for (std::int64_t b = 0; b < channel_blocks(shape); ++b)
    fill_table(shape, weight, b * block_channels, scratch + b * table_floats(shape));
  for (std::int64_t s = 0; s < shape.sequences; ++s) {
    Tokens const tokens{shape.pool, lengths[s]};
    places.fill(bases + s * shape.bases, lengths[s]);
    std::int64_t const first_row = s * shape.tokens * shape.channels;
    for (std::int64_t b = 0; b < channel_blocks(shape); ++b) {
      std::int64_t const channel = b * block_channels;
      float const* const table = scratch + b * table_floats(shape);
      for (std::int64_t token = 0; token < tokens.count(); ++token) {
        Best best{};
        for (std::int64_t l = tokens.first(token); l < tokens.last(token); ++l) {
          Vector forward[2];
          Vector reverse[2];
          respond<2>(table, pairs, places.at_forward(l, shape.width), forward);
          respond<-2>(table, pairs, places.at_reverse(l, shape.width), reverse);
          best.meet(forward, reverse, static_cast<std::int32_t>(l - tokens.first(token)));
        }
        std::int64_t const at = first_row + token * shape.channels + channel;
        store_token(shape, best, bias + channel, block_width(shape, channel), y + at, winner + at);
      }
    }
    std::int64_t const used = tokens.count() * shape.channels;
    std::int64_t const rest = shape.tokens * shape.channels - used;
    std::fill_n(y + first_row + used, rest, 0.0F);
    std::fill_n(winner + first_row + used, rest, no_winner);
  }
}

namespace {

/// A block of one token in backward: winners, and the gradient before the activation (dy where ReLU let the
/// value through, dy * y for exp); zero where channels do not exist.
struct TokenGradient {
  IntVector code[2];
  Vector value[2];

  [[gnu::always_inline]] TokenGradient(StemShape const& shape, float const* y, std::uint8_t const* winner,
                                       float const* dy, std::int64_t width)
      : code{}, value{} {
    for (std::int64_t v = 0; v * lanes < width; ++v) {
      std::int64_t const count = std::min<std::int64_t>(lanes, width - v * lanes);
      ByteVector codes{};
      if (count == lanes) {
        std::memcpy(&codes, winner + v * lanes, lanes);
      } else {
        std::memcpy(&codes, winner + v * lanes, static_cast<std::size_t>(count));
      }
      code[v] = __builtin_convertvector(codes, IntVector);
      Vector const output = load_up_to(y + v * lanes, count);
      Vector const gradient = load_up_to(dy + v * lanes, count);
      value[v] = shape.exponential ? gradient * output : (output > 0.0F ? gradient : Vector{});
    }
  }
};

/// The gradient of the channels that `wanted` won goes to the rows they had read.
template <int step>
[[gnu::always_inline]] inline void scatter(TokenGradient const& token, std::int32_t wanted, float* table,
                                           std::int64_t pairs, std::int32_t const* places) {
  Vector const first = token.code[0] == wanted ? token.value[0] : Vector{};
  Vector const second = token.code[1] == wanted ? token.value[1] : Vector{};
  for (std::int64_t g = 0; g < pairs; ++g) {
    float* const row = table + g * pair_rows_of_tap * block_channels + places[g * step];
    store(row, load(row) + first);
    store(row + lanes, load(row + lanes) + second);
  }
}

}  // namespace

void stem_backward(StemShape const& shape, std::uint8_t const* bases, std::int64_t const* lengths,
                   float const* y, std::uint8_t const* winner, float const* dy, float* dweight, float* dbias,
                   float* scratch) {
  std::int64_t const pairs = tap_pairs(shape);
  std::int64_t const tables = channel_blocks(shape) * table_floats(shape);
  PairPlaces const places(shape, scratch + tables);
  std::fill_n(scratch, tables, 0.0F);
  for (std::int64_t s = 0; s < shape.sequences; ++s) {
    Tokens const tokens{shape.pool, lengths[s]};
    places.fill(bases + s * shape.bases, lengths[s]);
    for (std::int64_t b = 0; b < channel_blocks(shape); ++b) {
      std::int64_t const channel = b * block_channels;
      std::int64_t const width = block_width(shape, channel);
      float* const table = scratch + b * table_floats(shape);
      Vector sums[2] = {};
      for (std::int64_t token = 0; token < tokens.count(); ++token) {
        std::int64_t const at = (s * shape.tokens + token) * shape.channels + channel;
        TokenGradient const gradient(shape, y + at, winner + at, dy + at, width);
        for (int v = 0; v < 2; ++v) sums[v] += gradient.value[v];
        for (std::int64_t l = tokens.first(token); l < tokens.last(token); ++l) {
          auto const code = static_cast<std::int32_t>(2 * (l - tokens.first(token)));
          scatter<2>(gradient, code, table, pairs, places.at_forward(l, shape.width));
          scatter<-2>(gradient, code + 1, table, pairs, places.at_reverse(l, shape.width));
        }
      }
      float total[block_channels];
      for (int v = 0; v < 2; ++v) store(total + v * lanes, sums[v]);
      add_scaled(1.0F, total, dbias + channel, width);
    }
  }
  for (std::int64_t b = 0; b < channel_blocks(shape); ++b)
    gather_table(shape, scratch + b * table_floats(shape), b * block_channels, dweight);
}

namespace {

/// For one token: the channels that had (place, strand) as their winner get the gradient before the
/// activation (dy where ReLU let the value through, dy * y for exp), the others zero. Returns false when no
/// channel did.
bool masked_gradient(StemShape const& shape, float const* y, std::uint8_t const* winner, float const* dy,
                     int code, float* masked) {
  IntVector any{};
  std::int64_t c = 0;
  for (; c + lanes <= shape.channels; c += lanes) {
    ByteVector codes;
    std::memcpy(&codes, winner + c, sizeof codes);
    IntVector const won = __builtin_convertvector(codes, IntVector) == code;
    Vector const value = load(y + c);
    Vector const gradient = load(dy + c);
    Vector const before = shape.exponential ? gradient * value : (value > 0.0F ? gradient : Vector{});
    Vector const result = won ? before : Vector{};
    store(masked + c, result);
    any |= result != 0.0F;
  }
  float rest = 0;
  for (; c < shape.channels; ++c) {
    float const before = shape.exponential ? dy[c] * y[c] : (y[c] > 0 ? dy[c] : 0.0F);
    masked[c] = winner[c] == code ? before : 0.0F;
    rest += std::abs(masked[c]);
  }
  bool found = rest != 0;
  for (int i = 0; i < lanes; ++i) found |= any[i] != 0;
  return found;
}

/// weight minus the mean of the four bases at each place of each filter.
void centre_weights(StemShape const& shape, float const* weight, float* centred) {
  std::int64_t const channels = shape.channels;
  for (std::int64_t k = 0; k < shape.width; ++k) {
    float const* const from = weight + 4 * k * channels;
    float* const to = centred + 4 * k * channels;
    for (std::int64_t c = 0; c < channels; ++c) {
      float const mean =
          0.25F * (from[c] + from[channels + c] + from[2 * channels + c] + from[3 * channels + c]);
      for (std::int64_t base = 0; base < 4; ++base)
        to[base * channels + c] = from[base * channels + c] - mean;
    }
  }
}

}  // namespace

void stem_attribution(StemShape const& shape, std::uint8_t const* bases, std::int64_t const* lengths,
                      float const* weight, float const* y, std::uint8_t const* winner, float const* dy,
                      float* base_scores, float* scratch) {
  float* const masked = scratch;
  float* const centred = scratch + shape.channels;
  centre_weights(shape, weight, centred);
  for (std::int64_t s = 0; s < shape.sequences; ++s) {
    std::uint8_t const* const sequence = bases + s * shape.bases;
    float* const scores = base_scores + s * shape.bases;
    std::fill_n(scores, shape.bases, 0.0F);
    std::int64_t const used = (lengths[s] + shape.pool - 1) / shape.pool;
    for (std::int64_t token = 0; token < used; ++token) {
      std::int64_t const row = (s * shape.tokens + token) * shape.channels;
      std::int64_t const first = token * shape.pool;
      std::int64_t const last = std::min(first + shape.pool, lengths[s]);
      for (std::int64_t centre = first; centre < last; ++centre) {
        for (int strand = 0; strand < 2; ++strand) {
          auto const code = static_cast<int>(2 * (centre - first) + strand);
          if (!masked_gradient(shape, y + row, winner + row, dy + row, code, masked)) continue;
          for (std::int64_t k = 0; k < shape.width; ++k) {
            std::int64_t const position = centre + k - shape.width / 2;
            if (position < 0 || position >= lengths[s] || sequence[position] > 3) continue;
            std::uint8_t const base = sequence[position];
            std::int64_t const table_row = strand == 0 ? 4 * k + base : 4 * (shape.width - 1 - k) + 3 - base;
            scores[position] += dot(masked, centred + table_row * shape.channels, shape.channels);
          }
        }
      }
    }
  }
}

}  // namespace cislens::cpu
