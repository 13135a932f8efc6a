#include "cislens/base/errors.hpp"
#include "cislens/base/text.hpp"

#include "report_files.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>

namespace cislens {

bool is_there(std::filesystem::path const& path) {
  std::error_code error;
  bool const there = std::filesystem::exists(path, error);
  if (error) throw InputError(path.string() + ": cannot be read: " + error.message());
  return there;
}

std::optional<Provenance> read_params(std::filesystem::path const& folder) {
  std::filesystem::path const path = folder / "params.json";
  if (!is_there(path)) return std::nullopt;
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw InputError(path.string() + ": cannot be read (" + report_remedy + ")");
  try {
    auto const json = nlohmann::ordered_json::parse(stream);
    Provenance run;
    run.version = json.at("version").get<std::string>();
    run.arguments = json.at("arguments").get<std::vector<std::string>>();
    run.seed = json.at("seed").get<std::uint64_t>();
    for (auto const& input : json.at("inputs")) {
      auto const& sum = input.at("xxh3");  // null: a pipe, or a large file
      run.inputs.push_back({input.at("role").get<std::string>(), input.at("path").get<std::string>(),
                            input.at("bytes").get<std::int64_t>(),
                            sum.is_null() ? std::string() : sum.get<std::string>(),
                            input.value("modified", std::string())});
    }
    run.device = json.at("device").get<std::string>();
    run.threads = json.at("threads").get<int>();
    run.started = json.at("started").get<std::string>();
    for (auto const& [stage, seconds] : json.at("times_s").items())
      run.times_s.emplace_back(stage, seconds.get<double>());
    for (auto const& [name, value] : json.at("options").items())
      run.options.emplace_back(name, value.get<std::string>());
    return run;
  } catch (nlohmann::json::exception const& error) {
    throw InputError(path.string() + ": " + error.what() + " (" + report_remedy + ")");
  }
}

std::string option_of(Provenance const& provenance, std::string_view name) {
  auto const found =
      std::ranges::find_if(provenance.options, [&](auto const& option) { return option.first == name; });
  return found == provenance.options.end() ? "" : found->second;
}

double number_of(Provenance const& provenance, std::string_view name, double otherwise) {
  double value = 0;
  return parse_number(option_of(provenance, name), value) ? value : otherwise;
}

}  // namespace cislens
