#pragma once

#include "cislens/base/motif_matrix.hpp"
#include "cislens/motif/em.hpp"

#include <array>
#include <string>

namespace cislens {

/// See iupac_consensus.
std::string consensus(MotifColumns const& columns);

/// Bits of all columns against the background.
double motif_bits(MotifColumns const& columns, std::array<double, 4> const& background);

/// Whether the motif is a repeat of one, two or three bases: columns that contradict the best such repeat
/// hold less than 0.15 of the information, and none of them 0.4 bits. GGGGCGGGG is none (its C contradicts),
/// AAAAAWAA and CACACACA are.
bool low_complexity(MotifColumns const& columns, std::array<double, 4> const& background);

MotifMatrix to_matrix(MotifModel const& model);

/// A matrix as a model that EM can go on from: at least twenty sites, one of the background added.
MotifModel to_model(MotifMatrix const& matrix, std::array<double, 4> const& background);

/// Two motifs too alike to be told apart, so that they are kinds of one: correlation of 0.8 or more over at
/// least six columns.
bool kinds_of_one(MotifModel const& a, MotifModel const& b);

/// Two motifs of which one may be the other: correlation of 0.85 or more where three quarters of the
/// information of one of them lie.
bool look_alike(MotifModel const& a, MotifModel const& b);

/// Whether two kinds of a motif are pieces of it that lie side by side: halves of a composite site, which
/// belong together.
bool side_by_side(MotifModel const& whole, MotifModel const& a, MotifModel const& b);

}  // namespace cislens
