#include "cislens/base/random.hpp"
#include "cislens/motif/pwm.hpp"
#include "cislens/motif/sites.hpp"
#include "cislens/readout/knock_out.hpp"

#include "discover_stages.hpp"

#include <algorithm>
#include <map>
#include <numeric>

namespace cislens {

namespace {

constexpr std::uint64_t null_stream = 0x6E756C6C;  // "null"

std::vector<AttributionTrack> attribution_tracks(std::vector<RecordReadout> const& readouts, int heads) {
  std::vector<AttributionTrack> tracks;
  tracks.reserve(readouts.size());
  for (RecordReadout const& readout : readouts) tracks.push_back({heads, readout.heads});
  return tracks;
}

/// Per motif: what windows of its width are worth in shuffled copies.
std::vector<std::vector<double>> null_by_motif(std::vector<AttributionTrack> const& shuffled,
                                               std::vector<DiscoveredMotif> const& motifs,
                                               std::uint64_t seed) {
  constexpr std::int64_t samples = 20000;
  std::map<int, std::vector<double>> by_width;
  std::vector<std::vector<double>> result;
  for (DiscoveredMotif const& motif : motifs) {
    int const width = motif.matrix.width();
    auto const [entry, is_new] = by_width.try_emplace(width);
    if (is_new) {
      Random random(seed, mix(null_stream, static_cast<std::uint64_t>(width)));
      entry->second = null_window_sums(shuffled, width, samples, random);
    }
    result.push_back(entry->second);
  }
  return result;
}

/// Sites, sequences and shares of heads of every motif.
void count_sites(std::vector<Site> const& sites, int heads, std::vector<DiscoveredMotif>& motifs) {
  for (DiscoveredMotif& motif : motifs) {
    motif.sites = motif.sequences = 0;
    motif.head_share.assign(static_cast<std::size_t>(heads), 0.0);
  }
  std::vector<std::int64_t> last_sequence(motifs.size(), -1);
  for (Site const& site : sites) {
    DiscoveredMotif& motif = motifs[site.motif];
    ++motif.sites;
    if (last_sequence[site.motif] != site.sequence) ++motif.sequences;
    last_sequence[site.motif] = site.sequence;
    if (site.head >= 0) motif.head_share[site.head] += 1;
  }
  for (DiscoveredMotif& motif : motifs) {
    double const total = std::accumulate(motif.head_share.begin(), motif.head_share.end(), 0.0);
    for (double& share : motif.head_share) share = total > 0 ? share / total : 0;
  }
}

}  // namespace

std::vector<Site> call_sites(DiscoverChoices const& choices, PositiveReadouts const& positives, int heads,
                             std::vector<DiscoveredMotif>& motifs, Run& run, Threads& threads) {
  run.stage("sites", "calling sites of " + std::to_string(motifs.size()) + " motifs");
  if (motifs.empty()) return {};
  std::vector<MotifMatrix> matrices;
  for (DiscoveredMotif const& motif : motifs) matrices.push_back(motif.matrix);
  ScanOptions scan;
  scan.p_limit = choices.site_p;
  Scanner const scanner(matrices, estimate_background(positives.bases, true), scan);
  std::vector<Site> sites = find_sites(scanner, positives.bases, threads);
  std::vector<AttributionTrack> const tracks = attribution_tracks(positives.readouts, heads);
  std::vector<AttributionTrack> const shuffled = attribution_tracks(positives.shuffled_readouts, heads);
  attribute_sites(sites, tracks, null_by_motif(shuffled, motifs, run.seed()));
  count_sites(sites, heads, motifs);
  return sites;
}

namespace {

/// Test figure (first metric) of a network on the records of the test part, for one target.
double test_figure(TrainingRun const& trained, std::vector<float> const& logits, int target) {
  int const targets = trained.network.config.targets;
  std::vector<float> scores;
  std::vector<float> labels;
  for (std::size_t i = 0; i < trained.test.size(); ++i) {
    scores.push_back(logits[i * static_cast<std::size_t>(targets) + static_cast<std::size_t>(target)]);
    labels.push_back(trained.dataset.target(trained.test[i], target));
  }
  return trained.loss == LossKind::binary ? auroc(scores, labels) : pearson(scores, labels);
}

/// Id of the motif that most sites have for which this head leads.
std::string favourite_motif(std::vector<DiscoveredMotif> const& motifs, std::vector<Site> const& sites,
                            int head) {
  std::vector<std::int64_t> counts(motifs.size(), 0);
  for (Site const& site : sites) {
    if (site.head == head) ++counts[site.motif];
  }
  auto const most = std::max_element(counts.begin(), counts.end());
  return most == counts.end() || *most == 0 ? "" : motifs[most - counts.begin()].matrix.id;
}

HeadLook mean_look(PositiveReadouts const& positives, std::size_t index) {
  HeadLook mean;
  double count = 0;
  bool const held_out = std::any_of(positives.parts.begin(), positives.parts.end(),
                                    [](Part part) { return part == Part::test; });
  for (std::size_t i = 0; i < positives.readouts.size(); ++i) {
    if (held_out && positives.parts[i] != Part::test) continue;
    HeadLook const& look = positives.readouts[i].looks[index];
    count += 1;
    mean.entropy += (look.entropy - mean.entropy) / count;
    mean.distance += (look.distance - mean.distance) / count;
    mean.sink += (look.sink - mean.sink) / count;
    mean.noop += (look.noop - mean.noop) / count;
  }
  return mean;
}

}  // namespace

std::vector<HeadRow> describe_heads(TrainingRun const& trained, PositiveReadouts const& positives,
                                    std::vector<DiscoveredMotif> const& motifs,
                                    std::vector<Site> const& sites, Backend const& backend,
                                    Threads& threads) {
  NetworkConfig const& config = trained.network.config;
  double const whole = test_figure(trained, trained.test_logits, positives.target);
  std::vector<HeadRow> rows;
  for (int layer = 0; layer < config.blocks; ++layer) {
    for (int head = 0; head < config.heads; ++head) {
      int const index = layer * config.heads + head;
      HeadLook const look = mean_look(positives, static_cast<std::size_t>(index));
      HeadRow row;
      row.layer = layer;
      row.head = head;
      row.entropy = look.entropy;
      row.distance = look.distance;
      row.sink = look.sink;
      row.noop = look.noop;
      row.cka_max = std::numeric_limits<double>::quiet_NaN();
      Network const reduced{config, without_head(config, trained.network.parameters, layer, head)};
      row.importance =
          whole - test_figure(trained, predict(reduced, trained.dataset, trained.test, backend, threads),
                              positives.target);
      row.motif = favourite_motif(motifs, sites, index);
      rows.push_back(row);
    }
  }
  return rows;
}

}  // namespace cislens
