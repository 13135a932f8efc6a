#pragma once

#include "cislens/ops/stem.hpp"
#include "cislens/tensor/view.hpp"

namespace cislens {

/// x_i += table_i for the tokens of every sequence that are not padding; the sinusoidal table of Vaswani et
/// al. 2017.
void add_sinusoidal(SequenceBatch const& batch, View x);

/// x_i += learned table, linearly interpolated so that its first and last rows meet the first and last token.
/// @param table  (rows, C)
void add_learned(SequenceBatch const& batch, ConstView table, View x);
/// dtable += the transposed interpolation of dx.
void add_learned_backward(SequenceBatch const& batch, ConstView dx, View dtable);

}  // namespace cislens
