#pragma once

#include "cislens/base/output_file.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace cislens {

/// One tensor of a safetensors file.
struct NamedTensor {
  std::string name;
  std::vector<std::int64_t> shape;  ///< each > 0
  std::vector<float> values;        ///< product of the shape, last axis fastest
};

/// What a safetensors file holds.
struct Safetensors {
  std::vector<NamedTensor> tensors;             ///< in the order of their bytes
  std::map<std::string, std::string> metadata;  ///< without the checksums, which belong to the file
};

/// Layout: length of the header (8 bytes, little-endian), the header (JSON: name to dtype, shape and
/// data_offsets; `__metadata__`: texts), then the numbers, little-endian, without gaps. Every tensor has its
/// XXH3-64 in the metadata as "xxh3:NAME", and the header has its own as "xxh3:header" (taken with zeros in
/// that place).
/// @throws OutputError  it cannot be written
/// Source: https://github.com/huggingface/safetensors, "Format".
void write_safetensors(Safetensors const& contents, std::filesystem::path const& path, IfExists if_exists);

/// Reads what `write_safetensors` wrote, and nothing else: a changed byte anywhere is found.
/// @throws InputError  "path: what (remedy)": it is missing or cut short; the header is longer than 100 MB or
/// than the file, is not JSON, or has a key twice; a tensor is not F32, its size overflows or is not that of
/// its offsets; bytes that belong to no tensor or to two; a checksum is missing or wrong
Safetensors read_safetensors(std::filesystem::path const& path);

}  // namespace cislens
