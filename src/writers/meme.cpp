#include "cislens/writers/meme.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/text.hpp"
#include "cislens/writers/names.hpp"

#include "text_file.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>

namespace cislens {

namespace {

constexpr std::int64_t units = 1'000'000;  // six decimals

/// `weights` as millionths that sum to exactly one million: each is rounded down, and what is then missing
/// goes to those that lost most (largest remainder; equal ones in the order A C G T).
std::array<std::int64_t, 4> to_millionths(std::array<double, 4> const& weights, std::string const& where) {
  double const total = weights[0] + weights[1] + weights[2] + weights[3];
  bool const usable = std::all_of(weights.begin(), weights.end(), [](double w) { return w >= 0; });
  if (!usable || !(total > 0) || !std::isfinite(total)) {
    throw NumericalError(where + " cannot be written: its four numbers are not frequencies");
  }
  std::array<std::int64_t, 4> result{};
  std::array<double, 4> lost{};
  std::array<std::size_t, 4> order{0, 1, 2, 3};
  std::int64_t missing = units;
  for (std::size_t base = 0; base < 4; ++base) {
    double const exact = weights[base] / total * static_cast<double>(units);
    result[base] = static_cast<std::int64_t>(exact);
    lost[base] = exact - static_cast<double>(result[base]);
    missing -= result[base];
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return lost[a] > lost[b]; });
  for (std::size_t i = 0; missing > 0; i = (i + 1) % 4, --missing) ++result[order[i]];
  return result;
}

std::string millionths_text(std::int64_t value) {
  std::string const decimals = std::to_string(value % units);
  return std::to_string(value / units) + "." + std::string(6 - decimals.size(), '0') + decimals;
}

std::string format_matrix(MemeMotif const& motif) {
  MotifMatrix const& matrix = motif.matrix;
  std::string text = "MOTIF " + matrix.id;
  if (!matrix.name.empty()) text.append(" ").append(word_field(matrix.name));
  text += "\nletter-probability matrix: alength= 4 w= " + std::to_string(matrix.width());
  if (matrix.sites > 0) text += " nsites= " + format_fixed(std::max(1.0, std::round(matrix.sites)), 0);
  if (!std::isnan(motif.e_value)) text += " E= " + format_significant(motif.e_value, 3);
  text += "\n";
  for (std::size_t row = 0; row < matrix.rows.size(); ++row) {
    auto const where = "motif '" + matrix.id + "' position " + std::to_string(row + 1);
    for (std::int64_t const value : to_millionths(matrix.rows[row], where))
      text += " " + millionths_text(value);
    text += "\n";
  }
  return text + "\n";
}

}  // namespace

std::string format_meme(std::span<MemeMotif const> motifs, std::array<double, 4> const& background) {
  auto const frequencies = to_millionths(background, "the background");
  std::string text = "MEME version 5\n\nALPHABET= ACGT\n\nstrands: + -\n\nBackground letter frequencies\n";
  for (std::size_t base = 0; base < 4; ++base) {
    text += std::string(base == 0 ? "" : " ") + "ACGT"[base] + " " + millionths_text(frequencies[base]);
  }
  text += "\n\n";
  std::set<std::string> seen;
  for (MemeMotif const& motif : motifs) {
    check_motif_id(motif.matrix.id);
    if (!seen.insert(motif.matrix.id).second) {
      throw InputError("motif id '" + motif.matrix.id +
                       "' comes twice (rename one of them in the motif file)");
    }
    text += format_matrix(motif);
  }
  return text;
}

void write_meme(std::span<MemeMotif const> motifs, std::array<double, 4> const& background,
                std::filesystem::path const& path, IfExists if_exists) {
  write_text_file(format_meme(motifs, background), path, if_exists);
}

}  // namespace cislens
