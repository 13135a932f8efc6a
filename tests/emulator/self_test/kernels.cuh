#pragma once

#include "launch.cuh"

#include <cuda_bf16.h>
#include <vector>

// Kernels that are right and kernels with one fault each, run on the emulator.
namespace cislens::cuda::self_test {

/// Copies to the device, runs, copies back.
template <typename T>
class OnDevice {
 public:
  explicit OnDevice(std::vector<T> const& values) : count_(values.size()) {
    check(cudaMalloc(&memory_, count_ * sizeof(T)), "memory");
    check(cudaMemcpyAsync(memory_, values.data(), count_ * sizeof(T), cudaMemcpyHostToDevice, stream()),
          "to");
  }
  ~OnDevice() { cudaFree(memory_); }
  OnDevice(OnDevice const&) = delete;

  T* data() const { return static_cast<T*>(memory_); }
  std::vector<T> values() const {
    std::vector<T> result(count_);
    check(cudaMemcpyAsync(result.data(), memory_, count_ * sizeof(T), cudaMemcpyDeviceToHost, stream()),
          "back");
    return result;
  }

 private:
  std::size_t count_;
  void* memory_ = nullptr;
};

void start_sums(OnDevice<float> const& x, OnDevice<float>& sums, unsigned blocks);
void start_reversal(OnDevice<float>& x, bool with_barrier, bool in_dynamic_memory);
void start_neighbours(OnDevice<float>& x, bool with_barrier);
void start_write_behind(OnDevice<float>& x, int distance);
void start_unaligned_load(OnDevice<float>& x);
void start_shuffles(OnDevice<int>& x);
void start_half_a_warp_shuffles(OnDevice<int>& x);
void start_two_barriers(OnDevice<int>& x);
void start_barrier_that_few_reach(OnDevice<int>& x);
void start_product(OnDevice<float> const& a, OnDevice<float> const& b, OnDevice<float>& d);
void start_transposed_matrices(OnDevice<float> const& x, OnDevice<float>& y);
void start_copies(OnDevice<float> const& x, OnDevice<float>& y, bool wait);
void start_shared_bytes(std::size_t bytes);

}  // namespace cislens::cuda::self_test
