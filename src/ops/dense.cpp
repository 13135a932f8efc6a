#include "cislens/ops/dense.hpp"

#include "backend.hpp"
#include "check.hpp"
#include "deal.hpp"

#include <algorithm>

namespace cislens {

namespace {

LinearShape linear_shape(Context const& context, ConstView x, ConstView y) {
  return {
      x.rows, x.columns, y.columns, x.stride, y.columns, y.stride, context.precision() == Precision::bf16};
}

// Pieces of work for a team. They give every number the bits it has without one: rows and columns of products
// are independent of each other, and layer_norm_backward's sums over rows are cut up in the same places
// always.
constexpr std::int64_t row_piece = 512;
constexpr std::int64_t column_piece = 64;
constexpr std::int64_t norm_piece = 1024;
constexpr std::int64_t element_piece = 65536;

/// Cuts [0, count) into pieces of `size` and calls work(first, length, scratch) for each.
template <typename Work>
void in_pieces(Context& context, std::int64_t count, std::int64_t size, std::int64_t scratch_floats,
               Work const& work) {
  deal_out(context, (count + size - 1) / size, scratch_floats, [&](std::int64_t item, float* scratch) {
    work(item * size, std::min(size, count - item * size), scratch);
  });
}

/// A piece of a product is worth packing the weight once more when there is somebody to take it.
std::int64_t piece_of(Context const& context, std::int64_t count, std::int64_t size) {
  return context.team() == nullptr ? std::max<std::int64_t>(count, 1) : size;
}

/// A device deals work out by itself.
std::int64_t host_piece(Context const& context, std::int64_t count, std::int64_t size) {
  return context.memory().is_host ? size : std::max<std::int64_t>(count, 1);
}

/// work(first, length) for all numbers of matrices of one shape.
template <typename Work>
void over_elements(Context& context, ConstView shape, Work const& work) {
  std::int64_t const elements = shape.rows * shape.columns;
  in_pieces(context, elements, host_piece(context, elements, element_piece), 0,
            [&](std::int64_t first, std::int64_t count, float*) { work(first, count); });
}

/// How often x, a matrix without gaps, stands in y.
std::int64_t repeats(ConstView x, ConstView y) {
  require_contiguous("repeat: x", x, x.rows, x.columns);
  require_contiguous("repeat: y", y, y.rows, x.columns);
  require(x.rows > 0 && y.rows % x.rows == 0, "repeat: rows of y are a multiple of those of x");
  return y.rows / x.rows;
}

float const* row_or_null(ConstView view, std::int64_t row) { return view.empty() ? nullptr : view.row(row); }
float* column_or_null(View view, std::int64_t column) { return view.empty() ? nullptr : view.data + column; }

}  // namespace

void linear_forward(Context& context, ConstView x, ConstView weight, ConstView bias, ConstView residual,
                    View y) {
  require_contiguous("linear: weight", weight, x.columns, y.columns);
  require_shape("linear: y", y, x.rows, weight.columns);
  require_optional("linear: bias", bias, 1, weight.columns);
  require_optional("linear: residual", residual, x.rows, weight.columns);
  Backend const& backend = context.backend();
  LinearShape const shape = linear_shape(context, x, y);
  in_pieces(context, x.rows, piece_of(context, x.rows, row_piece), backend.linear_scratch(shape),
            [&](std::int64_t first, std::int64_t rows, float* scratch) {
              LinearShape part = shape;
              part.rows = rows;
              backend.linear_forward(part, x.row(first), weight.data, bias.data, row_or_null(residual, first),
                                     y.row(first), scratch);
            });
}

void linear_backward(Context& context, ConstView x, ConstView weight, ConstView dy, View dx, View dweight,
                     View dbias) {
  require_contiguous("linear: weight", weight, x.columns, dy.columns);
  require_shape("linear: dy", dy, x.rows, weight.columns);
  if (!dx.empty()) require_shape("linear: dx", dx, x.rows, x.columns);
  require_optional("linear: dweight", dweight, weight.rows, weight.columns);
  require_optional("linear: dbias", dbias, 1, weight.columns);
  Backend const& backend = context.backend();
  LinearShape const shape = linear_shape(context, x, dy);
  std::int64_t const room = backend.linear_scratch(shape);
  if (!dweight.empty() || !dbias.empty()) {
    in_pieces(context, dy.columns, piece_of(context, dy.columns, column_piece), room,
              [&](std::int64_t first, std::int64_t count, float* scratch) {
                LinearShape part = shape;
                part.out = count;
                backend.linear_backward(part, x.data, weight.data, dy.data + first, nullptr, 0,
                                        column_or_null(dweight, first), column_or_null(dbias, first),
                                        scratch);
              });
  }
  if (dx.empty()) return;
  in_pieces(context, x.rows, piece_of(context, x.rows, row_piece), room,
            [&](std::int64_t first, std::int64_t rows, float* scratch) {
              LinearShape part = shape;
              part.rows = rows;
              backend.linear_backward(part, x.row(first), weight.data, dy.row(first), dx.row(first),
                                      dx.stride, nullptr, nullptr, scratch);
            });
}

void layer_norm_forward(Context& context, ConstView x, ConstView gain, ConstView bias, float epsilon, View y,
                        View mean, View rstd) {
  require_contiguous("layer_norm: x", x, x.rows, x.columns);
  require_contiguous("layer_norm: gain", gain, 1, x.columns);
  require_contiguous("layer_norm: bias", bias, 1, x.columns);
  require_contiguous("layer_norm: y", y, x.rows, x.columns);
  require_contiguous("layer_norm: mean", mean, 1, x.rows);
  require_contiguous("layer_norm: rstd", rstd, 1, x.rows);
  std::int64_t const piece_rows = host_piece(context, x.rows, norm_piece);
  in_pieces(context, x.rows, piece_rows, 0, [&](std::int64_t first, std::int64_t rows, float*) {
    context.backend().layer_norm_forward(rows, x.columns, x.row(first), gain.data, bias.data, epsilon,
                                         y.row(first), mean.data + first, rstd.data + first);
  });
}

namespace {

/// Sums over the rows of each piece, added to `total` in the order of the pieces. One piece adds to it
/// itself.
class PieceSums {
 public:
  PieceSums(Context& context, View total, std::int64_t pieces) : total_(total) {
    if (total.empty() || pieces <= 1) return;
    parts_ = context.arena().matrix(pieces, total.columns);
    std::fill_n(parts_.data, pieces * total.columns, 0.0F);
  }
  float* of(std::int64_t piece) const { return parts_.empty() ? total_.data : parts_.row(piece); }
  void add_up() const {
    for (std::int64_t piece = 0; piece < parts_.rows; ++piece) {
      for (std::int64_t c = 0; c < total_.columns; ++c) total_.data[c] += parts_.row(piece)[c];
    }
  }

 private:
  View total_, parts_;
};

}  // namespace

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
  ArenaScope const scope(context.arena());
  std::int64_t const piece_rows = host_piece(context, x.rows, norm_piece);
  std::int64_t const pieces = (x.rows + piece_rows - 1) / piece_rows;
  PieceSums const gain_sums(context, dgain, pieces);
  PieceSums const bias_sums(context, dbias, pieces);
  in_pieces(context, x.rows, piece_rows, 0, [&](std::int64_t first, std::int64_t rows, float*) {
    std::int64_t const piece = first / piece_rows;
    context.backend().layer_norm_backward(rows, x.columns, x.row(first), gain.data, mean.data + first,
                                          rstd.data + first, dy.row(first), row_or_null(dresidual, first),
                                          dx.row(first), gain_sums.of(piece), bias_sums.of(piece));
  });
  gain_sums.add_up();
  bias_sums.add_up();
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
  over_elements(context, x, [&](std::int64_t first, std::int64_t count) {
    context.backend().gelu_forward(count, x.data + first, y.data + first);
  });
}

void gelu_backward(Context& context, ConstView x, ConstView dy, View dx) {
  require_contiguous("gelu: x", x, x.rows, x.columns);
  require_contiguous("gelu: dy", dy, x.rows, x.columns);
  require_contiguous("gelu: dx", dx, x.rows, x.columns);
  over_elements(context, x, [&](std::int64_t first, std::int64_t count) {
    context.backend().gelu_backward(count, x.data + first, dy.data + first, dx.data + first);
  });
}

void gelu_attribution(Context& context, ConstView x, ConstView dy, View dx) {
  require_contiguous("gelu: x", x, x.rows, x.columns);
  require_contiguous("gelu: dy", dy, x.rows, x.columns);
  require_contiguous("gelu: dx", dx, x.rows, x.columns);
  over_elements(context, x, [&](std::int64_t first, std::int64_t count) {
    context.backend().gelu_attribution(count, x.data + first, dy.data + first, dx.data + first);
  });
}

void add(Context& context, ConstView a, ConstView b, View sum) {
  require_contiguous("add: a", a, sum.rows, sum.columns);
  require_contiguous("add: b", b, sum.rows, sum.columns);
  require_contiguous("add: sum", sum, sum.rows, sum.columns);
  over_elements(context, sum, [&](std::int64_t first, std::int64_t count) {
    context.backend().add(count, a.data + first, b.data + first, sum.data + first);
  });
}

void add_rows(Context& context, ConstView x, View y) {
  require_shape("add_rows: x", x, y.rows, y.columns);
  context.backend().add_rows(y.rows, y.columns, x.data, x.stride, y.data, y.stride);
}

void copy_rows(Context& context, ConstView x, View y) {
  require_shape("copy_rows: x", x, y.rows, y.columns);
  context.backend().copy_rows(y.rows, y.columns, x.data, x.stride, y.data, y.stride);
}

void repeat_forward(Context& context, ConstView x, View y) {
  std::int64_t const count = repeats(x, y);
  context.backend().repeat_forward(count, x.rows * x.columns, x.data, y.data);
}

void repeat_backward(Context& context, ConstView dy, View dx) {
  std::int64_t const count = repeats(dx, dy);
  context.backend().repeat_backward(count, dx.rows * dx.columns, dy.data, dx.data);
}

void dropout(Context& context, ConstView x, float rate, std::uint64_t seed, std::uint64_t first, View y) {
  require(rate >= 0 && rate < 1, "dropout: the rate is in [0, 1)");
  require_contiguous("dropout: x", x, y.rows, y.columns);
  require_contiguous("dropout: y", y, y.rows, y.columns);
  over_elements(context, x, [&](std::int64_t at, std::int64_t count) {
    context.backend().dropout(count, x.data + at, rate, seed, first + static_cast<std::uint64_t>(at),
                              y.data + at);
  });
}

}  // namespace cislens
