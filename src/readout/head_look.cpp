#include "cislens/readout/head_look.hpp"

#include <algorithm>
#include <limits>

namespace cislens {

namespace {

/// Keys that a query sees: [first, end).
DistanceBin visible_keys(AttentionSpan const& span, std::int64_t query, std::int64_t tokens) {
  switch (span.kind) {
    case AttentionSpan::Kind::exact:
      return {0, tokens};
    case AttentionSpan::Kind::local:
      return {std::max<std::int64_t>(0, query - span.width), std::min(tokens, query + span.width + 1)};
    case AttentionSpan::Kind::chunk: {
      std::int64_t const first = query / span.width * span.width;
      return {first, std::min(tokens, first + span.width)};
    }
  }
  return {};
}

}  // namespace

DistanceBin distance_bin(int bin) {
  if (bin == 0) return {0, 1};
  return {std::int64_t{1} << (bin - 1), std::int64_t{1} << bin};
}

EvenLook even_look(AttentionSpan const& span, std::int64_t tokens) {
  EvenLook look;
  auto const rows = static_cast<double>(tokens);
  for (std::int64_t query = 0; query < tokens; ++query) {
    DistanceBin const keys = visible_keys(span, query, tokens);
    std::int64_t const left = query - keys.first;
    std::int64_t const right = keys.end - 1 - query;
    auto const seen = static_cast<double>(keys.end - keys.first);
    look.distance += static_cast<double>(left * (left + 1) / 2 + right * (right + 1) / 2) / (seen * rows);
    look.profile[0] += 1 / (seen * rows);
    for (int b = 1; b < AttentionReadout::distance_bins; ++b) {
      DistanceBin const bin = distance_bin(b);
      if (bin.first > std::max(left, right)) break;
      std::int64_t keys_here = 0;
      for (std::int64_t const reach : {left, right})
        keys_here += std::max<std::int64_t>(0, std::min(bin.end, reach + 1) - bin.first);
      look.profile[b] += static_cast<double>(keys_here) / (seen * rows);
    }
  }
  return look;
}

double profile_quantile(DistanceProfile const& profile, double q) {
  double below = 0;
  int last = -1;
  for (int b = 0; b < AttentionReadout::distance_bins; ++b) {
    if (!(profile[b] > 0)) continue;
    last = b;
    if (below + profile[b] >= q) {
      DistanceBin const bin = distance_bin(b);
      return static_cast<double>(bin.first) +
             (q - below) / profile[b] * static_cast<double>(bin.end - bin.first);
    }
    below += profile[b];
  }
  return last < 0 ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(distance_bin(last).end);
}

double local_share(DistanceProfile const& profile) {
  double share = 0;
  for (int b = 0; b < AttentionReadout::distance_bins && distance_bin(b).end <= local_tokens + 1; ++b)
    share += profile[b];
  return share;
}

}  // namespace cislens
