#pragma once

#include "cislens/base/output_file.hpp"
#include "cislens/model/config.hpp"
#include "cislens/model/safetensors.hpp"
#include "cislens/ops/loss.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cislens {

/// "binary", "poisson" or "squared".
std::string_view name_of(LossKind loss);
/// @throws UsageError  listing the names there are
LossKind parse_loss(std::string_view name);

/// A trained network with everything that its use needs.
struct SavedModel {
  NetworkConfig config;
  std::vector<float> parameters;  ///< layout_of(config).size floats
  std::vector<std::string> target_names;
  LossKind loss = LossKind::binary;
  bool mask_lowercase = false;                           ///< how its sequences were read
  std::vector<std::pair<std::string, double>> training;  ///< facts for people: name, number; finite
};

/// One tensor a parameter, by its name in `layout_of`, without the gaps of the block.
std::vector<NamedTensor> parameters_to_tensors(NetworkConfig const& config, std::vector<float> const& block);

/// Writes `folder`/model.safetensors and `folder`/config.json, which know each other by a checksum.
/// @throws OutputError  one of them exists and may not be replaced, or cannot be written
void save_model(SavedModel const& model, std::filesystem::path const& folder, IfExists if_exists);

/// @throws InputError  a file is missing, changed, or from another model; a key of config.json is missing,
/// unknown, or has another type; tensors are not those of the config
SavedModel load_model(std::filesystem::path const& folder);

}  // namespace cislens
