#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>

namespace cislens::cuda {

/// A name as a template argument.
template <std::size_t Size>
struct Name {
  char letters[Size];
  constexpr Name(char const (&text)[Size]) {
    for (std::size_t i = 0; i < Size; ++i) letters[i] = text[i];
  }
};

/// Stands in the table for an entry that has no kernel yet: of every type, and whoever calls it learns which.
template <Name Entry>
struct Missing {
  template <typename Result, typename... Arguments>
  using Function = Result (*)(Arguments...);

  template <typename Result, typename... Arguments>
  static Result call(Arguments...) {
    throw std::logic_error(std::string(Entry.letters) + " has no CUDA kernel");
  }
  template <typename Result, typename... Arguments>
  constexpr operator Function<Result, Arguments...>() const {
    return call<Result, Arguments...>;
  }
};

}  // namespace cislens::cuda
