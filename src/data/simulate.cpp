#include "cislens/data/simulate.hpp"

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

// Streams of random numbers, so that the n-th positive and the n-th negative have nothing in common.
constexpr std::uint64_t positive_stream = 1;
constexpr std::uint64_t negative_stream = 2;

/// Starts of sites in the order given, uniform over all ways to place them without overlap: the free bases
/// are dealt out as one distinct slot a site among `free + sites`.
std::vector<std::int64_t> place(std::vector<std::int64_t> const& widths, std::int64_t length,
                                Random& random) {
  auto const sites = static_cast<std::int64_t>(widths.size());
  std::int64_t const free = length - std::accumulate(widths.begin(), widths.end(), std::int64_t{0});
  std::vector<std::int64_t> slots;
  // Floyd's way to draw distinct numbers: Bentley, Floyd 1987, CACM 30:754.
  for (std::int64_t top = free; top < free + sites; ++top) {
    auto const slot = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(top) + 1));
    slots.push_back(std::ranges::count(slots, slot) == 0 ? slot : top);
  }
  std::ranges::sort(slots);
  std::int64_t taken = 0;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    slots[i] += taken - static_cast<std::int64_t>(i);
    taken += widths[i];
  }
  return slots;
}

void check_options(SimulateOptions const& options, std::size_t motifs, std::vector<double> const& weights) {
  bool const fits = options.length > 0 && options.gc >= 0.05 && options.gc <= 0.95 &&
                    options.min_sites >= 0 && options.max_sites >= options.min_sites;
  if (!fits) throw ShapeError("simulate: an option is out of its range");
  bool const weighted =
      weights.size() == motifs && std::ranges::all_of(weights, [](double w) { return w > 0; });
  if (!weighted) throw ShapeError("simulate: every motif needs one weight > 0");
}

}  // namespace

std::array<std::array<double, 4>, 4> background_dinucleotides(double gc) {
  // Observed over expected; rows are the first base. AA = TT, AC = GT, AG = CT, CA = TG, CC = GG, GA = TC.
  std::array<std::array<double, 4>, 4> joint = {{
      {1.12, 0.83, 1.17, 0.86},
      {1.21, 1.25, 0.24, 1.17},
      {1.00, 1.01, 1.25, 0.83},
      {0.74, 1.00, 1.21, 1.12},
  }};
  std::array<double, 4> const wanted = {(1 - gc) / 2, gc / 2, gc / 2, (1 - gc) / 2};
  // Each round shrinks the error several times over; 200 rounds end at the last bit for any GC within its
  // range.
  for (int round = 0; round < 200; ++round) {
    for (std::size_t a = 0; a < 4; ++a) {
      double const sum = std::accumulate(joint[a].begin(), joint[a].end(), 0.0);
      for (double& value : joint[a]) value *= wanted[a] / sum;
    }
    for (std::size_t b = 0; b < 4; ++b) {
      double const sum = joint[0][b] + joint[1][b] + joint[2][b] + joint[3][b];
      for (auto& row : joint) row[b] *= wanted[b] / sum;
    }
  }
  return joint;
}

Simulator::Simulator(SimulateOptions const& options, std::vector<MotifMatrix> motifs,
                     std::vector<double> weights)
    : options_(options), motifs_(std::move(motifs)), weights_(std::move(weights)) {
  check_options(options_, motifs_.size(), weights_);
  for (MotifMatrix const& motif : motifs_) {
    if (motif.width() * static_cast<std::int64_t>(options_.max_sites) <= options_.length) continue;
    throw InputError("motif " + motif.id + " is " + std::to_string(motif.width()) +
                     " bases wide: " + std::to_string(options_.max_sites) + " such sites do not fit into " +
                     std::to_string(options_.length) +
                     " bases (make the sequences longer, or plant fewer sites)");
  }
  transitions_ = background_dinucleotides(options_.gc);
  for (std::size_t a = 0; a < 4; ++a) {
    frequencies_[a] = std::accumulate(transitions_[a].begin(), transitions_[a].end(), 0.0);
  }
}

SimulatedSequence Simulator::positive(std::int64_t number) const {
  Random random(options_.seed, mix(positive_stream, static_cast<std::uint64_t>(number)));
  SimulatedSequence sequence{.bases = background(random), .sites = {}};
  if (motifs_.empty()) return sequence;

  auto const choices = static_cast<std::uint64_t>(options_.max_sites - options_.min_sites) + 1;
  sequence.sites.resize(static_cast<std::size_t>(options_.min_sites) + random.below(choices));
  std::vector<std::int64_t> widths;
  for (PlantedSite& site : sequence.sites) {
    site.motif = static_cast<int>(draw(weights_, random.uniform()));
    widths.push_back(motifs_[site.motif].width());
  }
  std::vector<std::int64_t> const starts = place(widths, options_.length, random);
  for (std::size_t i = 0; i < starts.size(); ++i) {
    PlantedSite& site = sequence.sites[i];
    site.start = starts[i];
    site.end = starts[i] + widths[i];
    site.strand = random.below(2) == 0 ? '+' : '-';
    plant(site, sequence.bases, random);
  }
  return sequence;
}

Bases Simulator::negative(std::int64_t number) const {
  Random random(options_.seed, mix(negative_stream, static_cast<std::uint64_t>(number)));
  return background(random);
}

double Simulator::best_log_odds_bits(int motif) const {
  double bits = 0;
  for (auto const& row : motifs_[motif].rows) {
    double best = -std::numeric_limits<double>::infinity();
    for (std::size_t base = 0; base < 4; ++base)
      best = std::max(best, std::log2(row[base] / frequencies_[base]));
    bits += best;
  }
  return bits;
}

Bases Simulator::background(Random& random) const {
  Bases bases(static_cast<std::size_t>(options_.length));
  bases[0] = static_cast<std::uint8_t>(draw(frequencies_, random.uniform()));
  for (std::size_t i = 1; i < bases.size(); ++i) {
    bases[i] = static_cast<std::uint8_t>(draw(transitions_[bases[i - 1]], random.uniform()));
  }
  return bases;
}

void Simulator::plant(PlantedSite& site, Bases& bases, Random& random) const {
  Bases word;
  for (auto const& row : motifs_[site.motif].rows) {
    std::size_t const base = draw(row, random.uniform());
    word.push_back(static_cast<std::uint8_t>(base));
    site.log_odds_bits += std::log2(row[base] / frequencies_[base]);
  }
  if (site.strand == '-') word = reverse_complement(word);
  std::ranges::copy(word, bases.begin() + site.start);
}

}  // namespace cislens
