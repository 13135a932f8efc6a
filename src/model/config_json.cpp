#include "config_json.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/version.hpp"

#include "json.hpp"

#include <cmath>
#include <set>

namespace cislens {

namespace {

constexpr char format_name[] = "cislens model 1";

/// Takes the keys of an object one by one; what is left over at the end is unknown.
class Fields {
 public:
  Fields(Json const& object, std::filesystem::path const& path, std::string section)
      : object_(object), path_(path), section_(std::move(section)) {
    if (!object.is_object()) fail("is no JSON object");
  }

  bool has(std::string const& key) const { return object_.contains(key); }
  Json const& take(std::string const& key) {
    auto const found = object_.find(key);
    if (found == object_.end()) fail("the key '" + key + "' is missing");
    taken_.insert(key);
    return *found;
  }
  int integer(std::string const& key) {
    Json const& value = take(key);
    bool const fits = value.is_number_integer() && value.get<std::int64_t>() >= -1'000'000'000 &&
                      value.get<std::int64_t>() <= 1'000'000'000;
    if (!fits) fail("'" + key + "' is not a whole number of at most 1000000000");
    return value.get<int>();
  }
  double real(std::string const& key) {
    if (!take(key).is_number()) fail("'" + key + "' is not a number");
    return take(key).get<double>();
  }
  bool boolean(std::string const& key) {
    if (!take(key).is_boolean()) fail("'" + key + "' is not true or false");
    return take(key).get<bool>();
  }
  std::string text(std::string const& key) {
    if (!take(key).is_string()) fail("'" + key + "' is not a text");
    return take(key).get<std::string>();
  }
  /// A text that stands for a value.
  template <typename Parse>
  auto word(std::string const& key, Parse parse) {
    try {
      return parse(text(key));
    } catch (UsageError const& error) {
      fail(error.what());
    }
  }
  void finish() const {
    for (auto const& [key, value] : object_.items()) {
      if (!taken_.contains(key)) fail("the key '" + key + "' is unknown to this version");
    }
  }
  [[noreturn]] void fail(std::string const& what) const {
    throw InputError(path_.string() + ": " + section_ + what +
                     " (take the file as cislens wrote it, with the version that wrote it)");
  }

 private:
  Json const& object_;
  std::filesystem::path const& path_;
  std::string section_;
  std::set<std::string> taken_;
};

Json network_to_json(NetworkConfig const& c) {
  return {{"channels", c.channels},
          {"filter_width", c.filter_width},
          {"pool", c.pool},
          {"exponential", c.exponential},
          {"blocks", c.blocks},
          {"heads", c.heads},
          {"ffn_channels", c.ffn_channels},
          {"norm", std::string(name_of(c.norm))},
          {"positions", std::string(name_of(c.positions))},
          {"rotary_base", c.rotary_base},
          {"learned_positions", c.learned_positions},
          {"null_key", c.null_key},
          {"attention", name_of(AttentionMode{c.attention, c.summaries})},
          {"head", std::string(name_of(c.head))},
          {"readout_heads", c.readout_heads}};
}

NetworkConfig network_from_json(Json const& json, std::filesystem::path const& path, std::size_t targets) {
  Fields fields(json, path, "network: ");
  NetworkConfig c;
  c.targets = static_cast<int>(targets);
  c.channels = fields.integer("channels");
  c.filter_width = fields.integer("filter_width");
  c.pool = fields.integer("pool");
  c.exponential = fields.boolean("exponential");
  c.blocks = fields.integer("blocks");
  c.heads = fields.integer("heads");
  c.ffn_channels = fields.integer("ffn_channels");
  c.norm = fields.word("norm", parse_norm);
  c.positions = fields.word("positions", parse_positions);
  c.rotary_base = fields.real("rotary_base");
  c.learned_positions = fields.integer("learned_positions");
  c.null_key = fields.boolean("null_key");
  if (fields.has("attention")) {  // models of before it could be chosen have none: theirs is exact
    AttentionMode const mode = fields.word("attention", parse_attention);
    c.attention = mode.span;
    c.summaries = mode.summaries;
  }
  c.head = fields.word("head", parse_head);
  c.readout_heads = fields.integer("readout_heads");
  fields.finish();
  try {
    check(c);
  } catch (UsageError const& error) {
    fields.fail(error.what());
  }
  return c;
}

}  // namespace

std::string format_config_json(SavedModel const& model) {
  Json json = {{"format", format_name},
               {"version", version()},
               {"loss", std::string(name_of(model.loss))},
               {"targets", model.target_names},
               {"mask_lowercase", model.mask_lowercase},
               {"network", network_to_json(model.config)}};
  Json training = Json::object();
  for (auto const& [name, value] : model.training) {
    bool const whole = value == std::floor(value) && std::abs(value) < 1e15;
    training[name] = whole ? Json(static_cast<std::int64_t>(value)) : Json(value);
  }
  json["training"] = std::move(training);
  return json.dump(2) + "\n";
}

SavedModel parse_config_json(std::string const& text, std::filesystem::path const& path) {
  Json const json = parse_json(text, [&](std::string const& what) {
    throw InputError(path.string() + ": " + what + " (take the file as cislens wrote it)");
  });
  Fields fields(json, path, "");
  SavedModel model;
  if (fields.text("format") != format_name) {
    fields.fail("format '" + fields.text("format") + "' is not '" + format_name + "'");
  }
  fields.text("version");
  model.loss = fields.word("loss", parse_loss);
  model.mask_lowercase = fields.boolean("mask_lowercase");
  for (Json const& name : fields.take("targets")) {
    if (!name.is_string()) fields.fail("'targets' is not a list of names");
    model.target_names.push_back(name.get<std::string>());
  }
  model.config = network_from_json(fields.take("network"), path, model.target_names.size());
  Json const& training = fields.take("training");
  if (!training.is_object()) fields.fail("'training' is no object");
  for (auto const& [name, value] : training.items()) {
    if (!value.is_number()) fields.fail("'training." + name + "' is not a number");
    model.training.emplace_back(name, value.get<double>());
  }
  fields.finish();
  return model;
}

}  // namespace cislens
