#include "cislens/cli/run.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/interrupt.hpp"
#include "cislens/base/threads.hpp"
#include "cislens/base/version.hpp"
#include "cislens/cli/device.hpp"
#include "cislens/ops/load.hpp"

#include <algorithm>

namespace cislens {

namespace {

/// The name of the command that ran; empty: not known.
std::string command_of(Provenance const& run) { return run.arguments.size() > 1 ? run.arguments[1] : ""; }

/// Whether a name means a file in a folder or below it, and nothing else.
bool stays_below(std::filesystem::path const& name) {
  return !name.empty() && name.is_relative() && *name.begin() != ".." && name == name.lexically_normal();
}

}  // namespace

std::string resolve_isa(std::string const& asked) {
  std::vector<std::string> const usable = usable_instruction_sets();
  if (asked == "auto") return usable.empty() ? "none" : usable.front();
  std::string known;
  for (std::string const& name : usable) {
    if (name == asked || name == "x86-64-" + asked) return name;
    known += (known.empty() ? "" : ", ") + name;
  }
  throw UsageError("--isa " + asked + ": this CPU can run auto, " + known);
}

Run::Run(CommandLine const& line)
    : line_(&line),
      log_(line.common().log),
      isa_(resolve_isa(line.common().isa)),
      if_exists_(line.common().force ? IfExists::replace : IfExists::refuse),
      committed_before_(committed_files().size()) {
  CommonOptions const& common = line.common();
  std::vector<std::string> const texts = line.texts_given();
  set_input_files({texts.begin(), texts.end()});
  check_device(common.device);
  provenance_.version = version();
  provenance_.arguments = line.received();
  provenance_.seed = common.seed;
  provenance_.device = "cpu (" + isa_ + ")";
  provenance_.threads = common.threads > 0 ? common.threads : available_cpus();
  provenance_.options = line.settings();
  if (common.provenance) provenance_.started = utc_now();
  log_.info("version " + version() + ": " + shell_line(provenance_.arguments));
  log_.info("seed " + std::to_string(common.seed) + ", " + std::to_string(provenance_.threads) +
            (provenance_.threads == 1 ? " thread" : " threads"));
}

Backend const& Run::backend() {
  if (backend_ != nullptr) return *backend_;
  OpenDevice const opened = open_device(line_->common().device, isa_, local_rank_);
  provenance_.device = opened.name;
  log_.info("networks run on " + opened.name + (opened.reason.empty() ? "" : " (" + opened.reason + ")"));
  backend_ = opened.backend;
  return *backend_;
}

Run::~Run() {
  std::error_code ignored;
  for (auto folder = new_folders_.rbegin(); folder != new_folders_.rend(); ++folder)
    std::filesystem::remove(*folder, ignored);  // does nothing to a full one
  if (pending_interrupt() != 0 && !state_.empty() && std::filesystem::exists(state_, ignored))
    log_.info("the state of training is in " + state_.string() + "; --resume goes on from it");
}

void Run::output_folder(std::filesystem::path const& folder) {
  if (folder == "-") throw UsageError("-o names a folder: the outputs cannot go to standard output");
  std::error_code ignored;
  std::vector<std::filesystem::path> missing;
  for (auto path = folder; !path.empty() && !std::filesystem::exists(path, ignored);
       path = path.parent_path())
    missing.push_back(path);
  make_folder(folder);
  new_folders_.insert(new_folders_.end(), missing.rbegin(), missing.rend());
}

void Run::input(std::string const& role, std::string const& path) {
  if (line_->common().provenance) provenance_.inputs.push_back(describe_input(role, path));
}

void Run::stage(std::string const& name, std::string const& message) {
  end_stage();
  log_.info(message);
  stage_ = name;
  stage_start_ = std::chrono::steady_clock::now();
}

void Run::metric(std::string const& name, double value) { provenance_.metrics.emplace_back(name, value); }

void Run::end_stage() {
  if (stage_.empty()) return;
  std::chrono::duration<double> const elapsed = std::chrono::steady_clock::now() - stage_start_;
  provenance_.times_s.emplace_back(stage_, elapsed.count());
  stage_.clear();
}

void Run::check_params(std::filesystem::path const& path) const {
  if (line_->common().provenance) check_free(path, if_exists_);
}

void Run::write_params(std::filesystem::path const& path) {
  end_stage();
  std::filesystem::path const folder = std::filesystem::absolute(path).lexically_normal().parent_path();
  provenance_.outputs = outputs_in(folder);
  auto const earlier = if_exists_ == IfExists::replace ? read_earlier_run(path) : std::nullopt;
  if (line_->common().provenance) write_params_json(provenance_, path, if_exists_);
  if (!earlier || command_of(*earlier) != command_of(provenance_)) return;
  remove_left_over(*earlier, folder);
  std::error_code ignored;
  if (!line_->common().provenance) std::filesystem::remove(path, ignored);
}

/// What this run wrote there and has not removed again, as seen from the folder, sorted.
std::vector<std::string> Run::outputs_in(std::filesystem::path const& folder) const {
  std::vector<std::string> names;
  std::error_code ignored;
  for (std::filesystem::path const& file : committed_files(committed_before_)) {
    std::filesystem::path const name = file.lexically_relative(folder);
    if (stays_below(name) && std::filesystem::exists(file, ignored)) names.push_back(name.generic_string());
  }
  std::ranges::sort(names);
  auto const repeated = std::ranges::unique(names);
  names.erase(repeated.begin(), repeated.end());
  return names;
}

void Run::remove_left_over(Provenance const& earlier, std::filesystem::path const& folder) {
  std::string removed;
  std::error_code ignored;
  for (std::string const& name : earlier.outputs) {
    if (std::ranges::binary_search(provenance_.outputs, name) || !stays_below(name)) continue;
    if (is_input_file(folder / name)) continue;
    if (!std::filesystem::remove(folder / name, ignored)) continue;
    removed += (removed.empty() ? "" : ", ") + name;
    auto parent = (folder / name).parent_path();
    while (parent != folder && std::filesystem::remove(parent, ignored)) parent = parent.parent_path();
  }
  if (!removed.empty()) log_.info("removed, written by the run before and not by this one: " + removed);
}

}  // namespace cislens
