#pragma once

#include "cislens/model/config.hpp"

#include <span>
#include <vector>

namespace cislens {

/// The parameters of a network in which one head adds nothing: its rows of W_O are zero.
/// @param layer, head  from 0
/// @return a copy of the parameter block
std::vector<float> without_head(NetworkConfig const& config, std::span<float const> parameters, int layer,
                                int head);

}  // namespace cislens
