#include "attention_parts.hpp"

#include <algorithm>
#include <cstdlib>

namespace cislens {

namespace {

std::int64_t pieces_of(std::int64_t count, std::int64_t size) { return (count + size - 1) / size; }

}  // namespace

ForwardParts::ForwardParts(AttentionShape const& shape, std::int64_t workers)
    : heads_(shape.sequences * shape.heads),
      queries_(shape.queries),
      keys_(shape.keys),
      piece_(shape.queries),
      all_heads_(workers == 1) {
  constexpr std::int64_t items_a_worker = 4;  // so that all end at about the same time
  constexpr std::int64_t least_queries = 96;  // below that, packing the keys is no longer little
  if (all_heads_ || queries_ == 0) return;
  std::int64_t const wanted = pieces_of(workers * items_a_worker, heads_);
  piece_ = std::max(pieces_of(queries_, wanted), std::min(queries_, least_queries));
  pieces_ = pieces_of(queries_, piece_);
}

AttentionPart ForwardParts::part(std::int64_t item) const {
  if (all_heads_) return {0, heads_, 0, queries_, 0, keys_};
  std::int64_t const first = item % pieces_ * piece_;
  return {item / pieces_, 1, first, std::min(piece_, queries_ - first), 0, keys_};
}

BackwardParts::BackwardParts(AttentionShape const& shape, AttentionInput const& input, std::int64_t range,
                             bool one_call)
    : shape_(shape),
      input_(input),
      range_(range),
      heads_(shape.sequences * shape.heads),
      ranges_(std::max<std::int64_t>(1, pieces_of(std::max(shape.queries, shape.keys), range))),
      band_(std::min(shape.reach + 1, shape.chunk)),
      one_call_(one_call && ranges_ == 1) {}

std::int64_t BackwardParts::ranges_of(std::int64_t sequence) const {
  return pieces_of(std::max(input_.query_lengths[sequence], input_.key_lengths[sequence]), range_);
}

bool BackwardParts::any(std::int64_t step) const {
  if (step == 0) return true;
  for (std::int64_t s = 0; s < shape_.sequences; ++s) {
    std::int64_t const ranges = ranges_of(s);
    if (step < ranges && (in_span(step) || in_span(ranges - step))) return true;
  }
  return false;
}

AttentionPart BackwardParts::part(std::int64_t step, std::int64_t item) const {
  if (one_call_) return {0, heads_, 0, shape_.queries, 0, shape_.keys};
  std::int64_t const head = item / ranges_;
  std::int64_t const r = item % ranges_;
  auto const part = [&](std::int64_t c) -> AttentionPart {
    auto const rows = [&](std::int64_t index, std::int64_t count) {
      return std::clamp<std::int64_t>(count - index * range_, 0, range_);
    };
    return {head, 1, r * range_, rows(r, shape_.queries), c * range_, rows(c, shape_.keys)};
  };
  if (step == 0) return part(r);
  std::int64_t const sequence = head / shape_.heads;
  std::int64_t const ranges = ranges_of(sequence);
  if (step >= ranges || r >= ranges) return {};
  std::int64_t const c = (r + step) % ranges;
  bool const there = r * range_ < input_.query_lengths[sequence] && c * range_ < input_.key_lengths[sequence];
  return there && in_span(std::abs(r - c)) ? part(c) : AttentionPart{};
}

}  // namespace cislens
