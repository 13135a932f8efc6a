#pragma once

#include "cislens/data/dataset.hpp"
#include "cislens/model/config.hpp"
#include "cislens/train/trainer.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace cislens {

/// Everything that decides where training goes, by the name of the option that sets it. Training that goes on
/// elsewhere than it began would end in a network that no single command makes.
using TrainingSettings = std::vector<std::pair<std::string, std::string>>;

/// Settings of the network and of training, and "sequences": a checksum of the data set and of its parts.
TrainingSettings training_settings(NetworkConfig const& config, TrainOptions const& options,
                                   Dataset const& dataset, std::span<std::int64_t const> train,
                                   std::span<std::int64_t const> validation);

/// Writes a state as safetensors, in place of the one that is there.
/// @throws OutputError  it cannot be written
void save_train_state(TrainState const& state, TrainingSettings const& settings,
                      std::filesystem::path const& path);

/// @throws InputError  the file is damaged, or was made with other settings: says which, and both values
TrainState load_train_state(NetworkConfig const& config, TrainingSettings const& settings,
                            std::filesystem::path const& path);

}  // namespace cislens
