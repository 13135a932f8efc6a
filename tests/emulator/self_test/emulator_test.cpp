#include "kernels.cuh"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <numeric>
#include <stdexcept>

// The emulator finds the faults it is there for, and gives the numbers of plain loops.
namespace cislens::cuda::self_test {
namespace {

std::vector<float> counted(std::size_t count) {
  std::vector<float> values(count);
  std::iota(values.begin(), values.end(), 1.0F);
  return values;
}

/// What a launch says when it fails; empty: it did not.
template <typename Start>
std::string failure_of(Start const& start) {
  try {
    start();
    return "";
  } catch (std::runtime_error const& error) {
    return error.what();
  }
}

TEST(Emulator, SumsABlock) {
  OnDevice<float> const x(counted(5 * 96));
  OnDevice<float> sums(std::vector<float>(5));

  start_sums(x, sums, 5);

  for (std::size_t block = 0; block < 5; ++block) {
    EXPECT_EQ(sums.values()[block], 96.0F * 96.0F * static_cast<float>(block) + 96.0F * 97.0F / 2);
  }
}

TEST(Emulator, ASharedArrayNeedsItsBarrier) {
  for (bool const dynamic : {false, true}) {
    OnDevice<float> good(counted(64));
    OnDevice<float> bad(counted(64));

    start_reversal(good, true, dynamic);
    start_reversal(bad, false, dynamic);

    auto expected = counted(64);
    std::reverse(expected.begin(), expected.end());
    EXPECT_EQ(good.values(), expected);
    EXPECT_NE(bad.values(), expected) << "a missing __syncthreads goes unseen";
  }
}

TEST(Emulator, LanesNeedTheirBarrierToo) {
  OnDevice<float> good(counted(32));
  OnDevice<float> bad(counted(32));

  start_neighbours(good, true);
  start_neighbours(bad, false);

  EXPECT_EQ(good.values()[0], 2.0F);
  EXPECT_EQ(good.values()[31], 1.0F);
  EXPECT_NE(bad.values(), good.values()) << "a missing __syncwarp goes unseen";
}

TEST(Emulator, FreshMemoryIsNaN) {
  void* memory = nullptr;
  check(cudaMalloc(&memory, 8), "memory");
  float values[2] = {};
  check(cudaMemcpyAsync(values, memory, 8, cudaMemcpyDeviceToHost, stream()), "back");
  check(cudaFree(memory), "free");

  EXPECT_TRUE(std::isnan(values[0]) && std::isnan(values[1]));
}

TEST(EmulatorDeathTest, WritingBehindAnAllocationEndsTheProgram) {
  OnDevice<float> x(std::vector<float>(64));

  EXPECT_DEATH(start_write_behind(x, 64), "block \\(0, 0, 0\\).*byte 256 of an allocation of 256");
  EXPECT_DEATH(
      {
        OnDevice<float> odd(std::vector<float>(63));
        start_write_behind(odd, 63);
      },
      "byte 252 of an allocation of 252 was written");
}

TEST(EmulatorDeathTest, TheHostMayNotTouchDeviceMemory) {
  OnDevice<float> x(std::vector<float>(64));

  EXPECT_DEATH(x.data()[3] = 1, "byte 12 of an allocation of 256: the host touches device memory");
}

TEST(EmulatorDeathTest, AnUnalignedLoadOfFourFloatsEndsTheProgram) {
  OnDevice<float> x(std::vector<float>(64));

  EXPECT_DEATH(start_unaligned_load(x), "misaligned address");
}

TEST(Emulator, ShufflesGiveKnownNumbers) {
  OnDevice<int> x(std::vector<int>(6 * 32));

  start_shuffles(x);

  auto const got = x.values();
  for (int lane = 0; lane < 32; ++lane) {
    EXPECT_EQ(got[lane], lane ^ 5);
    EXPECT_EQ(got[32 + lane], lane < 3 ? lane : lane - 3);
    EXPECT_EQ(got[64 + lane], lane % 16 + 3 < 16 ? lane + 3 : lane);
    EXPECT_EQ(got[96 + lane], lane / 8 * 8 + 2);
    EXPECT_EQ(got[128 + lane], 0b01001001001001001001001001001001);
    EXPECT_EQ(got[160 + lane], lane < 8 ? lane ^ 1 : -1);
  }
}

TEST(Emulator, WhoWaitsForLanesThatNeverComeIsTold) {
  OnDevice<int> x(std::vector<int>(64));

  EXPECT_NE(failure_of([&] { start_half_a_warp_shuffles(x); }).find("here 0000ffff of ffffffff"),
            std::string::npos);
  EXPECT_NE(failure_of([&] { start_barrier_that_few_reach(x); }).find("never come"), std::string::npos);
  EXPECT_NE(failure_of([&] { start_two_barriers(x); }).find("kernels.cu"), std::string::npos);
  // After a failure the next kernel runs as ever.
  EXPECT_EQ(failure_of([&] { start_shared_bytes(0); }), "");
}

TEST(Emulator, MmaIsAProduct) {
  std::vector<float> a(256);
  std::vector<float> b(128);
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<float>(i * 7 % 23) - 11;
  for (std::size_t i = 0; i < b.size(); ++i) b[i] = static_cast<float>(i * 5 % 17) - 8;
  OnDevice<float> d(std::vector<float>(128));

  start_product(OnDevice<float>(a), OnDevice<float>(b), d);

  auto const got = d.values();
  for (std::size_t i = 0; i < 16; ++i) {
    for (std::size_t j = 0; j < 8; ++j) {
      float sum = 0;  // of small integers: exact in any order
      for (std::size_t k = 0; k < 16; ++k) sum += a[16 * i + k] * b[8 * k + j];
      EXPECT_EQ(got[8 * i + j], sum) << i << ", " << j;
    }
  }
}

TEST(Emulator, LdmatrixTransposes) {
  auto const x = counted(256);
  OnDevice<float> y(std::vector<float>(256));

  start_transposed_matrices(OnDevice<float>(x), y);

  auto const got = y.values();
  for (std::size_t m = 0; m < 4; ++m) {
    for (std::size_t i = 0; i < 64; ++i) EXPECT_EQ(got[64 * m + i], x[64 * m + i % 8 * 8 + i / 8]);
  }
}

TEST(Emulator, AsynchronousCopiesArriveWhenTheyAreWaitedFor) {
  OnDevice<float> const x(counted(128));
  OnDevice<float> waited(std::vector<float>(128));
  OnDevice<float> read_early(std::vector<float>(128));

  start_copies(x, waited, true);
  start_copies(x, read_early, false);

  auto const got = waited.values();
  for (std::size_t i = 0; i < 128; ++i) {
    std::size_t const from = 127 - i;
    EXPECT_EQ(got[i], from / 4 % 2 == 0 ? static_cast<float>(from + 1) : 0.0F);
  }
  EXPECT_TRUE(std::isnan(read_early.values()[0]));
}

TEST(Emulator, SharedMemoryHasItsLimits) {
  EXPECT_EQ(failure_of([] { start_shared_bytes(48 * 1024); }), "");
  EXPECT_EQ(failure_of([] { start_shared_bytes(227 * 1024); }), "");
  EXPECT_NE(failure_of([] { start_shared_bytes(227 * 1024 + 1); }), "");
}

}  // namespace
}  // namespace cislens::cuda::self_test
