#include "cislens/model/safetensors.hpp"

#include "cislens/base/checksum.hpp"
#include "cislens/base/errors.hpp"

#include "json.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>
#include <string_view>
#include <utility>

namespace cislens {

static_assert(std::endian::native == std::endian::little, "safetensors are little-endian");

namespace {

constexpr std::uint64_t largest_header = 100'000'000;
constexpr std::size_t prefix_bytes = 8;
std::string const metadata_key = "__metadata__";
std::string const checksum_prefix = "xxh3:";
std::string const header_key = "xxh3:header";
std::string const no_checksum(16, '0');
constexpr char remedy[] = " (the file is damaged, or another program wrote it; copy or make it again)";

std::string_view bytes_of(std::vector<float> const& values) {
  return {reinterpret_cast<char const*>(values.data()), values.size() * sizeof(float)};
}

/// The header with zeros for its own checksum.
std::string make_header(Safetensors const& contents) {
  Json metadata = Json::object();
  for (auto const& [key, text] : contents.metadata) metadata[key] = text;
  for (NamedTensor const& tensor : contents.tensors) {
    metadata[checksum_prefix + tensor.name] = checksum_text(bytes_of(tensor.values));
  }
  metadata[header_key] = no_checksum;
  Json header = {{metadata_key, std::move(metadata)}};
  std::uint64_t offset = 0;
  for (NamedTensor const& tensor : contents.tensors) {
    std::uint64_t const end = offset + tensor.values.size() * sizeof(float);
    header[tensor.name] = {{"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // numbers start at a multiple of 8 bytes
  return text;
}

/// Where the digits of the header's checksum stand, or npos.
std::size_t checksum_place(std::string_view header) {
  std::string const lead = '"' + header_key + "\":\"";
  std::size_t const found = header.find(lead);
  bool const whole = found != std::string_view::npos && header.size() - found >= lead.size() + 16;
  return whole ? found + lead.size() : std::string_view::npos;
}

class Reader {
 public:
  explicit Reader(std::filesystem::path path) : path_(std::move(path)) {}

  Safetensors read() {
    read_bytes();
    Json const header = parse_header();
    read_metadata(header);
    for (auto const& [name, entry] : header.items()) {
      if (name != metadata_key) read_tensor(name, entry);
    }
    check_coverage();
    Safetensors contents{{}, std::move(metadata_)};
    for (auto& [start, tensor] : by_offset_) {
      check_sum(tensor);
      contents.tensors.push_back(std::move(tensor));
    }
    if (!sums_.empty()) fail("has a checksum of '" + sums_.begin()->first + "', which is not there");
    return contents;
  }

 private:
  [[noreturn]] void fail(std::string const& what) const {
    throw InputError(path_.string() + ": " + what + remedy);
  }

  void read_bytes() {
    std::error_code ignored;
    if (std::filesystem::is_directory(path_, ignored)) throw InputError(path_.string() + ": is a folder");
    errno = 0;
    std::ifstream file(path_, std::ios::binary);
    if (!file) throw InputError(path_.string() + ": cannot read: " + std::strerror(errno));
    bytes_.assign(std::istreambuf_iterator<char>(file), {});
    if (file.bad()) throw InputError(path_.string() + ": cannot read: " + std::strerror(errno));
  }

  Json parse_header() {
    std::uint64_t length = 0;
    if (bytes_.size() < prefix_bytes) fail("has " + std::to_string(bytes_.size()) + " bytes: cut short");
    std::memcpy(&length, bytes_.data(), prefix_bytes);
    if (length > largest_header) fail("states a header of more than 100 MB: no safetensors file");
    if (length > bytes_.size() - prefix_bytes) fail("is shorter than its header: cut short");
    std::string header = bytes_.substr(prefix_bytes, length);
    data_ = std::string_view(bytes_).substr(prefix_bytes + length);
    if (!header.starts_with('{')) fail("the header is not JSON");
    Json const parsed = parse_json(header, [&](std::string const& what) { fail("header: " + what); });
    std::size_t const place = checksum_place(header);
    if (place == std::string::npos) fail("the header has no checksum");
    std::string const stated = header.substr(place, 16);
    header.replace(place, 16, no_checksum);
    if (checksum_text(header) != stated) fail("the header does not have its checksum");
    return parsed;
  }

  void read_metadata(Json const& header) {
    auto const found = header.find(metadata_key);
    if (found == header.end() || !found->is_object()) fail("header: no " + metadata_key);
    for (auto const& [key, value] : found->items()) {
      if (!value.is_string()) fail("header: " + metadata_key + "." + key + " is not a text");
      if (key == header_key) continue;
      if (key.starts_with(checksum_prefix)) {
        sums_.emplace(key.substr(checksum_prefix.size()), value.get<std::string>());
      } else {
        metadata_.emplace(key, value.get<std::string>());
      }
    }
  }

  /// A whole number >= 0 of the header.
  std::uint64_t number(std::string const& name, Json const& value) const {
    if (!value.is_number_unsigned()) fail("'" + name + "': a size or offset is not a whole number");
    return value.get<std::uint64_t>();
  }

  std::pair<std::uint64_t, std::uint64_t> read_offsets(std::string const& name, Json const& entry) const {
    bool const whole = entry.is_object() && entry.size() == 3 && entry.contains("dtype") &&
                       entry.contains("shape") && entry.contains("data_offsets");
    if (!whole) fail("'" + name + "' is not described by dtype, shape and data_offsets");
    if (entry["dtype"] != "F32") fail("'" + name + "' is " + entry["dtype"].dump() + ", not F32");
    if (!entry["shape"].is_array()) fail("'" + name + "': the shape is no list");
    Json const& offsets = entry["data_offsets"];
    if (!offsets.is_array() || offsets.size() != 2) fail("'" + name + "': data_offsets are not two numbers");
    return {number(name, offsets[0]), number(name, offsets[1])};
  }

  void read_tensor(std::string const& name, Json const& entry) {
    auto const [start, end] = read_offsets(name, entry);
    NamedTensor tensor{name, {}, {}};
    std::uint64_t bytes = sizeof(float);
    for (Json const& item : entry["shape"]) {
      std::uint64_t const size = number(name, item);
      // Every product stays below the largest int64, so it fits both types.
      if (size == 0 || size > std::numeric_limits<std::int64_t>::max() / bytes) {
        fail("'" + name + "': a size of its shape is 0 or too large");
      }
      bytes *= size;
      tensor.shape.push_back(static_cast<std::int64_t>(size));
    }
    if (end > data_.size() || start > end) fail("'" + name + "' lies outside the file: cut short");
    if (end - start != bytes) fail("'" + name + "': its shape does not fit its bytes");
    tensor.values.resize(bytes / sizeof(float));
    std::memcpy(tensor.values.data(), data_.data() + start, bytes);
    if (!by_offset_.emplace(start, std::move(tensor)).second) fail("'" + name + "' overlaps another tensor");
  }

  /// Each tensor starts where the one before ends; the first at 0, and the last ends with the file.
  void check_coverage() const {
    std::uint64_t expected = 0;
    for (auto const& [start, tensor] : by_offset_) {
      if (start != expected) fail("there is a gap or an overlap before '" + tensor.name + "'");
      expected = start + tensor.values.size() * sizeof(float);
    }
    if (expected != data_.size()) fail("bytes behind the last tensor");
  }

  void check_sum(NamedTensor const& tensor) {
    auto const stated = sums_.find(tensor.name);
    if (stated == sums_.end()) fail("'" + tensor.name + "' has no checksum");
    if (stated->second != checksum_text(bytes_of(tensor.values))) {
      fail("'" + tensor.name + "' does not have its checksum");
    }
    sums_.erase(stated);
  }

  std::filesystem::path path_;
  std::string bytes_;
  std::string_view data_;
  std::map<std::string, std::string> metadata_;
  std::map<std::string, std::string> sums_;
  std::map<std::uint64_t, NamedTensor> by_offset_;
};

}  // namespace

void write_safetensors(Safetensors const& contents, std::filesystem::path const& path, IfExists if_exists) {
  std::string header = make_header(contents);
  header.replace(checksum_place(header), 16, checksum_text(header));
  std::uint64_t const length = header.size();
  OutputFile file(path, if_exists);
  file.stream().write(reinterpret_cast<char const*>(&length), prefix_bytes);
  file.stream() << header;
  for (NamedTensor const& tensor : contents.tensors) file.stream() << bytes_of(tensor.values);
  file.commit();
}

Safetensors read_safetensors(std::filesystem::path const& path) { return Reader(path).read(); }

}  // namespace cislens
