#pragma once

#include "../backend.hpp"

#include <cstdint>
#include <cuda_bf16.h>
#include <cuda_runtime.h>
#include <type_traits>

// Before attention's kernels run, rows of q, k, v and do are copied head by head into scratch memory: rounded
// to bf16 where the precision is that, channels padded with zeros to a whole template, padding left out and
// the extra keys in front (attention_sight.cuh). So the kernels read 16 aligned bytes at a time, and nothing
// but a row's number decides whether it is there.
namespace cislens::cuda {

/// Scores are kept in units of log2: the factor log2(e) / sqrt(D) goes into the packed queries.
inline constexpr float log2_e = 1.4426950408889634F;
inline constexpr float ln_2 = 0.69314718055994531F;

/// The packed rows of a part's heads, in the order of the part.
/// @tparam Element  float or __nv_bfloat16
template <typename Element>
struct PackedHeads {
  Element const *q, *d_o;  // (heads, query_rows, padded channels); d_o is null where there is none
  Element const *k, *v;    // (heads, key_rows, padded channels), of the list of keys
  std::int64_t query_rows, key_rows;
  int extras;
};

/// Hands out pieces of an op's scratch memory, 256-byte aligned.
class ScratchPieces {
 public:
  explicit ScratchPieces(float* scratch) : next_(scratch) {}

  static constexpr std::int64_t padded(std::int64_t floats) { return (floats + 63) / 64 * 64; }
  float* take(std::int64_t floats) {
    float* const piece = next_;
    next_ += padded(floats);
    return piece;
  }

 private:
  float* next_;
};

/// Floats that `count` elements need.
template <typename Element>
constexpr std::int64_t floats_of(std::int64_t count) {
  return (count * static_cast<std::int64_t>(sizeof(Element)) + 3) / 4;
}

/// The next of 16, 32, 64 and 128 channels.
inline std::int64_t padded_channels(std::int64_t channels) {
  std::int64_t padded = 16;
  while (padded < channels) padded *= 2;
  return padded;
}

/// Floats that pack_heads takes at most for all heads of a shape.
std::int64_t packed_floats(AttentionShape const& shape, bool with_d_o);

/// @param d_o      packed too when not null
/// @param scratch  gives packed_floats() floats
template <typename Element>
PackedHeads<Element> pack_heads(AttentionShape const& shape, AttentionOperands const& x,
                                AttentionPart const& part, float const* d_o, ScratchPieces& scratch);

/// Calls work.template operator()<Element, Channels>() for the shape's precision and channels.
template <typename Work>
void for_precision_and_channels(AttentionShape const& shape, Work const& work) {
  auto const with_channels = [&]<typename Element>() {
    switch (padded_channels(shape.head_channels)) {
      case 16:
        return work.template operator()<Element, 16>();
      case 32:
        return work.template operator()<Element, 32>();
      case 64:
        return work.template operator()<Element, 64>();
      default:
        return work.template operator()<Element, 128>();
    }
  };
  if (shape.bf16) {
    with_channels.template operator()<__nv_bfloat16>();
  } else {
    with_channels.template operator()<float>();
  }
}

}  // namespace cislens::cuda
