#pragma once

#include "cislens/base/output_file.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace cislens {

/// A file that a run read, and enough to know it again.
struct InputRecord {
  std::string role;  ///< "sequences", "background", "genome", "motif database", ...
  std::string path;  ///< as the user named it
  std::int64_t bytes = 0;
  std::string xxh3;           ///< 16 hexadecimal digits of XXH3-64 over the bytes as stored; empty: not known
  std::string modified = {};  ///< UTC, of a file that is too large to be summed; empty: not asked
};

/// What a run was: everything needed to repeat it, and what it cost. `--no-provenance` leaves all of it out,
/// for only then are two equal runs equal byte for byte.
struct Provenance {
  std::string version;
  std::vector<std::string> arguments;  ///< the command line as received, program first
  std::uint64_t seed = 0;
  std::vector<InputRecord> inputs;
  std::string device;                                        ///< "cpu (x86-64-v3)", "cuda: NVIDIA H200"
  int threads = 1;                                           ///< as used, not as asked
  std::string started;                                       ///< UTC, ISO 8601; empty: left out
  std::vector<std::pair<std::string, double>> times_s;       ///< stage, seconds, in order
  std::vector<std::pair<std::string, double>> metrics;       ///< name, value, in order
  std::vector<std::pair<std::string, std::string>> options;  ///< every option with the value it had, in order
  std::vector<std::string> outputs = {};  ///< files written, as seen from the folder of params.json, sorted
};

/// Size and XXH3-64 of a file, read once; of one above 1 GiB, which that would take long for, size and time
/// of its last change. "-" and everything that is not a plain file gives 0 bytes and no sum, for it can be
/// read only once.
/// @throws InputError   it cannot be read
/// @throws Interrupted  a signal asked to stop
InputRecord describe_input(std::string const& role, std::string const& path);

/// The arguments as one line that a POSIX shell reads back as the same arguments.
std::string shell_line(std::span<std::string const> arguments);

/// Now in UTC, "2026-01-31T12:00:00Z".
std::string utc_now();

/// One JSON object, keys in the order of the struct; NaN and infinity are null; bytes that are not UTF-8
/// become U+FFFD.
std::string format_params_json(Provenance const& provenance);

/// What an earlier run with this file's name was asked and wrote; other fields are left as they are made.
/// @return nothing when the file is not there or not what `format_params_json` writes
std::optional<Provenance> read_earlier_run(std::filesystem::path const& path);

/// @throws OutputError  it cannot be written
void write_params_json(Provenance const& provenance, std::filesystem::path const& path, IfExists if_exists);

}  // namespace cislens
