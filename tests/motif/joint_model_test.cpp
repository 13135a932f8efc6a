#include "cislens/motif/joint_model.hpp"

#include "motif/discovery_sequences.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace cislens {
namespace {

using namespace discovery_sequences;

struct Material {
  std::vector<Bases> sequences;
  MarkovBackground background;
  WindowSet set;
  Threads threads;
  EmOptions options;

  explicit Material(std::vector<Bases> bases, int thread_count = 1)
      : sequences(std::move(bases)), threads(thread_count) {
    std::vector<Window> windows;
    for (Bases const& sequence : sequences) windows.push_back(whole_record(sequence, std::ssize(windows)));
    background = estimate_background(windows);
    set = make_window_set(windows, background);
  }
  JointModel model(std::vector<JointMotif> motifs) {
    return {std::move(motifs), set, background, options, threads};
  }
};

JointMotif motif_of(Rows const& rows, double sites, bool fixed = false) {
  JointMotif motif;
  motif.columns = rows;
  motif.sites = sites;
  motif.fixed = fixed;
  return motif;
}

/// All chains of background bases and sites of one window, one by one.
struct AllChains {
  WindowSet const& set;
  std::vector<JointMotif> const& motifs;
  std::vector<double> rate;  // of either strand
  double background = 0;
  double sum = 0;
  std::vector<double> sites;  // (motifs) by the weight of the chains

  AllChains(WindowSet const& windows, std::vector<JointMotif> const& of)
      : set(windows), motifs(of), sites(of.size()) {
    double steps = static_cast<double>(set.length[0]);
    double all = 0;
    for (JointMotif const& motif : motifs) {
      steps -= motif.sites * static_cast<double>(motif.columns.size());
      all += motif.sites;
    }
    for (JointMotif const& motif : motifs) rate.push_back(motif.sites / (2 * (steps + all)));
    background = steps / (steps + all);
    follow(set.begin[0], 1, std::vector<double>(motifs.size()));
    for (double& count : sites) count /= sum;
  }

 private:
  void follow(std::int64_t place, double weight, std::vector<double> const& held) {
    std::int64_t const end = set.begin[0] + set.length[0];
    if (place == end) {
      sum += weight;
      for (std::size_t m = 0; m < sites.size(); ++m) sites[m] += weight * held[m];
      return;
    }
    follow(place + 1, weight * background, held);
    for (std::size_t m = 0; m < motifs.size(); ++m) {
      auto const& columns = motifs[m].columns;
      auto const width = std::ssize(columns);
      if (place + width > end) continue;
      for (bool const reverse : {false, true}) {
        double odds = rate[m];
        for (std::int64_t c = 0; c < width; ++c) {
          std::uint8_t const base = set.bases[place + c];
          if (base >= base_n)
            odds = 0;
          else
            odds *= (reverse ? columns[width - 1 - c][complement(base)] : columns[c][base]) /
                    std::exp(static_cast<double>(set.background[place + c]));
        }
        std::vector<double> with = held;
        with[m] += 1;
        if (odds > 0) follow(place + width, weight * odds, with);
      }
    }
  }
};

// Columns and background are rounded to 1/1024 nat each, on at most 16 bases; odds under 1e-6 are passed
// over.
constexpr double rounding = 16.0 / score_units_per_nat + 16 * 4 * 1e-6;

TEST(JointModel, SumsOverAllChains) {
  std::vector<JointMotif> const motifs = {motif_of(rows_of("TGAC", 0.8), 1.5, true),
                                          motif_of(rows_of("GCANG", 0.7), 0.7, true)};
  for (std::string const bases : {"TTGACGTCATGCACGA", "TTGACNTGCAATGTCA", "TGACTGACGCATGTCA"}) {
    Material material({encode_bases(bases)});
    AllChains const chains(material.set, motifs);
    JointModel model = material.model(motifs);

    EXPECT_NEAR(model.log_ratio(material.set), std::log(chains.sum), rounding) << bases;
    EXPECT_GT(std::abs(std::log(chains.sum)), 5 * rounding) << bases;
    model.fit(1, false);
    for (std::size_t m = 0; m < motifs.size(); ++m) {
      // Weights of chains are off by a factor of e^rounding at most, either way; posteriors under 1e-4 do not
      // count.
      EXPECT_NEAR(model.motifs()[m].sites, chains.sites[m], 2 * rounding * chains.sites[m] + 32e-4)
          << bases << m;
      EXPECT_GT(chains.sites[m], 0.1) << bases << m;
    }
  }
}

TEST(JointModel, ShorterThanAMotifIsBackground) {
  Material material({encode_bases("TGACG"), encode_bases("NNNNNNNNNN"), encode_bases("A")});
  JointModel model = material.model({motif_of(rows_of("TTGACGTCAA", 0.9), 0.5)});
  model.fit(3, true);

  EXPECT_LE(model.log_ratio(material.set), 0);
  EXPECT_TRUE(std::isfinite(model.log_ratio(material.set)));
}

TEST(JointModel, PassesRaiseTheLikelihood) {
  Material material(sequences(300, 80, {rows_of("TTGACGTCAA", 0.9)}, 5));
  JointModel model = material.model({motif_of(rows_of("NNGACGTNNN", 0.6), 40)});
  std::vector<double> values{model.log_ratio(material.set)};
  for (int pass = 0; pass < 5; ++pass) {
    model.fit(1, false);
    values.push_back(model.log_ratio(material.set));
  }

  EXPECT_TRUE(std::ranges::is_sorted(values));
  EXPECT_GT(values.back(), values.front() + 100);
}

TEST(JointModel, CountsWhatWasPlanted) {
  Rows const one = rows_of("TTGACGTCAA", 0.95);
  Rows const two = rows_of("CCGACGTCGG", 0.95);
  Material material(sequences(600, 80, {one, two}, 6));
  JointModel model = material.model({motif_of(one, 50), motif_of(two, 300)});
  model.fit(20, true);

  // 200 sequences hold either, 200 none. Sites with one and two of ten bases changed (0.32 and 0.07 of them)
  // have posteriors of about 0.96 and 0.3, and as many strangers have those of the latter: the sum has a
  // standard deviation of (2 * 200 * (0.32 * 0.04 + 0.07 * 0.21))^0.5 = 3.3.
  EXPECT_NEAR(model.motifs()[0].sites, 200, 10);
  EXPECT_NEAR(model.motifs()[1].sites, 200, 10);
  AlignedSites const sites = model.sites()[0];
  EXPECT_EQ(sites.columns, std::ssize(model.motifs()[0].columns) + 2 * AlignedSites::flank);
  EXPECT_EQ(std::ssize(sites.bases), sites.size() * sites.columns);
  double weight = 0;
  for (double const w : sites.weight) weight += w;
  EXPECT_LE(weight, 1.01 * model.motifs()[0].sites);  // these are of the pass after the last counts
  EXPECT_GE(weight, 0.95 * model.motifs()[0].sites);  // those under a posterior of 0.05 are left out
}

TEST(JointModel, NothingDependsOnTheOrderOfMotifs) {
  Rows const one = rows_of("TTGACGTCAA", 0.85);
  Rows const two = rows_of("CCGACGTCGG", 0.85);
  Material first(sequences(300, 80, {one, two}, 7));
  Material second(first.sequences);
  JointModel forward = first.model({motif_of(one, 50), motif_of(two, 50)});
  JointModel turned = second.model({motif_of(two, 50), motif_of(one, 50)});
  forward.fit(4, true);
  turned.fit(4, true);

  for (std::size_t c = 0; c < 10; ++c) {
    for (std::size_t b = 0; b < 4; ++b) {  // sums of some 100 terms in another order: 1e-14 a pass
      EXPECT_NEAR(forward.motifs()[0].columns[c][b], turned.motifs()[1].columns[c][b], 1e-9);
      EXPECT_NEAR(forward.motifs()[1].columns[c][b], turned.motifs()[0].columns[c][b], 1e-9);
    }
  }
}

TEST(JointModel, TheSameForAnyNumberOfThreads) {
  Rows const one = rows_of("TTGACGTCAA", 0.85);
  Material alone(sequences(300, 80, {one}, 7));
  Material team(alone.sequences, 3);
  JointModel first = alone.model({motif_of(one, 50)});
  JointModel second = team.model({motif_of(one, 50)});
  first.fit(8, true);
  second.fit(8, true);

  EXPECT_EQ(first.motifs()[0].columns, second.motifs()[0].columns);
  EXPECT_EQ(first.motifs()[0].sites, second.motifs()[0].sites);
}

TEST(JointModel, FixedColumnsStay) {
  Rows const rows = rows_of("TTGACGTCAA", 0.7);
  Material material(sequences(200, 80, {rows_of("TTGACGTCAA", 0.95)}, 8));
  JointModel model = material.model({motif_of(rows, 10, true)});
  model.fit(10, false);

  EXPECT_EQ(model.motifs()[0].columns, rows);
  EXPECT_GT(model.motifs()[0].sites, 80);
}

}  // namespace
}  // namespace cislens
