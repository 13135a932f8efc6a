#include "cislens/seqio/letters.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cislens {
namespace {

Letter class_of(char letter) { return letter_classes()[static_cast<unsigned char>(letter)]; }

TEST(Letters, AreClassifiedInEitherCase) {
  for (char const letter : std::string("ACGTUacgtu")) EXPECT_EQ(class_of(letter), Letter::base) << letter;
  for (char const letter : std::string("RYSWKMBDHVryswkmbdhv"))
    EXPECT_EQ(class_of(letter), Letter::ambiguous) << letter;
  for (char const letter : std::string("NnXx")) EXPECT_EQ(class_of(letter), Letter::unknown) << letter;
  for (char const letter : std::string(" \t\r")) EXPECT_EQ(class_of(letter), Letter::blank);
  for (char const letter : std::string("EFILPQJZO*-.0>\xC3"))
    EXPECT_EQ(class_of(letter), Letter::other) << letter;
}

TEST(Letters, ReverseComplementKeepsCaseAndIupac) {
  EXPECT_EQ(reverse_complement_letters("AACGTNacgtn"), "nacgtNACGTT");
  EXPECT_EQ(reverse_complement_letters("RYSWKMBDHV"), "BDHVKMWSRY");
  EXPECT_EQ(reverse_complement_letters(""), "");
}

TEST(Letters, AppendBasesCleansAndCounts) {
  LetterCounts counts;
  std::string bases;

  EXPECT_EQ(append_bases("ACGTNacgtn", false, counts, bases), std::string::npos);
  EXPECT_EQ(append_bases("UuR yX\tA", false, counts, bases), std::string::npos);

  EXPECT_EQ(bases, "ACGTNacgtnTtNnNA");
  EXPECT_EQ(counts.letters, 16);
  EXPECT_EQ(counts.ambiguous, 2);
}

TEST(Letters, AppendBasesMasksLowerCase) {
  LetterCounts counts;
  std::string bases;

  append_bases("ACgtuUrR", true, counts, bases);

  EXPECT_EQ(bases, "ACNNNTNN");
}

TEST(Letters, AppendBasesStopsAtWhatIsNoNucleotide) {
  LetterCounts counts;
  std::string bases;

  EXPECT_EQ(append_bases("ACRGL", false, counts, bases), 4U);

  EXPECT_NE(explain_letter('L').find("protein"), std::string::npos);
  EXPECT_NE(explain_letter('-').find("gap"), std::string::npos);
  EXPECT_NE(explain_letter('7').find("digit"), std::string::npos);
  EXPECT_NE(explain_letter('\xC3').find("byte 0xC3"), std::string::npos);
}

}  // namespace
}  // namespace cislens
