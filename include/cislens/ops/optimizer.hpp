#pragma once

#include "cislens/tensor/context.hpp"
#include "cislens/tensor/view.hpp"

#include <cstdint>

namespace cislens {

struct AdamWOptions {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
};

/// One step of AdamW on a stretch of parameters, in place.
///
///   m = beta1 m + (1 - beta1) g;  s = beta2 s + (1 - beta2) g^2
///   p -= rate (m / (1 - beta1^n) / (sqrt(s / (1 - beta2^n)) + epsilon) + decay p)
///
/// @param gradient_scale  multiplies g first (clipping)
/// @param step            n, from 1
/// @param decay           each parameter's own weight decay
/// All views are (1, N). Source: Loshchilov, Hutter 2019, arXiv:1711.05101, algorithm 2.
void adamw(Context& context, AdamWOptions const& options, double rate, double gradient_scale,
           std::int64_t step, ConstView decay, ConstView gradient, View parameter, View first_moment,
           View second_moment);

/// Sum of squares of a vector, in double, fixed order.
double sum_of_squares(Context& context, ConstView x);

/// How much the heads of a layer look alike: for Q, K and V, over pairs of heads a < b, the mean of
/// ||W_a^T W_b||_F^2 / (||W_a||_F^2 ||W_b||_F^2), 0 when all column spaces are orthogonal.
/// @param qkv  (C, 3 C), columns Q | K | V, heads side by side
/// @param strength      multiplies the gradient
/// @param[in,out] dqkv  gradient, added to; may be empty
/// @return the mean, in [0, 1]; 0 for one head
double head_diversity(ConstView qkv, std::int64_t heads, double strength, View dqkv);

}  // namespace cislens
