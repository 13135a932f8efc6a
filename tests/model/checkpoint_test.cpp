#include "cislens/model/checkpoint.hpp"

#include "cislens/base/checksum.hpp"
#include "cislens/base/errors.hpp"
#include "cislens/model/parameters.hpp"

#include "support/input_error.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

namespace cislens {
namespace {

using testing_support::input_error;
using testing_support::TemporaryFolder;

SavedModel example() {
  SavedModel model;
  model.config.channels = 8;
  model.config.heads = 2;
  model.config.filter_width = 5;
  model.config.ffn_channels = 12;
  model.config.targets = 2;
  model.config.rotary_base = 0.1 + 138.75;
  model.parameters = std::move(initial_parameters(model.config, 3).values());
  model.target_names = {"K562", "a \"name\""};
  model.loss = LossKind::poisson;
  model.mask_lowercase = true;
  model.training = {{"seed", 3}, {"validation_loss", 1.0 / 3}};
  return model;
}

/// The message of loading `folder` after `edit` has changed config.json.
std::string error_after(std::string const& old_text, std::string const& new_text) {
  TemporaryFolder const folder;
  save_model(example(), folder.path(""), IfExists::refuse);
  std::string config = folder.read("config.json");
  std::size_t const place = config.find(old_text);
  EXPECT_NE(place, std::string::npos) << old_text;
  folder.write("config.json", config.replace(place, old_text.size(), new_text));
  return input_error([&] { load_model(folder.path("")); });
}

bool has(std::string const& text, std::string const& part) { return text.find(part) != std::string::npos; }

TEST(Checkpoint, AModelComesBackAsItWas) {
  TemporaryFolder const folder;
  SavedModel const saved = example();

  save_model(saved, folder.path(""), IfExists::refuse);
  SavedModel const loaded = load_model(folder.path(""));

  EXPECT_EQ(loaded.config, saved.config);
  EXPECT_EQ(loaded.parameters, saved.parameters);
  EXPECT_EQ(loaded.target_names, saved.target_names);
  EXPECT_EQ(loaded.loss, saved.loss);
  EXPECT_EQ(loaded.mask_lowercase, saved.mask_lowercase);
  EXPECT_EQ(loaded.training, saved.training);
}

TEST(Checkpoint, AttentionComesBackAsItWas) {
  for (char const* mode : {"local:9", "local:9+global:2", "chunk:4"}) {
    TemporaryFolder const folder;
    SavedModel saved = example();
    saved.config.attention = parse_attention(mode).span;
    saved.config.summaries = parse_attention(mode).summaries;
    saved.parameters = std::move(initial_parameters(saved.config, 3).values());

    save_model(saved, folder.path(""), IfExists::refuse);

    EXPECT_EQ(load_model(folder.path("")).config, saved.config) << mode;
  }
}

TEST(Checkpoint, AModelWithoutAttentionsKeyIsExact) {
  TemporaryFolder const folder;
  save_model(example(), folder.path(""), IfExists::refuse);
  std::string config = folder.read("config.json");
  std::string const key = "\"attention\": \"exact\",";
  ASSERT_TRUE(has(config, key));
  config.erase(config.find(key), key.size());
  folder.write("config.json", config);
  Safetensors tensors = read_safetensors(folder.path("model.safetensors"));
  tensors.metadata["config.json"] = checksum_text(config);
  write_safetensors(tensors, folder.path("model.safetensors"), IfExists::replace);

  EXPECT_EQ(load_model(folder.path("")).config, example().config);
}

TEST(Checkpoint, ConfigIsReadStrictly) {
  EXPECT_TRUE(has(error_after("\"heads\": 2", "\"haeds\": 2"), "network: the key 'heads' is missing"));
  EXPECT_TRUE(has(error_after("\"heads\": 2", "\"heads\": 2, \"depth\": 1"), "'depth' is unknown"));
  EXPECT_TRUE(has(error_after("\"heads\": 2", "\"heads\": 2.5"), "'heads' is not a whole number"));
  EXPECT_TRUE(has(error_after("\"heads\": 2", "\"heads\": 3"), "cannot be shared between 3 heads"));
  EXPECT_TRUE(has(error_after("\"heads\": 2", "\"heads\": 2, \"heads\": 2"), "'heads' stands there twice"));
  EXPECT_TRUE(has(error_after("\"rotary\"", "\"circular\""), "is not one of: rotary"));
  EXPECT_TRUE(has(error_after("\"exact\"", "\"local\""), "attention 'local' is not one of: exact"));
  EXPECT_TRUE(has(error_after("model 1", "model 2"), "format 'cislens model 2'"));
  EXPECT_TRUE(has(error_after("\"loss\"", "loss"), "not JSON at byte"));
  EXPECT_TRUE(has(error_after("poisson", "squared"), "was changed after the model was written"));
}

TEST(Checkpoint, ConfigAndTensorsMustBelongTogether) {
  EXPECT_TRUE(
      has(error_after("\"channels\": 8", "\"channels\": 16"), "'stem.weight' is 20 x 8, not 20 x 16"));
  EXPECT_TRUE(has(error_after("\"blocks\": 1", "\"blocks\": 2"), "there is no tensor 'block1.norm1.gain'"));
  EXPECT_TRUE(has(error_after("\"null_key\": true", "\"null_key\": false"), "no 'block0.null_key'"));
}

TEST(Checkpoint, WhatIsMissingIsNamed) {
  TemporaryFolder const folder;
  EXPECT_TRUE(has(input_error([&] { load_model(folder.path("none")); }), "none/config.json: cannot read"));
  save_model(example(), folder.path(""), IfExists::refuse);
  std::filesystem::remove(folder.path("model.safetensors"));

  EXPECT_TRUE(has(input_error([&] { load_model(folder.path("")); }), "model.safetensors: cannot read"));
}

TEST(Checkpoint, NeitherFileIsReplacedUnasked) {
  TemporaryFolder const folder;
  folder.write("config.json", "mine");

  EXPECT_THROW(save_model(example(), folder.path(""), IfExists::refuse), OutputError);

  EXPECT_EQ(folder.read("config.json"), "mine");
  EXPECT_FALSE(std::filesystem::exists(folder.path("model.safetensors")));
}

}  // namespace
}  // namespace cislens
