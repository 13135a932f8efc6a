#pragma once

#include "cislens/base/output_file.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace cislens {

/// Which part of a run this is: index of count, from 1.
struct Shard {
  std::int64_t index = 1;
  std::int64_t count = 1;
};

/// "2-of-8". @throws UsageError
Shard parse_shard(std::string_view text);

/// What the parts of a run know about it, beside their outputs (shard.json), so that `merge` can tell parts
/// of one run from others.
struct ShardNote {
  Shard shard;
  std::string run;                 ///< checksum of everything that decides the whole's outputs
  std::string isa;                 ///< instruction set: other ones round otherwise
  std::int64_t longest_bp = 0;     ///< of the contigs
  std::vector<std::string> files;  ///< names, in the order in which they are joined
};

/// @throws OutputError
void write_shard_note(ShardNote const& note, std::filesystem::path const& folder, IfExists if_exists);
/// @throws InputError  there is none in the folder, or it is damaged, or a file that it names is missing
ShardNote read_shard_note(std::filesystem::path const& folder);

}  // namespace cislens
