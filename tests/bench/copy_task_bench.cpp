// The copy task against the number of heads: recall the symbol at an asked place of a random list.
//
//   copy_task_bench [--length N] [--heads H] [--channels C] [--steps N] [--batch N] [--asked N] [--rate X]
//                   [--symbols N] [--seed N]
//
// A list has N places; place p has a fixed random code of C numbers, known to keys and queries alike, and
// holds one of the symbols, drawn anew in every list. Key p is code_p + embedding of its symbol, the query of
// place p is code_p; W_Q, W_K, W_V, W_O and the embeddings are learnt, C is the same for every H, so D = C /
// H. One attention layer, then a linear layer to the symbols, softmax loss, AdamW with a cosine schedule.
// Prints one JSON line: share of asked symbols recalled from new lists after half of the steps and after all.

#include "cislens/base/random.hpp"
#include "cislens/ops/attention.hpp"
#include "cislens/ops/dense.hpp"
#include "cislens/ops/load.hpp"
#include "cislens/ops/optimizer.hpp"
#include "cislens/tensor/tensor.hpp"

#include "arguments.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <functional>
#include <numbers>
#include <vector>

namespace cislens::bench {
namespace {

struct Task {
  std::int64_t length, heads, channels, batch, asked, symbols;
  std::uint64_t seed;
};

/// Lists and questions of one step.
struct Lists {
  std::vector<std::int64_t> symbols;  // (batch * length)
  std::vector<std::int64_t> places;   // (batch * asked)
};

Lists draw(Task const& task, std::uint64_t stream) {
  Random random(task.seed, stream);
  Lists lists;
  for (std::int64_t i = 0; i < task.batch * task.length; ++i)
    lists.symbols.push_back(
        static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(task.symbols))));
  for (std::int64_t i = 0; i < task.batch * task.asked; ++i)
    lists.places.push_back(static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(task.length))));
  return lists;
}

/// A learnt matrix with its gradient and moments.
struct Learnt {
  Learnt(std::int64_t rows, std::int64_t columns, double deviation, std::uint64_t seed)
      : value(rows, columns),
        gradient(rows, columns),
        first(rows, columns),
        second(rows, columns),
        decay(rows, columns) {
    Random random(seed, 1);
    for (float& x : value.values()) x = static_cast<float>(deviation * random.normal());
  }
  void step(Context& context, double rate, std::int64_t number) {
    auto const flat = [](Tensor& t) {
      return View(t.values().data(), 1, static_cast<std::int64_t>(t.values().size()));
    };
    adamw(context, AdamWOptions{}, rate, 1.0, number, flat(decay), flat(gradient), flat(value), flat(first),
          flat(second));
    gradient.set_zero();
  }
  Tensor value, gradient, first, second, decay;
};

class CopyNetwork {
 public:
  CopyNetwork(Task const& task, Backend const& backend)
      : task_(task),
        context_(backend),
        codes_(task.length, task.channels),
        embedding_(task.symbols, task.channels, 1.0, mix(task.seed, 2)),
        query_(task.channels, task.channels, deviation(), mix(task.seed, 3)),
        key_(task.channels, task.channels, deviation(), mix(task.seed, 4)),
        value_(task.channels, task.channels, deviation(), mix(task.seed, 5)),
        out_(task.channels, task.channels, deviation(), mix(task.seed, 6)),
        symbol_(task.channels, task.symbols, deviation(), mix(task.seed, 7)),
        query_lengths_(static_cast<std::size_t>(task.batch), task.asked),
        key_lengths_(static_cast<std::size_t>(task.batch), task.length) {
    Random random(task.seed, 8);
    for (float& x : codes_.values()) x = static_cast<float>(random.normal());
  }

  /// Forward, and backward when `rate` > 0; share of symbols recalled.
  double run(Lists const& lists, double rate, std::int64_t step) {
    ArenaScope const scope(context_.arena());
    Pass pass = forward(lists);
    double const recalled = score(lists, pass, rate > 0);
    if (rate > 0) backward(lists, pass, rate, step);
    return recalled;
  }

 private:
  struct Pass {
    View codes, items, q, k, v, attended, lse, mixed, logits;  // logits become their gradient
  };

  double deviation() const { return 1.0 / std::sqrt(static_cast<double>(task_.channels)); }

  AttentionInput input(Pass const& pass) const {
    AttentionInput input;
    input.q = pass.q;
    input.k = pass.k;
    input.v = pass.v;
    input.query_lengths = query_lengths_;
    input.key_lengths = key_lengths_;
    input.heads = task_.heads;
    return input;
  }

  Pass forward(Lists const& lists) {
    Arena& arena = context_.arena();
    std::int64_t const keys = task_.batch * task_.length, queries = task_.batch * task_.asked;
    std::int64_t const channels = task_.channels;
    Pass p{arena.matrix(queries, channels),
           arena.matrix(keys, channels),
           arena.matrix(queries, channels),
           arena.matrix(keys, channels),
           arena.matrix(keys, channels),
           arena.matrix(queries, channels),
           arena.matrix(task_.batch * task_.heads, task_.asked),
           arena.matrix(queries, channels),
           arena.matrix(queries, task_.symbols)};
    for (std::int64_t i = 0; i < keys; ++i) {
      float const* const code = codes_.view().row(i % task_.length);
      float const* const symbol = embedding_.value.view().row(lists.symbols[i]);
      std::transform(code, code + channels, symbol, p.items.row(i), std::plus<>());
    }
    for (std::int64_t i = 0; i < queries; ++i)
      std::copy_n(codes_.view().row(lists.places[i]), channels, p.codes.row(i));
    linear_forward(context_, p.codes, query_.value.view(), {}, {}, p.q);
    linear_forward(context_, p.items, key_.value.view(), {}, {}, p.k);
    linear_forward(context_, p.items, value_.value.view(), {}, {}, p.v);
    attention_forward(context_, input(p), p.attended, p.lse, {});
    linear_forward(context_, p.attended, out_.value.view(), {}, {}, p.mixed);
    linear_forward(context_, p.mixed, symbol_.value.view(), {}, {}, p.logits);
    return p;
  }

  /// Share recalled; logits become the gradient of the mean softmax loss.
  double score(Lists const& lists, Pass const& p, bool want_gradient) const {
    std::int64_t right = 0;
    for (std::int64_t i = 0; i < p.logits.rows; ++i) {
      float* const row = p.logits.row(i);
      std::int64_t const sequence = i / task_.asked;
      std::int64_t const wanted = lists.symbols[sequence * task_.length + lists.places[i]];
      float const top = *std::max_element(row, row + task_.symbols);
      if (row[wanted] >= top) ++right;
      if (!want_gradient) continue;
      float total = 0;
      for (std::int64_t s = 0; s < task_.symbols; ++s) total += row[s] = std::exp(row[s] - top);
      auto const scale = 1.0F / static_cast<float>(p.logits.rows);
      for (std::int64_t s = 0; s < task_.symbols; ++s) row[s] *= scale / total;
      row[wanted] -= scale;
    }
    return static_cast<double>(right) / static_cast<double>(p.logits.rows);
  }

  void backward(Lists const& lists, Pass const& p, double rate, std::int64_t step) {
    Arena& arena = context_.arena();
    std::int64_t const channels = task_.channels;
    View const dmixed = arena.matrix(p.mixed.rows, channels),
               dattended = arena.matrix(p.mixed.rows, channels);
    View const dq = arena.matrix(p.q.rows, channels), dk = arena.matrix(p.k.rows, channels);
    View const dv = arena.matrix(p.k.rows, channels), by_key = arena.matrix(p.k.rows, channels);
    View const by_value = arena.matrix(p.k.rows, channels);
    linear_backward(context_, p.mixed, symbol_.value.view(), p.logits, dmixed, symbol_.gradient.view(), {});
    linear_backward(context_, p.attended, out_.value.view(), dmixed, dattended, out_.gradient.view(), {});
    attention_backward(context_, input(p), p.attended, p.lse, {}, 0, dattended, {dq, dk, dv, {}, {}, {}});
    linear_backward(context_, p.codes, query_.value.view(), dq, {}, query_.gradient.view(), {});
    linear_backward(context_, p.items, key_.value.view(), dk, by_key, key_.gradient.view(), {});
    linear_backward(context_, p.items, value_.value.view(), dv, by_value, value_.gradient.view(), {});
    add(context_, by_key, by_value, by_key);
    for (std::int64_t i = 0; i < by_key.rows; ++i) {
      float* const row = embedding_.gradient.view().row(lists.symbols[i]);
      for (std::int64_t c = 0; c < channels; ++c) row[c] += by_key.row(i)[c];
    }
    for (Learnt* const part : {&embedding_, &query_, &key_, &value_, &out_, &symbol_})
      part->step(context_, rate, step);
  }

  Task task_;
  Context context_;
  Tensor codes_;  // (length, C), fixed
  Learnt embedding_, query_, key_, value_, out_, symbol_;
  std::vector<std::int64_t> query_lengths_, key_lengths_;
};

/// Over eight sets of lists that training never sees.
double recall(CopyNetwork& network, Task const& task) {
  constexpr int sets = 8;
  double sum = 0;
  for (std::uint64_t i = 0; i < sets; ++i) sum += network.run(draw(task, mix(1, i)), 0, 0);
  return sum / sets;
}

void measure(Arguments const& arguments) {
  Task const task{arguments.number("--length", 64),
                  arguments.number("--heads", 4),
                  arguments.number("--channels", 64),
                  arguments.number("--batch", 8),
                  arguments.number("--asked", 64),
                  arguments.number("--symbols", 16),
                  static_cast<std::uint64_t>(arguments.number("--seed", 1))};
  std::int64_t const steps = arguments.number("--steps", 1000);
  double const top_rate = arguments.real("--rate", 3e-3);
  CopyNetwork network(task, load_cpu_backend("auto"));
  std::clock_t const start = std::clock();
  double half = 0;
  for (std::int64_t step = 1; step <= steps; ++step) {
    double const done = static_cast<double>(step) / static_cast<double>(steps);
    double const rate = top_rate * std::min(20 * done, 0.5 + 0.5 * std::cos(std::numbers::pi * done)) + 1e-9;
    network.run(draw(task, mix(2, static_cast<std::uint64_t>(step))), rate, step);
    if (step == steps / 2) half = recall(network, task);
  }
  std::printf(
      "{\"length\": %lld, \"heads\": %lld, \"channels\": %lld, \"steps\": %lld, \"seed\": %llu, "
      "\"recall_half\": %.4f, \"recall\": %.4f, \"cpu_seconds\": %.1f}\n",
      static_cast<long long>(task.length), static_cast<long long>(task.heads),
      static_cast<long long>(task.channels), static_cast<long long>(steps),
      static_cast<unsigned long long>(task.seed), half, recall(network, task),
      static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
}

}  // namespace
}  // namespace cislens::bench

int main(int argc, char** argv) {
  try {
    cislens::bench::measure(cislens::bench::Arguments(argc, argv));
  } catch (std::exception const& error) {
    std::fprintf(stderr, "copy_task_bench: %s\n", error.what());
    return 2;
  }
  return 0;
}
