#pragma once

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <poll.h>
#include <sstream>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace cislens::test {

/// An empty folder that goes away with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "cislens-test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::permissions(path_, std::filesystem::perms::owner_all, ignored);
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(TemporaryFolder const&) = delete;
  TemporaryFolder& operator=(TemporaryFolder const&) = delete;

  std::filesystem::path const& path() const { return path_; }

  /// Writes a file of this folder. @returns its whole path
  std::string write(std::string const& name, std::string const& content) const {
    std::ofstream(path_ / name, std::ios::binary) << content;
    return (path_ / name).string();
  }
  /// The bytes of a file; "(no such file)" when there is none.
  std::string read(std::string const& name) const {
    std::ifstream file(path_ / name, std::ios::binary);
    if (!file) return "(no such file)";
    std::ostringstream content;
    content << file.rdbuf();
    return content.str();
  }
  /// Every file below the folder, relative, sorted: shows that nothing unfinished was left.
  std::vector<std::string> list() const {
    std::vector<std::string> names;
    for (auto const& entry : std::filesystem::recursive_directory_iterator(path_)) {
      if (!entry.is_directory()) names.push_back(std::filesystem::relative(entry.path(), path_).string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  std::filesystem::path path_;
};

enum class Standard {
  capture,      ///< read into the result
  closed,       ///< the descriptor is not there, as with >&-
  broken_pipe,  ///< a pipe whose reader has gone
  full_disk,    ///< /dev/full
};

struct ProcessOptions {
  std::filesystem::path folder = ".";  ///< where it runs
  std::string input = {};              ///< its standard input
  bool keep_input_open = false;        ///< after `input` the process waits for more that never comes
  Standard standard_output = Standard::capture;
  std::map<std::string, std::string> environment = {};  ///< set on top of ours
  std::int64_t memory_limit_bytes = 0;  ///< of address space; 0: none. Not with AddressSanitizer
  std::int64_t file_limit_bytes = 0;    ///< of any file it writes, as on a small disk; 0: none
  std::chrono::seconds timeout{120};    ///< then it is killed
  int signal = 0;                       ///< sent once, as soon as `signal_when` holds
  std::function<bool()> signal_when = [] { return true; };
};

struct ProcessResult {
  int exit_code = -1;  ///< as a shell shows it: 128 + signal when one ended the process
  int signal = 0;      ///< that ended the process, or 0
  bool timed_out = false;
  std::string out;
  std::string err;
  double elapsed_s = 0;
};

namespace detail {

struct Pipe {
  int reader = -1;
  int writer = -1;
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("cannot make a pipe");
    reader = ends[0];
    writer = ends[1];
  }
  ~Pipe() {
    close_end(reader);
    close_end(writer);
  }
  Pipe(Pipe const&) = delete;
  Pipe& operator=(Pipe const&) = delete;
  static void close_end(int& descriptor) {
    if (descriptor >= 0) close(descriptor);
    descriptor = -1;
  }
};

inline void set_limit(decltype(RLIMIT_AS) what, std::int64_t bytes) {
  if (bytes <= 0) return;
  rlimit const limit{static_cast<rlim_t>(bytes), static_cast<rlim_t>(bytes)};
  setrlimit(what, &limit);
}

/// In the child: becomes the command, or exits with 127.
[[noreturn]] inline void become(std::vector<std::string> const& command, ProcessOptions const& options,
                                int input, int output, int error) {
  if (chdir(options.folder.c_str()) != 0) _exit(127);
  for (auto const& [name, value] : options.environment) setenv(name.c_str(), value.c_str(), 1);
  for (int const caught : {SIGINT, SIGTERM, SIGPIPE}) std::signal(caught, SIG_DFL);
  set_limit(RLIMIT_AS, options.memory_limit_bytes);
  set_limit(RLIMIT_FSIZE, options.file_limit_bytes);
  dup2(input, STDIN_FILENO);
  dup2(error, STDERR_FILENO);
  if (options.standard_output == Standard::full_disk) output = open("/dev/full", O_WRONLY);
  if (options.standard_output == Standard::closed) {
    close(STDOUT_FILENO);
  } else {
    dup2(output, STDOUT_FILENO);
  }
  std::vector<char*> arguments;
  for (std::string const& part : command) arguments.push_back(const_cast<char*>(part.c_str()));
  arguments.push_back(nullptr);
  execv(arguments.front(), arguments.data());
  _exit(127);
}

/// Reads what is there. @returns false at the end
inline bool drain(int descriptor, std::string& into) {
  char buffer[65536];
  ssize_t const count = read(descriptor, buffer, sizeof buffer);
  if (count > 0) into.append(buffer, static_cast<std::size_t>(count));
  return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

}  // namespace detail

/// Runs a program and waits for it, feeding its input and reading both outputs at the same time.
/// @param command  the program's path and its arguments; no shell is involved
inline ProcessResult run_process(std::vector<std::string> const& command, ProcessOptions const& options) {
  using Clock = std::chrono::steady_clock;
  detail::Pipe input, output, error;
  std::signal(SIGPIPE, SIG_IGN);
  if (options.standard_output == Standard::broken_pipe) detail::Pipe::close_end(output.reader);
  Clock::time_point const start = Clock::now();
  pid_t const child = fork();
  if (child < 0) throw std::runtime_error("cannot fork");
  if (child == 0) detail::become(command, options, input.reader, output.writer, error.writer);
  detail::Pipe::close_end(input.reader);
  detail::Pipe::close_end(output.writer);
  detail::Pipe::close_end(error.writer);
  fcntl(input.writer, F_SETFL, O_NONBLOCK);

  ProcessResult result;
  std::size_t fed = 0;
  bool signalled = options.signal == 0;
  int status = 0;
  bool ended = false;
  while (!ended || output.reader >= 0 || error.reader >= 0) {
    if (input.writer >= 0 && fed < options.input.size()) {
      ssize_t const count = write(input.writer, options.input.data() + fed, options.input.size() - fed);
      if (count > 0) fed += static_cast<std::size_t>(count);
      if (count < 0 && errno == EPIPE) fed = options.input.size();
    }
    if (fed == options.input.size() && !options.keep_input_open) detail::Pipe::close_end(input.writer);

    pollfd waiting[2] = {{output.reader, POLLIN, 0}, {error.reader, POLLIN, 0}};
    poll(waiting, 2, ended ? 0 : 5);
    if (waiting[0].revents != 0 && !detail::drain(output.reader, result.out))
      detail::Pipe::close_end(output.reader);
    if (waiting[1].revents != 0 && !detail::drain(error.reader, result.err))
      detail::Pipe::close_end(error.reader);

    if (!ended && !signalled && options.signal_when()) {
      kill(child, options.signal);
      signalled = true;
    }
    if (!ended && Clock::now() - start > options.timeout) {
      kill(child, SIGKILL);
      result.timed_out = true;
    }
    if (!ended) ended = waitpid(child, &status, WNOHANG) == child;
  }
  result.elapsed_s = std::chrono::duration<double>(Clock::now() - start).count();
  result.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + result.signal;
  return result;
}

}  // namespace cislens::test
