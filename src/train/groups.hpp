#pragma once

#include "cislens/model/pass_size.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace cislens {

/// Neighbouring sequences of a batch that go through the network together.
struct Group {
  std::int64_t first = 0;
  std::int64_t count = 0;
};

/// @param lengths  bases of the batch's sequences, longest first
std::vector<Group> cut_groups(NetworkConfig const& config, std::span<std::int64_t const> lengths,
                              PassLimits const& limits);

/// Gradients of so many groups may be made at the same time, and are summed in order: a device takes one
/// group after the other.
std::int64_t gradient_lanes(Backend const& backend);

/// Whether `threads` threads are better used inside the ops, on one group after the other, than with a group
/// each: when so few groups leave a third of them idle. Decides about time, never about results.
bool better_one_by_one(std::int64_t groups, std::int64_t threads);

}  // namespace cislens
