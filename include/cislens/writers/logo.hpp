#pragma once

#include "cislens/base/motif_matrix.hpp"

#include <string>

namespace cislens {

struct LogoOptions {
  double column_width = 22;  ///< px
  double height = 96;        ///< px of the 2-bit axis
  bool axes = true;          ///< bits axis and position numbers
  bool own_letters = true;   ///< the SVG brings its letter shapes; false: the page holds `logo_letters()`
};

/// The four letter shapes as hidden SVG definitions (#cl-A … #cl-T), once for a page with many logos.
std::string logo_letters();

/// A sequence logo as one SVG element: letters are vector outlines, not text, so that it looks the same
/// everywhere; heights are p × logo_information; A green, C blue, G orange, T red. Numbers and lines take
/// the page's text colour. It has a title for screen readers.
std::string logo_svg(MotifMatrix const& motif, LogoOptions const& options);

}  // namespace cislens
