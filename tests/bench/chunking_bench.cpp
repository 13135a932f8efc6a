// What is lost when tokens see only their surroundings: one cell of the table of tests/bench/chunking.py.
//
//   chunking_bench [--attention MODE] [--distance BP] [--flank BP] [--epoch-sequences N] [--test N] [--epochs
//   N]
//                  [--channels C] [--heads H] [--pool BP] [--rate X] [--batch N] [--seed N] [--threads N]
//                  [--mask-rate X] [--positions NAME] [--rotary-base X] [--free-filters 0|1]
//
// A sequence is random but for two of four motifs, the second `distance` bases behind the first. Class 1
// holds A and B or C and D, class 0 the same motifs the other way: A and D or C and B. Each motif is equally
// frequent in both classes, so that only a look from one at the other tells. New sequences in every epoch.
// One block, additive head, rotary positions, null key; four filters start as the motifs, the others as 0 or
// free.
//
// Prints one JSON line: held-out AUROC; "pair_attention", the weight that the token of a motif gives to its
// partner's tokens, through summaries too, in the better direction of the better head, mean over class 1; and
// "even_attention", what even weights over the keys it may see would give.

#include "cislens/base/log.hpp"
#include "cislens/base/random.hpp"
#include "cislens/model/network.hpp"
#include "cislens/model/seed_filters.hpp"
#include "cislens/ops/load.hpp"
#include "cislens/train/metrics.hpp"
#include "cislens/train/predict.hpp"
#include "cislens/train/trainer.hpp"

#include "arguments.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <numeric>

namespace cislens::bench {
namespace {

constexpr std::array<char const*, 4> words = {"TGACGTCAGCAT", "CCGGAAGTAGGC", "GGATTACACGAA", "ATCTGCAACTTG"};
constexpr std::int64_t word_bases = 12;

/// Where the two motifs of a sequence begin.
struct PlantedAt {
  std::int64_t first = 0;
  std::int64_t second = 0;
};

struct Task {
  std::int64_t distance = 0;  // between the starts of the two motifs, bases
  std::int64_t length = 0;
  std::uint64_t seed = 1;
};

/// Sequence `number`: class 1 when it is even. Any four in a row hold each of AB, AD, CD, CB once.
PlantedAt make_sequence(Task const& task, std::int64_t number, Bases& bases) {
  Random random(task.seed, static_cast<std::uint64_t>(number));
  bases.resize(static_cast<std::size_t>(task.length));
  for (std::uint8_t& base : bases) base = static_cast<std::uint8_t>(random.below(4));
  auto const room = static_cast<std::uint64_t>(task.length - task.distance - word_bases + 1);
  PlantedAt at;
  at.first = static_cast<std::int64_t>(random.below(room));
  at.second = at.first + task.distance;
  std::size_t const first = number / 2 % 2 == 0 ? 0 : 2;  // A or C
  bool const partners = number % 2 == 0;
  std::size_t const second = (first == 0) == partners ? 1 : 3;
  for (auto const& [word, start] : {std::pair(first, at.first), std::pair(second, at.second)}) {
    Bases const site = encode_bases(words[word]);
    std::copy(site.begin(), site.end(), bases.begin() + start);
  }
  return at;
}

std::vector<PlantedAt> fill(Task const& task, std::int64_t first_number, std::int64_t first_record,
                            std::int64_t count, Dataset& dataset) {
  std::vector<PlantedAt> places;
  for (std::int64_t i = 0; i < count; ++i)
    places.push_back(make_sequence(task, first_number + i, dataset.bases[first_record + i]));
  return places;
}

Dataset empty_dataset(std::int64_t records) {
  Dataset dataset;
  dataset.bases.resize(static_cast<std::size_t>(records));
  dataset.target_names = {"pair"};
  for (std::int64_t i = 0; i < records; ++i) {
    dataset.names.push_back("sequence" + std::to_string(i));
    dataset.targets.push_back(i % 2 == 0 ? 1.0F : 0.0F);
  }
  return dataset;
}

NetworkConfig network_of(Arguments const& arguments) {
  NetworkConfig config;
  config.channels = static_cast<int>(arguments.number("--channels", 32));
  config.heads = static_cast<int>(arguments.number("--heads", 2));
  config.pool = static_cast<int>(arguments.number("--pool", 10));
  config.head = HeadKind::additive;
  config.positions = parse_positions(arguments.text("--positions", "rotary"));
  config.rotary_base = arguments.real("--rotary-base", 1000);
  AttentionMode const mode = parse_attention(arguments.text("--attention", "exact"));
  config.attention = mode.span;
  config.summaries = mode.summaries;
  check(config);
  return config;
}

TrainOptions training_of(Arguments const& arguments) {
  TrainOptions options;
  options.epochs = static_cast<int>(arguments.number("--epochs", 10));
  options.batch_size = static_cast<int>(arguments.number("--batch", 32));
  options.learning_rate = arguments.real("--rate", 6e-3);
  options.dropout = 0;
  options.patience = 0;
  options.mask_rate = arguments.real("--mask-rate", 0);
  options.seed = static_cast<std::uint64_t>(arguments.number("--seed", 1));
  return options;
}

/// The first filters are the motifs; the others are random, or 0 and stay so, for nothing passes the ReLU.
void start_filters(NetworkConfig const& config, bool free_filters, TrainState& state) {
  std::vector<MotifMatrix> motifs;
  for (char const* const word : words) {
    MotifMatrix& motif = motifs.emplace_back();
    for (std::uint8_t const base : encode_bases(word)) {
      motif.rows.push_back({0.01, 0.01, 0.01, 0.01});
      motif.rows.back()[base] = 0.97;
    }
  }
  MutableWeights const weights = bind_weights(config, state.parameters.data());
  int const seeded = seed_filters(config, motifs, marking_filter_zero, weights);
  if (free_filters) return;
  for (std::int64_t row = 0; row < weights.stem.rows; ++row) {
    float* const filters = weights.stem.row(row);
    std::fill(filters + seeded, filters + config.channels, 0.0F);
  }
}

/// Tokens that hold bases of a motif.
struct TokenRange {
  std::int64_t first = 0;
  std::int64_t last = 0;  // inclusive
};

TokenRange tokens_of(NetworkConfig const& config, std::int64_t start) {
  // A filter wins in the middle of the motif it was centred on.
  std::int64_t const middle = start + word_bases / 2;
  return {(middle - 1) / config.pool, (middle + 1) / config.pool};
}

/// Reads attention weights of one sequence after its forward pass.
class PairReader {
 public:
  PairReader(Context& context, NetworkConfig const& config, Weights const& weights,
             SequenceBatch const& batch, BlockActivations const& block)
      : context_(context),
        input_(attention_input(config, weights.blocks[0], batch, block)),
        lse_(block.lse),
        summaries_(config.summaries) {
    if (summaries_ > 0) {
      summary_input_ = summary_input(config, batch, block);
      summary_lse_ = block.summary_lse;
    }
  }

  /// Largest over heads and over the tokens of `from`, summed over the tokens of `to`.
  double weight(int heads, TokenRange from, TokenRange to) const {
    double best = 0;
    for (int head = 0; head < heads; ++head) {
      for (std::int64_t i = from.first; i <= from.last; ++i) {
        double sum = 0;
        for (std::int64_t j = to.first; j <= to.last; ++j) sum += seen(head, i, j);
        best = std::max(best, sum);
      }
    }
    return best;
  }

 private:
  double entry(AttentionInput const& input, ConstView lse, std::int64_t head, std::int64_t query,
               std::int64_t key) const {
    AttentionEntry const place{0, head, query, key};
    float result = 0;
    attention_entries(context_, input, lse, {}, std::span(&place, 1), std::span(&result, 1), {});
    return static_cast<double>(result);
  }

  /// A_ij + sum_g A_ig alpha_gj
  double seen(std::int64_t head, std::int64_t i, std::int64_t j) const {
    double sum = entry(input_, lse_, head, i, j);
    auto const channels = input_.q.columns / input_.heads;
    for (std::int64_t g = 0; g < summaries_; ++g) {
      float const* const q = input_.q.row(i) + head * channels;
      float const* const k = input_.summary_key.row(g) + head * channels;
      double const score =
          std::inner_product(q, q + channels, k, 0.0) / std::sqrt(static_cast<double>(channels));
      double const to_summary = std::exp(score - static_cast<double>(lse_.row(head)[i]));
      sum += to_summary * entry(summary_input_, summary_lse_, head, g, j);
    }
    return sum;
  }

  Context& context_;
  AttentionInput input_;
  AttentionInput summary_input_;
  ConstView lse_, summary_lse_;
  std::int64_t summaries_;
};

/// Mean over the sequences of class 1 of the weight between partners.
double pair_attention(Network const& network, Backend const& backend, Dataset const& dataset,
                      std::int64_t first_record, std::vector<PlantedAt> const& places) {
  Context context(backend);
  NetworkConfig const& config = network.config;
  Weights const weights = bind_weights(config, network.parameters.data());
  double sum = 0;
  std::int64_t count = 0;
  for (std::size_t n = 0; n < places.size(); n += 2, ++count) {
    ArenaScope const scope(context.arena());
    Bases const& bases = dataset.bases[first_record + static_cast<std::int64_t>(n)];
    std::int64_t const length = static_cast<std::int64_t>(bases.size());
    std::int64_t const tokens = config.tokens(length);
    SequenceBatch const batch{bases, std::span(&length, 1), std::span(&tokens, 1), length, tokens};
    PassOptions const options;
    Activations activations = make_activations(context, config, batch, options);
    forward(context, config, weights, batch, options, activations);
    PairReader const reader(context, config, weights, batch, activations.blocks[0]);
    TokenRange const first = tokens_of(config, places[n].first);
    TokenRange const second = tokens_of(config, places[n].second);
    sum += std::max(reader.weight(config.heads, first, second), reader.weight(config.heads, second, first));
  }
  return sum / static_cast<double>(count);
}

std::int64_t keys_of_a_token(NetworkConfig const& config, std::int64_t tokens) {
  using Kind = AttentionSpan::Kind;
  std::int64_t const width = config.attention.width;
  if (config.attention.kind == Kind::local) return std::min(tokens, 2 * width + 1) + config.summaries;
  return config.attention.kind == Kind::chunk ? std::min(tokens, width) : tokens;
}

void measure(Arguments const& arguments) {
  NetworkConfig const config = network_of(arguments);
  TrainOptions const options = training_of(arguments);
  std::int64_t const distance = arguments.number("--distance", 500);
  Task const task{distance, distance + arguments.number("--flank", 1000), options.seed};
  std::int64_t const train_count = arguments.number("--epoch-sequences", 4096);
  std::int64_t const test_count = arguments.number("--test", 1000);
  Dataset dataset = empty_dataset(train_count + test_count);
  std::vector<PlantedAt> const places = fill(task, 0, train_count, test_count, dataset);
  std::vector<std::int64_t> records(static_cast<std::size_t>(dataset.size()));
  std::iota(records.begin(), records.end(), 0);
  auto const all = std::span<std::int64_t const>(records);
  TrainInput input;
  input.dataset = &dataset;
  input.train = all.first(static_cast<std::size_t>(train_count));
  input.validation = all.last(static_cast<std::size_t>(std::min<std::int64_t>(test_count, 200)));
  input.before_epoch = [&](int epoch) {
    fill(task, test_count + 2 * train_count * epoch, 0, train_count, dataset);
  };
  Backend const& backend = load_cpu_backend("auto");
  Threads threads(static_cast<int>(arguments.number("--threads", 1)));
  Log log(LogOptions{arguments.number("--verbose", 0) == 0, false, true});
  TrainState state = initial_state(config, options.seed);
  start_filters(config, arguments.number("--free-filters", 0) != 0, state);
  std::clock_t const start = std::clock();
  train(config, input, options, backend, threads, log, state);
  double const seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  // The last epoch: the test records choose nothing.
  Network const network{config, state.parameters};
  auto const test = all.last(static_cast<std::size_t>(test_count));
  std::vector<float> const logits = predict(network, dataset, test, backend, threads);
  std::vector<float> const labels(dataset.targets.begin() + train_count, dataset.targets.end());
  std::printf(
      "{\"attention\": \"%s\", \"distance\": %lld, \"tokens\": %lld, \"seed\": %llu, \"auroc\": %.4f, "
      "\"pair_attention\": %.4f, \"even_attention\": %.4f, \"cpu_seconds\": %.1f}\n",
      arguments.text("--attention", "exact").c_str(), static_cast<long long>(distance),
      static_cast<long long>(config.tokens(task.length)), static_cast<unsigned long long>(options.seed),
      auroc(logits, labels), pair_attention(network, backend, dataset, train_count, places),
      1.0 / static_cast<double>(keys_of_a_token(config, config.tokens(task.length))), seconds);
}

}  // namespace
}  // namespace cislens::bench

int main(int argc, char** argv) {
  try {
    cislens::bench::measure(cislens::bench::Arguments(argc, argv));
  } catch (std::exception const& error) {
    std::fprintf(stderr, "chunking_bench: %s\n", error.what());
    return 2;
  }
  return 0;
}
