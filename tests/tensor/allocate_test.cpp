#include "cislens/tensor/allocate.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/tensor/arena.hpp"

#include <gtest/gtest.h>

#include <new>
#include <string>

namespace cislens {
namespace {

TEST(Allocate, AFullGpuIsNamedWithItsNumbersAndARemedy) {
  DeviceMemory full = host_memory;
  full.is_host = false;
  full.allocate = [](std::size_t) -> void* { return nullptr; };
  full.available = [] { return std::size_t{3} << 30; };
  Arena arena(full);
  try {
    arena.bytes(std::int64_t{5} << 30);
    FAIL() << "accepted";
  } catch (OutOfMemory const& error) {
    std::string const what = error.what();
    EXPECT_EQ(error.exit_code(), 137);
    for (char const* part : {"5.00 GiB", "3.00 GiB are free", "--batch-size", "--device cpu"})
      EXPECT_NE(what.find(part), std::string::npos) << what;
  }
}

TEST(Allocate, AFullMachineIsBadAlloc) {
  DeviceMemory full = host_memory;
  full.allocate = [](std::size_t) -> void* { return nullptr; };
  Arena arena(full);

  EXPECT_THROW(arena.bytes(8), std::bad_alloc);
}

}  // namespace
}  // namespace cislens
