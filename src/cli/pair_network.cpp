#include "pair_network.hpp"

#include "cislens/base/interrupt.hpp"
#include "cislens/base/random.hpp"
#include "cislens/base/text.hpp"
#include "cislens/data/site_exchange.hpp"
#include "cislens/model/seed_filters.hpp"
#include "cislens/motif/statistics.hpp"
#include "cislens/ops/workers.hpp"
#include "cislens/readout/pair_terms.hpp"
#include "cislens/tensor/device_block.hpp"
#include "cislens/train/predict.hpp"
#include "cislens/train/trainer.hpp"

#include "pair_network_input.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace cislens {

namespace {

constexpr std::uint64_t held_out_draws = 1ULL << 40;  // numbers of draws that training never uses

/// Tokens look as far as two sites can be apart that are asked about, with the widest motif beside them and
/// between them: what stands further off is noise that keeps the network from learning.
AttentionSpan span_of(PairNetworkOptions const& options, std::span<MotifMatrix const> filters) {
  std::int64_t widest = 1;
  for (MotifMatrix const& motif : filters) widest = std::max<std::int64_t>(widest, motif.width());
  return {AttentionSpan::Kind::local, (options.max_gap + 2 * widest + options.pool - 1) / options.pool};
}

NetworkConfig config_of(PairNetworkOptions const& options, std::span<MotifMatrix const> filters) {
  NetworkConfig config;
  int widest = 1;
  for (MotifMatrix const& motif : filters) widest = std::max(widest, motif.width());
  config.filter_width = std::min(widest, 31) | 1;
  config.channels = std::max(options.channels, static_cast<int>((filters.size() + 31) / 32 * 32));
  config.heads = options.heads;
  config.pool = options.pool;
  config.rotary_base = options.rotary_base;
  config.attention = span_of(options, filters);
  config.head = HeadKind::additive;
  check(config);
  return config;
}

/// The stem is the motifs and nothing else.
void fix_stem(NetworkConfig const& config, std::span<MotifMatrix const> filters, std::vector<float>& block) {
  MutableWeights const weights = bind_weights(config, block.data());
  int const set = seed_filters(config, filters, marking_filter_zero, weights);
  for (std::int64_t row = 0; row < weights.stem.rows; ++row)
    std::fill(weights.stem.row(row) + set, weights.stem.row(row) + config.channels, 0.0F);
  std::fill(weights.stem_bias.data + set, weights.stem_bias.data + config.channels, 0.0F);
}

/// Each epoch draws other instances, so that small sets bear many of them.
int epochs_for(PairNetworkOptions const& options, std::int64_t records) {
  if (options.epochs > 0) return options.epochs;
  std::int64_t const steps_an_epoch = (records + options.batch_size - 1) / options.batch_size;
  return static_cast<int>(
      std::clamp<std::int64_t>(options.steps / std::max<std::int64_t>(1, steps_an_epoch), 5, 200));
}

TrainOptions train_options(PairNetworkOptions const& options, int fold, std::int64_t records) {
  TrainOptions result;
  result.epochs = epochs_for(options, records);
  result.batch_size = options.batch_size;
  result.learning_rate = options.learning_rate;
  result.warmup = 0.25;
  result.dropout = 0;
  result.patience = 0;
  result.reverse_complement = false;
  result.mask_rate = 0;
  result.frozen = {"stem.weight", "stem.bias"};
  result.seed = mix(options.seed, static_cast<std::uint64_t>(fold));
  return result;
}

/// Two records for each of these sequences: partners kept, and not.
struct TwoClasses {
  Dataset dataset;
  std::vector<std::int64_t> records;

  explicit TwoClasses(std::size_t sequences) : records(2 * sequences) {
    dataset.target_names = {"partners"};
    dataset.bases.resize(2 * sequences);
    dataset.names.resize(2 * sequences);
    dataset.origins.resize(2 * sequences);
    for (std::size_t i = 0; i < 2 * sequences; ++i) {
      dataset.targets.push_back(i % 2 == 0 ? 1.0F : 0.0F);
      records[i] = static_cast<std::int64_t>(i);
    }
  }

  void fill(SiteExchange const& exchange, std::span<std::int64_t const> sequences, std::uint64_t draw,
            Threads& threads) {
    std::vector<std::int64_t> const dealt = exchange.deal(draw);
    threads.for_each(static_cast<std::int64_t>(sequences.size()), [&](std::int64_t i, int) {
      auto const at = static_cast<std::size_t>(2 * i);
      std::int64_t const s = sequences[static_cast<std::size_t>(i)];
      dataset.bases[at] = exchange.exchange(s, {}, draw).bases;
      dataset.bases[at + 1] = exchange.exchange(s, dealt, draw).bases;
    });
  }
};

/// A sequence after an exchange of sites, and what is asked about it.
struct SequenceVersion {
  Bases bases;
  std::vector<StretchPair> stretches;
};

/// Everything that reading one sequence leaves.
struct SequenceReading {
  std::vector<SequenceVersion> versions;  // until they are read
  std::vector<PlacePair> places;
  std::vector<DealtSite> dealt;  // (versions, sites)
  std::vector<float> terms;      // (versions, places, H)
  float own_logit = 0;
  float control_logit = 0;  // of the first version with other labels
};

class PairNetworkRun {
 public:
  PairNetworkRun(std::span<Bases const> sequences, std::span<Site const> sites, SiteReadings const& readings,
                 int labels, std::span<MotifMatrix const> filters, PairNetworkOptions const& options,
                 Backend const& backend, Threads& threads, Log& log)
      : options_(options),
        backend_(backend),
        threads_(threads),
        log_(log),
        readings_(readings),
        filters_(filters),
        config_(config_of(options, filters)),
        folds_(folds_of(sites, std::ssize(sequences), options.folds, options.seed)),
        exchange_(sequences, graded_sites(sites, options.grades),
                  pools_of(sequences, folds_, options.stratum), options.flank, options.seed),
        sums_(labels, options.heads, options.controls + 1) {}

  PairNetworkResult run() {
    PairNetworkResult result;
    double z = 0;
    double auroc_sum = 0;
    int read = 0;
    for (int fold = 0; fold < options_.folds; ++fold) {
      std::vector<std::int64_t> training;
      std::vector<std::int64_t> held_out;
      for (std::size_t s = 0; s < folds_.size(); ++s) {
        if (folds_[s] == options_.folds) continue;
        (folds_[s] == fold ? held_out : training).push_back(static_cast<std::int64_t>(s));
      }
      if (training.empty() || held_out.empty()) continue;
      result.networks.push_back(train_fold(fold, training));
      double const value = read_fold(result.networks.back(), held_out);
      auto const n = static_cast<double>(held_out.size());
      z += (value - 0.5) / std::sqrt((2 * n + 1) / (12 * n * n));
      auroc_sum += value;
      ++read;
      log_.info("pair network " + std::to_string(fold + 1) + " of " + std::to_string(options_.folds) +
                ": held-out AUROC " + format_fixed(value, 3));
    }
    result.config = config_;
    for (int const fold : folds_) {
      bool const asked = fold < static_cast<int>(result.networks.size()) && read == options_.folds;
      result.fold_of.push_back(asked ? fold : -1);
    }
    if (read == 0) return result;
    result.auroc = auroc_sum / read;
    result.auroc_log_p = normal_log_p(z / std::sqrt(read));
    result.partnership =
        result.auroc >= options_.min_auroc && result.auroc_log_p <= std::log(options_.max_auroc_p);
    result.clear = result.partnership && result.auroc >= options_.clear_auroc;
    result.pairs = sums_.result(options_.min_expected, readings_, options_.call_q);
    for (PairCoattention& pair : result.pairs) {
      if (!result.partnership && !std::isnan(pair.log_p)) pair.q = 1;
    }
    return result;
  }

 private:
  /// A fold's sequences take sites from their own fold alone: what is held out stays so.
  std::vector<float> train_fold(int fold, std::span<std::int64_t const> training) {
    TrainOptions const options = train_options(options_, fold, 2 * std::ssize(training));
    TrainState state = initial_state(config_, options.seed);
    fix_stem(config_, filters_, state.parameters);
    if (options_.random_weights) return state.parameters;
    TwoClasses classes(training.size());
    classes.fill(exchange_, training, 0, threads_);
    TrainInput input;
    input.dataset = &classes.dataset;
    input.train = classes.records;
    input.before_epoch = [&](int epoch) {
      classes.fill(exchange_, training, static_cast<std::uint64_t>(epoch), threads_);
    };
    log_.info("pair network " + std::to_string(fold + 1) + " of " + std::to_string(options_.folds) +
              ": training on " + counted(training.size(), "sequence"));
    Log quiet({.quiet = true});  // its epochs have no validation to tell of
    train(config_, input, options, backend_, threads_, quiet, state);
    return state.parameters;
  }

  /// @return AUROC
  double read_fold(std::vector<float> const& parameters, std::span<std::int64_t const> held_out) {
    Workers workers(backend_, threads_);
    DeviceCopy<float const> const parameter_block(memory_of(backend_), parameters);
    Weights const weights = bind_weights(config_, parameter_block.data());
    std::vector<double> own;
    std::vector<double> controls;
    std::vector<std::vector<std::int64_t>> deals;  // one a version with other labels
    for (int version = 1; version <= options_.controls; ++version)
      deals.push_back(exchange_.deal(held_out_draws + static_cast<std::uint64_t>(version)));
    constexpr std::int64_t block = 1024;
    std::int64_t const piece = memory_of(backend_).is_host ? 1 : block;  // a device likes many at a time
    for (std::int64_t first = 0; first < std::ssize(held_out); first += block) {
      throw_if_interrupted();
      std::int64_t const count = std::min(block, std::ssize(held_out) - first);
      std::vector<SequenceReading> readings(static_cast<std::size_t>(count));
      threads_.for_each(count, [&](std::int64_t i, int) {
        readings[static_cast<std::size_t>(i)] =
            make_versions(held_out[static_cast<std::size_t>(first + i)], deals);
      });
      workers.for_each((count + piece - 1) / piece, [&](std::int64_t item, int worker) {
        auto const some =
            std::span(readings).subspan(static_cast<std::size_t>(item * piece),
                                        static_cast<std::size_t>(std::min(piece, count - item * piece)));
        read_versions(workers[worker], weights, some);
      });
      for (SequenceReading const& r : readings) {
        sums_.add(r.places, r.dealt, static_cast<std::int64_t>(r.dealt.size()) / (options_.controls + 1),
                  r.terms);
        own.push_back(r.own_logit);
        controls.push_back(r.control_logit);
      }
    }
    return auroc(own, controls);
  }

  SequenceReading make_versions(std::int64_t sequence,
                                std::span<std::vector<std::int64_t> const> deals) const {
    SequenceReading reading;
    std::vector<Site> own;
    for (LabelledSite const& site : exchange_.sites_of(sequence)) {
      own.emplace_back();
      own.back().start = site.start;
      own.back().end = site.end;
    }
    reading.places = places_within(own, options_.max_gap);
    for (int version = 0; version <= options_.controls; ++version) {
      std::span<std::int64_t const> const dealt =
          version == 0 ? std::span<std::int64_t const>() : deals[static_cast<std::size_t>(version - 1)];
      ExchangedSequence made =
          exchange_.exchange(sequence, dealt, held_out_draws + static_cast<std::uint64_t>(version));
      SequenceVersion& own_version = reading.versions.emplace_back();
      for (PlacePair const& place : reading.places) {
        LabelledSite const& a = made.sites[static_cast<std::size_t>(place.first)];
        LabelledSite const& b = made.sites[static_cast<std::size_t>(place.second)];
        own_version.stretches.push_back({a.start, a.end, b.start, b.end});
      }
      for (std::size_t i = 0; i < made.sites.size(); ++i)
        reading.dealt.push_back({made.sites[i].label, made.dealt[i], made.donors[i]});
      own_version.bases = std::move(made.bases);
    }
    return reading;
  }

  void read_versions(Context& context, Weights const& weights, std::span<SequenceReading> readings) const {
    std::vector<PairQuestion> questions;
    for (SequenceReading const& reading : readings) {
      for (SequenceVersion const& version : reading.versions)
        questions.push_back({version.bases, version.stretches});
    }
    std::vector<PairTerms> const all =
        pair_terms(context, config_, weights, questions, 0, preferred_pass(backend_));
    auto terms = all.begin();
    for (SequenceReading& reading : readings) {
      for (std::size_t version = 0; version < reading.versions.size(); ++version, ++terms) {
        if (version == 0) reading.own_logit = terms->logit;
        if (version == 1) reading.control_logit = terms->logit;
        reading.terms.insert(reading.terms.end(), terms->terms.begin(), terms->terms.end());
      }
      reading.versions.clear();
    }
  }

  PairNetworkOptions const& options_;
  Backend const& backend_;
  Threads& threads_;
  Log& log_;
  SiteReadings const& readings_;
  std::span<MotifMatrix const> filters_;
  NetworkConfig config_;
  std::vector<int> folds_;
  SiteExchange exchange_;
  PairCoattentionSums sums_;
};

}  // namespace

PairNetworkResult run_pair_network(std::span<Bases const> sequences, std::span<Site const> sites,
                                   SiteReadings const& readings, int labels,
                                   std::span<MotifMatrix const> filters, PairNetworkOptions const& options,
                                   Backend const& backend, Threads& threads, Log& log) {
  return PairNetworkRun(sequences, sites, readings, labels, filters, options, backend, threads, log).run();
}

}  // namespace cislens
