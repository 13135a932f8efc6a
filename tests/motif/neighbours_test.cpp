#include "cislens/motif/neighbours.hpp"

#include "cislens/base/errors.hpp"

#include "motif/discovery_sequences.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace cislens {
namespace {

using namespace discovery_sequences;

constexpr std::string_view anchor_site = "TGACGCGAAT";

Bases drawn(Rows const& rows, Random& random) {
  Bases site(rows.size());
  plant(site, rows, random);
  return site;
}

/// 200 bases with the anchor in the middle, on either strand, and in some what `beside` gives behind it.
template <typename Beside>
std::vector<Bases> anchored(std::int64_t count, std::uint64_t seed, Beside const& beside) {
  std::vector<Bases> result;
  for (std::int64_t i = 0; i < count; ++i) {
    Random random(seed, static_cast<std::uint64_t>(i));
    Bases bases = random_bases(200, random);
    auto const place = bases.begin() + 60 + static_cast<std::ptrdiff_t>(random.below(60));
    std::ranges::copy(encode_bases(anchor_site), place);
    beside(place, std::ssize(anchor_site), random);
    result.push_back(random.below(2) == 1 ? reverse_complement(bases) : bases);
  }
  return result;
}

/// Six bases of which one in four differs, 5 to 9 bases behind the anchor, in two of five sequences.
std::vector<Bases> with_faint_half(std::int64_t count, std::uint64_t seed) {
  return anchored(count, seed, [](auto place, std::int64_t width, Random& random) {
    if (random.below(5) > 1) return;
    auto const gap = static_cast<std::ptrdiff_t>(5 + random.below(5));
    Rows const rows = rows_of("CAGCTT", 0.75);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      double u = random.uniform();
      std::uint8_t base = 0;
      while (base < 3 && u >= rows[i][base]) u -= rows[i][base++];
      place[width + gap + static_cast<std::ptrdiff_t>(i)] = base;
    }
  });
}

/// Four bases of eight tenths among six, 5 to 9 bases behind the anchor, in every third sequence.
std::vector<Bases> with_scattered_bases(std::int64_t count, std::uint64_t seed) {
  return anchored(count, seed, [](auto place, std::int64_t width, Random& random) {
    if (random.below(3) != 0) return;
    auto const gap = static_cast<std::ptrdiff_t>(5 + random.below(5));
    std::string_view const site = "CNCGNG";
    for (std::size_t i = 0; i < site.size(); ++i) {
      bool const kept = site[i] != 'N' && random.uniform() < 0.75;
      if (kept) place[width + gap + static_cast<std::ptrdiff_t>(i)] = encode_base(site[i]);
    }
  });
}

struct Search {
  std::vector<Bases> fit, holdout;
  std::vector<MotifMatrix> motifs;

  Search(std::vector<Bases> const& sequences) : motifs(1) {
    for (std::size_t i = 0; i < sequences.size(); ++i) (i % 5 == 4 ? holdout : fit).push_back(sequences[i]);
    motifs[0].id = "anchor";
    motifs[0].rows = rows_of(std::string(anchor_site), 0.97);
    motifs[0].sites = static_cast<double>(fit.size());
  }

  NeighbourResult run(int threads = 2, int around_bp = 30, int max_motifs = 50) const {
    auto const shuffle = [](BasesView view, Random& random) {
      Bases bases(view.begin(), view.end());
      random.shuffle(std::span(bases));
      return bases;
    };
    Threads workers(threads);
    Log log({.quiet = true, .json = false});
    NeighbourOptions options;
    options.around_bp = around_bp;
    options.discovery.max_motifs = max_motifs;
    options.discovery.tested = 3;
    return discover_neighbours({fit, holdout, motifs, shuffle}, options, workers, log);
  }
};

bool reads(std::string const& consensus, std::string const& word) {
  return consensus.find(word) != std::string::npos;
}

TEST(DiscoverNeighbours, AHalfTooFaintToBeFoundAnywhere) {
  Search const search(with_faint_half(1500, 1));

  NeighbourResult const result = search.run();

  ASSERT_EQ(result.found.size(), 1U);
  DiscoveredMotif const& motif = result.found[0].motif;
  EXPECT_TRUE(reads(motif.consensus, "AGCT")) << motif.consensus;
  EXPECT_EQ(result.found[0].beside, 0U);
  EXPECT_LT(motif.holdout_p, 1e-4);
  EXPECT_TRUE(motif.places.none());
  auto const [first, last, strand] = motif.beside_at;
  std::int64_t const half_widths = std::ssize(encode_bases(anchor_site)) / 2 + 3;
  EXPECT_GE(first, half_widths + 5 - 3);  // steps of up to four bases, columns found more or less
  EXPECT_LE(last, half_widths + 9 + 4);
  EXPECT_EQ(strand, reads(motif.consensus, "CAGCT") ? '+' : '-') << motif.consensus;
  EXPECT_EQ(result.motifs[0].rows, search.motifs[0].rows);

  std::vector<Bases> const controls = sequences(1500, 200, {}, 2);
  Input const whole(with_faint_half(1500, 1), controls);
  DiscoveryInput input = whole.view();
  input.known = search.motifs;
  Threads threads(2);
  Log log({.quiet = true, .json = false});
  EXPECT_TRUE(discover_motifs(input, DiscoveryOptions{}, threads, log).motifs.empty());
}

TEST(DiscoverNeighbours, AHalfOfScatteredBases) {
  NeighbourResult const result = Search(with_scattered_bases(2000, 5)).run();

  ASSERT_EQ(result.found.size(), 1U);
  EXPECT_TRUE(reads(result.found[0].motif.consensus, "CNCGNG")) << result.found[0].motif.consensus;
}

/// However many bits their place tells.
TEST(DiscoverNeighbours, TwoBasesAtADistanceAreNoMotif) {
  Search const search(anchored(1500, 10, [](auto place, std::int64_t width, Random& random) {
    if (random.below(8) != 0) std::ranges::copy(encode_bases("GC"), place + width + 8);
  }));

  EXPECT_TRUE(search.run().found.empty());
}

TEST(DiscoverNeighbours, NothingBesideByChance) {
  int found = 0;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    Search const search(anchored(600, seed, [](auto, std::int64_t, Random&) {}));
    found += static_cast<int>(search.run().found.size());
  }

  EXPECT_LE(found, 1);  // E < 0.05 a search: two in six has a probability of 0.03 at most
}

/// What carries the site and is alike on all its length is no motif.
TEST(DiscoverNeighbours, TransposonsAreNoNeighbours) {
  Random random(7, 0);
  Bases const element = random_bases(60, random);
  Search const search(anchored(800, 8, [&](auto place, std::int64_t width, Random& own) {
    if (own.below(3) != 0) return;
    std::copy(element.begin(), element.begin() + 30, place - 30);
    std::copy(element.begin() + 30, element.end(), place + width);
  }));

  EXPECT_TRUE(search.run().found.empty());
}

/// A second site of the same motif at a certain distance is no second motif.
TEST(DiscoverNeighbours, TheListedMotifIsNotFoundAgain) {
  Search const search(anchored(800, 9, [](auto place, std::int64_t width, Random& random) {
    if (random.below(2) == 0)
      std::ranges::copy(drawn(rows_of(std::string(anchor_site), 0.9), random), place + width + 8);
  }));

  NeighbourResult const result = search.run();

  EXPECT_TRUE(result.found.empty());
  EXPECT_EQ(result.motifs[0].rows, search.motifs[0].rows);
}

TEST(DiscoverNeighbours, SameForAnyNumberOfThreads) {
  Search const search(with_faint_half(1000, 3));

  NeighbourResult const one = search.run(1);
  NeighbourResult const three = search.run(3);

  ASSERT_EQ(one.found.size(), 1U);
  ASSERT_EQ(three.found.size(), 1U);
  EXPECT_EQ(one.tested, three.tested);
  for (std::size_t i = 0; i < one.found.size(); ++i) {
    EXPECT_EQ(one.found[i].motif.matrix.rows, three.found[i].motif.matrix.rows);
    EXPECT_EQ(one.found[i].motif.holdout_log_p, three.found[i].motif.holdout_log_p);
  }
}

TEST(DiscoverNeighbours, NoMoreMotifsThanAllowedAndCandidatesCountOn) {
  Search search(with_faint_half(1000, 3));
  search.motifs.push_back(search.motifs[0]);  // two to look beside

  EXPECT_TRUE(search.run(2, 30, 0).found.empty());
  NeighbourResult const one = search.run(2, 30, 1);
  EXPECT_EQ(one.found.size(), 1U);
  EXPECT_GT(one.tested, 3);
}

TEST(DiscoverNeighbours, NothingToLookAt) {
  Search none({});
  none.motifs.clear();
  EXPECT_TRUE(none.run().found.empty());
  EXPECT_TRUE(Search({}).run().found.empty());
  EXPECT_TRUE(Search(sequences(5, 3, {}, 1)).run().found.empty());  // shorter than the motif
  EXPECT_TRUE(Search(sequences(50, 10, {}, 1)).run().found.empty());
}

TEST(DiscoverNeighbours, TooLittleRoomIsRefused) {
  EXPECT_THROW(Search(sequences(5, 100, {}, 1)).run(1, 9), UsageError);
}

}  // namespace
}  // namespace cislens
