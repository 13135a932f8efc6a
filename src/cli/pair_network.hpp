#pragma once

#include "cislens/base/log.hpp"
#include "cislens/base/motif_matrix.hpp"
#include "cislens/base/nucleotide.hpp"
#include "cislens/base/threads.hpp"
#include "cislens/model/config.hpp"
#include "cislens/motif/pair_coattention.hpp"
#include "cislens/motif/pair_sites.hpp"
#include "cislens/motif/site.hpp"
#include "cislens/tensor/context.hpp"
#include "cislens/writers/pairs.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace cislens {

/// The second network: one block that learns who are partners. See docs/pair_network.md.
struct PairNetworkOptions {
  int channels = 128;
  int heads = 4;
  int pool = 4;
  double rotary_base = 100;
  int epochs = 0;  ///< 0: as many as make `steps` steps
  int steps = 3000;
  int batch_size = 32;
  double learning_rate = 2e-3;  ///< sites found by a scan are noisy: 6e-3 learns nothing from them
  int folds = 2;                ///< every sequence is held out once
  int controls = 10;            ///< versions with other labels that a held-out sequence is compared with
  std::int64_t flank = 2;       ///< bases that go with a site
  int grades = 3;               ///< of sites, by p-value: a site is exchanged for one of its grade
  std::int64_t max_gap = 50;    ///< bases between two sites that can be partners
  double min_expected = 5;      ///< sequences by chance; rarer pairs are not tested
  std::int64_t stratum = 400;   ///< least sequences of a stratum of length and GC, all folds together
  double min_auroc = 0.55;      ///< held out; below it there is no partnership to read
  double clear_auroc = 0.6;     ///< from it on the network has a say in what is called
  double max_auroc_p = 1e-3;
  double call_q = 0.05;         ///< pairs with at most this q explain those of look-alikes
  bool random_weights = false;  ///< a control: the network is not trained
  std::uint64_t seed = 1;
};

struct PairNetworkResult {
  double auroc = 0.5;  ///< same partners against others, on held-out sequences, mean of the folds
  double auroc_log_p = 0;
  bool partnership = false;  ///< the network can tell; if not, every q is 1
  bool clear = false;        ///< so well that a pair it does not bear out is in doubt
  std::vector<PairCoattention> pairs;
  NetworkConfig config;
  std::vector<std::vector<float>> networks;  ///< parameters, one a fold
  std::vector<int> fold_of;  ///< (sequences) the network that has not seen it; -1: none was asked
};

/// Trains the pair network on all folds but one and reads the one, for each fold.
/// @param sites    by sequence, then start; not overlapping; `motif` is what partners are counted by: a motif
///                 or a cluster of them
/// @param readings what else the sites could be
/// @param labels   how many values `motif` has
/// @param filters  what the stem looks for: all motifs, of every cluster
/// @throws Interrupted  a signal asked to stop
PairNetworkResult run_pair_network(std::span<Bases const> sequences, std::span<Site const> sites,
                                   SiteReadings const& readings, int labels,
                                   std::span<MotifMatrix const> filters, PairNetworkOptions const& options,
                                   Backend const& backend, Threads& threads, Log& log);

/// The signed pair terms between every two sites of a sequence as it stands, by a network that has not seen
/// it.
/// @param sites  of this sequence, by start  @param fold  PairNetworkResult::fold_of the sequence
/// @return by first site, then second; empty when no network was asked about the sequence
std::vector<PairArc> pair_arcs(BasesView bases, std::span<Site const> sites, std::int64_t max_gap,
                               PairNetworkResult const& network, int fold, Backend const& backend,
                               Threads& threads);

struct PairKnockOutOptions {
  int shuffles = 10;                ///< of each site
  std::int64_t max_sequences = 50;  ///< of a pair, spread over all that hold it
  std::uint64_t seed = 1;
};

/// What two sites do together beyond what each does alone, in the pair network's logit.
struct PairKnockOut {
  std::int64_t sequences = 0;
  double effect = 0;  ///< mean of f(ab) - f(a) - f(b) + f(none): above 0 synergy, below antagonism
  double p = 1;       ///< two-sided sign test over sequences; NaN without sequences
};

/// Replaces sites by shuffles of themselves: a alone, b alone, both; on sequences that the network has not
/// seen, closest instance of the pair, mean over shuffles one value a sequence.
/// @param pairs  a <= b, as `motif` of the sites
/// @return one entry a pair
std::vector<PairKnockOut> knock_out_pairs(std::span<Bases const> sequences, std::span<Site const> sites,
                                          std::span<std::array<int, 2> const> pairs, std::int64_t max_gap,
                                          PairNetworkResult const& network,
                                          PairKnockOutOptions const& options, Backend const& backend,
                                          Threads& threads);

}  // namespace cislens
