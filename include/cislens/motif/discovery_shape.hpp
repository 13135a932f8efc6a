#pragma once

#include "cislens/motif/em.hpp"

#include <string>

namespace cislens {

/// IUPAC: one base when it has over half and twice the next, two bases when they have over three quarters,
/// else N. Source: Cavener 1987, Nucleic Acids Res. 15, 1353.
std::string consensus(MotifColumns const& columns);

/// Bits of all columns against the background.
double motif_bits(MotifColumns const& columns, std::array<double, 4> const& background);

/// Whether the motif is a repeat of one, two or three bases: columns that contradict the best such repeat
/// hold less than a tenth of the information. GGGGCGGGG is none (its C contradicts), AAAAAWAA and CACACACA
/// are.
bool low_complexity(MotifColumns const& columns, std::array<double, 4> const& background);

/// The same motif read on the other strand.
MotifColumns reverse_complement(MotifColumns const& columns);

}  // namespace cislens
