#include "shard.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/text.hpp"

#include <nlohmann/json.hpp>

#include <fstream>

namespace cislens {

namespace fs = std::filesystem;

Shard parse_shard(std::string_view text) {
  constexpr std::string_view between = "-of-";
  std::size_t const at = text.find(between);
  long index = 0;
  long count = 0;
  bool const good = at != std::string_view::npos && parse_number(text.substr(0, at), index) &&
                    parse_number(text.substr(at + between.size()), count);
  if (!good || index < 1 || index > count)
    throw UsageError("--shard '" + std::string(text) + "' is not like 1-of-8 (from 1-of-N to N-of-N)");
  return {index, count};
}

void write_shard_note(ShardNote const& note, fs::path const& folder, IfExists if_exists) {
  nlohmann::ordered_json object;
  object["program"] = "cislens";
  object["shard"] = note.shard.index;
  object["of"] = note.shard.count;
  object["run"] = note.run;
  object["isa"] = note.isa;
  object["longest_bp"] = note.longest_bp;
  object["files"] = note.files;
  OutputFile file(folder / "shard.json", if_exists);
  file.stream() << object.dump(2) << '\n';
  file.commit();
}

ShardNote read_shard_note(fs::path const& folder) {
  fs::path const path = folder / "shard.json";
  std::ifstream file(path);
  if (!file) throw InputError(folder.string() + ": has no shard.json (give folders that --shard wrote)");
  ShardNote note;
  try {
    auto const object = nlohmann::json::parse(file);
    note.shard = {object.at("shard").get<std::int64_t>(), object.at("of").get<std::int64_t>()};
    note.run = object.at("run").get<std::string>();
    note.isa = object.at("isa").get<std::string>();
    note.longest_bp = object.at("longest_bp").get<std::int64_t>();
    note.files = object.at("files").get<std::vector<std::string>>();
  } catch (nlohmann::json::exception const&) {
    throw InputError(path.string() + ": is damaged (run this part again)");
  }
  for (std::string const& name : note.files) {
    std::error_code ignored;
    if (!fs::is_regular_file(folder / name, ignored) || fs::path(name).filename() != name)
      throw InputError((folder / name).string() + ": is missing (run this part again)");
  }
  return note;
}

}  // namespace cislens
