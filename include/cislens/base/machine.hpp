#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cislens {

/// The CPU's own name, "Intel(R) Xeon(R) ...", or "unknown".
std::string cpu_model();

/// The instruction sets among those that matter here which this CPU (and its operating system) supports:
/// "sse4.2", "avx2", "fma", "avx512f", ... Empty on processors other than x86-64.
std::vector<std::string> cpu_features();

/// Memory this process may use: the least of the machine's, the limits of its cgroups and RLIMIT_AS.
std::int64_t memory_limit_bytes();

/// What of it is free now, for this process: caches of files count as free.
std::int64_t memory_available_bytes();

/// Memory this process has now.
std::int64_t memory_resident_bytes();

}  // namespace cislens
