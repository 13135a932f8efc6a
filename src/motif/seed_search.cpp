#include "cislens/motif/seed_search.hpp"

#include "cislens/motif/alignment.hpp"
#include "cislens/motif/discovery_shape.hpp"
#include "cislens/motif/partial_words.hpp"
#include "cislens/motif/uneven_places.hpp"

#include <algorithm>
#include <functional>

namespace cislens {

SeedSearch::SeedSearch(WindowSet const& controls, Threads& threads) : ratio_(max_word_gap + 1) {
  auto const classes = background_classes(controls);
  threads.for_each(max_word_gap + 1, [&](std::int64_t gap, int) {
    ratio_[gap] = control_ratio(count_words(controls, static_cast<int>(gap)), classes);
  });
}

std::optional<Seed> SeedSearch::best(WindowSet const& positives, MarkovBackground const& background,
                                     PlaceSearch places, SeedWords words, Threads& threads) const {
  switch (places) {
    case PlaceSearch::none:
      return best_anywhere(positives, background, threads);
    case PlaceSearch::uneven:
      return best_uneven(positives, background, threads);
    case PlaceSearch::bands:
      return best_of_bands(positives, background, words, threads);
  }
  return std::nullopt;
}

std::optional<Seed> SeedSearch::best_anywhere(WindowSet const& positives, MarkovBackground const& background,
                                              Threads& threads) const {
  auto const classes = background_classes(positives);
  std::vector<std::vector<Seed>> found(ratio_.size());
  threads.for_each(std::ssize(found), [&](std::int64_t gap, int) {
    WordCounts const counts = count_words(positives, static_cast<int>(gap));
    found[gap] = find_seeds(counts, expected_words(classes, ratio_[gap], static_cast<int>(gap)), background,
                            SeedWords::whole);
  });
  std::optional<Seed> best;
  for (auto const& seeds : found) {
    for (Seed const& seed : seeds) {
      if (best && seed.log_ratio <= best->log_ratio) continue;
      if (!was_given_up(seed)) best = seed;
    }
  }
  return best;
}

std::optional<Seed> SeedSearch::best_uneven(WindowSet const& positives, MarkovBackground const& background,
                                            Threads& threads) const {
  auto const cells = uneven_cells(positives);
  if (cells.empty()) return std::nullopt;
  std::optional<Seed> seed = best_anywhere(only_cells(positives, cells), background, threads);
  if (seed) seed->model.profile = profile_of_cells(positives, cells);
  return seed;
}

namespace {

constexpr std::int64_t band_bp = 20;  // a word, and as much room as neighbours of a site usually take

/// Cells [first, last).
struct Band {
  int first;
  int last;
};

/// Each overlaps the next by half.
std::vector<Band> bands(PositionFrame const& frame) {
  int const width = std::max(2, static_cast<int>(band_bp / frame.cell_bp));
  std::vector<Band> result;
  for (int first = 0; first < frame.cells; first += width / 2)
    result.push_back({first, std::min(first + width, frame.cells)});
  return result;
}

std::vector<bool> cells_of(Band const& band, PositionFrame const& frame) {
  std::vector<bool> cells(static_cast<std::size_t>(frame.cells), false);
  std::fill(cells.begin() + band.first, cells.begin() + band.last, true);
  return cells;
}

/// Words of one gap in one band.
struct BandWords {
  WordCounts counts;
  std::vector<float> expected;
  std::size_t band = 0;
  double strongest = 0;
};

}  // namespace

std::optional<Seed> SeedSearch::best_of_bands(WindowSet const& positives, MarkovBackground const& background,
                                              SeedWords seed_words, Threads& threads) const {
  // The ones with the strongest words: growing a seed is dearer than counting.
  std::size_t const tried = seed_words == SeedWords::whole ? 6 : 3;
  auto const all = bands(positives.frame);
  // A gap in a word of four bases is one of the mask. The other positions must be free, too: little is seen
  // within two bases of the site.
  std::int64_t const gaps = seed_words == SeedWords::whole ? std::ssize(ratio_) : 1;
  std::vector<BandWords> words(all.size() * static_cast<std::size_t>(gaps));
  threads.for_each(std::ssize(all), [&](std::int64_t band, int) {
    auto const [first, last] = all[static_cast<std::size_t>(band)];
    WindowSet const set = between_cells(positives, first, last);
    auto const classes = background_classes(set);
    for (int gap = 0; gap < gaps; ++gap) {
      BandWords& own = words[static_cast<std::size_t>(band * gaps + gap)];
      own.band = static_cast<std::size_t>(band);
      own.counts = count_words(set, gap);
      own.expected = expected_words(classes, ratio_[gap], gap);
      own.strongest = seed_words == SeedWords::whole ? strongest_word(own.counts, own.expected)
                                                     : strongest_partial_word(own.counts, own.expected);
    }
  });
  std::ranges::stable_sort(words, std::greater<>(), &BandWords::strongest);
  words.resize(std::min(tried, words.size()));
  std::erase_if(words, [](BandWords const& own) { return !(own.strongest > 0); });
  std::vector<std::vector<Seed>> found(words.size());
  threads.for_each(std::ssize(words), [&](std::int64_t i, int) {
    BandWords const& own = words[static_cast<std::size_t>(i)];
    found[i] = find_seeds(own.counts, own.expected, background, seed_words);
  });
  std::optional<Seed> best;
  for (std::size_t i = 0; i < found.size(); ++i) {
    for (Seed& seed : found[i]) {
      if ((best && seed.log_ratio <= best->log_ratio) || was_given_up(seed)) continue;
      seed.model.profile = profile_of_cells(positives, cells_of(all[words[i].band], positives.frame));
      best = seed;
    }
  }
  return best;
}

bool SeedSearch::was_given_up(Seed const& seed) const {
  constexpr double same_correlation = 0.95;  // over all columns, those of the gap too
  return std::ranges::any_of(given_up_, [&](Seed const& other) {
    int const width = static_cast<int>(seed.model.columns.size());
    return other.gap == seed.gap &&
           best_alignment(to_matrix(seed.model), to_matrix(other.model), width).correlation >=
               same_correlation;
  });
}

}  // namespace cislens
