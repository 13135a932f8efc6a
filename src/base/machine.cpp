#include "cislens/base/machine.hpp"

#include "cislens/base/text.hpp"

#include <algorithm>
#include <fstream>
#include <limits>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>

namespace cislens {

namespace {

/// The number in a file of one number; the largest int64 when there is none ("max", no such file).
std::int64_t number_in(std::string const& path) {
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

std::int64_t memory_limit_bytes() {
  std::int64_t limit = static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
  limit = std::min(limit, number_in("/sys/fs/cgroup/memory.max"));
  rlimit address_space{};
  if (getrlimit(RLIMIT_AS, &address_space) == 0 && address_space.rlim_cur != RLIM_INFINITY) {
    limit = std::min(limit, static_cast<std::int64_t>(address_space.rlim_cur));
  }
  return limit;
}

}  // namespace cislens
