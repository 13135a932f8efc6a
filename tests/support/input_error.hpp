#pragma once

#include "cislens/base/errors.hpp"

#include <string>

namespace cislens::testing_support {

/// The words of the InputError that `action` throws, or "no error".
template <typename Action>
std::string input_error(Action action) {
  try {
    action();
  } catch (InputError const& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace cislens::testing_support
