#pragma once

#include "cislens/base/log.hpp"
#include "cislens/base/output_file.hpp"
#include "cislens/cli/command_line.hpp"
#include "cislens/ops/load.hpp"
#include "cislens/writers/provenance.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace cislens {

/// One run of a command, from when its options are read: the log, what the common options mean here, and what
/// params.json will say.
class Run {
 public:
  /// Says on the log what runs: version, command line, seed, threads.
  /// @param line  already parsed; must outlive the run
  /// @throws GpuUnavailable  a GPU was asked for and there is none
  /// @throws UsageError      the instruction set asked for is not one of this CPU
  explicit Run(CommandLine const& line);
  ~Run();
  Run(Run const&) = delete;
  Run& operator=(Run const&) = delete;

  Log& log() { return log_; }
  /// As used: never 0.
  int threads() const { return provenance_.threads; }
  std::uint64_t seed() const { return provenance_.seed; }
  /// The instruction set of the CPU module to load, never "auto".
  std::string const& isa() const { return isa_; }
  /// What networks run on: opened when it is first asked for, and then said on the log.
  /// @throws GpuUnavailable  --device names a GPU that cannot be used
  Backend const& backend();
  /// Before `backend`: this is one of several processes on this machine, counted from 0; each has a GPU of
  /// its own.
  void local_rank(int rank) { local_rank_ = rank; }
  IfExists if_exists() const { return if_exists_; }

  /// Makes a folder for outputs. One that was not there, and those above it, go again with this object when
  /// they are still empty: input that is refused leaves nothing behind.
  /// @throws OutputError  it cannot be made or written to
  /// @throws UsageError   it is "-"
  void output_folder(std::filesystem::path const& folder);
  /// From now on an interrupted run says that --resume goes on from this file, as long as it is there.
  void resumable(std::filesystem::path const& state) { state_ = state; }

  /// Remembers a file that is read. @throws InputError  it cannot be read
  void input(std::string const& role, std::string const& path);
  /// From now on time counts for the stage `name`, a key of params.json; the log gets `message`.
  void stage(std::string const& name, std::string const& message);
  void metric(std::string const& name, double value);
  /// What params.json will say, as far as it is known.
  Provenance const& provenance() const { return provenance_; }

  /// Before work starts: whether `write_params` may write there. @throws OutputError  it may not
  void check_params(std::filesystem::path const& path) const;
  /// Ends the last stage and writes the file, unless --no-provenance was given. Last of all: files that an
  /// earlier run of the same command says it wrote there and this one did not (--force) are removed,
  /// params.json too when none is written. @throws OutputError
  void write_params(std::filesystem::path const& path);

 private:
  void end_stage();
  std::vector<std::string> outputs_in(std::filesystem::path const& folder) const;
  void remove_left_over(Provenance const& earlier, std::filesystem::path const& folder);

  CommandLine const* line_;
  Log log_;
  std::string isa_;
  int local_rank_ = 0;
  Backend const* backend_ = nullptr;
  IfExists if_exists_;
  Provenance provenance_;
  std::vector<std::filesystem::path> new_folders_;  // those above others first
  std::filesystem::path state_;
  std::size_t committed_before_;  // files, by earlier runs of this process
  std::string stage_;
  std::chrono::steady_clock::time_point stage_start_;
};

/// The instruction set that `--isa` means on this CPU, "x86-64-v4"; "none" for auto on a CPU without any.
/// @throws UsageError  this CPU does not have it
std::string resolve_isa(std::string const& asked);

}  // namespace cislens
