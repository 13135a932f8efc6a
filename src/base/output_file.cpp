#include "cislens/base/output_file.hpp"

#include "cislens/base/errors.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iostream>
#include <mutex>
#include <unistd.h>

namespace cislens {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail(fs::path const& path, std::string const& doing) {
  std::string const message = path.string() + ": cannot " + doing + ": " + std::strerror(errno);
  if (errno == EPIPE) throw ReaderGone(message);
  throw OutputError(message);
}

void sync_to_disk(fs::path const& path, int flags) {
  int const descriptor = open(path.c_str(), flags);
  if (descriptor < 0) fail(path, "open");
  // Devices and pipes cannot be synced (EINVAL): nothing is lost there by not doing it.
  int const failed = fsync(descriptor) != 0 && errno != EINVAL && errno != EROFS ? errno : 0;
  close(descriptor);
  errno = failed;
  if (failed != 0) fail(path, "write to disk");
}

/// Sets errno to why writing failed some time ago, by trying once more: the reason has been overwritten
/// since.
void find_reason(fs::path const& path) {
  int const descriptor = path == "/dev/stdout" ? STDOUT_FILENO : open(path.c_str(), O_WRONLY | O_APPEND);
  errno = 0;
  bool const written = descriptor >= 0 && write(descriptor, "\n", 1) == 1;
  int const reason = written || errno == 0 ? EIO : errno;
  if (descriptor > STDERR_FILENO) close(descriptor);
  errno = reason;
}

struct Files {
  std::mutex mutex;
  std::vector<fs::path> paths;
};

Files& committed() {
  static Files files;
  return files;
}

Files& inputs() {
  static Files files;
  return files;
}

}  // namespace

std::vector<fs::path> committed_files(std::size_t from) {
  Files& files = committed();
  std::lock_guard const lock(files.mutex);
  return {files.paths.begin() + static_cast<std::ptrdiff_t>(std::min(from, files.paths.size())),
          files.paths.end()};
}

void set_input_files(std::vector<fs::path> files) {
  std::lock_guard const lock(inputs().mutex);
  inputs().paths = std::move(files);
}

bool is_input_file(fs::path const& path) {
  std::lock_guard const lock(inputs().mutex);
  return std::ranges::any_of(inputs().paths, [&](fs::path const& input) {
    std::error_code ignored;  // one of them is not there
    return fs::is_regular_file(input, ignored) && fs::equivalent(input, path, ignored);
  });
}

bool is_same_output(fs::path const& a, fs::path const& b) {
  auto const is_standard = [](fs::path const& path) { return path == "-" || path == "/dev/stdout"; };
  if (is_standard(a) || is_standard(b)) return is_standard(a) && is_standard(b);
  std::error_code ignored;
  if (fs::is_character_file(a, ignored)) return false;
  return fs::equivalent(a, b, ignored) || fs::weakly_canonical(fs::absolute(a, ignored), ignored) ==
                                              fs::weakly_canonical(fs::absolute(b, ignored), ignored);
}

struct OutputFile::State {
  fs::path path;
  fs::path temporary;
  std::ofstream file;
  bool standard_output = false;
  bool in_place = false;  // a device or pipe: there is nothing to rename
  bool committed = false;

  ~State() {
    if (committed || standard_output || in_place) return;
    file.close();
    std::error_code ignored;
    fs::remove(temporary, ignored);
  }
};

OutputFile::OutputFile(fs::path const& path, IfExists if_exists) : state_(std::make_unique<State>()) {
  state_->path = path;
  if (path == "-") {
    state_->standard_output = true;
    return;
  }
  std::error_code ignored;
  state_->in_place = fs::exists(path, ignored) && fs::is_other(path, ignored);
  if (!state_->in_place) check_free(path, if_exists);
  state_->temporary = path;
  if (!state_->in_place) state_->temporary += ".tmp" + std::to_string(getpid());
  errno = 0;
  state_->file.open(state_->temporary, std::ios::binary | std::ios::trunc);
  if (!state_->file) {
    state_->in_place = true;  // nothing was made, so nothing is to be removed
    fail(path, "write");
  }
}

OutputFile::~OutputFile() = default;
OutputFile::OutputFile(OutputFile&&) noexcept = default;

std::ostream& OutputFile::stream() { return state_->standard_output ? std::cout : state_->file; }

fs::path const& OutputFile::temporary_path() const { return state_->temporary; }

void OutputFile::commit() {
  bool const failed_before = !stream();
  errno = 0;
  stream().flush();
  if (failed_before) find_reason(state_->standard_output ? fs::path("/dev/stdout") : state_->temporary);
  if (!stream()) fail(state_->standard_output ? "standard output" : state_->path, "write");
  if (state_->standard_output) return;
  state_->file.close();
  if (state_->file.fail()) fail(state_->path, "write");
  if (state_->in_place) return;
  sync_to_disk(state_->temporary, O_RDWR);
  std::error_code error;
  fs::rename(state_->temporary, state_->path, error);
  if (error) throw OutputError(state_->path.string() + ": cannot rename into place: " + error.message());
  state_->committed = true;
  fs::path const name = fs::absolute(state_->path).lexically_normal();
  std::lock_guard const lock(committed().mutex);
  committed().paths.push_back(name);
}

void make_folder(fs::path const& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error && !fs::is_directory(folder)) error = std::make_error_code(std::errc::not_a_directory);
  if (error) throw OutputError(folder.string() + ": cannot make this folder: " + error.message());
  if (access(folder.c_str(), W_OK | X_OK) != 0) {
    throw OutputError(folder.string() + ": cannot write here: " + std::strerror(errno));
  }
}

void check_free(fs::path const& path, IfExists if_exists) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored))
    throw OutputError(path.string() + ": is a folder, a file is to be written there");
  if (is_input_file(path)) {
    throw UsageError(path.string() + ": is also an input of this command (give the output another name)");
  }
  if (if_exists == IfExists::refuse && fs::exists(path, ignored)) {
    throw OutputError(path.string() + ": already exists; use --force to replace it");
  }
}

}  // namespace cislens
