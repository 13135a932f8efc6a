#include "cislens/writers/meme.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/random.hpp"
#include "cislens/base/text.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

namespace cislens {
namespace {

constexpr std::array<double, 4> even = {0.25, 0.25, 0.25, 0.25};
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

MemeMotif motif(std::string const& id, std::string const& name, std::vector<std::array<double, 4>> rows,
                double sites, double e_value) {
  return {{id, name, std::move(rows), sites}, e_value};
}

/// "0.123456" as millionths; only this exact shape is accepted.
long millionths(std::string_view text) {
  if (text.size() != 8 || (text[0] != '0' && text[0] != '1') || text[1] != '.')
    throw std::runtime_error("number");
  long value = 0;
  if (!parse_number(text.substr(2), value)) throw std::runtime_error("number");
  return (text[0] - '0') * 1'000'000L + value;
}

/// A reader that forgives nothing: header in order, "w= <n>" with its blank, that many rows whose printed
/// numbers sum to exactly one, an empty line after each. Returns the header line of every matrix.
std::vector<std::string> read_strictly(std::string const& text) {
  std::vector<std::string_view> lines = split(text, '\n');
  std::size_t at = 0;
  auto const next = [&] { return at < lines.size() ? lines[at++] : throw std::runtime_error("end of file"); };
  auto const expect = [&](std::string_view wanted) {
    if (next() != wanted) throw std::runtime_error("expected: " + std::string(wanted));
  };
  for (char const* line :
       {"MEME version 5", "", "ALPHABET= ACGT", "", "strands: + -", "", "Background letter frequencies"})
    expect(line);
  auto const background = split(next(), ' ');
  if (background.size() != 8) throw std::runtime_error("background");
  long sum = 0;
  for (std::size_t i = 0; i < 8; i += 2) sum += millionths(background[i + 1]);
  if (sum != 1'000'000) throw std::runtime_error("background sum");
  expect("");
  std::vector<std::string> headers;
  while (at + 1 < lines.size()) {
    if (!next().starts_with("MOTIF ")) throw std::runtime_error("MOTIF");
    std::string const header(next());
    constexpr std::string_view start = "letter-probability matrix: alength= 4 w= ";
    if (!header.starts_with(start)) throw std::runtime_error("matrix header");
    for (int row = std::stoi(header.substr(start.size())); row > 0; --row) {
      auto const fields = split(next(), ' ');  // a leading blank makes the first field empty
      if (fields.size() != 5 || !fields[0].empty()) throw std::runtime_error("row");
      sum = 0;
      for (std::size_t i = 1; i < 5; ++i) sum += millionths(fields[i]);
      if (sum != 1'000'000) throw std::runtime_error("row sum");
    }
    expect("");
    headers.push_back(header);
  }
  if (!lines.back().empty()) throw std::runtime_error("last line end");
  return headers;
}

TEST(Meme, IsExactlyThisText) {
  std::vector<MemeMotif> const motifs = {
      motif("M1", "SP1 (human)", {{0.5, 0.5, 0, 0}, {1. / 3, 1. / 3, 1. / 3, 0}}, 20.4, 1.25e-30),
      motif("M2", "", {{0, 0, 0, 7}}, 0, nan)};

  std::string const text = format_meme(motifs, {3, 2, 2, 3});

  EXPECT_EQ(text,
            "MEME version 5\n\nALPHABET= ACGT\n\nstrands: + -\n\nBackground letter frequencies\n"
            "A 0.300000 C 0.200000 G 0.200000 T 0.300000\n\n"
            "MOTIF M1 SP1_(human)\n"
            "letter-probability matrix: alength= 4 w= 2 nsites= 20 E= 1.25e-30\n"
            " 0.500000 0.500000 0.000000 0.000000\n"
            " 0.333334 0.333333 0.333333 0.000000\n\n"
            "MOTIF M2\n"
            "letter-probability matrix: alength= 4 w= 1\n"
            " 0.000000 0.000000 0.000000 1.000000\n\n");
}

TEST(Meme, RowsSumToOneAsPrinted) {
  Random random(7, 0);
  std::vector<MemeMotif> motifs;
  for (int i = 0; i < 200; ++i) {
    std::vector<std::array<double, 4>> rows(static_cast<std::size_t>(1 + i % 30));
    for (auto& row : rows) {
      for (double& value : row) value = std::pow(10.0, -8 * random.uniform());
    }
    motifs.push_back(motif(std::string("m").append(std::to_string(i)), "x", rows, 100, 0.5));
  }

  auto const headers = read_strictly(format_meme(motifs, {0.1, 0.7, 1e-9, 0.2}));

  ASSERT_EQ(headers.size(), 200u);
  EXPECT_EQ(headers[7], "letter-probability matrix: alength= 4 w= 8 nsites= 100 E= 0.5");
}

TEST(Meme, NoMotifsIsACompleteFile) { EXPECT_TRUE(read_strictly(format_meme({}, even)).empty()); }

TEST(Meme, RefusesWhatCannotBeReadBack) {
  auto const text = [](std::vector<MemeMotif> const& motifs) { return format_meme(motifs, even); };
  EXPECT_THROW(text({motif("a b", "", {even}, 1, 0)}), InputError);
  EXPECT_THROW(text({motif("", "", {even}, 1, 0)}), InputError);
  EXPECT_THROW(text({motif(std::string(65, 'x'), "", {even}, 1, 0)}), InputError);
  EXPECT_THROW(text({motif("a", "", {even}, 1, 0), motif("a", "", {even}, 1, 0)}), InputError);
  EXPECT_THROW(text({motif("a", "", {{nan, 0, 0, 1}}, 1, 0)}), NumericalError);
  EXPECT_THROW(text({motif("a", "", {{-0.1, 0.1, 0.5, 0.5}}, 1, 0)}), NumericalError);
  EXPECT_THROW(text({motif("a", "", {{0, 0, 0, 0}}, 1, 0)}), NumericalError);
  EXPECT_NO_THROW(text({motif(std::string(64, 'x'), "", {even}, 1, 0)}));
}

}  // namespace
}  // namespace cislens
