#include "cislens/model/checkpoint.hpp"

#include "cislens/base/checksum.hpp"
#include "cislens/base/errors.hpp"
#include "cislens/model/parameters.hpp"

#include "config_json.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

namespace cislens {

namespace fs = std::filesystem;

namespace {

constexpr std::array<std::pair<LossKind, std::string_view>, 3> loss_names{
    {{LossKind::binary, "binary"}, {LossKind::poisson, "poisson"}, {LossKind::squared, "squared"}}};

constexpr char config_checksum[] = "config.json";

std::string read_text(fs::path const& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (file.bad() || !file.is_open()) {
    throw InputError(path.string() + ": cannot read: " + std::strerror(errno) +
                     " (a model is a folder that cislens train or discover wrote)");
  }
  return text;
}

std::string show_shape(std::vector<std::int64_t> const& shape) {
  std::string text;
  for (std::int64_t const size : shape) text += (text.empty() ? "" : " x ") + std::to_string(size);
  return text.empty() ? "a single number" : text;
}

/// Tensors in the order of the layout, nothing more and nothing less. @returns the parameter block
std::vector<float> tensors_to_parameters(NetworkConfig const& config, std::vector<NamedTensor> const& tensors,
                                         fs::path const& path) {
  auto const fail = [&](std::string const& what) {
    throw InputError(path.string() + ": " + what +
                     " (config.json and model.safetensors are not of one model)");
  };
  ParameterLayout const layout = layout_of(config);
  std::vector<float> block(static_cast<std::size_t>(layout.size));
  for (ParameterEntry const& entry : layout.entries) {
    auto const tensor = std::ranges::find(tensors, entry.name, &NamedTensor::name);
    if (tensor == tensors.end()) {
      fail("there is no tensor '" + entry.name + "'");
      continue;
    }
    std::vector<std::int64_t> const shape{entry.rows, entry.columns};
    if (tensor->shape != shape) {
      fail("'" + entry.name + "' is " + show_shape(tensor->shape) + ", not " + show_shape(shape));
    }
    std::ranges::copy(tensor->values, block.begin() + entry.offset);
  }
  for (NamedTensor const& tensor : tensors) {
    if (std::ranges::count(layout.entries, tensor.name, &ParameterEntry::name) == 0) {
      fail("the network has no '" + tensor.name + "'");
    }
  }
  return block;
}

}  // namespace

std::string_view name_of(LossKind loss) {
  return std::ranges::find(loss_names, loss, [](auto const& item) { return item.first; })->second;
}

LossKind parse_loss(std::string_view name) {
  for (auto const& [loss, known] : loss_names) {
    if (known == name) return loss;
  }
  throw UsageError("loss '" + std::string(name) + "' is not one of: binary, poisson, squared");
}

std::vector<NamedTensor> parameters_to_tensors(NetworkConfig const& config, std::vector<float> const& block) {
  std::vector<NamedTensor> tensors;
  for (ParameterEntry const& entry : layout_of(config).entries) {
    auto const first = block.begin() + entry.offset;
    tensors.push_back({entry.name, {entry.rows, entry.columns}, {first, first + entry.rows * entry.columns}});
  }
  return tensors;
}

void save_model(SavedModel const& model, fs::path const& folder, IfExists if_exists) {
  fs::path const tensors_path = folder / "model.safetensors";
  check_free(tensors_path, if_exists);
  std::string const config = format_config_json(model);
  OutputFile file(folder / "config.json", if_exists);
  file.stream() << config;
  write_safetensors({parameters_to_tensors(model.config, model.parameters),
                     {{"format", "cislens"}, {config_checksum, checksum_text(config)}}},
                    tensors_path, if_exists);
  file.commit();
}

SavedModel load_model(fs::path const& folder) {
  fs::path const config_path = folder / "config.json";
  fs::path const tensors_path = folder / "model.safetensors";
  std::string const config = read_text(config_path);
  SavedModel model = parse_config_json(config, config_path);
  Safetensors const file = read_safetensors(tensors_path);
  auto const stated = file.metadata.find(config_checksum);
  if (stated == file.metadata.end()) {
    throw InputError(tensors_path.string() + ": is no model of cislens (it does not know its config.json)");
  }
  model.parameters = tensors_to_parameters(model.config, file.tensors, tensors_path);
  if (stated->second != checksum_text(config)) {
    throw InputError(config_path.string() +
                     ": was changed after the model was written (take the file as cislens wrote it)");
  }
  return model;
}

}  // namespace cislens
