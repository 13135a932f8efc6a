#pragma once

#include <cstddef>
#include <string>

namespace cislens {

/// The shape of a base (0 A, 1 C, 2 G, 3 T) of the page's `logo_letters()`, stretched into a box.
/// @param height  px; below 0: upside down, below `y`
std::string logo_letter(std::size_t base, double x, double y, double width, double height);

}  // namespace cislens
