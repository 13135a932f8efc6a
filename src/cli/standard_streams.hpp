#pragma once

#include <string_view>

namespace cislens {

/// Makes sure that descriptors 0, 1 and 2 are taken: were one closed by the caller, the next file that is
/// opened would get its number, and messages would land in results. What was closed stays unusable (EBADF).
void hold_standard_streams();

/// Writes a whole text to standard output. @throws OutputError  it is closed, or the disk is full
void print(std::string_view text);

}  // namespace cislens
