#pragma once

#include "cislens/tensor/context.hpp"

#include <memory>

namespace cislens {

/// A backend with the sizes of another one whose functions compute nothing. Together with a counting arena it
/// tells what scratch memory a pass takes: the ops run as ever, on shapes alone.
std::shared_ptr<Backend const> idle_backend(Backend const& like);

}  // namespace cislens
