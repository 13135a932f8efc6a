#include "cislens/base/machine.hpp"

#include "cislens/base/text.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>

namespace cislens {

namespace {

/// The number in a file of one number; the largest int64 when there is none ("max", no such file).
std::int64_t number_in(std::filesystem::path const& path) {
  std::ifstream file(path);
  std::int64_t value = 0;
  return file >> value ? value : std::numeric_limits<std::int64_t>::max();
}

}  // namespace

std::string cpu_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("model name")) continue;
    std::size_t const colon = line.find(':');
    if (colon != std::string::npos) return std::string(trim(std::string_view(line).substr(colon + 1)));
  }
  return "unknown";
}

// __builtin_cpu_supports takes literals only, hence a line for each.
#if defined(__x86_64__)

std::vector<std::string> cpu_features() {
  std::vector<std::pair<char const*, bool>> const known = {
      {"sse4.2", __builtin_cpu_supports("sse4.2")},
      {"popcnt", __builtin_cpu_supports("popcnt")},
      {"avx", __builtin_cpu_supports("avx")},
      {"avx2", __builtin_cpu_supports("avx2")},
      {"fma", __builtin_cpu_supports("fma")},
      {"bmi2", __builtin_cpu_supports("bmi2")},
      {"avx512f", __builtin_cpu_supports("avx512f")},
      {"avx512bw", __builtin_cpu_supports("avx512bw")},
      {"avx512vl", __builtin_cpu_supports("avx512vl")},
      {"avx512vnni", __builtin_cpu_supports("avx512vnni")},
      {"avx512bf16", __builtin_cpu_supports("avx512bf16")},
  };
  std::vector<std::string> result;
  for (auto const& [name, present] : known) {
    if (present) result.emplace_back(name);
  }
  return result;
}

#else

std::vector<std::string> cpu_features() { return {}; }

#endif

namespace {

namespace fs = std::filesystem;

constexpr std::int64_t unlimited = std::numeric_limits<std::int64_t>::max();

/// Folders of the cgroups (version 2) that this process is in, its own first; inside a container often one.
std::vector<fs::path> cgroup_folders() {
  fs::path const root = "/sys/fs/cgroup";
  std::vector<fs::path> folders;
  std::ifstream file("/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("0::/")) continue;
    for (fs::path own = line.substr(4); !own.empty(); own = own.parent_path()) folders.push_back(root / own);
  }
  folders.push_back(root);
  return folders;
}

/// The number behind "key " or "key:" in a file of such lines; 0 when there is none.
std::int64_t field_of(fs::path const& path, std::string const& key) {
  std::ifstream file(path);
  std::string word;
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    std::int64_t value = 0;
    if (fields >> word >> value && (word == key || word == key + ":")) return value;
  }
  return 0;
}

struct AddressSpace {
  std::int64_t limit, used;
};

AddressSpace address_space() {
  rlimit limit{};
  bool const known = getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
  std::int64_t const used = number_in("/proc/self/statm") * sysconf(_SC_PAGESIZE);
  return {known ? static_cast<std::int64_t>(limit.rlim_cur) : unlimited, used};
}

}  // namespace

std::int64_t memory_limit_bytes() {
  std::int64_t limit = static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
  for (fs::path const& folder : cgroup_folders()) limit = std::min(limit, number_in(folder / "memory.max"));
  limit = std::min(limit, number_in("/sys/fs/cgroup/memory/memory.limit_in_bytes"));  // version 1
  return std::min(limit, address_space().limit);
}

std::int64_t memory_available_bytes() {
  std::int64_t available = memory_limit_bytes();
  if (std::int64_t const kib = field_of("/proc/meminfo", "MemAvailable"); kib > 0)
    available = std::min(available, 1024 * kib);
  for (fs::path const& folder : cgroup_folders()) {
    std::int64_t const most = number_in(folder / "memory.max");
    if (most == unlimited) continue;
    std::int64_t const used = number_in(folder / "memory.current");
    std::int64_t const cache = field_of(folder / "memory.stat", "inactive_file");
    if (used != unlimited) available = std::min(available, most - used + cache);
  }
  AddressSpace const space = address_space();
  if (space.limit != unlimited) available = std::min(available, space.limit - space.used);
  return std::max<std::int64_t>(available, 0);
}

std::int64_t memory_resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::int64_t total = 0;
  std::int64_t resident = 0;
  return file >> total >> resident ? resident * sysconf(_SC_PAGESIZE) : 0;
}

}  // namespace cislens
