#include "cislens/ops/dense.hpp"

#include "backend.hpp"
#include "check.hpp"

namespace cislens {

namespace {

LinearShape linear_shape(Context const& context, ConstView x, ConstView y) {
  return {
      x.rows, x.columns, y.columns, x.stride, y.columns, y.stride, context.precision() == Precision::bf16};
}

float* linear_scratch(Context& context, LinearShape const& shape) {
  return context.arena().floats(context.backend().linear_scratch(shape));
}

}  // namespace

void linear_forward(Context& context, ConstView x, ConstView weight, ConstView bias, ConstView residual,
                    View y) {
  require_contiguous("linear: weight", weight, x.columns, y.columns);
  require_shape("linear: y", y, x.rows, weight.columns);
  require_optional("linear: bias", bias, 1, weight.columns);
  require_optional("linear: residual", residual, x.rows, weight.columns);
  ArenaScope const scope(context.arena());
  LinearShape const shape = linear_shape(context, x, y);
  context.backend().linear_forward(shape, x.data, weight.data, bias.data, residual.data, y.data,
                                   linear_scratch(context, shape));
}

void linear_backward(Context& context, ConstView x, ConstView weight, ConstView dy, View dx, View dweight,
                     View dbias) {
  require_contiguous("linear: weight", weight, x.columns, dy.columns);
  require_shape("linear: dy", dy, x.rows, weight.columns);
  if (!dx.empty()) require_shape("linear: dx", dx, x.rows, x.columns);
  require_optional("linear: dweight", dweight, weight.rows, weight.columns);
  require_optional("linear: dbias", dbias, 1, weight.columns);
  ArenaScope const scope(context.arena());
  LinearShape const shape = linear_shape(context, x, dy);
  context.backend().linear_backward(shape, x.data, weight.data, dy.data, dx.data, dx.stride, dweight.data,
                                    dbias.data, linear_scratch(context, shape));
}

void layer_norm_forward(Context& context, ConstView x, ConstView gain, ConstView bias, float epsilon, View y,
                        View mean, View rstd) {
  require_contiguous("layer_norm: x", x, x.rows, x.columns);
  require_contiguous("layer_norm: gain", gain, 1, x.columns);
  require_contiguous("layer_norm: bias", bias, 1, x.columns);
  require_contiguous("layer_norm: y", y, x.rows, x.columns);
  require_contiguous("layer_norm: mean", mean, 1, x.rows);
  require_contiguous("layer_norm: rstd", rstd, 1, x.rows);
  context.backend().layer_norm_forward(x.rows, x.columns, x.data, gain.data, bias.data, epsilon, y.data,
                                       mean.data, rstd.data);
}

void layer_norm_backward(Context& context, ConstView x, ConstView gain, ConstView mean, ConstView rstd,
                         ConstView dy, ConstView dresidual, View dx, View dgain, View dbias) {
  require_contiguous("layer_norm: x", x, x.rows, x.columns);
  require_contiguous("layer_norm: gain", gain, 1, x.columns);
  require_contiguous("layer_norm: mean", mean, 1, x.rows);
  require_contiguous("layer_norm: rstd", rstd, 1, x.rows);
  require_contiguous("layer_norm: dy", dy, x.rows, x.columns);
  require_optional("layer_norm: dresidual", dresidual, x.rows, x.columns);
  require_contiguous("layer_norm: dx", dx, x.rows, x.columns);
  require_optional("layer_norm: dgain", dgain, 1, x.columns);
  require_optional("layer_norm: dbias", dbias, 1, x.columns);
  context.backend().layer_norm_backward(x.rows, x.columns, x.data, gain.data, mean.data, rstd.data, dy.data,
                                        dresidual.data, dx.data, dgain.data, dbias.data);
}

void layer_norm_attribution(Context& context, ConstView gain, ConstView rstd, ConstView dy,
                            ConstView dresidual, View dx) {
  require_contiguous("layer_norm: gain", gain, 1, dy.columns);
  require_contiguous("layer_norm: rstd", rstd, 1, dy.rows);
  require_contiguous("layer_norm: dy", dy, dy.rows, dy.columns);
  require_optional("layer_norm: dresidual", dresidual, dy.rows, dy.columns);
  require_contiguous("layer_norm: dx", dx, dy.rows, dy.columns);
  context.backend().layer_norm_attribution(dy.rows, dy.columns, gain.data, rstd.data, dy.data, dresidual.data,
                                           dx.data);
}

void gelu_forward(Context& context, ConstView x, View y) {
  require_contiguous("gelu: x", x, x.rows, x.columns);
  require_contiguous("gelu: y", y, x.rows, x.columns);
  context.backend().gelu_forward(x.rows * x.columns, x.data, y.data);
}

void gelu_backward(Context& context, ConstView x, ConstView dy, View dx) {
  require_contiguous("gelu: x", x, x.rows, x.columns);
  require_contiguous("gelu: dy", dy, x.rows, x.columns);
  require_contiguous("gelu: dx", dx, x.rows, x.columns);
  context.backend().gelu_backward(x.rows * x.columns, x.data, dy.data, dx.data);
}

void gelu_attribution(Context& context, ConstView x, ConstView dy, View dx) {
  require_contiguous("gelu: x", x, x.rows, x.columns);
  require_contiguous("gelu: dy", dy, x.rows, x.columns);
  require_contiguous("gelu: dx", dx, x.rows, x.columns);
  context.backend().gelu_attribution(x.rows * x.columns, x.data, dy.data, dx.data);
}

void add(Context& context, ConstView a, ConstView b, View sum) {
  require_contiguous("add: a", a, sum.rows, sum.columns);
  require_contiguous("add: b", b, sum.rows, sum.columns);
  require_contiguous("add: sum", sum, sum.rows, sum.columns);
  context.backend().add(sum.rows * sum.columns, a.data, b.data, sum.data);
}

void dropout(Context& context, ConstView x, float rate, std::uint64_t seed, std::uint64_t first, View y) {
  require(rate >= 0 && rate < 1, "dropout: the rate is in [0, 1)");
  require_contiguous("dropout: x", x, y.rows, y.columns);
  require_contiguous("dropout: y", y, y.rows, y.columns);
  context.backend().dropout(x.rows * x.columns, x.data, rate, seed, first, y.data);
}

}  // namespace cislens
