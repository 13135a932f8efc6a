#include "cislens/base/version.hpp"

namespace cislens {

std::string version() { return CISLENS_VERSION; }

std::string compiler() {
#if defined(__clang__)
  return "Clang " __clang_version__;
#else
  return "GCC " __VERSION__;
#endif
}

}  // namespace cislens
