#pragma once

#include <string>

namespace cislens {

/// "0.1.0", as in CMakeLists.txt.
std::string version();

/// The compiler that built the program, "GCC 12.2.0".
std::string compiler();

}  // namespace cislens
