#include "cislens/motif/seed_search.hpp"

#include "cislens/motif/alignment.hpp"
#include "cislens/motif/discovery_shape.hpp"
#include "cislens/motif/uneven_places.hpp"

#include <algorithm>

namespace cislens {

SeedSearch::SeedSearch(WindowSet const& controls, Threads& threads) : ratio_(max_word_gap + 1) {
  auto const classes = background_classes(controls);
  threads.for_each(max_word_gap + 1, [&](std::int64_t gap, int) {
    ratio_[gap] = control_ratio(count_words(controls, static_cast<int>(gap)), classes);
  });
}

std::optional<Seed> SeedSearch::best(WindowSet const& positives, MarkovBackground const& background,
                                     Threads& threads) const {
  auto const classes = background_classes(positives);
  std::vector<std::vector<Seed>> found(ratio_.size());
  threads.for_each(std::ssize(found), [&](std::int64_t gap, int) {
    WordCounts const counts = count_words(positives, static_cast<int>(gap));
    found[gap] = find_seeds(counts, expected_words(classes, ratio_[gap], static_cast<int>(gap)), background);
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

std::optional<Seed> SeedSearch::best_placed(WindowSet const& positives, MarkovBackground const& background,
                                            Threads& threads) const {
  auto const cells = uneven_cells(positives);
  if (cells.empty()) return std::nullopt;
  std::optional<Seed> seed = best(only_cells(positives, cells), background, threads);
  if (seed) seed->model.profile = profile_of_cells(positives, cells);
  return seed;
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
