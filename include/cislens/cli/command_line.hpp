#pragma once

#include "cislens/base/errors.hpp"
#include "cislens/base/log.hpp"
#include "cislens/base/text.hpp"

#include <concepts>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cislens {

/// What every command understands.
struct CommonOptions {
  int threads = 0;  ///< 0: the CPUs this process may use
  std::uint64_t seed = 1;
  std::string device = "auto";
  std::string isa = "auto";
  bool force = false;
  bool provenance = true;
  LogOptions log;
};

/// The smallest and the largest value that an option takes, both allowed.
template <typename T>
struct Limits {
  T least = std::numeric_limits<T>::lowest();
  T most = std::numeric_limits<T>::max();
};

/// The command line of one subcommand: a command declares what it takes, calls `parse`, and finds its
/// variables filled.
///
/// Options write into variables of the caller, which must outlive `parse`. The value that a variable has when
/// it is declared is the default that the help shows, so a default is typed once, in its option struct.
/// `names` is "long" or "long,s" with a one-letter short form. Texts are wrapped by the help.
class CommandLine {
 public:
  /// @param command    the name of the subcommand
  /// @param purpose    what it does, one line
  /// @param arguments  everything behind the name of the subcommand
  CommandLine(std::string command, std::string purpose, std::vector<std::string> arguments);

  /// A paragraph of the help, below the purpose.
  void about(std::string text);
  /// A whole command that can be typed as it stands; at most 76 characters.
  void example(std::string line);
  /// Options declared from here on are listed under this title.
  void group(std::string title);

  /// A file or name without an option in front of it. It must be given. Several: in this order.
  void positional(std::string const& value_name, std::string& target, std::string help);
  /// The same, but it may be left out; declared after all others.
  void optional_positional(std::string const& value_name, std::string& target, std::string help);
  /// One or more of them; declared last.
  void positionals(std::string const& value_name, std::vector<std::string>& targets, std::string help);
  /// An option that must be given.
  void required(std::string const& names, std::string const& value_name, std::string& target,
                std::string help);
  /// Any text but the empty one; an empty default means "not given".
  void text(std::string const& names, std::string const& value_name, std::string& target, std::string help);
  /// An option that must be given and names what is written: a file, a folder, the beginning of names.
  void output(std::string const& names, std::string const& value_name, std::string& target, std::string help);
  /// The same, but it may be left out.
  void optional_output(std::string const& names, std::string const& value_name, std::string& target,
                       std::string help);
  /// May be given more than once; the first use drops the default.
  void list(std::string const& names, std::string const& value_name, std::vector<std::string>& targets,
            std::string help);
  /// A list of which at least one must be given.
  void required_list(std::string const& names, std::string const& value_name,
                     std::vector<std::string>& targets, std::string help);
  /// Sets the target to true.
  void flag(std::string const& names, bool& target, std::string help);
  /// Sets the target to false, for the "no-..." options of what is on by default.
  void flag_off(std::string const& names, bool& target, std::string help);

  /// A whole or a real number within limits; NaN is outside of all. Whole numbers reach to 2^63 - 1.
  template <typename T>
  requires std::integral<T> || std::floating_point<T>
  void number(std::string const& names, std::string const& value_name, T& target, Limits<T> limits,
              std::string help) {
    Option option{.names = names, .value_name = value_name, .help = std::move(help)};
    if constexpr (std::floating_point<T>) {
      Limits<double> const wide{limits.least, limits.most};
      option.read = [&target, wide](std::string const& text) {
        target = static_cast<T>(read_real(text, wide));
      };
      option.show = [&target] {
        return std::same_as<T, float> ? show_float(static_cast<float>(target)) : format_number(target);
      };
    } else {
      constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
      Limits<std::int64_t> const wide{
          static_cast<std::int64_t>(limits.least),
          std::cmp_less(limits.most, largest) ? static_cast<std::int64_t>(limits.most) : largest};
      option.read = [&target, wide](std::string const& text) {
        target = static_cast<T>(read_integer(text, wide));
      };
      option.show = [&target] { return std::to_string(target); };
    }
    add(std::move(option));
  }

  /// One of several words, each with the value it stands for.
  template <typename T>
  void choice(std::string const& names, std::vector<std::pair<std::string, T>> const& values, T& target,
              std::string help) {
    std::string words;
    for (auto const& [word, value] : values) words += (words.empty() ? "" : "|") + word;
    Option option{.names = names, .value_name = words, .help = std::move(help)};
    option.read = [&target, values, words](std::string const& text) {
      for (auto const& [word, value] : values) {
        if (word == text) {
          target = value;
          return;
        }
      }
      throw UsageError("'" + text + "' is none of " + words);
    };
    option.show = [&target, values]() -> std::string {
      for (auto const& [word, value] : values) {
        if (value == target) return word;
      }
      return "";
    };
    add(std::move(option));
  }
  /// One of several words.
  void word(std::string const& names, std::vector<std::string> const& words, std::string& target,
            std::string help);

  /// Adds the common options, reads the arguments and fills the variables.
  /// @returns false when --help or --version was asked for and is printed: there is nothing left to do
  /// @throws UsageError  an option is unknown (the nearest is named), given twice, without its value, or its
  /// value
  ///                     is no such thing; something that must be given is missing; two outputs are one
  ///                     file
  bool parse();

  /// For options that other ones leave without effect, named without dashes.
  /// @throws UsageError  one of them was given: "--NAME `why`"
  void refuse_given(std::vector<std::string> const& names, std::string const& why) const;
  /// The first of these options that was given, as "--NAME"; empty: none.
  std::string first_given(std::vector<std::string> const& names) const;

  std::string const& command() const { return command_; }
  CommonOptions const& common() const { return common_; }
  /// The program's name, the command, and every argument as received.
  std::vector<std::string> received() const;
  /// Every option with the value it has now, in the order of declaration; flags are "true" or "false".
  std::vector<std::pair<std::string, std::string>> settings() const;
  /// Every text that was given, apart from names of outputs: among them are the names of all inputs.
  std::vector<std::string> texts_given() const;
  /// What --help prints.
  std::string help() const;

  struct Option {
    std::string names;
    std::string value_name = {};  ///< empty: a flag
    std::string help = {};
    std::function<void(std::string const&)> read = {};
    std::function<std::string()> show = {};
    bool must = false;
    bool repeats = false;
    bool is_positional = false;
    bool is_text = false;
    bool is_output = false;
    std::vector<std::string> given = {};  ///< as typed, in order
    // Filled by `add`.
    std::string name = {};
    char short_name = '\0';
    std::string group = {};
    std::string initial = {};
  };

 private:
  void add(Option option);
  void add_common();
  void read_option(std::string const& name, std::vector<std::string> const& values);
  void read_positionals(std::vector<std::string> const& values);
  bool is_option(std::string const& text) const;
  void check_outputs() const;
  [[noreturn]] void fail_unknown(std::string const& name) const;
  [[noreturn]] void fail(std::string const& what) const;
  std::string usage_line() const;

  static std::string show_float(float value);
  static std::int64_t read_integer(std::string const& text, Limits<std::int64_t> limits);
  static double read_real(std::string const& text, Limits<double> limits);

  std::string command_;
  std::string purpose_;
  std::vector<std::string> arguments_;
  std::vector<std::string> about_;
  std::vector<std::string> examples_;
  std::vector<Option> options_;
  std::string group_ = "Options";
  CommonOptions common_;
};

}  // namespace cislens
