#include "head_diagnosis.hpp"

#include "cislens/base/random.hpp"
#include "cislens/base/text.hpp"
#include "cislens/motif/site_attention.hpp"
#include "cislens/motif/sites.hpp"
#include "cislens/readout/head_importance.hpp"
#include "cislens/readout/head_similarity.hpp"
#include "cislens/readout/knock_out.hpp"
#include "cislens/readout/record_readout.hpp"
#include "cislens/readout/subspace_overlap.hpp"
#include "cislens/train/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

namespace cislens {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::uint64_t sample_stream = 0x73616D70;  // "samp"
constexpr std::int64_t least_site_records = 10;
constexpr double motif_q_limit = 0.05;

/// Means over records of how heads look, and what they give to the sites.
class Looks {
 public:
  Looks(HeadQuestion const& question, int heads)
      : question_(question),
        heads_(heads),
        looks_(static_cast<std::size_t>(heads)),
        at_sites_(heads, static_cast<int>(question.motif_ids.size())),
        lead_(static_cast<std::size_t>(heads) * question.motif_ids.size()),
        sites_(question.motif_ids.size()) {}

  void read(Backend const& backend, Threads& threads) {
    constexpr std::size_t at_a_time = 256;
    ReadoutOptions options;
    options.target = question_.target;
    options.looks = options.received = true;
    auto const& records = question_.looked_at;
    for (std::size_t first = 0; first < records.size(); first += at_a_time) {
      auto const part = std::span(records).subspan(first, std::min(at_a_time, records.size() - first));
      auto const readouts = read_records(question_.network.config, question_.network.parameters, part,
                                         options, backend, threads);
      for (std::size_t i = 0; i < part.size(); ++i) add(readouts[i], first + i);
    }
  }

  void fill(std::size_t h, HeadRow& row) const {
    auto const pool = static_cast<double>(question_.network.config.pool);
    HeadLook const& look = looks_[h];
    row.entropy = look.entropy;
    row.distance = look.distance;
    row.sink = look.sink;
    row.noop = look.noop;
    row.summary = look.summary;
    row.distance_even = pool * even_.distance;
    row.distance_median = pool * profile_quantile(look.profile, 0.5);
    row.distance_q90 = pool * profile_quantile(look.profile, 0.9);
    row.local = local_share(look.profile);
    row.local_even = local_share(even_.profile);
  }

  /// Bins up to the last that any record reaches.
  void add_distances(std::size_t h, HeadRow const& row, std::vector<HeadDistance>& distances) const {
    std::int64_t const pool = question_.network.config.pool;
    for (std::size_t b = 0; b < even_.profile.size() && even_.profile[b] > 0; ++b) {
      DistanceBin const bin = distance_bin(static_cast<int>(b));
      distances.push_back(
          {row.layer, row.head, pool * bin.first, pool * bin.end, looks_[h].profile[b], even_.profile[b]});
    }
  }

  std::vector<SiteAttention> site_attention() const { return at_sites_.result(least_site_records); }

  /// Share of a motif's sites at which a head has the largest part of the attribution.
  double lead_share(std::size_t h, int motif) const {
    std::size_t const motifs = sites_.size();
    return sites_[motif] > 0 ? lead_[h * motifs + static_cast<std::size_t>(motif)] / sites_[motif] : nan;
  }

 private:
  void add(RecordReadout const& readout, std::size_t record) {
    count_ += 1;
    auto const towards = [this](double& mean, double value) { mean += (value - mean) / count_; };
    for (std::size_t h = 0; h < looks_.size(); ++h) {
      HeadLook& mean = looks_[h];
      HeadLook const& look = readout.looks[h];
      towards(mean.entropy, look.entropy);
      towards(mean.distance, look.distance);
      towards(mean.sink, look.sink);
      towards(mean.noop, look.noop);
      towards(mean.summary, look.summary);
      for (std::size_t b = 0; b < mean.profile.size(); ++b) towards(mean.profile[b], look.profile[b]);
    }
    towards(even_.distance, readout.even.distance);
    for (std::size_t b = 0; b < even_.profile.size(); ++b) towards(even_.profile[b], readout.even.profile[b]);
    add_sites(readout, record);
  }

  void add_sites(RecordReadout const& readout, std::size_t record) {
    auto const by_sequence = [](Site const& a, std::int64_t b) { return a.sequence < b; };
    auto const at = static_cast<std::int64_t>(record);
    auto const first = std::lower_bound(question_.sites.begin(), question_.sites.end(), at, by_sequence);
    auto const last = std::lower_bound(first, question_.sites.end(), at + 1, by_sequence);
    if (first == last) return;
    std::vector<Site> own(first, last);
    for (Site& site : own) site.sequence = 0;
    AttributionTrack const track{heads_, readout.heads};
    attribute_sites(own, {&track, 1}, {});
    for (Site const& site : own) {
      sites_[site.motif] += 1;
      if (site.head >= 0) lead_[site.head * std::ssize(sites_) + site.motif] += 1;
    }
    at_sites_.add({track.length(), readout.received}, own);
  }

  HeadQuestion const& question_;
  int heads_;
  double count_ = 0;
  std::vector<HeadLook> looks_;
  EvenLook even_;
  SiteAttentionSums at_sites_;
  std::vector<double> lead_;   // (heads, motifs) sites at which the head leads
  std::vector<double> sites_;  // by motif
};

/// The logits of the asked target.
std::vector<float> target_logits(HeadQuestion const& question, Network const& network, Backend const& backend,
                                 Threads& threads) {
  std::vector<float> const all = predict(network, question.dataset, question.records, backend, threads);
  std::vector<float> logits;
  auto const targets = static_cast<std::size_t>(network.config.targets);
  for (std::size_t i = static_cast<std::size_t>(question.target); i < all.size(); i += targets)
    logits.push_back(all[i]);
  return logits;
}

double test_figure(HeadQuestion const& question, std::vector<float> const& logits) {
  return question.loss == LossKind::binary ? auroc(logits, question.labels)
                                           : pearson(logits, question.labels);
}

void leave_out(HeadQuestion const& question, Backend const& backend, Threads& threads, HeadTables& tables) {
  Network const& network = question.network;
  std::vector<float> const whole = target_logits(question, network, backend, threads);
  bool const known = std::any_of(question.labels.begin(), question.labels.end(),
                                 [](float label) { return !std::isnan(label); });
  for (HeadRow& row : tables.rows) {
    Network const reduced{network.config,
                          without_head(network.config, network.parameters, row.layer, row.head)};
    std::vector<float> const logits = target_logits(question, reduced, backend, threads);
    PairedEffect const effect =
        known ? paired_effect(loss_differences(question.loss, whole, logits, question.labels), question.seed)
              : paired_effect(logit_changes(whole, logits), question.seed);
    row.importance = effect.mean;
    row.importance_low = effect.low;
    row.importance_high = effect.high;
    row.importance_p = known ? effect.p : nan;
    row.importance_of = known ? "loss" : "logit";
    if (known) row.figure_drop = test_figure(question, whole) - test_figure(question, logits);
  }
}

/// The largest number of row `a` off the diagonal; its column, or -1.
int largest_other(std::span<double const> matrix, int size, int a) {
  int best = -1;
  for (int b = 0; b < size; ++b) {
    double const value = matrix[a * size + b];
    if (b == a || std::isnan(value)) continue;
    if (best < 0 || value > matrix[a * size + best]) best = b;
  }
  return best;
}

void compare_heads(HeadQuestion const& question, Backend const& backend, Threads& threads,
                   HeadTables& tables) {
  NetworkConfig const& config = question.network.config;
  auto const all = static_cast<int>(tables.rows.size());
  tables.cka = head_moments(config, question.network.parameters, question.looked_at, backend, threads).cka();
  tables.diversity = diversity(tables.cka, all);
  tables.overlap_even = static_cast<double>(config.head_channels()) / config.channels;
  auto const overlaps = head_overlaps(config, question.network.parameters);
  for (int h = 0; h < all; ++h) {
    HeadRow& row = tables.rows[h];
    if (int const other = largest_other(tables.cka, all, h); other >= 0) {
      row.cka_max = tables.cka[h * all + other];
      row.cka_with = head_name(tables.rows[other]);
    }
    auto const largest = [&](std::vector<double> const& overlap) {
      int const other = largest_other(overlap, config.heads, row.head);
      return other < 0 ? nan : overlap[row.head * config.heads + other];
    };
    LayerOverlaps const& layer = overlaps[row.layer];
    row.overlap_query = largest(layer.query);
    row.overlap_key = largest(layer.key);
    row.overlap_value = largest(layer.value);
  }
}

void add_motifs(HeadQuestion const& question, Looks const& looks, HeadTables& tables) {
  std::vector<SiteAttention> const all = looks.site_attention();
  for (SiteAttention const& entry : all) {
    HeadRow const& row = tables.rows[entry.head];
    tables.motifs.push_back({row.layer, row.head, question.motif_ids[entry.motif], entry.records,
                             entry.at_sites, entry.elsewhere, entry.enrichment, entry.p, entry.q});
  }
  for (std::size_t h = 0; h < tables.rows.size(); ++h) {
    SiteAttention const* const best = favourite(all, static_cast<int>(h), motif_q_limit);
    if (best == nullptr) continue;
    HeadRow& row = tables.rows[h];
    row.motif = question.motif_ids[best->motif];
    row.motif_enrichment = best->enrichment;
    row.motif_q = best->q;
    row.motif_share = looks.lead_share(h, best->motif);
  }
}

std::string words_for_counted(HeadQuestion const& question, HeadTables const& tables) {
  std::string text = counted(question.looked_at.size(), "sequence");
  if (tables.rows.empty()) return text;
  return text + "; importance on " + std::to_string(question.records.size()) +
         (tables.rows.front().importance_of == "loss" ? " with labels" : " (without labels)");
}

}  // namespace

HeadTables diagnose_heads(HeadQuestion const& question, Backend const& backend, Threads& threads) {
  NetworkConfig const& config = question.network.config;
  HeadTables tables;
  for (int layer = 0; layer < config.blocks; ++layer) {
    for (int head = 0; head < config.heads; ++head) {
      HeadRow& row = tables.rows.emplace_back();
      row.layer = layer;
      row.head = head;
    }
  }
  if (tables.rows.empty()) return tables;
  Looks looks(question, static_cast<int>(tables.rows.size()));
  looks.read(backend, threads);
  for (std::size_t h = 0; h < tables.rows.size(); ++h) {
    looks.fill(h, tables.rows[h]);
    looks.add_distances(h, tables.rows[h], tables.distances);
  }
  compare_heads(question, backend, threads, tables);
  leave_out(question, backend, threads, tables);
  add_motifs(question, looks, tables);
  tables.counted = words_for_counted(question, tables);
  return tables;
}

namespace {

/// "0.1 and 0.3 (CKA 0.95)", the most alike first, at most five.
std::string redundant_pairs(HeadTables const& tables, double limit) {
  struct Pair {
    std::size_t a, b;
    double cka;
  };
  std::vector<Pair> pairs;
  std::size_t const heads = tables.rows.size();
  for (std::size_t a = 0; a < heads && !tables.cka.empty(); ++a) {
    for (std::size_t b = a + 1; b < heads; ++b) {
      if (tables.cka[a * heads + b] > limit) pairs.push_back({a, b, tables.cka[a * heads + b]});
    }
  }
  std::stable_sort(pairs.begin(), pairs.end(), [](Pair const& x, Pair const& y) { return x.cka > y.cka; });
  std::string text;
  for (std::size_t i = 0; i < std::min<std::size_t>(pairs.size(), 5); ++i) {
    text += (i == 0 ? "" : ", ") + head_name(tables.rows[pairs[i].a]) + " and " +
            head_name(tables.rows[pairs[i].b]) + " (CKA " + format_fixed(pairs[i].cka, 2) + ")";
  }
  return pairs.size() > 5 ? text + ", " + counted(pairs.size() - 5, "pair") + " more" : text;
}

/// Whether leaving it out changes nothing that can be told from chance.
bool does_nothing(HeadRow const& row) {
  constexpr double mostly_noop = 0.9, no_change = 0.01;
  if (!(row.noop > mostly_noop)) return false;
  return row.importance_of == "loss" ? row.importance_low <= 0 : row.importance < no_change;
}

}  // namespace

std::vector<std::string> head_warnings(HeadTables const& tables) {
  constexpr double same_output = 0.9, same_subspace = 0.9;
  std::vector<std::string> warnings;
  std::string const pairs = redundant_pairs(tables, same_output);
  if (!pairs.empty()) {
    warnings.push_back(
        "heads say nearly the same: " + pairs +
        "; fewer --heads help, see the importance of each (--diversity-weight does not: docs/accuracy.md)");
  }
  std::string same, idle;
  for (HeadRow const& row : tables.rows) {
    bool const reads_the_same = tables.overlap_even < same_subspace && row.overlap_value > same_subspace;
    if (reads_the_same) same += (same.empty() ? "" : ", ") + head_name(row);
    if (does_nothing(row)) idle += (idle.empty() ? "" : ", ") + head_name(row);
  }
  if (!same.empty()) {
    warnings.push_back("heads whose values read the same subspace as another's: " + same +
                       "; --diversity-weight or fewer --heads help");
  }
  if (!idle.empty()) {
    warnings.push_back("heads that look at nothing and that the network does not miss: " + idle +
                       "; fewer --heads, or --no-null-key, help");
  }
  return warnings;
}

std::vector<std::int64_t> sample(std::int64_t count, std::int64_t most, std::uint64_t seed) {
  std::vector<std::int64_t> chosen(static_cast<std::size_t>(count));
  std::iota(chosen.begin(), chosen.end(), std::int64_t{0});
  if (count <= most) return chosen;
  Random random(seed, sample_stream);
  random.shuffle(std::span(chosen));
  chosen.resize(static_cast<std::size_t>(most));
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

}  // namespace cislens
