#pragma once

#include "cislens/tensor/context.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cislens {

/// Names of the CPU modules of this build that this processor can run, best first ("x86-64-v4", ...).
std::vector<std::string> usable_instruction_sets();

/// Opens a CPU module. It stays loaded until the program ends.
/// @param isa  a name from `usable_instruction_sets()`, with or without "x86-64-", or "auto" for the best
/// @throws UsageError  no such name, or this processor cannot run it
/// @throws Error       the module's file is missing or damaged
Backend const& load_cpu_backend(std::string_view isa);

/// "x86-64-v4"; for logs and reports.
std::string_view backend_name(Backend const& backend);

/// How many sequences at a time the backend likes through the whole network.
int preferred_sequences(Backend const& backend);

/// What goes through the whole network at a time: at most so many sequences and, when they are more than one,
/// so many tokens, padding included.
struct PassLimits {
  std::int64_t sequences = 1;
  std::int64_t tokens = 1;
};
PassLimits preferred_pass(Backend const& backend);

/// The memory that a backend's functions work in.
DeviceMemory const& memory_of(Backend const& backend);

}  // namespace cislens
