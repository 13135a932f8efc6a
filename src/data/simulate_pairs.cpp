#include "cislens/data/simulate_pairs.hpp"

#include "cislens/base/errors.hpp"

#include "draw.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

namespace cislens {

namespace {

// Streams of random numbers.
constexpr std::uint64_t positive_stream = 11;
constexpr std::uint64_t negative_stream = 12;
constexpr std::uint64_t list_stream = 13;

constexpr std::int64_t slot_distance = 75;
constexpr std::int64_t widest_pair = 61;  // bases from the first to behind the last of a pair
constexpr char const* strand_names[] = {"++", "+-", "-+", "--"};

/// Where the first motif of a slot may start.
struct Slot {
  std::int64_t start;
  std::int64_t places;
};

std::vector<Slot> slots_of(std::int64_t length) {
  std::vector<Slot> slots;
  Slot const last{length - slot_distance, 7};
  for (std::int64_t start = 5; start + 10 <= last.start; start += slot_distance) slots.push_back({start, 10});
  slots.push_back(last);
  return slots;
}

double log_odds_bits(MotifMatrix const& motif, std::array<double, 4> const& background, Bases const& word) {
  double bits = 0;
  for (std::size_t i = 0; i < word.size(); ++i)
    bits += std::log2(motif.rows[i][word[i]] / background[word[i]]);
  return bits;
}

double best_bits(MotifMatrix const& motif, std::array<double, 4> const& background) {
  double bits = 0;
  for (auto const& row : motif.rows) {
    double best = -std::numeric_limits<double>::infinity();
    for (std::size_t base = 0; base < 4; ++base)
      best = std::max(best, std::log2(row[base] / background[base]));
    bits += best;
  }
  return bits;
}

/// A word of the motif that scores at least half of what it can; the best of many where none does.
Bases draw_word(MotifMatrix const& motif, std::array<double, 4> const& background, double best,
                Random& random) {
  Bases word;
  double word_bits = -std::numeric_limits<double>::infinity();
  for (int trial = 0; trial < 1000 && word_bits < best / 2; ++trial) {
    Bases next;
    for (auto const& row : motif.rows) next.push_back(static_cast<std::uint8_t>(draw(row, random.uniform())));
    double const bits = log_odds_bits(motif, background, next);
    if (bits <= word_bits) continue;
    word = std::move(next);
    word_bits = bits;
  }
  return word;
}

std::int64_t between(int least, int most, Random& random) {
  return least + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(most - least) + 1));
}

/// `count` different numbers below `total`, in random order.
std::vector<int> pick(std::int64_t count, std::size_t total, Random& random) {
  std::vector<int> numbers(total);
  std::iota(numbers.begin(), numbers.end(), 0);
  random.shuffle(std::span(numbers));
  numbers.resize(std::min(static_cast<std::size_t>(count), total));
  return numbers;
}

void check_options(PairSimulateOptions const& o) {
  bool const fits = o.length >= 85 && o.min_pairs >= 1 && o.max_pairs >= o.min_pairs && o.min_singles >= 1 &&
                    o.max_singles >= o.min_singles && o.min_gap >= 0 && o.max_gap >= o.min_gap &&
                    std::ranges::all_of(o.background, [](double p) { return p > 0; });
  if (!fits) throw ShapeError("simulate: an option of the pairs is out of its range");
}

void check_fits(MotifMatrix const& a, MotifMatrix const& b, PairSimulateOptions const& options) {
  std::int64_t const width = a.width() + options.max_gap + b.width();
  if (width <= widest_pair) return;
  throw InputError("motifs " + a.id + " and " + b.id + " with a gap of " + std::to_string(options.max_gap) +
                   " take " + std::to_string(width) + " bases; a slot has " + std::to_string(widest_pair) +
                   " (use narrower motifs or smaller gaps)");
}

}  // namespace

PairSimulator::PairSimulator(PairSimulateOptions const& options, std::vector<MotifMatrix> motifs,
                             std::vector<FactorPair> list)
    : options_(options), motifs_(std::move(motifs)), list_(std::move(list)) {
  check_options(options_);
  auto const count = static_cast<int>(motifs_.size());
  listed_.assign(motifs_.size() * motifs_.size(), 0);
  for (MotifMatrix const& motif : motifs_) best_bits_.push_back(best_bits(motif, options_.background));
  for (std::size_t p = 0; p < list_.size(); ++p) {
    auto const [a, b] = list_[p];
    if (a < 0 || b < 0 || a >= count || b >= count || a == b || on_list(a, b))
      throw ShapeError("simulate: the list holds different pairs of different motifs");
    check_fits(motifs_[a], motifs_[b], options_);
    listed_[a * count + b] = listed_[b * count + a] = 1;
    Random random(options_.seed, mix(list_stream, p));
    gaps_.push_back(static_cast<int>(between(options_.min_gap, options_.max_gap, random)));
    strands_.push_back(static_cast<int>(random.below(4)));
  }
  if (list_.empty()) throw ShapeError("simulate: the list of pairs is empty");
  rematches_ = options_.positives == PairLayout::rematched || options_.negatives == PairLayout::rematched;
  if (!rematches_) return;
  for (MotifMatrix const& a : motifs_) {
    for (MotifMatrix const& b : motifs_) check_fits(a, b, options_);
  }
  Random random(options_.seed, list_stream);
  if (choose(PairLayout::rematched, random).empty())
    throw InputError(
        "the pairs cannot be re-matched: nearly every two motifs are on the list (list fewer pairs)");
}

char const* PairSimulator::strands_of(int pair) const { return strand_names[strands_[pair]]; }

SimulatedPairs PairSimulator::positive(std::int64_t number) const {
  return make(options_.positives,
              Random(options_.seed, mix(positive_stream, static_cast<std::uint64_t>(number))));
}

SimulatedPairs PairSimulator::negative(std::int64_t number) const {
  return make(options_.negatives,
              Random(options_.seed, mix(negative_stream, static_cast<std::uint64_t>(number))));
}

SimulatedPairs PairSimulator::make(PairLayout layout, Random random) const {
  SimulatedPairs sequence;
  for (std::int64_t i = 0; i < options_.length; ++i)
    sequence.bases.push_back(static_cast<std::uint8_t>(draw(options_.background, random.uniform())));
  if (layout == PairLayout::singles) {
    plant_singles(random, sequence);
    return sequence;
  }
  std::vector<Slot> slots = slots_of(options_.length);
  std::vector<Choice> const choices = choose(layout, random);
  random.shuffle(std::span(slots));
  for (std::size_t i = 0; i < choices.size(); ++i) {
    std::int64_t const offset =
        static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(slots[i].places)));
    plant_pair(choices[i], slots[i].start + offset, random, sequence);
  }
  std::vector<int> order(sequence.sites.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, {}, [&](int site) { return sequence.sites[site].start; });
  std::vector<int> place(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = static_cast<int>(i);
  std::ranges::sort(sequence.sites, {}, &PlantedSite::start);
  for (PlantedPair& pair : sequence.pairs) pair = {place[pair.left], place[pair.right], pair.listed};
  std::ranges::sort(sequence.pairs, {}, &PlantedPair::left);
  return sequence;
}

/// Different pairs of the list, or these with their second motifs exchanged; empty when that cannot be done.
std::vector<PairSimulator::Choice> PairSimulator::choose(PairLayout layout, Random& random) const {
  auto const slots = static_cast<std::int64_t>(slots_of(options_.length).size());
  for (int trial = 0; trial < 1000; ++trial) {
    std::int64_t const count = std::min(between(options_.min_pairs, options_.max_pairs, random), slots);
    std::vector<Choice> choices;
    for (int const pair : pick(count, list_.size(), random))
      choices.push_back({list_[pair].first, list_[pair].second, pair, true});
    if (!rematches_) return choices;
    std::vector<Choice> rematched = choices;
    if (rematch(rematched, random)) return layout == PairLayout::rematched ? rematched : choices;
  }
  return {};
}

bool PairSimulator::rematch(std::vector<Choice>& choices, Random& random) const {
  std::vector<int> seconds;
  for (Choice const& choice : choices) seconds.push_back(choice.second);
  for (int trial = 0; trial < 50; ++trial) {
    random.shuffle(std::span(seconds));
    bool good = true;
    for (std::size_t i = 0; i < choices.size(); ++i)
      good = good && choices[i].first != seconds[i] && !on_list(choices[i].first, seconds[i]);
    if (!good) continue;
    for (std::size_t i = 0; i < choices.size(); ++i) {
      choices[i].second = seconds[i];
      choices[i].listed = false;
    }
    return true;
  }
  return false;
}

void PairSimulator::plant_pair(Choice const& choice, std::int64_t start, Random& random,
                               SimulatedPairs& sequence) const {
  int left = choice.first;
  int right = choice.second;
  char left_strand = '+';
  char right_strand = '+';
  auto const coin = [&] { return random.below(2) == 0; };
  if (options_.strands == PairStrands::random) {
    left_strand = coin() ? '+' : '-';
    right_strand = coin() ? '+' : '-';
  }
  if (options_.strands == PairStrands::fixed) {
    char const* const strands = strand_names[strands_[choice.source]];
    left_strand = strands[0];
    right_strand = strands[1];
    if (coin()) {  // the pair read from the other strand
      std::swap(left, right);
      left_strand = strands[1] == '+' ? '-' : '+';
      right_strand = strands[0] == '+' ? '-' : '+';
    }
  }
  std::int64_t const gap =
      options_.fixed_gaps ? gaps_[choice.source] : between(options_.min_gap, options_.max_gap, random);
  auto const first = static_cast<int>(sequence.sites.size());
  plant(left, start, left_strand, random, sequence);
  plant(right, start + motifs_[left].width() + gap, right_strand, random, sequence);
  sequence.pairs.push_back({first, first + 1, choice.listed ? choice.source : -1});
}

/// Only motifs of the list take part, so that both classes know the same factors.
void PairSimulator::plant_singles(Random& random, SimulatedPairs& sequence) const {
  std::vector<int> members;
  for (auto const& [first, second] : list_) {
    members.push_back(first);
    members.push_back(second);
  }
  std::ranges::sort(members);
  members.erase(std::unique(members.begin(), members.end()), members.end());
  std::vector<Slot> slots = slots_of(options_.length);
  random.shuffle(std::span(slots));
  std::int64_t const count = std::min(between(options_.min_singles, options_.max_singles, random),
                                      static_cast<std::int64_t>(slots.size()));
  std::vector<int> const motifs = pick(count, members.size(), random);
  for (std::size_t i = 0; i < motifs.size(); ++i) {
    std::int64_t const offset =
        static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(slots[i].places)));
    char const strand = options_.strands == PairStrands::forward || random.below(2) == 0 ? '+' : '-';
    plant(members[motifs[i]], slots[i].start + offset, strand, random, sequence);
  }
  std::ranges::sort(sequence.sites, {}, &PlantedSite::start);
}

void PairSimulator::plant(int motif, std::int64_t start, char strand, Random& random,
                          SimulatedPairs& sequence) const {
  MotifMatrix const& matrix = motifs_[motif];
  Bases word = draw_word(matrix, options_.background, best_bits_[motif], random);
  sequence.sites.push_back(
      {start, start + matrix.width(), motif, strand, log_odds_bits(matrix, options_.background, word)});
  if (strand == '-') word = reverse_complement(word);
  std::ranges::copy(word, sequence.bases.begin() + start);
}

}  // namespace cislens
