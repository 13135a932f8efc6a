#include "cislens/base/errors.hpp"
#include "cislens/base/machine.hpp"
#include "cislens/base/threads.hpp"
#include "cislens/base/version.hpp"
#include "cislens/cli/commands.hpp"
#include "cislens/cli/device.hpp"
#include "cislens/cli/run.hpp"
#include "cislens/ops/load.hpp"
#include "cislens/readout/versions.hpp"
#include "cislens/seqio/versions.hpp"

#include "standard_streams.hpp"

#include <boost/version.hpp>
#include <nlohmann/json.hpp>

namespace cislens {

namespace {

/// "1_74" -> "1.74"
std::string boost_version() {
  std::string version = BOOST_LIB_VERSION;
  for (char& c : version) c = c == '_' ? '.' : c;
  return version;
}

/// Why the CPU module cannot be used; empty: it can.
std::string why_no_module(std::string const& isa) {
  try {
    load_cpu_backend(isa);
    return "";
  } catch (Error const& error) {
    return error.what();
  }
}

double gib(double bytes) { return bytes / static_cast<double>(std::int64_t{1} << 30); }

nlohmann::ordered_json examine_gpus() {
  GpuReport const report = look_for_gpus(gpu_module_path());
  nlohmann::ordered_json found;
  found["module"] = report.module.string();
  if (!report.runtime.empty()) found["module_cuda"] = report.runtime;
  if (!report.driver.empty()) found["driver_cuda"] = report.driver;
  found["devices"] = nlohmann::ordered_json::array();
  for (GpuReport::Device const& device : report.devices) {
    found["devices"].push_back({{"name", device.name},
                                {"capability", device.capability},
                                {"multiprocessors", device.multiprocessors},
                                {"memory_bytes", device.memory_bytes}});
  }
  found["problem"] = report.problem;
  if (!report.devices.empty()) found["products"] = report.products;
  return found;
}

nlohmann::ordered_json examine(CommonOptions const& options) {
  nlohmann::ordered_json found;
  found["version"] = version();
  found["compiler"] = compiler();
  found["cpu"] = cpu_model();
  found["cpu_features"] = cpu_features();
  found["cpu_module"] = resolve_isa(options.isa);
  found["cpu_module_problem"] = why_no_module(resolve_isa(options.isa));
  found["threads"] = options.threads > 0 ? options.threads : available_cpus();
  found["memory_limit_bytes"] = memory_limit_bytes();
  for (auto const& [name, number] : seqio_library_versions()) found["libraries"][name] = number;
  for (auto const& [name, number] : readout_library_versions()) found["libraries"][name] = number;
  found["libraries"]["Boost"] = boost_version();
  found["gpu"] = examine_gpus();
  return found;
}

std::string join(nlohmann::ordered_json const& words) {
  std::string result;
  for (std::string const word : words) result += (result.empty() ? "" : " ") + word;
  return result.empty() ? "none" : result;
}

/// One line a device, or why there is none; the module and the driver when there are any.
std::string gpu_lines(nlohmann::ordered_json const& gpu) {
  auto const text = [](nlohmann::ordered_json const& value) { return value.get<std::string>(); };
  std::string page;
  if (gpu.contains("module_cuda")) {
    page += "GPU module    " + text(gpu["module"]) + ", built with CUDA " + text(gpu["module_cuda"]) + "\n";
    page += "GPU driver    " +
            (gpu.contains("driver_cuda") ? "up to CUDA " + text(gpu["driver_cuda"]) : "none") + "\n";
  }
  int index = 0;
  for (auto const& device : gpu["devices"]) {
    page += "GPU           cuda:" + std::to_string(index++) + " " + text(device["name"]) + ", " +
            format_fixed(gib(device["memory_bytes"].get<double>()), 1) + " GiB, compute capability " +
            text(device["capability"]) + "\n";
  }
  if (index == 0) page += "GPU           none: " + text(gpu["problem"]) + "\n";
  if (gpu.contains("products")) page += "GPU products  " + text(gpu["products"]) + "\n";
  return page;
}

std::string as_text(nlohmann::ordered_json const& found) {
  auto const text = [&](char const* key) { return found[key].get<std::string>(); };
  std::string libraries;
  for (auto const& [name, version] : found["libraries"].items()) {
    libraries += (libraries.empty() ? "" : ", ") + name + " " + version.get<std::string>();
  }
  std::string page;
  page += "cislens       " + text("version") + "\n";
  page += "compiler      " + text("compiler") + "\n";
  page += "CPU           " + text("cpu") + "\n";
  page += "CPU features  " + join(found["cpu_features"]) + "\n";
  std::string const problem = text("cpu_module_problem");
  page += "CPU module    " + text("cpu_module") + (problem.empty() ? "" : ": " + problem) + "\n";
  page += "threads       " + std::to_string(found["threads"].get<int>()) + "\n";
  page += "memory limit  " + format_fixed(gib(found["memory_limit_bytes"].get<double>()), 1) + " GiB\n";
  page += "libraries     " + libraries + "\n";
  return page + gpu_lines(found["gpu"]);
}

}  // namespace

void run_doctor(CommandLine& line) {
  bool json = false;
  line.example("cislens doctor");
  line.example("cislens doctor --json");
  line.example("cislens doctor --device cuda && echo a GPU is there");
  line.group("Output");
  line.flag("json", json, "one JSON object instead of text");
  if (!line.parse()) return;

  check_device(line.common().device);
  nlohmann::ordered_json const found = examine(line.common());
  print(json ? found.dump(2) + "\n" : as_text(found));
}

}  // namespace cislens
