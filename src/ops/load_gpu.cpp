#include "cislens/base/errors.hpp"
#include "cislens/ops/load.hpp"

#include "gpu_module.hpp"
#include "module_path.hpp"

#include <cstdlib>
#include <dlfcn.h>
#include <memory>

namespace cislens {

namespace fs = std::filesystem;

namespace {

/// The module's functions, or why they are not there.
struct GpuModule {
  GpuSurveyFunction survey = nullptr;
  GpuOpenFunction open = nullptr;
  std::string problem;
};

GpuModule load_module(fs::path const& path) {
  std::error_code error;
  if (!fs::exists(path, error)) return {.problem = "this build has no GPU module (" + path.string() + ")"};
  void* const module = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (module == nullptr) {
    return {.problem = "the GPU module " + path.string() + " cannot be loaded: " + dlerror()};
  }
  GpuModule functions;
  functions.survey = reinterpret_cast<GpuSurveyFunction>(dlsym(module, gpu_survey_symbol));
  functions.open = reinterpret_cast<GpuOpenFunction>(dlsym(module, gpu_open_symbol));
  if (functions.survey == nullptr || functions.open == nullptr)
    functions.problem = "the GPU module " + path.string() + " is not one of this program";
  return functions;
}

/// 13010 -> "13.1"
std::string cuda_version(int version) {
  if (version == 0) return "";
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

}  // namespace

fs::path gpu_module_path() {
  char const* const asked = std::getenv("CISLENS_CUDA_MODULE");
  return asked == nullptr || *asked == '\0' ? module_path("cislens_cuda.so") : fs::path(asked);
}

GpuReport look_for_gpus(fs::path const& path) {
  GpuReport report;
  report.module = path;
  GpuModule const module = load_module(path);
  report.problem = module.problem;
  if (!report.problem.empty()) return report;

  auto const found = std::make_unique<GpuSurvey>();
  module.survey(found.get());
  report.driver = cuda_version(found->driver_version);
  report.runtime = cuda_version(found->runtime_version);
  report.problem = found->problem;
  report.products = found->products;
  for (int i = 0; i < found->device_count; ++i) {
    GpuDevice const& device = found->devices[i];
    report.devices.push_back({device.name, std::to_string(device.major) + "." + std::to_string(device.minor),
                              device.multiprocessors, device.memory_bytes});
  }
  return report;
}

Backend const& load_gpu_backend(fs::path const& path, int device) {
  GpuReport const report = look_for_gpus(path);
  if (!report.problem.empty()) throw GpuUnavailable(report.problem);
  auto const count = static_cast<int>(report.devices.size());
  if (device < 0 || device >= count) {
    throw GpuUnavailable("there is no GPU " + std::to_string(device) + ": the first is 0, the last is " +
                         std::to_string(count - 1));
  }
  char problem[1024] = {};
  Backend const* const backend = load_module(path).open(device, problem, sizeof problem);
  if (backend == nullptr) throw GpuUnavailable(problem);
  return *backend;
}

}  // namespace cislens
