#pragma once

#include "cislens/base/motif_matrix.hpp"

#include <string>
#include <vector>

namespace cislens {

/// Small-sample correction of an information content estimated from n sites over four letters:
/// e(n) = 3 / (2 ln 2 n) bits; 0 when n is 0 (not known).
/// Source: Schneider, Stormo, Gold, Ehrenfeucht 1986, J. Mol. Biol. 188:415, appendix; Schneider, Stephens
/// 1990.
double small_sample_correction(double sites);

/// Information of each column against equal base frequencies, corrected and never below 0:
/// R = max(0, 2 - H - e(n)) bits.
std::vector<double> column_information(MotifMatrix const& motif);

/// The other strand of the same motif: rows and columns reversed; id, name and sites stay.
MotifMatrix reverse_complement(MotifMatrix const& motif);

struct LogoOptions {
  double column_width = 22;  ///< px
  double height = 96;        ///< px of the 2-bit axis
  bool axes = true;          ///< bits axis and position numbers
  bool own_letters = true;   ///< the SVG brings its letter shapes; false: the page holds `logo_letters()`
};

/// The four letter shapes as hidden SVG definitions (#cl-A … #cl-T), once for a page with many logos.
std::string logo_letters();

/// A sequence logo as one SVG element: letters are vector outlines, not text, so that it looks the same
/// everywhere; heights are p × column_information; A green, C blue, G orange, T red. Numbers and lines take
/// the page's text colour. It has a title for screen readers.
std::string logo_svg(MotifMatrix const& motif, LogoOptions const& options);

}  // namespace cislens
