#include "cislens/cli/command_line.hpp"

#include <algorithm>

namespace cislens {

namespace {

constexpr std::size_t page_width = 80;
constexpr std::size_t help_column = 26;

/// Words in lines of at most `page_width`, every line after the first indented; starts at `column` of the
/// first.
std::string wrap(std::string_view text, std::size_t column, std::size_t indent) {
  std::string result;
  bool line_is_empty = true;
  for (std::string_view const word : split(text, ' ')) {
    if (word.empty()) continue;
    if (!line_is_empty && column + 1 + word.size() > page_width) {
      result += "\n" + std::string(indent, ' ');
      column = indent;
      line_is_empty = true;
    }
    if (!line_is_empty) {
      result += ' ';
      ++column;
    }
    result += word;
    column += word.size();
    line_is_empty = false;
  }
  return result + "\n";
}

std::string option_form(CommandLine::Option const& option) {
  if (option.is_positional) return "  " + option.value_name + (option.repeats ? "..." : "");
  std::string form = option.short_name != '\0' ? std::string("  -") + option.short_name + ", --" : "      --";
  form += option.name;
  if (!option.value_name.empty()) form += " " + option.value_name;
  return form;
}

std::string option_lines(CommandLine::Option const& option) {
  std::string lines = option_form(option);
  if (lines.size() + 2 > help_column) {
    lines += "\n" + std::string(help_column, ' ');
  } else {
    lines.resize(help_column, ' ');
  }
  std::string text = option.help;
  if (!option.initial.empty()) text += " [" + option.initial + "]";
  if (option.repeats && !option.is_positional) text += " (may be repeated)";
  return lines + wrap(text, help_column, help_column);
}

}  // namespace

std::string CommandLine::usage_line() const {
  std::string line = "Usage: cislens " + command_;
  for (Option const& option : options_) {
    if (!option.is_positional) continue;
    std::string const value = option.value_name + (option.repeats ? "..." : "");
    line += " " + (option.must ? value : "[" + value + "]");
  }
  for (Option const& option : options_) {
    if (!option.must || option.is_positional) continue;
    line += option.short_name != '\0' ? std::string(" -") + option.short_name : " --" + option.name;
    line += " " + option.value_name;
  }
  return line + " [options]";
}

std::string CommandLine::help() const {
  std::string page = wrap("cislens " + command_ + ": " + purpose_, 0, 2);
  if (!examples_.empty()) page += "\nExamples:\n";
  for (std::string const& line : examples_) page += "  " + line + "\n";
  page += "\n" + wrap(usage_line(), 0, 7);
  for (std::string const& paragraph : about_) page += "\n" + wrap(paragraph, 0, 0);

  std::vector<std::string> groups;
  for (Option const& option : options_) {
    if (std::ranges::find(groups, option.group) == groups.end()) groups.push_back(option.group);
  }
  for (std::string const& group : groups) {
    page += "\n" + group + ":\n";
    for (Option const& option : options_) {
      if (option.group == group) page += option_lines(option);
    }
  }
  page += "  -h, --help              this page\n";
  page += "      --version           the version, on one line\n";
  return page;
}

}  // namespace cislens
