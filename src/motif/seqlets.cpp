#include "cislens/motif/seqlets.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/motif/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <tuple>
#include <utility>

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

void check_widths(SeqletOptions const& options) {
  auto const odd = [](int width) { return width > 0 && width % 2 == 1; };
  if (!odd(options.smooth_bp) || !odd(options.width_bp)) throw ShapeError("seqlets: widths must be odd");
}

/// All heads, one after the other.
class SeqletSearch {
 public:
  explicit SeqletSearch(SeqletOptions const& options) : options_(options) {}

  void add(HeadTracks const& head) {
    check(head);
    std::vector<double> const null = null_heights(head, options_);
    for (std::size_t sequence = 0; sequence < head.tracks.size(); ++sequence) {
      std::int64_t const length = std::ssize(head.tracks[sequence]);
      for (Maximum const& maximum : find_maxima(head.tracks[sequence], options_)) {
        auto const as_high = null.end() - std::lower_bound(null.begin(), null.end(), maximum.height);
        p_.push_back((1.0 + static_cast<double>(as_high)) / (1.0 + static_cast<double>(null.size())));
        if (!(p_.back() <= options_.target_p)) continue;
        Seqlet& seqlet = seqlets_.emplace_back();
        seqlet.sequence = static_cast<std::int64_t>(sequence);
        seqlet.start = std::max<std::int64_t>(0, maximum.center - options_.width_bp / 2);
        seqlet.end = std::min(length, maximum.center + options_.width_bp / 2 + 1);
        seqlet.head = head.head;
        seqlet.score = maximum.height;
        seqlet.p = p_.back();
        place_.push_back(p_.size() - 1);
      }
    }
  }

  std::vector<Seqlet> take() {
    std::vector<double> const q = benjamini_hochberg(p_);
    for (std::size_t i = 0; i < seqlets_.size(); ++i) seqlets_[i].q = q[place_[i]];
    std::sort(seqlets_.begin(), seqlets_.end(), [](Seqlet const& a, Seqlet const& b) {
      return std::tie(a.sequence, a.start, a.head) < std::tie(b.sequence, b.start, b.head);
    });
    return std::move(seqlets_);
  }

 private:
  void check(HeadTracks const& head) {
    std::vector<std::size_t> lengths;
    for (auto const& track : head.tracks) lengths.push_back(track.size());
    if (std::exchange(is_first_, false)) lengths_ = lengths;
    if (lengths != lengths_) throw ShapeError("seqlets: heads with different sequences or lengths of them");
    if (!lengths.empty() && head.shuffled.empty()) throw ShapeError("seqlets: no shuffled copies");
  }

  SeqletOptions const& options_;
  bool is_first_ = true;
  std::vector<std::size_t> lengths_;  // of the sequences, in the first head
  std::vector<double> p_;             // of all maxima
  std::vector<Seqlet> seqlets_;       // those that are kept
  std::vector<std::size_t> place_;    // in p_, of each
};

}  // namespace

std::vector<Seqlet> find_seqlets(int heads, std::function<HeadTracks(int head)> const& tracks_of,
                                 SeqletOptions const& options) {
  check_widths(options);
  SeqletSearch search(options);
  for (int head = 0; head < heads; ++head) search.add(tracks_of(head));
  return search.take();
}

}  // namespace cislens
