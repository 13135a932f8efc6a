// A network trained on two classes of sequences, and what it says about pairs of places:
// tests/bench/pairs.py.
//
//   pair_terms_bench --train PREFIX --read PREFIX --places BEDPE --filters MOTIFS --out TSV
//                    [--model DIR] [--epochs N] [--batch N] [--rate X] [--warmup SHARE] [--channels C]
//                    [--heads H]
//                    [--blocks N] [--pool BP] [--positions NAME] [--rotary-base X] [--null-key 0|1]
//                    [--head additive|pooled] [--entropy X] [--entropy-warmup SHARE] [--free-filters 0|1]
//                    [--sequences N] [--members N] [--shuffles N] [--seed N] [--threads N]
//
// PREFIX.fa is class 1, PREFIX.neg.fa class 0. The stem is the motifs of --filters and stays so
// (--free-filters 1: random filters, all learned). --sequences N: only the first N of either class. --members
// N: the mean of N networks.
// --model: a folder of `cislens train` instead of training here. --epochs 0: random weights.
//
// A line of --out is a line of --places: record a_start a_end b_start b_end name, then
//   attention  the largest weight between the tokens of the two places, over heads, blocks and directions
//   control    the same of all two tokens of the sequence at the same distance, mean
//   term       sum over heads and directions of A_ij (do_i . v_j): the signed pair term of the additive head
//   knockout   f(ab) - f(a) - f(b) + f(none), mean of --shuffles shuffles of the two places; nan without
// Prints one JSON line: AUROC of the two classes of --read, and seconds.

#include "cislens/base/log.hpp"
#include "cislens/base/random.hpp"
#include "cislens/base/text.hpp"
#include "cislens/data/build_dataset.hpp"
#include "cislens/model/checkpoint.hpp"
#include "cislens/model/network.hpp"
#include "cislens/model/seed_filters.hpp"
#include "cislens/ops/load.hpp"
#include "cislens/readout/attribution_pass.hpp"
#include "cislens/seqio/load_sequences.hpp"
#include "cislens/seqio/motif_database.hpp"
#include "cislens/train/metrics.hpp"
#include "cislens/train/predict.hpp"
#include "cislens/train/trainer.hpp"

#include "arguments.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <limits>
#include <map>
#include <numeric>

namespace cislens::bench {
namespace {

struct Place {
  std::int64_t record = 0;
  RecordWindow a, b;
  std::string name;
};

struct PlaceReading {
  double attention = 0, control = 0, term = 0, knockout = 0;
};

/// Both classes of PREFIX, at most `most` records of each.
Dataset read_classes(std::string const& prefix, std::int64_t most, Log& log) {
  Dataset dataset;
  dataset.target_names = {"partners"};
  for (auto const& [path, label] : {std::pair(prefix + ".fa", 1.0F), std::pair(prefix + ".neg.fa", 0.0F)}) {
    auto records = load_sequences(path, "", {}, log);
    if (most > 0 && std::ssize(records) > most) records.resize(static_cast<std::size_t>(most));
    Dataset part = encode_records(records);
    for (std::int64_t i = 0; i < part.size(); ++i) {
      dataset.bases.push_back(std::move(part.bases[i]));
      dataset.names.push_back(std::move(part.names[i]));
      dataset.origins.push_back(part.origins[i]);
      dataset.targets.push_back(label);
    }
  }
  return dataset;
}

std::vector<std::int64_t> all_of(Dataset const& dataset) {
  std::vector<std::int64_t> records(static_cast<std::size_t>(dataset.size()));
  std::iota(records.begin(), records.end(), 0);
  return records;
}

std::vector<Place> read_places(std::string const& path, Dataset const& dataset) {
  std::map<std::string, std::int64_t> number;
  for (std::int64_t i = 0; i < dataset.size(); ++i) number[dataset.names[i]] = i;
  std::ifstream file(path);
  if (!file) throw InputError(path + ": cannot be read");
  std::vector<Place> places;
  for (std::string line; std::getline(file, line);) {
    auto const fields = split(line, '\t');
    long value[4] = {};
    bool good = fields.size() >= 7;
    for (int i = 0; good && i < 4; ++i) good = parse_number(fields[i < 2 ? i + 1 : i + 2], value[i]);
    auto const record = good ? number.find(std::string(fields[0])) : number.end();
    if (record == number.end()) throw InputError(path + ": not a place of these sequences: " + line);
    places.push_back({record->second, {value[0], value[1]}, {value[2], value[3]}, std::string(fields[6])});
  }
  return places;
}

NetworkConfig config_of(Arguments const& arguments, std::vector<MotifMatrix> const& filters) {
  NetworkConfig config;
  int widest = 1;
  for (MotifMatrix const& motif : filters) widest = std::max(widest, motif.width());
  config.filter_width = std::min(widest, 31) | 1;
  auto const fitting = static_cast<std::int64_t>((filters.size() + 31) / 32 * 32);
  config.channels = static_cast<int>(std::max(arguments.number("--channels", 128), fitting));
  config.heads = static_cast<int>(arguments.number("--heads", 4));
  config.blocks = static_cast<int>(arguments.number("--blocks", 1));
  config.pool = static_cast<int>(arguments.number("--pool", 4));
  config.positions = parse_positions(arguments.text("--positions", "rotary"));
  config.rotary_base = arguments.real("--rotary-base", 100);
  config.null_key = arguments.number("--null-key", 1) != 0;
  config.head = parse_head(arguments.text("--head", "additive"));
  check(config);
  return config;
}

TrainOptions options_of(Arguments const& arguments, bool free_filters, std::int64_t member) {
  TrainOptions options;
  options.epochs = static_cast<int>(arguments.number("--epochs", 8));
  options.batch_size = static_cast<int>(arguments.number("--batch", 32));
  options.learning_rate = arguments.real("--rate", 6e-3);
  options.warmup = arguments.real("--warmup", 0.25);
  options.dropout = 0;
  options.patience = 0;
  options.reverse_complement = false;
  options.mask_rate = 0;
  options.entropy_weight = arguments.real("--entropy", 0);
  options.entropy_warmup = arguments.real("--entropy-warmup", 0.25);
  if (!free_filters) options.frozen = {"stem.weight", "stem.bias"};
  options.seed =
      mix(static_cast<std::uint64_t>(arguments.number("--seed", 1)), static_cast<std::uint64_t>(member));
  return options;
}

/// The stem is the motifs and nothing else.
void fix_stem(NetworkConfig const& config, std::vector<MotifMatrix> const& filters,
              std::vector<float>& block) {
  MutableWeights const weights = bind_weights(config, block.data());
  int const set = seed_filters(config, filters, marking_filter_zero, weights);
  for (std::int64_t row = 0; row < weights.stem.rows; ++row)
    std::fill(weights.stem.row(row) + set, weights.stem.row(row) + config.channels, 0.0F);
  std::fill(weights.stem_bias.data + set, weights.stem_bias.data + config.channels, 0.0F);
}

Network trained(Arguments const& arguments, std::int64_t member, Backend const& backend, Threads& threads,
                Log& log) {
  std::string const model = arguments.text("--model", "");
  if (!model.empty()) {
    SavedModel saved = load_model(model);
    return {saved.config, std::move(saved.parameters)};
  }
  std::vector<MotifMatrix> const filters = read_motif_database(arguments.text("--filters", "")).motifs;
  bool const free_filters = arguments.number("--free-filters", 0) != 0;
  NetworkConfig const config = config_of(arguments, filters);
  TrainOptions const options = options_of(arguments, free_filters, member);
  TrainState state = initial_state(config, options.seed);
  if (!free_filters) fix_stem(config, filters, state.parameters);
  if (options.epochs == 0) return {config, std::move(state.parameters)};
  Dataset const dataset =
      read_classes(arguments.text("--train", ""), arguments.number("--sequences", 0), log);
  std::vector<std::int64_t> const records = all_of(dataset);
  TrainInput input;
  input.dataset = &dataset;
  input.train = records;
  train(config, input, options, backend, threads, log, state);
  return {config, std::move(state.parameters)};
}

/// One network that reads sequences as they stand.
class Reader {
 public:
  Reader(Network const& network, Backend const& backend, int workers)
      : network_(network),
        weights_(bind_weights(network_.config, network_.parameters.data())),
        contexts_(contexts(backend, workers)),
        values_(contexts_.front(), network_.config, weights_) {}

  float logit(BasesView bases, int worker) {
    Context& context = contexts_[static_cast<std::size_t>(worker)];
    ArenaScope const scope(context.arena());
    std::int64_t const length = std::ssize(bases), tokens = network_.config.tokens(length);
    SequenceBatch const batch{bases, {&length, 1}, {&tokens, 1}, length, tokens};
    PassOptions const pass{.keep = Keep::nothing};
    Activations a = make_activations(context, network_.config, batch, pass);
    forward(context, network_.config, weights_, batch, pass, a);
    return a.logits.row(0)[0];
  }

  /// Adds attention, control and term of every place; @return the logit
  float read(BasesView bases, std::span<Place const> places, int worker, std::span<PlaceReading> readings) {
    Context& context = contexts_[static_cast<std::size_t>(worker)];
    NetworkConfig const& config = network_.config;
    ArenaScope const scope(context.arena());
    std::int64_t const length = std::ssize(bases), tokens = config.tokens(length);
    SequenceBatch const batch{bases, {&length, 1}, {&tokens, 1}, length, tokens};
    PassOptions const pass{.keep_gradients = true};
    Activations a = make_activations(context, config, batch, pass);
    forward(context, config, weights_, batch, pass, a);
    attribution_pass(context, config, weights_, values_, batch, a, 0, {.heads = false}, a.dtokens);
    for (std::size_t p = 0; p < places.size(); ++p) {
      auto const middle = [&](RecordWindow w) { return (w.start + w.end) / 2 / config.pool; };
      std::int64_t const i = middle(places[p].a), j = middle(places[p].b);
      double top = 0, control = 0;
      for (int block = 0; block < config.blocks; ++block) {
        Look const own = look(context, block, batch, a, {{i, j}});
        top = std::max(top, own.largest);
        readings[p].term += own.worth;
        std::vector<std::pair<std::int64_t, std::int64_t>> others;
        for (std::int64_t k = 0, apart = std::abs(j - i); k + apart < tokens; ++k)
          others.push_back({k, k + apart});
        control = std::max(control, look(context, block, batch, a, others).largest_mean);
      }
      readings[p].attention += top;
      readings[p].control += control;
    }
    return a.logits.row(0)[0];
  }

 private:
  static std::vector<Context> contexts(Backend const& backend, int workers) {
    std::vector<Context> result;
    for (int i = 0; i < workers; ++i) result.emplace_back(backend);
    return result;
  }

  struct Look {
    double largest = 0, largest_mean = 0, worth = 0;
  };

  /// All heads and both directions of pairs of tokens.
  Look look(Context& context, int block, SequenceBatch const& batch, Activations const& a,
            std::vector<std::pair<std::int64_t, std::int64_t>> const& pairs) const {
    std::vector<AttentionEntry> entries;
    for (auto const& [i, j] : pairs) {
      for (std::int64_t h = 0; h < network_.config.heads; ++h) {
        entries.push_back({0, h, i, j});
        entries.push_back({0, h, j, i});
      }
    }
    std::vector<float> weight(entries.size()), worth(entries.size());
    BlockActivations const& own = a.blocks[static_cast<std::size_t>(block)];
    attention_entries(
        context,
        attention_input(network_.config, weights_.blocks[static_cast<std::size_t>(block)], batch, own),
        own.lse, own.dattended, entries, weight, worth);
    Look result;
    std::size_t const of_pair = 2 * static_cast<std::size_t>(network_.config.heads);
    for (std::size_t p = 0; p < pairs.size(); ++p) {
      double const top = *std::max_element(weight.begin() + static_cast<std::ptrdiff_t>(p * of_pair),
                                           weight.begin() + static_cast<std::ptrdiff_t>((p + 1) * of_pair));
      result.largest = std::max(result.largest, top);
      result.largest_mean += top / static_cast<double>(pairs.size());
    }
    result.worth = std::accumulate(worth.begin(), worth.end(), 0.0);
    return result;
  }

  Network const& network_;
  Weights weights_;
  std::vector<Context> contexts_;
  ValueWeights values_;
};

double interaction(Reader& reader, Bases const& bases, Place const& place, std::int64_t shuffles,
                   std::uint64_t seed, int worker) {
  if (shuffles == 0) return std::numeric_limits<double>::quiet_NaN();
  auto const shuffled = [](Bases sequence, RecordWindow where, Random& random) {
    random.shuffle(std::span(sequence).subspan(static_cast<std::size_t>(where.start),
                                               static_cast<std::size_t>(where.length())));
    return sequence;
  };
  double sum = 0;
  double const whole = reader.logit(bases, worker);
  for (std::int64_t k = 0; k < shuffles; ++k) {
    Random random(seed, mix(static_cast<std::uint64_t>(place.record), static_cast<std::uint64_t>(k)));
    Bases const without_a = shuffled(bases, place.a, random);
    Bases const without_b = shuffled(bases, place.b, random);
    Bases neither = without_a;
    std::copy(without_b.begin() + place.b.start, without_b.begin() + place.b.end,
              neither.begin() + place.b.start);
    sum += whole - reader.logit(without_a, worker) - reader.logit(without_b, worker) +
           reader.logit(neither, worker);
  }
  return sum / static_cast<double>(shuffles);
}

void write(std::string const& path, Dataset const& dataset, std::vector<Place> const& places,
           std::vector<PlaceReading> const& readings, double members) {
  std::ofstream file(path);
  file << "record\ta_start\ta_end\tb_start\tb_end\tname\tattention\tcontrol\tterm\tknockout\n";
  for (std::size_t p = 0; p < places.size(); ++p) {
    Place const& place = places[p];
    PlaceReading const& r = readings[p];
    file << dataset.names[place.record] << '\t' << place.a.start << '\t' << place.a.end << '\t'
         << place.b.start << '\t' << place.b.end << '\t' << place.name << '\t' << r.attention / members
         << '\t' << r.control / members << '\t' << r.term / members << '\t' << r.knockout / members << '\n';
  }
  if (!file.flush()) throw OutputError(path + ": cannot be written");
}

void measure(Arguments const& arguments) {
  auto const start = std::chrono::steady_clock::now();
  auto const seconds = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  Log log({.quiet = true});
  Threads threads(static_cast<int>(arguments.number("--threads", 2)));
  Backend const& backend = load_cpu_backend("auto");
  Dataset const dataset = read_classes(arguments.text("--read", ""), 0, log);
  std::vector<Place> places = read_places(arguments.text("--places", ""), dataset);
  std::ranges::stable_sort(places, {}, &Place::record);
  std::int64_t const members = arguments.number("--members", 1), shuffles = arguments.number("--shuffles", 0);
  auto const seed = static_cast<std::uint64_t>(arguments.number("--seed", 1));
  std::vector<PlaceReading> readings(places.size());
  std::vector<float> logits(static_cast<std::size_t>(dataset.size()));
  double training_s = 0;
  for (std::int64_t member = 0; member < members; ++member) {
    double const before = seconds();
    Network const network = trained(arguments, member, backend, threads, log);
    training_s += seconds() - before;
    Reader reader(network, backend, threads.count());
    threads.for_each(dataset.size(), [&](std::int64_t i, int worker) {
      auto const own = std::ranges::equal_range(places, i, {}, &Place::record);
      auto const first = static_cast<std::size_t>(own.begin() - places.begin());
      std::span const there(readings.data() + first, static_cast<std::size_t>(std::ssize(own)));
      logits[static_cast<std::size_t>(i)] +=
          reader.read(dataset.bases[i], {own.begin(), own.end()}, worker, there);
      for (std::size_t p = 0; p < there.size(); ++p)
        there[p].knockout += interaction(reader, dataset.bases[i], places[first + p], shuffles, seed, worker);
    });
  }
  write(arguments.text("--out", ""), dataset, places, readings, static_cast<double>(members));
  std::printf("{\"auroc\": %.4f, \"training_s\": %.1f, \"seconds\": %.1f, \"places\": %zu}\n",
              auroc(logits, dataset.targets), training_s, seconds(), places.size());
}

}  // namespace
}  // namespace cislens::bench

int main(int argc, char** argv) {
  try {
    cislens::bench::measure(cislens::bench::Arguments(argc, argv));
  } catch (std::exception const& error) {
    std::fprintf(stderr, "pair_terms_bench: %s\n", error.what());
    return 2;
  }
  return 0;
}
