#pragma once

#include "cislens/model/config.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace cislens {

/// Neighbouring sequences of a batch that go through the network together.
struct Group {
  std::int64_t first = 0;
  std::int64_t count = 0;
};

/// Tokens that a group of more than one sequence has at most, padding included: what a block works on stays
/// in the second-level cache, and long sequences do not take several times the memory.
inline constexpr std::int64_t most_group_tokens = 2048;

/// How many sequences of so many bases, the longest of them, a group takes.
/// @param preferred  what the backend likes, >= 1
std::int64_t group_size(NetworkConfig const& config, std::int64_t bases, std::int64_t preferred);

/// @param lengths  bases of the batch's sequences, longest first
std::vector<Group> cut_groups(NetworkConfig const& config, std::span<std::int64_t const> lengths,
                              std::int64_t preferred);

/// Whether `threads` threads are better used inside the ops, on one group after the other, than with a group
/// each: when so few groups leave a third of them idle. Decides about time, never about results.
bool better_one_by_one(std::int64_t groups, std::int64_t threads);

}  // namespace cislens
