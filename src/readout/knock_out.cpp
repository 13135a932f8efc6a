#include "cislens/readout/knock_out.hpp"

#include "cislens/model/parameters.hpp"

#include <algorithm>

namespace cislens {

std::vector<float> without_head(NetworkConfig const& config, std::span<float const> parameters, int layer,
                                int head) {
  std::vector<float> copy(parameters.begin(), parameters.end());
  View const out = bind_weights(config, copy.data()).blocks[layer].out;
  std::int64_t const width = config.head_channels();
  std::fill_n(out.row(head * width), width * out.columns, 0.0F);
  return copy;
}

}  // namespace cislens
