#include "cislens/ops/load.hpp"

#include "cislens/base/errors.hpp"

#include "backend.hpp"
#include "module_path.hpp"

#include <algorithm>
#include <dlfcn.h>
#include <filesystem>

namespace cislens {

namespace fs = std::filesystem;

namespace {

std::string joined(std::vector<std::string> const& names) {
  std::string result;
  for (auto const& name : names) result += (result.empty() ? "" : ", ") + name;
  return result;
}

}  // namespace

std::vector<std::string> usable_instruction_sets() {
  std::vector<std::string> names;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v4")) names.emplace_back("x86-64-v4");
  if (__builtin_cpu_supports("x86-64-v3")) names.emplace_back("x86-64-v3");
  if (__builtin_cpu_supports("x86-64-v2")) names.emplace_back("x86-64-v2");
#else
  names.emplace_back("portable");
#endif
  return names;
}

Backend const& load_cpu_backend(std::string_view isa) {
  auto const usable = usable_instruction_sets();
  if (usable.empty()) throw Error("this processor is older than x86-64-v2 (2009): cislens cannot run on it");
  std::string name(isa);
  if (name == "auto") name = usable.front();
  if (name.starts_with("v")) name = "x86-64-" + name;
  if (std::find(usable.begin(), usable.end(), name) == usable.end()) {
    throw UsageError("--isa " + std::string(isa) + ": this processor can run " + joined(usable));
  }
  fs::path const path = module_path("cislens_cpu_" + name + ".so");
  void* const module = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (module == nullptr) throw Error("cannot load the CPU module " + path.string() + ": " + dlerror());
  auto const function = reinterpret_cast<BackendFunction>(dlsym(module, backend_symbol));
  if (function == nullptr) throw Error("the CPU module " + path.string() + " is damaged: " + dlerror());
  return *function();
}

std::string_view backend_name(Backend const& backend) { return backend.name; }

int preferred_sequences(Backend const& backend) { return static_cast<int>(backend.preferred_sequences); }

PassLimits preferred_pass(Backend const& backend) {
  return {backend.preferred_sequences, backend.preferred_tokens};
}

DeviceMemory const& memory_of(Backend const& backend) { return backend.memory; }

}  // namespace cislens
