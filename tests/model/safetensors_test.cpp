#include "cislens/model/safetensors.hpp"

#include "cislens/base/checksum.hpp"
#include "cislens/base/errors.hpp"

#include "support/input_error.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>

namespace cislens {
namespace {

using testing_support::input_error;
using testing_support::TemporaryFolder;

Safetensors example() {
  return {{{"stem.weight", {2, 3}, {1, -0.0F, 1e-40F, 3, 4, std::numeric_limits<float>::quiet_NaN()}},
           {"bias", {1}, {0.25F}}},
          {{"format", "test"}, {"words", "a \"quoted\" line\nand \xc3\xa9"}}};
}

/// A file with this header and these bytes of numbers; the header gets its checksum where it asks for one.
std::string file_with(std::string header, std::string const& data) {
  std::string const zeros(16, '0');
  std::size_t const place = header.find(zeros);
  if (place != std::string::npos) header.replace(place, 16, checksum_text(header));
  std::uint64_t const length = header.size();
  std::string file(8, '\0');
  std::memcpy(file.data(), &length, 8);
  return file + header + data;
}

/// One tensor "a" described by `entry`, over the bytes of `data`.
std::string one_tensor(std::string const& entry, std::string const& data) {
  return file_with(R"({"__metadata__":{"xxh3:a":")" + checksum_text(data) +
                       R"(","xxh3:header":"0000000000000000"},"a":)" + entry + "}",
                   data);
}

std::string error_of(std::string const& file) {
  static TemporaryFolder const folder;  // thousands of calls
  std::string const path = folder.write("m.safetensors", file);
  std::string const error = input_error([&] { read_safetensors(path); });
  EXPECT_TRUE(error == "no error" || error.starts_with(path + ": ")) << error;
  return error;
}

bool has(std::string const& text, std::string const& part) { return text.find(part) != std::string::npos; }

TEST(Safetensors, ComeBackBitForBit) {
  TemporaryFolder const folder;
  Safetensors const written = example();

  write_safetensors(written, folder.path("m.safetensors"), IfExists::refuse);
  Safetensors const read = read_safetensors(folder.path("m.safetensors"));

  EXPECT_EQ(read.metadata, written.metadata);
  ASSERT_EQ(read.tensors.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(read.tensors[i].name, written.tensors[i].name);
    EXPECT_EQ(read.tensors[i].shape, written.tensors[i].shape);
    ASSERT_EQ(read.tensors[i].values.size(), written.tensors[i].values.size());
    EXPECT_EQ(std::memcmp(read.tensors[i].values.data(), written.tensors[i].values.data(),
                          written.tensors[i].values.size() * sizeof(float)),
              0);
  }
}

TEST(Safetensors, EveryFlippedByteIsFound) {
  TemporaryFolder const folder;
  write_safetensors(example(), folder.path("m.safetensors"), IfExists::refuse);
  std::string const whole = folder.read("m.safetensors");

  for (std::size_t place = 0; place < whole.size(); ++place) {
    for (char const flip : {'\x01', '\x20'}) {
      std::string damaged = whole;
      damaged[place] = static_cast<char>(damaged[place] ^ flip);
      EXPECT_NE(error_of(damaged), "no error") << "byte " << place;
    }
  }
}

TEST(Safetensors, EveryCutIsFound) {
  TemporaryFolder const folder;
  write_safetensors(example(), folder.path("m.safetensors"), IfExists::refuse);
  std::string const whole = folder.read("m.safetensors");

  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_NE(error_of(whole.substr(0, length)), "no error") << length << " bytes";
  }
  EXPECT_TRUE(has(error_of(whole + "x"), "bytes behind the last tensor"));
}

TEST(Safetensors, WhatAStrictReaderRefuses) {
  std::string const four(4, '\1');
  std::string const good = R"({"dtype":"F32","shape":[1],"data_offsets":[0,4]})";
  ASSERT_EQ(error_of(one_tensor(good, four)), "no error");

  EXPECT_TRUE(has(error_of(one_tensor(R"({"dtype":"F16","shape":[2],"data_offsets":[0,4]})", four)), "F32"));
  EXPECT_TRUE(has(error_of(one_tensor(R"({"dtype":"F32","shape":[2],"data_offsets":[0,4]})", four)),
                  "its shape does not fit its bytes"));
  EXPECT_TRUE(has(error_of(one_tensor(R"({"dtype":"F32","shape":[1],"data_offsets":[4,8]})", four + four)),
                  "a gap or an overlap"));
  EXPECT_TRUE(has(error_of(one_tensor(R"({"dtype":"F32","shape":[2],"data_offsets":[0,8]})", four)),
                  "outside the file"));
  EXPECT_TRUE(has(error_of(one_tensor(R"({"dtype":"F32","shape":[-1],"data_offsets":[0,4]})", four)),
                  "not a whole number"));
  EXPECT_TRUE(has(
      error_of(one_tensor(R"({"dtype":"F32","shape":[4294967296,4294967296,1],"data_offsets":[0,4]})", four)),
      "0 or too large"));
  EXPECT_TRUE(has(error_of(one_tensor(R"({"dtype":"F32","shape":[0],"data_offsets":[0,0]})", "")), "0 or"));
  EXPECT_TRUE(has(error_of(one_tensor(good.substr(0, good.size() - 1) + R"(,"more":1})", four)),
                  "not described by dtype"));
  EXPECT_TRUE(has(error_of(one_tensor(good + R"(,"a":)" + good, four)), "'a' stands there twice"));
  EXPECT_TRUE(has(error_of(one_tensor(good + R"(,"b":)" + good, four)), "overlaps another tensor"));
  EXPECT_TRUE(has(error_of(file_with(R"({"a":)" + good + "}", four)), "the header has no checksum"));
  EXPECT_TRUE(has(error_of(file_with("[1]", "")), "the header is not JSON"));
  EXPECT_TRUE(has(error_of(std::string("\x00\x00\x00\x00\x00\x00\x00\x7f rest", 13)), "more than 100 MB"));
}

TEST(Safetensors, AMissingFileAndAFolderAreInputErrors) {
  TemporaryFolder const folder;

  EXPECT_TRUE(has(input_error([&] { read_safetensors(folder.path("none")); }), "No such file"));
  EXPECT_TRUE(has(input_error([&] { read_safetensors(folder.path("")); }), "is a folder"));
}

}  // namespace
}  // namespace cislens
