#include "launch.cuh"
#include "staging.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>

namespace cislens::cuda {

namespace {

constexpr std::size_t segment_bytes = std::size_t{4} << 20;
constexpr std::size_t segments = 8;
constexpr std::size_t alignment = 256;

// A ring of segments. Copies fill the current one from its start; when it is full an event marks the place in
// the stream up to which it is read, and the next one is entered once its own event has passed.
struct Staging {
  std::mutex mutex;
  unsigned char* memory = nullptr;
  std::array<cudaEvent_t, segments> read{};
  std::size_t current = 0;
  std::size_t used = 0;
};

Staging staging;

void enter_next_segment() {
  check(cudaEventRecord(staging.read[staging.current], stream()), "a mark in the GPU's stream");
  staging.current = (staging.current + 1) % segments;
  staging.used = 0;
  check(cudaEventSynchronize(staging.read[staging.current]), "waiting for a copy to the GPU");
}

}  // namespace

void open_staging() {
  void* memory = nullptr;
  check(cudaMallocHost(&memory, segments * segment_bytes), "pinned memory for copies to the GPU");
  staging.memory = static_cast<unsigned char*>(memory);
  for (cudaEvent_t& event : staging.read) {
    check(cudaEventCreateWithFlags(&event, cudaEventDisableTiming), "an event of the GPU");
  }
}

void stage_to_device(void* device, void const* host, std::size_t bytes) {
  std::lock_guard const lock(staging.mutex);
  auto* to = static_cast<unsigned char*>(device);
  auto const* from = static_cast<unsigned char const*>(host);
  while (bytes > 0) {
    if (staging.used == segment_bytes) enter_next_segment();
    std::size_t const piece = std::min(bytes, segment_bytes - staging.used);
    unsigned char* const place = staging.memory + staging.current * segment_bytes + staging.used;
    std::memcpy(place, from, piece);
    check(cudaMemcpyAsync(to, place, piece, cudaMemcpyHostToDevice, stream()), "a copy to the GPU");
    staging.used = std::min((staging.used + piece + alignment - 1) / alignment * alignment, segment_bytes);
    to += piece;
    from += piece;
    bytes -= piece;
  }
}

}  // namespace cislens::cuda
