#pragma once

#include "cislens/tensor/context.hpp"

#include <cstdint>

namespace cislens {

/// @param[out] angles  (P, D) as rotary_angles makes them, in the device's memory
void set_rotary_angles(Context& context, double base, View angles);

/// x_i += table_i for the tokens of every sequence that are not padding; the sinusoidal table of Vaswani et
/// al. 2017.
/// @param lengths    (B)
/// @param[in,out] x  (B * P, C)
void add_sinusoidal(Context& context, Mirrored<std::int64_t> const& lengths, View x);

}  // namespace cislens
