#include "cislens/base/errors.hpp"
#include "cislens/base/interrupt.hpp"
#include "cislens/base/version.hpp"
#include "cislens/cli/commands.hpp"

#include "standard_streams.hpp"

#include <algorithm>
#include <csignal>
#include <exception>
#include <filesystem>
#include <new>
#include <string>
#include <utility>
#include <vector>

namespace cislens {

namespace {

constexpr int exit_out_of_memory = 137;

std::string overview(std::vector<Command> const& commands) {
  std::string page =
      "cislens: TF motifs, binding sites and cooperating TF pairs from attention\n\nExamples:\n"
      "  cislens discover peaks.fa -o run --motif-db jaspar.meme\n"
      "  cislens predict -m run new.fa -o scores.tsv\n"
      "  cislens shuffle peaks.fa -o background.fa\n"
      "  cislens compare motifs.meme --motif-db jaspar.meme -o matches.tsv\n"
      "\nUsage: cislens COMMAND [options]\n\nCommands:\n";
  for (Command const& command : commands) {
    std::string name = "  " + command.name;
    name.resize(std::max<std::size_t>(13, name.size() + 1), ' ');
    page += name + command.purpose + "\n";
  }
  return page +
         "\n  -h, --help   this page; cislens COMMAND --help: the options of a command\n"
         "  --version    the version, on one line\n";
}

[[noreturn]] void fail_unknown(std::vector<Command> const& commands, std::string const& name) {
  if (name.starts_with("-")) {
    throw UsageError("unknown option " + name + " before the command; see cislens --help");
  }
  std::vector<std::string> names;
  for (Command const& command : commands) names.push_back(command.name);
  throw UsageError("unknown command '" + name + "'" + nearest_hint(name, names) + " (see cislens --help)");
}

void dispatch(std::vector<Command> const& commands, std::vector<std::string> const& arguments,
              LogOptions& log) {
  if (arguments.empty()) throw UsageError("a command is missing; see cislens --help");
  bool const helps = arguments.front() == "help";  // `help COMMAND` is `COMMAND --help`
  std::string const& name = helps && arguments.size() > 1 ? arguments[1] : arguments.front();
  if (name == "-h" || name == "--help" || name == "help") return print(overview(commands));
  if (name == "--version") return print("cislens " + version() + "\n");
  auto const command = std::ranges::find(commands, name, &Command::name);
  if (command == commands.end()) fail_unknown(commands, name);
  std::vector<std::string> rest{arguments.begin() + 1, arguments.end()};
  if (helps) rest = {"--help"};
  CommandLine line(name, command->purpose, std::move(rest));
  try {
    command->run(line);
  } catch (...) {
    log = line.common().log;
    throw;
  }
}

/// Ends the program by a signal, as if it had not been held back until everything was cleaned up.
void end_by(int signal) {
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

/// Says what happened in one line. Whatever fails while a stop is pending fails because of it.
int report(LogOptions const& options, std::string const& message, int exit_code) {
  Log log(options);
  if (int const signal = pending_interrupt(); signal != 0) {
    log.error("stopped by signal " + std::to_string(signal) + "; unfinished files are removed");
    end_by(signal);
  }
  log.error(message);
  return exit_code;
}

}  // namespace

int run_program(std::vector<Command> const& commands, std::vector<std::string> const& arguments) {
  LogOptions log;
  try {
    dispatch(commands, arguments, log);
    return 0;
  } catch (ReaderGone const& error) {
    if (pending_interrupt() == 0) end_by(SIGPIPE);
    return report(log, error.what(), error.exit_code());
  } catch (Error const& error) {
    return report(log, error.what(), error.exit_code());
  } catch (std::bad_alloc const&) {
    return report(log, "out of memory; give it more, or fewer or shorter sequences at a time",
                  exit_out_of_memory);
  } catch (std::filesystem::filesystem_error const& error) {
    OutputError const said(error.path1().string() + ": " + error.code().message());
    return report(log, said.what(), said.exit_code());
  } catch (std::exception const& error) {
    return report(log, std::string("internal error, our fault: ") + error.what() + "; please report it", 1);
  }
}

}  // namespace cislens
