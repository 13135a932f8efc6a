#include "cislens/cli/command_line.hpp"

#include "cislens/base/output_file.hpp"
#include "cislens/base/version.hpp"
#include "cislens/cli/device.hpp"

#include "standard_streams.hpp"

#include <boost/program_options.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <map>

namespace cislens {

namespace po = boost::program_options;

namespace {

/// "at least 0", "at most 1", "0 to 1".
/// @param open  a limit this far out is no limit: the narrowest type of a variable ends there
template <typename T>
std::string show_limits(Limits<T> limits, T open, std::string (*show)(T)) {
  if (limits.most >= open) return "at least " + show(limits.least);
  if (limits.least <= -open) return "at most " + show(limits.most);
  return show(limits.least) + " to " + show(limits.most);
}

std::string show_integer(std::int64_t value) { return std::to_string(value); }

std::string join(std::vector<std::string> const& words) {
  std::string result;
  for (std::string const& word : words) result += (result.empty() ? "" : " ") + word;
  return result;
}

bool asks_for(std::vector<std::string> const& arguments, std::string_view long_form,
              std::string_view short_form) {
  auto const end = std::ranges::find(arguments, "--");
  return std::any_of(arguments.begin(), end,
                     [&](std::string const& a) { return a == long_form || a == short_form; });
}

std::string short_form(CommandLine::Option const& option) {
  return option.short_name != '\0' ? std::string("-") + option.short_name : "--" + option.name;
}

}  // namespace

CommandLine::CommandLine(std::string command, std::string purpose, std::vector<std::string> arguments)
    : command_(std::move(command)), purpose_(std::move(purpose)), arguments_(std::move(arguments)) {}

void CommandLine::about(std::string text) { about_.push_back(std::move(text)); }
void CommandLine::example(std::string line) { examples_.push_back(std::move(line)); }
void CommandLine::group(std::string title) { group_ = std::move(title); }

void CommandLine::positional(std::string const& value_name, std::string& target, std::string help) {
  add({.names = value_name,
       .value_name = value_name,
       .help = std::move(help),
       .read = [&target](std::string const& text) { target = text; },
       .show = [&target] { return target; },
       .must = true,
       .is_positional = true,
       .is_text = true});
}

void CommandLine::optional_positional(std::string const& value_name, std::string& target, std::string help) {
  positional(value_name, target, std::move(help));
  options_.back().must = false;
}

void CommandLine::positionals(std::string const& value_name, std::vector<std::string>& targets,
                              std::string help) {
  add({.names = value_name,
       .value_name = value_name,
       .help = std::move(help),
       .read = [&targets](std::string const& text) { targets.push_back(text); },
       .show = [&targets] { return join(targets); },
       .must = true,
       .repeats = true,
       .is_positional = true,
       .is_text = true});
}

void CommandLine::text(std::string const& names, std::string const& value_name, std::string& target,
                       std::string help) {
  add({.names = names,
       .value_name = value_name,
       .help = std::move(help),
       .read =
           [&target](std::string const& text) {
             if (text.empty()) throw UsageError("the value is empty");
             target = text;
           },
       .show = [&target] { return target; },
       .is_text = true});
}

void CommandLine::required(std::string const& names, std::string const& value_name, std::string& target,
                           std::string help) {
  text(names, value_name, target, std::move(help));
  options_.back().must = true;
}

void CommandLine::optional_output(std::string const& names, std::string const& value_name,
                                  std::string& target, std::string help) {
  text(names, value_name, target, std::move(help));
  options_.back().is_output = true;
}

void CommandLine::output(std::string const& names, std::string const& value_name, std::string& target,
                         std::string help) {
  optional_output(names, value_name, target, std::move(help));
  options_.back().must = true;
}

void CommandLine::list(std::string const& names, std::string const& value_name,
                       std::vector<std::string>& targets, std::string help) {
  bool first = true;
  add({.names = names,
       .value_name = value_name,
       .help = std::move(help),
       .read =
           [&targets, first](std::string const& text) mutable {
             if (first) targets.clear();
             first = false;
             targets.push_back(text);
           },
       .show = [&targets] { return join(targets); },
       .repeats = true,
       .is_text = true});
}

void CommandLine::required_list(std::string const& names, std::string const& value_name,
                                std::vector<std::string>& targets, std::string help) {
  list(names, value_name, targets, std::move(help));
  options_.back().must = true;
}

void CommandLine::flag(std::string const& names, bool& target, std::string help) {
  add({.names = names,
       .help = std::move(help),
       .read = [&target](std::string const&) { target = true; },
       .show = [&target] { return target ? "true" : "false"; }});
}

void CommandLine::flag_off(std::string const& names, bool& target, std::string help) {
  add({.names = names,
       .help = std::move(help),
       .read = [&target](std::string const&) { target = false; },
       .show = [&target] { return target ? "false" : "true"; }});
}

void CommandLine::word(std::string const& names, std::vector<std::string> const& words, std::string& target,
                       std::string help) {
  std::vector<std::pair<std::string, std::string>> values;
  for (std::string const& one : words) values.emplace_back(one, one);
  choice(names, values, target, std::move(help));
}

void CommandLine::add(Option option) {
  std::size_t const comma = option.names.find(',');
  option.name = option.names.substr(0, comma);
  if (comma != std::string::npos) option.short_name = option.names.at(comma + 1);
  option.group = option.is_positional ? "Input" : group_;
  option.initial = option.value_name.empty() || option.is_positional ? "" : option.show();
  options_.push_back(std::move(option));
}

void CommandLine::add_common() {
  group("Common options");
  number("threads", "N", common_.threads, {.least = 0, .most = 4096},
         "threads; 0: the CPUs this process may use");
  number("seed", "N", common_.seed, {}, "start of all random numbers: same seed, same results");
  add({.names = "device",
       .value_name = "auto|cpu|cuda|cuda:N",
       .help = "where networks run; auto: a GPU if one answers",
       .read =
           [this](std::string const& value) {
             parse_device(value);
             common_.device = value;
           },
       .show = [this] { return common_.device; }});
  text("isa", "NAME", common_.isa, "CPU module: v2, v3 or v4 (of x86-64), or auto: the best for this CPU");
  flag("force", common_.force, "replace outputs that exist");
  flag_off("no-provenance", common_.provenance, "leave out params.json, so that equal runs give equal files");
  flag("quiet", common_.log.quiet, "only warnings and errors on stderr");
  flag("verbose", common_.log.verbose, "also what was looked at and given up");
  choice("log-format", {{"text", false}, {"json", true}}, common_.log.json, "form of the messages on stderr");
}

bool CommandLine::parse() {
  add_common();
  if (asks_for(arguments_, "--help", "-h")) {
    print(help());
    return false;
  }
  if (asks_for(arguments_, "--version", "--version")) {
    print("cislens " + version() + "\n");
    return false;
  }
  po::options_description known;
  for (Option const& option : options_) {
    if (option.is_positional) continue;
    std::string names = option.name;
    if (option.short_name != '\0') names += std::string(",") + option.short_name;
    if (option.value_name.empty()) {
      known.add_options()(names.c_str(), "");
    } else {
      known.add_options()(names.c_str(), po::value<std::string>(), "");
    }
  }
  // Program_options splits the arguments; values are read here, so that messages name the option as it was
  // typed.
  std::map<std::string, std::vector<std::string>> given;
  try {
    int const style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    for (po::option const& part :
         po::command_line_parser(arguments_).options(known).style(style).run().options) {
      std::vector<std::string>& values = given[part.position_key >= 0 ? "" : part.string_key];
      values.push_back(part.value.empty() ? "" : part.value.front());
    }
  } catch (po::unknown_option const& error) {
    fail_unknown(error.get_option_name());
  } catch (po::invalid_command_line_syntax const& error) {
    bool const extra = error.kind() == po::invalid_syntax::extra_parameter;
    fail(error.get_option_name() + (extra ? " takes no value" : " needs a value"));
  } catch (po::error const& error) {
    fail(error.what());
  }
  for (auto const& [name, values] : given) {
    if (!name.empty()) read_option(name, values);
  }
  read_positionals(given[""]);
  for (Option const& option : options_) {
    if (option.must && !option.is_positional && !given.contains(option.name)) {
      fail(short_form(option) + " " + option.value_name + " is missing");
    }
  }
  check_outputs();
  return true;
}

bool CommandLine::is_option(std::string const& text) const {
  if (text == "-h" || text == "--help" || text == "--version") return true;
  return std::ranges::any_of(options_, [&](Option const& option) {
    bool const is_short = option.short_name != '\0' && text == std::string("-") + option.short_name;
    return !option.is_positional && (is_short || text == "--" + option.name);
  });
}

void CommandLine::read_option(std::string const& name, std::vector<std::string> const& values) {
  auto const option = std::ranges::find(options_, name, &Option::name);
  if (values.size() > 1 && !option->repeats) fail("--" + name + " is given twice");
  option->given = values;
  for (std::string const& value : values) {
    if (is_option(value)) {
      fail("--" + name + ": '" + value + "' is an option, not its value (a file of this name: ./" + value +
           ")");
    }
  }
  for (std::string const& value : values) {
    try {
      option->read(value);
    } catch (UsageError const& error) {
      fail("--" + name + ": " + error.what());
    }
  }
}

void CommandLine::read_positionals(std::vector<std::string> const& values) {
  auto value = values.begin();
  for (Option& option : options_) {
    if (!option.is_positional) continue;
    if (value == values.end() && !option.must) continue;
    if (value == values.end()) fail(option.value_name + " is missing");
    do {
      if (value->empty()) fail(option.value_name + " is an empty name");
      option.given.push_back(*value);
      option.read(*value++);
    } while (option.repeats && value != values.end());
  }
  if (value != values.end()) fail("'" + *value + "' is one argument too many");
}

std::string CommandLine::first_given(std::vector<std::string> const& names) const {
  for (Option const& option : options_) {
    if (!option.given.empty() && std::ranges::find(names, option.name) != names.end())
      return "--" + option.name;
  }
  return "";
}

void CommandLine::refuse_given(std::vector<std::string> const& names, std::string const& why) const {
  if (std::string const name = first_given(names); !name.empty()) fail(name + " " + why);
}

/// Two outputs in one file, or both on standard output, would be neither.
void CommandLine::check_outputs() const {
  for (auto option = options_.begin(); option != options_.end(); ++option) {
    if (!option->is_output || option->given.empty()) continue;
    for (auto other = option + 1; other != options_.end(); ++other) {
      if (!other->is_output || other->given.empty()) continue;
      if (is_same_output(option->given.front(), other->given.front()))
        fail(short_form(*option) + " and " + short_form(*other) + " name the same file");
    }
  }
}

void CommandLine::fail_unknown(std::string const& name) const {
  if (!name.starts_with("--")) fail("unknown option " + name);
  std::vector<std::string> known{"--help", "--version"};
  for (Option const& option : options_) {
    if (!option.is_positional) known.push_back("--" + option.name);
  }
  fail("unknown option " + name + nearest_hint(name, known));
}

void CommandLine::fail(std::string const& what) const {
  throw UsageError(command_ + ": " + what + " (see cislens " + command_ + " --help)");
}

std::vector<std::string> CommandLine::received() const {
  std::vector<std::string> result = {"cislens", command_};
  result.insert(result.end(), arguments_.begin(), arguments_.end());
  return result;
}

std::vector<std::pair<std::string, std::string>> CommandLine::settings() const {
  std::vector<std::pair<std::string, std::string>> result;
  for (Option const& option : options_) result.emplace_back(option.name, option.show());
  return result;
}

std::vector<std::string> CommandLine::texts_given() const {
  std::vector<std::string> texts;
  for (Option const& option : options_) {
    if (option.is_text && !option.is_output) std::ranges::copy(option.given, std::back_inserter(texts));
  }
  return texts;
}

std::string CommandLine::show_float(float value) {
  std::array<char, 64> buffer{};
  auto const [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return std::string(buffer.data(), end);
}

std::int64_t CommandLine::read_integer(std::string const& text, Limits<std::int64_t> limits) {
  long value = 0;
  if (!parse_number(text, value)) throw UsageError("'" + text + "' is not a whole number");
  if (value < limits.least || value > limits.most) {
    throw UsageError(text + " is not " +
                     show_limits<std::int64_t>(limits, std::numeric_limits<int>::max(), show_integer));
  }
  return value;
}

double CommandLine::read_real(std::string const& text, Limits<double> limits) {
  double value = 0;
  if (!parse_number(text, value)) throw UsageError("'" + text + "' is not a number");
  if (!(value >= limits.least && value <= limits.most)) {
    throw UsageError(text + " is not " +
                     show_limits<double>(limits, std::numeric_limits<float>::max(), format_number));
  }
  return value;
}

}  // namespace cislens
