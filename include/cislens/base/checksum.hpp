#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace cislens {

/// XXH3-64 of bytes that come piece by piece: finds damage, is no protection against intent.
class Checksum {
 public:
  Checksum();
  ~Checksum();
  Checksum(Checksum const&) = delete;
  Checksum& operator=(Checksum const&) = delete;

  void add(void const* bytes, std::size_t count);
  void add(std::string_view text) { add(text.data(), text.size()); }
  std::uint64_t value() const;
  /// The value as 16 hexadecimal digits.
  std::string text() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Of one piece. 16 hexadecimal digits.
std::string checksum_text(std::string_view bytes);

}  // namespace cislens
