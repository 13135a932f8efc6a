#pragma once

#include "warp.cuh"

#include <cstdint>
#include <cuda_runtime.h>

// The keys that a query looks at most, found while its scores go by. Scores order keys as their weights do:
// no exponential is needed to choose. Lists lie in the results' memory, scores in the place of weights, until
// attention_readout_finish; a warp takes one into registers to let keys in.
namespace cislens::cuda {

/// Below the score of any key: what places of a list hold while there is no key.
inline constexpr float lowest_score = -1e29F;

/// The list of one query, best first, ties by place: places lane and lane + 32 of it are a lane's.
struct PartnerList {
  float score[2];
  std::int32_t place[2];
  int capacity;  // 1 to 64

  __device__ PartnerList(float const* scores, std::int32_t const* places, std::int64_t count)
      : capacity(static_cast<int>(count)) {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      int const n = rank(half);
      score[half] = n < capacity ? scores[n] : lowest_score;
      place[half] = n < capacity ? places[n] : -1;
    }
  }

  __device__ void store(float* scores, std::int32_t* places) const {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      int const n = rank(half);
      if (n >= capacity) continue;
      scores[n] = score[half];
      places[n] = place[half];
    }
  }

  /// A key comes in when its score is above this one, the last of the list.
  __device__ float limit() const {
    int const last = capacity - 1;
    return __shfl_sync(all_lanes, last < warp_size ? score[0] : score[1], last % warp_size);
  }

  /// Behind all that are as good: keys come in the order of their places. The same arguments in all lanes.
  __device__ void insert(float new_score, std::int32_t new_place) {
    int const at = __popc(__ballot_sync(all_lanes, score[0] >= new_score)) +
                   __popc(__ballot_sync(all_lanes, score[1] >= new_score));
    float const middle_score = __shfl_sync(all_lanes, score[0], warp_size - 1);
    std::int32_t const middle_place = __shfl_sync(all_lanes, place[0], warp_size - 1);
#pragma unroll
    for (int half = 1; half >= 0; --half) {
      float score_before = __shfl_up_sync(all_lanes, score[half], 1);
      std::int32_t place_before = __shfl_up_sync(all_lanes, place[half], 1);
      if (half == 1 && rank(half) == warp_size) {
        score_before = middle_score;
        place_before = middle_place;
      }
      if (rank(half) < at) continue;
      score[half] = rank(half) == at ? new_score : score_before;
      place[half] = rank(half) == at ? new_place : place_before;
    }
  }

 private:
  __device__ static int rank(int half) {
    return static_cast<int>(threadIdx.x) % warp_size + half * warp_size;
  }
};

}  // namespace cislens::cuda
