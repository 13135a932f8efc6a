#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace cislens {

/// The lines of a text file. Plain text, gzip and BGZF are told apart by content; "-" is standard input.
///
/// Line ends are LF or CRLF and are not part of a line; a UTF-8 byte-order mark is dropped. The last line
/// needs no end. Lines may be as long as memory allows. Not for several threads at once.
class TextInput {
 public:
  /// @throws InputError  the file is missing, closed to us, a folder, empty, binary, compressed in another
  /// way, has
  ///                     CR line ends, or is BGZF without its end marker (cut short)
  explicit TextInput(std::string path);
  ~TextInput();
  TextInput(TextInput&&) noexcept;
  TextInput& operator=(TextInput&&) noexcept;

  /// @param[out] line  the next line, valid until the next call; untouched at the end
  /// @returns false at the end
  /// @throws InputError  the compressed data are damaged or cut short, or reading failed
  bool next(std::string_view& line);

  /// Number of the line that `next` gave last, from 1; 0 before the first.
  std::int64_t line_number() const;

  /// What comes next, without taking it: at most the first 64 KiB that are not read yet. To recognise a
  /// format.
  std::string_view head() const;

  /// The name for messages: the path, or "standard input".
  std::string const& name() const;

  /// @throws InputError  "name:line: what", always, for the line that `next` gave last
  [[noreturn]] void fail(std::string const& what) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cislens
