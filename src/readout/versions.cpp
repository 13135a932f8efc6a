#include "cislens/readout/versions.hpp"

#include <Eigen/Core>

namespace cislens {

std::vector<std::pair<std::string, std::string>> readout_library_versions() {
  return {{"Eigen", std::to_string(EIGEN_WORLD_VERSION) + "." + std::to_string(EIGEN_MAJOR_VERSION) + "." +
                        std::to_string(EIGEN_MINOR_VERSION)}};
}

}  // namespace cislens
