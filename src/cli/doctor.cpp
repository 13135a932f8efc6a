#include "cislens/base/errors.hpp"
#include "cislens/base/machine.hpp"
#include "cislens/base/threads.hpp"
#include "cislens/base/version.hpp"
#include "cislens/cli/commands.hpp"
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

nlohmann::ordered_json examine(CommonOptions const& options) {
  std::string const gpu_missing = why_no_gpu();
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
  found["gpu"] = gpu_missing.empty() ? "available" : "none";
  if (!gpu_missing.empty()) found["gpu_reason"] = gpu_missing;
  return found;
}

std::string join(nlohmann::ordered_json const& words) {
  std::string result;
  for (std::string const word : words) result += (result.empty() ? "" : " ") + word;
  return result.empty() ? "none" : result;
}

std::string as_text(nlohmann::ordered_json const& found) {
  auto const text = [&](char const* key) { return found[key].get<std::string>(); };
  double const gib = found["memory_limit_bytes"].get<double>() / static_cast<double>(std::int64_t{1} << 30);
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
  page += "memory limit  " + format_fixed(gib, 1) + " GiB\n";
  page += "libraries     " + libraries + "\n";
  page += "GPU           " + text("gpu");
  if (found.contains("gpu_reason")) page += ": " + text("gpu_reason");
  return page + "\n";
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

  check_device(line.common());
  nlohmann::ordered_json const found = examine(line.common());
  print(json ? found.dump(2) + "\n" : as_text(found));
}

}  // namespace cislens
