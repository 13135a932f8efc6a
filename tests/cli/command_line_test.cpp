#include "cislens/cli/command_line.hpp"

#include <gtest/gtest.h>

namespace cislens {
namespace {

enum class Fruit { apple, pear };

struct Options {
  std::string input;
  std::string output;
  std::string title = "untitled";
  std::vector<std::string> tags = {"default"};
  int count = 7;
  float rate = 0.1F;
  double share = 0.25;
  Fruit fruit = Fruit::pear;
  bool cut = false;
  bool wash = true;
};

CommandLine declare(Options& options, std::vector<std::string> arguments) {
  CommandLine line("peel", "peels fruit", std::move(arguments));
  line.positional("FRUIT", options.input, "what to peel");
  line.group("Output");
  line.required("output,o", "FILE", options.output, "where it goes");
  line.text("title", "TEXT", options.title, "its name");
  line.list("tag", "TEXT", options.tags, "a tag");
  line.number("count,n", "N", options.count, {.least = 1, .most = 9}, "how many");
  line.number("rate", "X", options.rate, {.least = 0}, "how fast");
  line.number("share", "X", options.share, {0.0, 1.0}, "how much");
  line.choice("fruit", {{"apple", Fruit::apple}, {"pear", Fruit::pear}}, options.fruit, "which");
  line.flag("cut", options.cut, "cut it");
  line.flag_off("no-wash", options.wash, "leave it dirty");
  return line;
}

std::string error_of(std::vector<std::string> arguments) {
  Options options;
  CommandLine line = declare(options, std::move(arguments));
  try {
    line.parse();
  } catch (UsageError const& error) {
    return error.what();
  }
  return "(no error)";
}

TEST(CommandLine, FillsEveryKindOfVariable) {
  Options options;
  CommandLine line =
      declare(options, {"-n3", "--rate=0.5", "basket", "-o", "-", "--share", "1e-3", "--fruit", "apple",
                        "--tag", "a", "--tag", "b", "--cut", "--no-wash", "--seed", "12"});

  ASSERT_TRUE(line.parse());

  EXPECT_EQ(options.input, "basket");
  EXPECT_EQ(options.output, "-");
  EXPECT_EQ(options.title, "untitled");
  EXPECT_EQ(options.tags, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(options.count, 3);
  EXPECT_EQ(options.rate, 0.5F);
  EXPECT_EQ(options.share, 1e-3);
  EXPECT_EQ(options.fruit, Fruit::apple);
  EXPECT_TRUE(options.cut);
  EXPECT_FALSE(options.wash);
  EXPECT_EQ(line.common().seed, 12U);
}

TEST(CommandLine, HelpShowsTheDefaultsOfTheStruct) {
  Options options;
  options.count = 5;
  std::string const help = declare(options, {}).help();

  for (char const* words :
       {"how many [5]", "how fast [0.1]", "which [pear]", "its name [untitled]", "a tag [default]"}) {
    EXPECT_NE(help.find(words), std::string::npos) << words << "\n" << help;
  }
  EXPECT_NE(help.find("Usage: cislens peel FRUIT -o FILE [options]"), std::string::npos) << help;
}

TEST(CommandLine, SettingsAreWhatTheRunUses) {
  Options options;
  CommandLine line = declare(options, {"basket", "-o", "x", "--count", "2"});
  ASSERT_TRUE(line.parse());

  auto const settings = line.settings();

  EXPECT_EQ(settings[0], (std::pair<std::string, std::string>("FRUIT", "basket")));
  EXPECT_EQ(settings[4], (std::pair<std::string, std::string>("count", "2")));
  EXPECT_EQ(line.received(),
            (std::vector<std::string>{"cislens", "peel", "basket", "-o", "x", "--count", "2"}));
}

TEST(CommandLine, SaysWhatIsWrong) {
  auto const has = [](std::string const& text, std::string const& part) {
    return text.find(part) != std::string::npos;
  };

  EXPECT_TRUE(has(error_of({"-o", "x"}), "peel: FRUIT is missing"));
  EXPECT_TRUE(has(error_of({"basket"}), "peel: -o FILE is missing"));
  EXPECT_TRUE(has(error_of({"basket", "more", "-o", "x"}), "'more' is one argument too many"));
  EXPECT_TRUE(has(error_of({"basket", "-o", ""}), "--output: the value is empty"));
  EXPECT_TRUE(has(error_of({"", "-o", "x"}), "FRUIT is an empty name"));
  EXPECT_TRUE(has(error_of({"basket", "-o", "x", "-n", "10"}), "--count: 10 is not 1 to 9"));
  EXPECT_TRUE(has(error_of({"basket", "-o", "x", "-n", "1.5"}), "--count: '1.5' is not a whole number"));
  EXPECT_TRUE(has(error_of({"basket", "-o", "x", "--rate", "-1"}), "--rate: -1 is not at least 0"));
  EXPECT_TRUE(has(error_of({"basket", "-o", "x", "--share", "nan"}), "--share: nan is not 0 to 1"));
  EXPECT_TRUE(has(error_of({"basket", "-o", "x", "--fruit", "plum"}), "'plum' is none of apple|pear"));
  EXPECT_TRUE(has(error_of({"basket", "-o", "x", "-o", "y"}), "--output is given twice"));
  EXPECT_TRUE(has(error_of({"basket", "-o", "--cut"}), "--output: '--cut' is an option, not its value"));
  EXPECT_TRUE(has(error_of({"basket", "--output=--force"}), "(a file of this name: ./--force)"));
  EXPECT_TRUE(has(error_of({"basket", "-o", "x", "--cuts"}), "unknown option --cuts; the nearest is --cut"));
  EXPECT_TRUE(has(error_of({"basket", "-o"}), "--output needs a value"));
  EXPECT_TRUE(has(error_of({"basket", "-o", "x", "--seed", "-1"}), "--seed: -1 is not at least 0"));
}

TEST(CommandLine, ADoubleDashEndsTheOptions) {
  Options options;
  CommandLine line = declare(options, {"-o", "x", "--", "--help"});

  ASSERT_TRUE(line.parse());

  EXPECT_EQ(options.input, "--help");
}

}  // namespace
}  // namespace cislens
