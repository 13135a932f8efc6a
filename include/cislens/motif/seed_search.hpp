#pragma once

#include "cislens/base/threads.hpp"
#include "cislens/motif/word_seeds.hpp"

#include <optional>
#include <vector>

namespace cislens {

/// Where motifs may start: words that stand out in what earlier motifs leave of the positives.
class SeedSearch {
 public:
  SeedSearch(WindowSet const& controls, Threads& threads);

  /// The seed that tells most about the words of the positives, of those that were not given up, with a
  /// profile of where it was looked for; none: no word stands out there, or there are no such places.
  /// @param words  to grow from: without bands whole ones only
  std::optional<Seed> best(WindowSet const& positives, MarkovBackground const& background, PlaceSearch places,
                           SeedWords words, Threads& threads) const;

  /// Neither this seed nor one that grew into the same columns comes again. A seed whose motif dissolves, or
  /// explains little, would otherwise be the best one for ever.
  void give_up(Seed const& seed) { given_up_.push_back(seed); }

 private:
  bool was_given_up(Seed const& seed) const;
  std::optional<Seed> best_anywhere(WindowSet const& positives, MarkovBackground const& background,
                                    Threads& threads) const;
  std::optional<Seed> best_uneven(WindowSet const& positives, MarkovBackground const& background,
                                  Threads& threads) const;
  std::optional<Seed> best_of_bands(WindowSet const& positives, MarkovBackground const& background,
                                    SeedWords seed_words, Threads& threads) const;

  std::vector<std::vector<float>> ratio_;  // of the controls, by gap
  std::vector<Seed> given_up_;
};

}  // namespace cislens
