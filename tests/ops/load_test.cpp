#include "cislens/ops/load.hpp"

#include "cislens/base/errors.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cislens {
namespace {

TEST(Load, AutoIsTheBestUsableInstructionSet) {
  auto const usable = usable_instruction_sets();
  ASSERT_FALSE(usable.empty());

  Backend const& backend = load_cpu_backend("auto");

  EXPECT_EQ(backend_name(backend), usable.front());
  EXPECT_GE(preferred_sequences(backend), 1);
}

TEST(Load, EveryUsableInstructionSetLoadsByBothItsNames) {
  for (std::string const& isa : usable_instruction_sets()) {
    EXPECT_EQ(backend_name(load_cpu_backend(isa)), isa);
    if (!isa.starts_with("x86-64-")) continue;
    EXPECT_EQ(backend_name(load_cpu_backend(isa.substr(7))), isa);
  }
}

TEST(Load, AnotherNameIsAUsageErrorThatListsTheNames) {
  try {
    load_cpu_backend("x86-64-v9");
    FAIL() << "accepted";
  } catch (UsageError const& error) {
    EXPECT_NE(std::string(error.what()).find(usable_instruction_sets().front()), std::string::npos)
        << error.what();
  }
}

std::string reason_of(std::filesystem::path const& module, int device) {
  try {
    load_gpu_backend(module, device);
    return "";
  } catch (GpuUnavailable const& error) {
    return error.what();
  }
}

TEST(Load, AGpuThatIsNotThereHasAReason) {
  std::filesystem::path const folder = gpu_module_path().parent_path();
  std::filesystem::path const emulated = folder / "cislens_cuda_emulated.so";

  EXPECT_NE(reason_of(folder / "nothing.so", 0).find("no GPU module"), std::string::npos);
  EXPECT_NE(reason_of("/proc/self/maps", 0).find("cannot be loaded"), std::string::npos);
  EXPECT_NE(reason_of(folder / ("cislens_cpu_" + usable_instruction_sets()[0] + ".so"), 0)
                .find("is not one of this program"),
            std::string::npos);
  EXPECT_NE(reason_of(emulated, 1).find("there is no GPU 1"), std::string::npos);
}

TEST(Load, TheEmulatedGpuIsOneMoreBackend) {
  std::filesystem::path const module = gpu_module_path().parent_path() / "cislens_cuda_emulated.so";
  GpuReport const report = look_for_gpus(module);

  EXPECT_EQ(report.problem, "");
  ASSERT_EQ(report.devices.size(), 1U);
  EXPECT_EQ(report.devices[0].name, "emulated GPU");
  EXPECT_EQ(report.devices[0].capability, "9.0");
  EXPECT_NE(report.products.find("libcublasLt_emulated.so"), std::string::npos) << report.products;
  EXPECT_EQ(backend_name(load_gpu_backend(module, 0)), "cuda");
}

}  // namespace
}  // namespace cislens
