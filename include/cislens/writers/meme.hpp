#pragma once

#include "cislens/base/motif_matrix.hpp"
#include "cislens/base/output_file.hpp"

#include <array>
#include <filesystem>
#include <span>
#include <string>

namespace cislens {

/// One matrix of a MEME file.
struct MemeMotif {
  MotifMatrix matrix;
  double e_value = 0;  ///< expected number of motifs as good by chance; NaN: left out
};

/// The text of a MEME file: minimal format, version 5, DNA, both strands. Numbers have six decimals; rows and
/// the background sum to exactly 1 as printed (largest remainder), and an empty line ends every matrix.
///
/// Blanks in a name become '_'. `nsites` is left out when a matrix does not know its sites.
///
/// @param motifs      any number, none too; ids unique
/// @param background  A C G T, > 0, any scale
/// @throws InputError      an id does not match [A-Za-z0-9_.-]{1,64} or comes twice
/// @throws NumericalError  a row or the background is not finite, is negative, or is all zero
/// Source: https://meme-suite.org/meme/doc/meme-format.html
std::string format_meme(std::span<MemeMotif const> motifs, std::array<double, 4> const& background);

/// Writes `format_meme` to a file. @throws OutputError  and what `format_meme` throws
void write_meme(std::span<MemeMotif const> motifs, std::array<double, 4> const& background,
                std::filesystem::path const& path, IfExists if_exists);

}  // namespace cislens
