#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <immintrin.h>
#include <string>

// The multiply-add peak of one thread, measured: independent chains in registers, no memory. What benchmarks
// give their shares of. A multiply-add counts as two operations.
namespace cislens::bench {

/// Seconds of CPU time of this thread: other programs on the machine do not count.
inline double thread_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

inline double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

inline constexpr std::int64_t peak_chains = 12;  // enough to hide the latency of two units
inline constexpr std::int64_t peak_rounds = 2000000;

[[gnu::target("avx512f"), gnu::noinline]] inline float multiply_add_512(std::int64_t rounds) {
  __m512 total[peak_chains];
  for (__m512& t : total) t = _mm512_set1_ps(0.1F);
  __m512 const a = _mm512_set1_ps(0.9999F);
  __m512 const b = _mm512_set1_ps(1e-4F);
  for (std::int64_t i = 0; i < rounds; ++i) {
#pragma GCC unroll 12
    for (__m512& t : total) t = _mm512_fmadd_ps(t, a, b);
  }
  __m512 all = total[0];
  for (int i = 1; i < peak_chains; ++i) all = _mm512_add_ps(all, total[i]);
  float parts[16];
  _mm512_storeu_ps(parts, all);
  return parts[0];
}

[[gnu::target("avx2,fma"), gnu::noinline]] inline float multiply_add_256(std::int64_t rounds) {
  __m256 total[peak_chains];
  for (__m256& t : total) t = _mm256_set1_ps(0.1F);
  __m256 const a = _mm256_set1_ps(0.9999F);
  __m256 const b = _mm256_set1_ps(1e-4F);
  for (std::int64_t i = 0; i < rounds; ++i) {
#pragma GCC unroll 12
    for (__m256& t : total) t = _mm256_fmadd_ps(t, a, b);
  }
  __m256 all = total[0];
  for (int i = 1; i < peak_chains; ++i) all = _mm256_add_ps(all, total[i]);
  float parts[8];
  _mm256_storeu_ps(parts, all);
  return parts[0];
}

[[gnu::target("avx512f,avx512bf16"), gnu::noinline]] inline float multiply_add_bf16(std::int64_t rounds) {
  __m512 total[peak_chains];
  for (__m512& t : total) t = _mm512_setzero_ps();
  auto const a = (__m512bh)_mm512_set1_epi16(0x3c00);
  auto const b = (__m512bh)_mm512_set1_epi16(0x3c01);
  for (std::int64_t i = 0; i < rounds; ++i) {
#pragma GCC unroll 12
    for (__m512& t : total) t = _mm512_dpbf16_ps(t, a, b);
  }
  __m512 all = total[0];
  for (int i = 1; i < peak_chains; ++i) all = _mm512_add_ps(all, total[i]);
  float parts[16];
  _mm512_storeu_ps(parts, all);
  return parts[0];
}

/// Best of several runs of `work`, in GFLOP/s; every round is `lanes` multiply-adds a chain.
template <typename Work>
double peak_rate(Work const& work, std::int64_t lanes) {
  double best = 0;
  for (int run = 0; run < 7; ++run) {
    double const start = thread_seconds();
    float volatile keep = work(peak_rounds);
    static_cast<void>(keep);
    double const elapsed = thread_seconds() - start;
    auto const operations = static_cast<double>(2 * lanes * peak_chains * peak_rounds);
    if (operations / elapsed > best) best = operations / elapsed;
  }
  return best / 1e9;
}

/// GFLOP/s of one thread in the registers that the module `backend` uses. @pre this processor can run it
inline double measured_peak(std::string const& backend) {
  if (backend == "x86-64-v4") return peak_rate(multiply_add_512, 16);
  if (backend == "x86-64-v3") return peak_rate(multiply_add_256, 8);
  return 0;
}

/// The same with bfloat16 operands, 0 without the instruction.
inline double measured_bf16_peak() {
  return __builtin_cpu_supports("avx512bf16") ? peak_rate(multiply_add_bf16, 32) : 0;
}

}  // namespace cislens::bench
