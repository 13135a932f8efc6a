#include "cislens/motif/seqlets.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/motif/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

namespace cislens {

namespace {

struct Maximum {
  std::int64_t center;
  double height;
};

std::vector<double> smooth(std::span<float const> track, int width_bp) {
  std::int64_t const length = std::ssize(track);
  std::vector<double> sums(length + 1, 0.0);
  for (std::int64_t i = 0; i < length; ++i) {
    if (!std::isfinite(track[i])) throw NumericalError("seqlets: a score is not finite");
    sums[i + 1] = sums[i] + static_cast<double>(track[i]);
  }
  std::vector<double> result(length);
  for (std::int64_t i = 0; i < length; ++i) {
    std::int64_t const first = std::max<std::int64_t>(0, i - width_bp / 2);
    std::int64_t const last = std::min(length, i + width_bp / 2 + 1);
    result[i] = (sums[last] - sums[first]) / static_cast<double>(last - first);
  }
  return result;
}

/// Local maxima, highest first, none closer than width_bp to a higher one; of equal ones the leftmost.
std::vector<Maximum> find_maxima(std::span<float const> track, SeqletOptions const& options) {
  std::vector<double> const height = smooth(track, options.smooth_bp);
  std::int64_t const length = std::ssize(height);
  std::vector<std::int64_t> order(length);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::int64_t a, std::int64_t b) { return height[a] > height[b]; });
  std::vector<bool> taken(length, false);
  std::vector<Maximum> maxima;
  for (std::int64_t const center : order) {
    if (taken[center]) continue;
    bool const below_left = center > 0 && height[center - 1] > height[center];
    bool const below_right = center + 1 < length && height[center + 1] > height[center];
    if (below_left || below_right) continue;
    maxima.push_back({center, height[center]});
    std::int64_t const first = std::max<std::int64_t>(0, center - options.width_bp + 1);
    std::int64_t const last = std::min(length, center + options.width_bp);
    std::fill(taken.begin() + first, taken.begin() + last, true);
  }
  return maxima;
}

/// Heights of all maxima of the shuffled copies, ascending.
std::vector<double> null_heights(HeadTracks const& head, SeqletOptions const& options) {
  std::vector<double> heights;
  for (auto const& track : head.shuffled) {
    for (Maximum const& maximum : find_maxima(track, options)) heights.push_back(maximum.height);
  }
  std::sort(heights.begin(), heights.end());
  return heights;
}

void check(std::span<HeadTracks const> heads, SeqletOptions const& options) {
  auto const odd = [](int width) { return width > 0 && width % 2 == 1; };
  if (!odd(options.smooth_bp) || !odd(options.width_bp)) throw ShapeError("seqlets: widths must be odd");
  for (HeadTracks const& head : heads) {
    if (head.tracks.size() != heads.front().tracks.size()) {
      throw ShapeError("seqlets: heads with different numbers of sequences");
    }
    for (std::size_t i = 0; i < head.tracks.size(); ++i) {
      if (head.tracks[i].size() != heads.front().tracks[i].size()) {
        throw ShapeError("seqlets: heads with different lengths of one sequence");
      }
    }
    if (!head.tracks.empty() && head.shuffled.empty()) throw ShapeError("seqlets: no shuffled copies");
  }
}

void add_head(HeadTracks const& head, SeqletOptions const& options, std::vector<Seqlet>& seqlets) {
  std::vector<double> const null = null_heights(head, options);
  for (std::size_t sequence = 0; sequence < head.tracks.size(); ++sequence) {
    std::int64_t const length = std::ssize(head.tracks[sequence]);
    for (Maximum const& maximum : find_maxima(head.tracks[sequence], options)) {
      auto const as_high = null.end() - std::lower_bound(null.begin(), null.end(), maximum.height);
      Seqlet seqlet;
      seqlet.sequence = static_cast<std::int64_t>(sequence);
      seqlet.start = std::max<std::int64_t>(0, maximum.center - options.width_bp / 2);
      seqlet.end = std::min(length, maximum.center + options.width_bp / 2 + 1);
      seqlet.head = head.head;
      seqlet.score = maximum.height;
      seqlet.p = (1.0 + static_cast<double>(as_high)) / (1.0 + static_cast<double>(null.size()));
      seqlets.push_back(seqlet);
    }
  }
}

}  // namespace

std::vector<Seqlet> find_seqlets(std::span<HeadTracks const> heads, SeqletOptions const& options) {
  check(heads, options);
  std::vector<Seqlet> seqlets;
  for (HeadTracks const& head : heads) add_head(head, options, seqlets);
  std::vector<double> p;
  for (Seqlet const& seqlet : seqlets) p.push_back(seqlet.p);
  std::vector<double> const q = benjamini_hochberg(p);
  for (std::size_t i = 0; i < seqlets.size(); ++i) seqlets[i].q = q[i];
  std::erase_if(seqlets, [&](Seqlet const& seqlet) { return !(seqlet.p <= options.target_p); });
  std::sort(seqlets.begin(), seqlets.end(), [](Seqlet const& a, Seqlet const& b) {
    return std::tie(a.sequence, a.start, a.head) < std::tie(b.sequence, b.start, b.head);
  });
  return seqlets;
}

}  // namespace cislens
