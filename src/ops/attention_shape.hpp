#pragma once

#include "cislens/ops/attention.hpp"

#include "backend.hpp"

namespace cislens {

/// The shape of checked operands; output_stride is left 0.
/// @throws ShapeError  if a shape in AttentionInput does not hold
AttentionShape attention_shape(Context const& context, AttentionInput const& input);

/// The same and the stride of o, (B * Q, H * D).
AttentionShape attention_shape(Context const& context, AttentionInput const& input, ConstView o);

AttentionOperands attention_operands(AttentionInput const& input);

}  // namespace cislens
