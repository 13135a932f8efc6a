#pragma once

#include "cislens/cli/command_line.hpp"

#include <functional>
#include <string>
#include <vector>

namespace cislens {

/// A subcommand. `run` declares its options, parses, and does the work; it throws `Error` when it cannot.
struct Command {
  std::string name;
  std::string purpose;  ///< one line of `cislens --help`
  std::function<void(CommandLine& line)> run;
};

/// The program: picks the command and turns errors into one line on stderr and an exit code.
/// @param arguments  without the program's name
/// @returns the exit code. After a signal it does not return: the signal is raised again.
int run_program(std::vector<Command> const& commands, std::vector<std::string> const& arguments);

// One a file: src/cli/<command>.cpp.
void run_compare(CommandLine& line);
void run_discover(CommandLine& line);
void run_doctor(CommandLine& line);
void run_heads(CommandLine& line);
void run_extract(CommandLine& line);
void run_merge(CommandLine& line);
void run_pairs(CommandLine& line);
void run_predict(CommandLine& line);
void run_report(CommandLine& line);
void run_scan(CommandLine& line);
void run_shuffle(CommandLine& line);
void run_simulate(CommandLine& line);
void run_train(CommandLine& line);

}  // namespace cislens
