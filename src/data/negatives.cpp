#include "cislens/data/negatives.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/random.hpp"
#include "cislens/data/shuffle.hpp"
#include "cislens/data/split.hpp"
#include "cislens/seqio/letters.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cislens {

namespace {

/// Streams of random numbers.
constexpr std::uint64_t shuffle_stream = 0x73687566;
constexpr std::uint64_t contig_stream = 0x636F6E74;
constexpr std::uint64_t window_stream = 0x77696E64;

std::uint64_t stream_of(std::uint64_t purpose, std::int64_t record, std::int64_t copy) {
  return mix(mix(purpose, static_cast<std::uint64_t>(record)), static_cast<std::uint64_t>(copy));
}

void ensure_groups(Dataset& dataset) {
  if (!dataset.groups.empty()) return;
  for (std::int64_t i = 0; i < dataset.size(); ++i) dataset.groups.push_back(i);
}

/// Stretches of a contig that are taken, kept apart: start to end.
class Taken {
 public:
  bool overlaps(std::int64_t start, std::int64_t end) const {
    auto const after = ends_.lower_bound(end);
    return after != ends_.begin() && std::prev(after)->second > start;
  }
  void add(std::int64_t start, std::int64_t end) {
    auto it = ends_.lower_bound(start);
    if (it != ends_.begin() && std::prev(it)->second >= start) --it;
    while (it != ends_.end() && it->first <= end) {
      start = std::min(start, it->first);
      end = std::max(end, it->second);
      it = ends_.erase(it);
    }
    ends_.emplace(start, end);
  }

 private:
  std::map<std::int64_t, std::int64_t> ends_;
};

/// Bases of a window by kind. `gc_share` is that of the known bases.
struct Composition {
  double gc_share = 0;
  double n_share = 1;
};

Composition compose(BasesView bases) {
  std::array<std::int64_t, 5> counts{};
  for (std::uint8_t const base : bases) ++counts[base];
  auto const gc = static_cast<double>(counts[base_c] + counts[base_g]);
  auto const n = static_cast<double>(counts[base_n]);
  auto const length = static_cast<double>(bases.size());
  return {gc / std::max(1.0, length - n), length > 0 ? n / length : 1.0};
}

/// One window to find: for which positive, and which copy.
struct Wanted {
  std::int64_t positive = 0;
  std::int64_t copy = 0;
};

using WantedByContig = std::map<std::string, std::vector<Wanted>>;

/// The positive's contig, or a random one on which a window of that length fits, by length; empty: none.
std::string choose_contig(Dataset const& positives, Wanted wanted, Genome const& genome, std::uint64_t seed) {
  auto const length = static_cast<std::int64_t>(positives.bases[wanted.positive].size());
  std::string const& own = positives.origins[wanted.positive].contig;
  if (genome.has(own) && genome.length(own) >= length) return own;
  std::int64_t total = 0;
  for (auto const& contig : genome.contigs())
    total += std::max<std::int64_t>(0, genome.length(contig) - length + 1);
  if (total == 0) return {};
  Random random(seed, stream_of(contig_stream, wanted.positive, wanted.copy));
  auto place = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(total)));
  for (auto const& contig : genome.contigs()) {
    place -= std::max<std::int64_t>(0, genome.length(contig) - length + 1);
    if (place < 0) return contig;
  }
  return {};
}

/// The bases of a contig that are known, to draw from: assemblies are up to 99 % N.
class KnownBases {
 public:
  explicit KnownBases(BasesView contig) {
    for (std::size_t i = 0; i < contig.size(); ++i) {
      if (contig[i] == base_n) continue;
      if (i == 0 || contig[i - 1] == base_n) runs_.push_back({count_, static_cast<std::int64_t>(i)});
      ++count_;
    }
  }
  std::int64_t count() const { return count_; }
  /// A place on the contig. @pre count() > 0
  std::int64_t draw(Random& random) const {
    auto const rank = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(count_)));
    auto const after =
        std::upper_bound(runs_.begin(), runs_.end(), rank,
                         [](std::int64_t value, Run const& run) { return value < run.first_rank; });
    Run const& run = *std::prev(after);
    return run.start + rank - run.first_rank;
  }

 private:
  struct Run {
    std::int64_t first_rank;  ///< known bases before it
    std::int64_t start;
  };
  std::vector<Run> runs_;
  std::int64_t count_ = 0;
};

/// A free window of `contig_bases` that looks like the positive; -1: none was met.
std::int64_t find_window(BasesView positive, BasesView contig_bases, KnownBases const& known,
                         Taken const& taken, GenomicNegativeOptions const& options, Random& random) {
  auto const length = static_cast<std::int64_t>(positive.size());
  Composition const wanted = compose(positive);
  double const max_n_share = std::max(options.max_n_share, wanted.n_share);
  auto const contig_length = static_cast<std::int64_t>(contig_bases.size());
  if (known.count() == 0) return -1;
  for (double const tolerance : {options.gc_tolerance, 2 * options.gc_tolerance, 4 * options.gc_tolerance}) {
    for (std::int64_t attempt = 0; attempt < options.max_tries; ++attempt) {
      std::int64_t const start = known.draw(random);
      if (start + length > contig_length || taken.overlaps(start, start + length)) continue;
      Composition const found = compose(contig_bases.subspan(start, length));
      if (found.n_share <= max_n_share && std::abs(found.gc_share - wanted.gc_share) <= tolerance)
        return start;
    }
  }
  return -1;
}

Bases encode_contig(std::string_view letters, bool mask_lowercase) {
  if (!mask_lowercase) return encode_bases(letters);
  LetterCounts counts;
  std::string masked;
  append_bases(letters, true, counts, masked);
  return encode_bases(masked);
}

using Window = std::pair<Wanted, Interval>;

/// Windows on one contig, in the order wanted.
void find_on_contig(Dataset const& positives, std::string const& contig, std::vector<Wanted> const& wanted,
                    Genome& genome, GenomicNegativeOptions const& options,
                    std::vector<std::pair<Window, Bases>>& found) {
  Bases const bases = encode_contig(genome.load(contig), options.mask_lowercase);
  KnownBases const known(bases);
  Taken taken;
  for (std::int64_t i = 0; i < positives.size(); ++i) {
    Interval const& place = positives.origins[i];
    if (place.contig == contig && has_genomic_place(positives, i)) taken.add(place.start, place.end);
  }
  for (Wanted const want : wanted) {
    Bases const& positive = positives.bases[want.positive];
    Random random(options.seed, stream_of(window_stream, want.positive, want.copy));
    std::int64_t const start = find_window(positive, bases, known, taken, options, random);
    if (start < 0) continue;
    std::int64_t const end = start + static_cast<std::int64_t>(positive.size());
    taken.add(start, end);
    found.push_back({{want, {contig, start, end, '+'}}, Bases(bases.begin() + start, bases.begin() + end)});
  }
}

void report_missing(std::int64_t missing, std::int64_t wanted, Genome const& genome, Log& log) {
  if (missing == 0) return;
  std::string const what = genome.name() + ": for " + std::to_string(missing) + " of " +
                           std::to_string(wanted) +
                           " positives no free window of like length and GC content was found";
  if (2 * missing > wanted) throw InputError(what + " (use shuffled negatives, or a whole genome)");
  log.warning(what);
}

}  // namespace

Dataset with_shuffled_negatives(Dataset const& positives, std::int64_t copies, std::uint64_t seed,
                                Threads& threads) {
  Dataset result = positives;
  ensure_groups(result);
  std::int64_t const count = positives.size();
  std::vector<Bases> shuffled(static_cast<std::size_t>(count * copies));
  threads.for_each(count * copies, [&](std::int64_t item, int) {
    Random random(seed, stream_of(shuffle_stream, item / copies, item % copies));
    shuffled[item] = shuffle_dinucleotides(positives.bases[item / copies], random);
  });
  for (std::int64_t item = 0; item < count * copies; ++item) {
    std::int64_t const positive = item / copies;
    std::string name = positives.names[positive] + "_shuffled";
    if (copies > 1) name += std::to_string(item % copies + 1);
    bool const is_placed = has_genomic_place(positives, positive);
    Interval const& origin = positives.origins[positive];
    result.origins.push_back(is_placed ? origin : Interval{name, 0, origin.length(), '+'});
    result.names.push_back(std::move(name));
    result.bases.push_back(std::move(shuffled[item]));
    result.groups.push_back(result.groups[positive]);
  }
  result.targets.resize(result.bases.size() * result.target_names.size(), 0.0F);
  return result;
}

Dataset with_genomic_negatives(Dataset const& positives, Genome& genome,
                               GenomicNegativeOptions const& options, Log& log) {
  WantedByContig wanted;
  for (std::int64_t i = 0; i < positives.size() * options.copies; ++i) {
    Wanted const want{i / options.copies, i % options.copies};
    std::string const contig = choose_contig(positives, want, genome, options.seed);
    if (!contig.empty()) wanted[contig].push_back(want);
  }
  std::vector<std::pair<Window, Bases>> found;
  for (auto const& [contig, list] : wanted) find_on_contig(positives, contig, list, genome, options, found);
  std::int64_t const asked = positives.size() * options.copies;
  report_missing(asked - static_cast<std::int64_t>(found.size()), asked, genome, log);
  std::sort(found.begin(), found.end(), [](auto const& a, auto const& b) {
    return std::pair(a.first.first.positive, a.first.first.copy) <
           std::pair(b.first.first.positive, b.first.first.copy);
  });

  Dataset result = positives;
  ensure_groups(result);
  std::int64_t next_group =
      result.groups.empty() ? 0 : *std::max_element(result.groups.begin(), result.groups.end());
  for (auto& [window, bases] : found) {
    Interval const& place = window.second;
    result.names.push_back(place.contig + ":" + std::to_string(place.start) + "-" +
                           std::to_string(place.end) + "(+)");
    result.origins.push_back(place);
    result.bases.push_back(std::move(bases));
    result.groups.push_back(++next_group);
  }
  result.targets.resize(result.bases.size() * result.target_names.size(), 0.0F);
  return result;
}

}  // namespace cislens
