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

/// The levels of x86-64 which have a CPU module, worst first: "x86-64-v2", "x86-64-v3", "x86-64-v4".
std::vector<std::string> isa_levels();

/// Whether this CPU can run code built for `level`, one of `isa_levels()` or "portable".
bool supports_isa(std::string const& level);

/// The best of `isa_levels()` that this CPU supports; "portable" when there is none.
std::string best_isa();

/// Memory this process may use: the least of the machine's, the cgroup's limit and RLIMIT_AS.
std::int64_t memory_limit_bytes();

}  // namespace cislens
