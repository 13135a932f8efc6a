#pragma once

#include "cislens/tensor/context.hpp"
#include "cislens/tensor/view.hpp"

#include <cstdint>

namespace cislens {

/// y = x W + bias + residual
///
/// @param x         (rows, in), any stride
/// @param weight    (in, out)
/// @param bias      (1, out) or empty
/// @param residual  (rows, out) without gaps, or empty
/// @param[out] y    (rows, out), any stride, not x
/// @throws ShapeError  if a shape above does not hold
void linear_forward(Context& context, ConstView x, ConstView weight, ConstView bias, ConstView residual,
                    View y);

/// dx = dy W^T,  dweight += x^T dy,  dbias += column sums of dy. Empty views are not computed.
void linear_backward(Context& context, ConstView x, ConstView weight, ConstView dy, View dx, View dweight,
                     View dbias);

/// Layer normalisation over the last axis.
///
///   y = (x - mean) * rstd * gain + bias,   rstd = 1 / sqrt(var + epsilon)
///
/// @param x           (rows, C)
/// @param gain, bias  (1, C)
/// @param epsilon     > 0, added to the variance (divisor C, not C - 1)
/// @param[out] y      (rows, C)
/// @param[out] mean, rstd  (1, rows), needed by layer_norm_backward
/// @throws ShapeError  if a shape above does not hold
/// Source: Ba, Kiros, Hinton 2016, arXiv:1607.06450, section 3.
void layer_norm_forward(Context& context, ConstView x, ConstView gain, ConstView bias, float epsilon, View y,
                        View mean, View rstd);

/// dx = dresidual + gradient through the normalisation; dgain, dbias += (may be empty, as may dresidual).
/// dx may be dy or dresidual.
void layer_norm_backward(Context& context, ConstView x, ConstView gain, ConstView mean, ConstView rstd,
                         ConstView dy, ConstView dresidual, View dx, View dgain, View dbias);

/// The norm's part of an attribution: rstd is held constant, so that the norm is linear in x and
/// contributions add up. (The full gradient is orthogonal to x, for the norm does not see its scale: gradient
/// x input through it is always about zero.)
///   dx = dresidual + rstd (g - mean(g)),  g = dy gain
void layer_norm_attribution(Context& context, ConstView gain, ConstView rstd, ConstView dy,
                            ConstView dresidual, View dx);

/// y = x Phi(x) with the normal distribution function Phi. Source: Hendrycks, Gimpel 2016, arXiv:1606.08415.
void gelu_forward(Context& context, ConstView x, View y);
void gelu_backward(Context& context, ConstView x, ConstView dy, View dx);

/// GELU's part of an attribution: dx = dy Phi(x), so that dx * x = dy * y. dx may be dy.
void gelu_attribution(Context& context, ConstView x, ConstView dy, View dx);

/// sum = a + b, all of one shape without gaps; sum may be a or b.
void add(Context& context, ConstView a, ConstView b, View sum);

/// y += x; any strides.
void add_rows(Context& context, ConstView x, View y);
/// y = x; any strides.
void copy_rows(Context& context, ConstView x, View y);

/// y = x, several times over.
/// @param x  (rows, C) without gaps
/// @param[out] y  (n rows, C) without gaps
void repeat_forward(Context& context, ConstView x, View y);
/// dx += the sum of the n matrices in dy.
void repeat_backward(Context& context, ConstView dy, View dx);

/// Sets numbers to 0 with probability `rate` and divides the others by 1 - rate. Element n of the call is
/// dropped as a pure function of (seed, first + n), so the same call on a gradient is the backward pass. y
/// may be x.
/// @param rate  in [0, 1)
void dropout(Context& context, ConstView x, float rate, std::uint64_t seed, std::uint64_t first, View y);

}  // namespace cislens
