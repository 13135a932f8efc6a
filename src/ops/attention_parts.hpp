#pragma once

#include "cislens/ops/attention.hpp"

#include "backend.hpp"

namespace cislens {

/// How forward is dealt out: by heads of sequences and, when those are too few to keep all workers busy, by
/// queries. One worker does everything in one part.
class ForwardParts {
 public:
  ForwardParts(AttentionShape const& shape, std::int64_t workers);

  std::int64_t count() const { return pieces_ * (all_heads_ ? 1 : heads_); }
  AttentionPart part(std::int64_t item) const;

 private:
  std::int64_t heads_, queries_, keys_;
  std::int64_t piece_ = 0;  // queries of one part
  std::int64_t pieces_ = 1;
  bool all_heads_;
};

/// How backward is dealt out: a head's queries and keys in R ranges each, in R steps. In step t, unit r
/// brings the queries of range r together with the keys of range (r + t) mod R. The units of a step touch
/// different rows of dq and of dk and dv, and the sum of an element runs over the steps in order: results are
/// the same for any number of workers, and nothing is stored twice. R comes from the longer of a sequence's
/// queries and keys, so neither padding nor other sequences change the order. In step 0 all ranges of the
/// padded shape take part: every row is set there.
class BackwardParts {
 public:
  /// @param range      rows of a range
  /// @param one_call   all heads in one part where a single step is enough
  BackwardParts(AttentionShape const& shape, AttentionInput const& input, std::int64_t range, bool one_call);

  std::int64_t ranges() const { return ranges_; }  ///< the most of any sequence, padding included
  std::int64_t steps() const { return ranges_; }
  std::int64_t slots() const { return heads_ * ranges_; }
  /// Units of a step: item = head * ranges() + r.
  std::int64_t count() const { return one_call_ ? 1 : slots(); }
  /// Whether any unit of a step has something to do.
  bool any(std::int64_t step) const;
  /// @returns  no heads where there is nothing to do
  AttentionPart part(std::int64_t step, std::int64_t item) const;

 private:
  /// How many ranges a sequence has, padding left out.
  std::int64_t ranges_of(std::int64_t sequence) const;
  /// Whether ranges `apart` from each other have a query and a key within the span.
  bool in_span(std::int64_t apart) const { return (apart - 1) * range_ + 1 < band_; }

  AttentionShape const& shape_;
  AttentionInput const& input_;
  std::int64_t range_, heads_, ranges_;
  std::int64_t band_;  // queries and keys at this distance or farther never meet
  bool one_call_;
};

}  // namespace cislens
