#include "cislens/ops/stem.hpp"

#include "backend.hpp"
#include "check.hpp"

namespace cislens {

namespace {

StemShape checked_shape(SequenceBatch const& batch, StemOptions const& options, ConstView y,
                        std::size_t winners) {
  require(options.width > 0 && options.width % 2 == 1 && options.width < 256,
          "stem: the filter width is odd and below 256");
  require(options.pool >= 1 && options.pool <= 64, "stem: pool is 1 to 64");
  require(batch.padded_tokens * options.pool >= batch.padded_bases, "stem: too few tokens for the bases");
  require(static_cast<std::int64_t>(batch.bases.size()) == batch.count() * batch.padded_bases,
          "stem: size of bases");
  for (std::int64_t const length : batch.base_lengths)
    require(length >= 0 && length <= batch.padded_bases, "stem: base lengths");
  require_contiguous("stem: y", y, batch.token_rows(), y.columns);
  require(static_cast<std::int64_t>(winners) == y.rows * y.columns, "stem: size of winner");
  return {batch.count(), batch.padded_bases, batch.padded_tokens, y.columns,
          options.width, options.pool,       options.exponential};
}

float* stem_scratch(Context& context, StemShape const& shape) {
  return context.arena().floats(context.backend().stem_scratch(shape));
}

}  // namespace

SequenceBatch on_device(Context& context, SequenceBatch const& batch) {
  SequenceBatch result = batch;
  result.bases = mirrored(context, batch.bases.host);
  result.base_lengths = mirrored(context, batch.base_lengths.host);
  result.token_lengths = mirrored(context, batch.token_lengths.host);
  return result;
}

void stem_forward(Context& context, SequenceBatch const& batch, StemOptions const& options, ConstView weight,
                  ConstView bias, View y, std::span<std::uint8_t> winner) {
  StemShape const shape = checked_shape(batch, options, y, winner.size());
  require_contiguous("stem: weight", weight, 4 * options.width, y.columns);
  require_contiguous("stem: bias", bias, 1, y.columns);
  ArenaScope const scope(context.arena());
  context.backend().stem_forward(shape, batch.bases.device, batch.base_lengths.device, weight.data, bias.data,
                                 y.data, winner.data(), stem_scratch(context, shape));
}

void stem_backward(Context& context, SequenceBatch const& batch, StemOptions const& options, ConstView y,
                   std::span<std::uint8_t const> winner, ConstView dy, View dweight, View dbias) {
  StemShape const shape = checked_shape(batch, options, y, winner.size());
  require_contiguous("stem: dy", dy, y.rows, y.columns);
  require_contiguous("stem: dweight", dweight, 4 * options.width, y.columns);
  require_contiguous("stem: dbias", dbias, 1, y.columns);
  ArenaScope const scope(context.arena());
  context.backend().stem_backward(shape, batch.bases.device, batch.base_lengths.device, y.data, winner.data(),
                                  dy.data, dweight.data, dbias.data, stem_scratch(context, shape));
}

void stem_attribution(Context& context, SequenceBatch const& batch, StemOptions const& options,
                      ConstView weight, ConstView y, std::span<std::uint8_t const> winner, ConstView dy,
                      View scores) {
  StemShape const shape = checked_shape(batch, options, y, winner.size());
  require_contiguous("stem: dy", dy, y.rows, y.columns);
  require_contiguous("stem: scores", scores, batch.count(), batch.padded_bases);
  ArenaScope const scope(context.arena());
  context.backend().stem_attribution(shape, batch.bases.device, batch.base_lengths.device, weight.data,
                                     y.data, winner.data(), dy.data, scores.data,
                                     stem_scratch(context, shape));
}

}  // namespace cislens
