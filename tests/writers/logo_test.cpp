#include "cislens/writers/logo.hpp"

#include "writers/markup.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace cislens {
namespace {

LogoOptions bare() { return {.column_width = 100, .height = 200, .axes = false, .own_letters = false}; }

TEST(Logo, ACertainColumnHasOneFullLetter) {
  MotifMatrix const motif{"m", "", {{0, 0, 1, 0}}, 0};

  std::string const svg = logo_svg(motif, bare());

  // 2 bits of 200 px from the top margin (5), less the hairline between letters; 3.5 % of the width either
  // side.
  EXPECT_EQ(count(svg, "<use "), 1);
  EXPECT_EQ(count(svg, "<use href=\"#cl-G\" transform=\"translate(3.5 5) scale(0.93 1.996)\"/>"), 1);
}

TEST(Logo, LettersStackFromRareToFrequent) {
  MotifMatrix const motif{"m", "", {{0.125, 0.25, 0.625, 0}}, 0};

  std::string const svg = logo_svg(motif, bare());

  EXPECT_EQ(count(svg, "<use "), 3);
  EXPECT_LT(svg.find("#cl-A"), svg.find("#cl-C"));
  EXPECT_LT(svg.find("#cl-C"), svg.find("#cl-G"));
}

TEST(Logo, IsWellFormedAndNeedsNoFontForLetters) {
  MotifMatrix const motif{"<m>", "", {{0.7, 0.1, 0.1, 0.1}, {0, 0, 0, 0}, {0.1, 0.1, 0.1, 0.7}}, 30};
  LogoOptions const options{.column_width = 20, .height = 80, .axes = true, .own_letters = true};

  Markup const markup = read_markup(logo_svg(motif, options));

  EXPECT_EQ(markup.elements.at("path"), 5);  // four letters and the axes
  for (std::string const& text : markup.texts)
    EXPECT_EQ(text.find_first_of("ACGT"), std::string::npos) << text;
  EXPECT_NE(markup.all_text.find("Sequence logo of <m>"), std::string::npos);
}

TEST(Logo, NoColumns) { EXPECT_NO_THROW(read_markup(logo_svg({"m", "", {}, 0}, bare()))); }

TEST(Logo, PageLettersHaveTheShapesThatLogosUse) {
  Markup const markup = read_markup(logo_letters());
  EXPECT_EQ(markup.elements.at("path"), 4);
}

}  // namespace
}  // namespace cislens
