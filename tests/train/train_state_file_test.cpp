#include "cislens/train/train_state_file.hpp"

#include "cislens/base/errors.hpp"

#include "support/input_error.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace cislens {
namespace {

using testing_support::input_error;
using testing_support::TemporaryFolder;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

NetworkConfig small_network() {
  NetworkConfig config;
  config.channels = 8;
  config.heads = 2;
  config.ffn_channels = 0;
  return config;
}

Dataset two_records() {
  Dataset dataset;
  dataset.bases = {{0, 1, 2, 3}, {3, 3, 4, 0}};
  dataset.names = {"a", "b"};
  dataset.targets = {1, 0};
  dataset.target_names = {"positive"};
  return dataset;
}

TrainingSettings settings_of(Dataset const& dataset) {
  std::vector<std::int64_t> const train{0};
  std::vector<std::int64_t> const validation{1};
  return training_settings(small_network(), TrainOptions{}, dataset, train, validation);
}

TEST(TrainStateFile, EveryNumberComesBackBitForBit) {
  TemporaryFolder const folder;
  TrainState state = initial_state(small_network(), 5);
  state.first_moment[3] = 1e-42F;
  state.best_parameters = state.second_moment;
  state.best_loss = 0.1 + 0.2;
  state.best_epoch = 3;
  state.step = 1234567890123;
  state.epoch_loss = 1.0 / 3;
  state.epoch_known = 17;
  state.seconds = 1e-9;
  state.history = {{0, 10, 2e-3, std::sqrt(2.0), nan, 0.5, 1.5}, {1, 20, 1e-3, 0.25, 1e300, nan, 2.5}};

  save_train_state(state, settings_of(two_records()), folder.path("s"));
  TrainState const read = load_train_state(small_network(), settings_of(two_records()), folder.path("s"));

  EXPECT_EQ(read.parameters, state.parameters);
  EXPECT_EQ(read.first_moment, state.first_moment);
  EXPECT_EQ(read.second_moment, state.second_moment);
  EXPECT_EQ(read.best_parameters, state.best_parameters);
  EXPECT_EQ(read.best_loss, state.best_loss);
  EXPECT_EQ(read.best_epoch, 3);
  EXPECT_EQ(read.step, state.step);
  EXPECT_EQ(read.epoch_loss, state.epoch_loss);
  EXPECT_EQ(read.epoch_known, 17);
  EXPECT_EQ(read.seconds, 1e-9);
  ASSERT_EQ(read.history.size(), 2U);
  EXPECT_EQ(read.history[0].train_loss, std::sqrt(2.0));
  EXPECT_TRUE(std::isnan(read.history[0].validation_loss));
  EXPECT_EQ(read.history[1].validation_loss, 1e300);
  EXPECT_EQ(read.history[1].step, 20);
  EXPECT_EQ(read.history[1].seconds, 2.5);
}

TEST(TrainStateFile, AStateOfOtherSequencesIsRefused) {
  TemporaryFolder const folder;
  save_train_state(initial_state(small_network(), 5), settings_of(two_records()), folder.path("s"));
  auto const error_with = [&](auto change) {
    Dataset dataset = two_records();
    change(dataset);
    return input_error([&] { load_train_state(small_network(), settings_of(dataset), folder.path("s")); });
  };

  EXPECT_EQ(error_with([](Dataset&) {}), "no error");
  for (auto const& change : std::vector<void (*)(Dataset&)>{
           [](Dataset& d) { d.bases[0][2] = 1; }, [](Dataset& d) { d.targets[1] = 1; },
           [](Dataset& d) { std::swap(d.bases[0], d.bases[1]); },
           [](Dataset& d) { d.target_names[0] = "negative"; }}) {
    EXPECT_NE(error_with(change).find("was made with other sequences"), std::string::npos);
  }
}

TEST(TrainStateFile, OtherFilesAreNoState) {
  TemporaryFolder const folder;
  folder.write("s", "not a state");

  std::string const error =
      input_error([&] { load_train_state(small_network(), settings_of(two_records()), folder.path("s")); });

  EXPECT_TRUE(error.starts_with(folder.path("s") + ": ")) << error;
}

}  // namespace
}  // namespace cislens
