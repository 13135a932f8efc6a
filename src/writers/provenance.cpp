#include "cislens/writers/provenance.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/interrupt.hpp"

#include "text_file.hpp"

#include <nlohmann/json.hpp>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <memory>
#include <sys/stat.h>

namespace cislens {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t most_summed = std::int64_t{1} << 30;  // bytes

Json pairs_to_json(std::vector<std::pair<std::string, double>> const& pairs) {
  Json object = Json::object();
  for (auto const& [name, value] : pairs) object[name] = value;  // NaN and infinity become null when written
  return object;
}

Json input_to_json(InputRecord const& input) {
  Json object = {{"role", input.role}, {"path", input.path}, {"bytes", input.bytes}};
  object["xxh3"] = input.xxh3.empty() ? Json(nullptr) : Json(input.xxh3);
  if (!input.modified.empty()) object["modified"] = input.modified;
  return object;
}

std::string hexadecimal(std::uint64_t value) {
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(value));
  return text.data();
}

std::string utc_text(std::time_t time) {
  std::tm utc{};
  gmtime_r(&time, &utc);
  std::array<char, 32> stamp{};
  std::strftime(stamp.data(), stamp.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  return stamp.data();
}

bool is_plain_word(std::string const& word) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+@%";
  return !word.empty() && word.find_first_not_of(plain) == std::string::npos;
}

}  // namespace

InputRecord describe_input(std::string const& role, std::string const& path) {
  InputRecord record{role, path, 0, ""};
  std::error_code ignored;
  if (path == "-" ||
      (std::filesystem::exists(path, ignored) && !std::filesystem::is_regular_file(path, ignored))) {
    return record;
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) throw InputError(path + ": cannot read: " + std::strerror(errno));
  struct stat status = {};
  if (stat(path.c_str(), &status) == 0 && status.st_size > most_summed) {
    record.bytes = status.st_size;
    record.modified = utc_text(status.st_mtime);
    return record;
  }
  std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> const state(XXH3_createState(),
                                                                              XXH3_freeState);
  XXH3_64bits_reset(state.get());
  std::vector<char> buffer(1 << 20);
  while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size())), file.gcount() > 0) {
    throw_if_interrupted();
    XXH3_64bits_update(state.get(), buffer.data(), static_cast<std::size_t>(file.gcount()));
    record.bytes += file.gcount();
  }
  if (file.bad()) throw InputError(path + ": cannot read: " + std::strerror(errno));
  record.xxh3 = hexadecimal(XXH3_64bits_digest(state.get()));
  return record;
}

std::string shell_line(std::span<std::string const> arguments) {
  std::string line;
  for (std::string const& word : arguments) {
    if (!line.empty()) line += ' ';
    if (is_plain_word(word)) {
      line += word;
      continue;
    }
    line += '\'';
    for (char const c : word) line += c == '\'' ? std::string("'\\''") : std::string(1, c);
    line += '\'';
  }
  return line;
}

std::string utc_now() { return utc_text(std::time(nullptr)); }

std::string format_params_json(Provenance const& provenance) {
  Json object;
  object["program"] = "cislens";
  object["version"] = provenance.version;
  object["command"] = shell_line(provenance.arguments);
  object["arguments"] = provenance.arguments;
  object["seed"] = provenance.seed;
  object["inputs"] = Json::array();
  for (InputRecord const& input : provenance.inputs) object["inputs"].push_back(input_to_json(input));
  object["device"] = provenance.device;
  object["threads"] = provenance.threads;
  if (!provenance.started.empty()) object["started"] = provenance.started;
  object["times_s"] = pairs_to_json(provenance.times_s);
  object["metrics"] = pairs_to_json(provenance.metrics);
  object["options"] = Json::object();
  for (auto const& [name, value] : provenance.options) object["options"][name] = value;
  object["outputs"] = provenance.outputs;
  return object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::optional<Provenance> read_earlier_run(std::filesystem::path const& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return std::nullopt;
  try {
    Json const json = Json::parse(stream);
    Provenance run;
    run.arguments = json.at("arguments").get<std::vector<std::string>>();
    run.outputs = json.at("outputs").get<std::vector<std::string>>();
    return run;
  } catch (nlohmann::json::exception const&) {
    return std::nullopt;
  }
}

void write_params_json(Provenance const& provenance, std::filesystem::path const& path, IfExists if_exists) {
  write_text_file(format_params_json(provenance), path, if_exists);
}

}  // namespace cislens
