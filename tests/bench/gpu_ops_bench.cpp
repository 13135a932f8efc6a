// The expensive ops of a device at one shape, timed by the wall clock: one JSON line a pass. Works on the
// CPU, too, so that it can be tried without a GPU.
//
//   gpu_ops_bench --what attention [--batch N] [--heads N] [--tokens N] [--head-channels N]   forward,
//   backward, readout gpu_ops_bench --what linear    [--rows N] [--in N] [--out N] forward, dx, dweight
//   gpu_ops_bench --what stem      [--batch N] [--length N] [--channels N] [--pool N]         forward,
//   backward
//                 [--device cpu|cuda] [--precision float32|bf16] [--repeats N]
//
// A time is that of --repeats calls behind each other, after two that are not counted, divided by their
// number. "tflop_per_s" counts multiplications and additions of the full products: of attention 4 D a pair of
// tokens forward, 10 D backward, 4 D readout; of the stem 2 K additions a base and channel.
#include "cislens/base/random.hpp"
#include "cislens/ops/attention.hpp"
#include "cislens/ops/dense.hpp"
#include "cislens/ops/stem.hpp"
#include "cislens/tensor/device_block.hpp"

#include "device.hpp"
#include "peak.hpp"

#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

namespace cislens::bench {
namespace {

/// Numbers between -1 and 1.
std::vector<float> random_floats(std::int64_t count, std::uint64_t seed) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(mix(seed, i) >> 40) * 0x1p-23F - 1;
  }
  return values;
}

/// A matrix of the device's with random numbers.
struct Matrix {
  DeviceBlock block;
  std::int64_t rows, columns;

  Matrix(Context& context, std::int64_t r, std::int64_t c, std::uint64_t seed)
      : block(context.memory(), r * c), rows(r), columns(c) {
    if (seed == 0) return;
    auto const values = random_floats(r * c, seed);
    context.memory().copy_to_device(block.data(), values.data(), values.size() * sizeof(float));
  }
  View view() const { return {block.data(), rows, columns}; }
};

class Bench {
 public:
  explicit Bench(Arguments const& arguments)
      : arguments_(arguments),
        context_(backend_of(arguments)),
        precision_(arguments.text("--precision", "float32")) {
    if (precision_ == "bf16") context_.set_precision(Precision::bf16);
  }

  void attention();
  void linear();
  void stem();

 private:
  std::int64_t number(char const* name, std::int64_t fallback) const {
    return arguments_.number(name, fallback);
  }
  /// Waits for the device.
  void finish(ConstView result) const {
    float first = 0;
    context_.memory().copy_to_host(&first, result.data, sizeof first);
  }
  template <typename Work>
  void time(std::string const& what, double operations, ConstView result, Work const& work) {
    for (int i = 0; i < 2; ++i) work();
    finish(result);
    // A device that was idle takes a while to reach its clock: the last stretch counts, of a fifth of a
    // second.
    constexpr double long_enough_s = 0.2;
    std::int64_t repeats = number("--repeats", 5);
    bool const once = repeats == 1 || context_.memory().is_host;
    double all = 0;
    for (;; repeats *= 2) {
      double const start = wall_seconds();
      for (std::int64_t i = 0; i < repeats; ++i) work();
      finish(result);
      all = wall_seconds() - start;
      if (once || all >= long_enough_s) break;
    }
    double const seconds = all / static_cast<double>(repeats);
    std::printf(
        "{\"program\": \"cislens\", \"device\": \"%s\", \"what\": \"%s\", \"precision\": \"%s\", "
        "\"seconds\": "
        "%.7f, \"tflop_per_s\": %.3f}\n",
        arguments_.text("--device", "cpu").c_str(), what.c_str(), precision_.c_str(), seconds,
        operations / seconds / 1e12);
    std::fflush(stdout);
  }

  Arguments const& arguments_;
  Context context_;
  std::string precision_;
};

void Bench::attention() {
  std::int64_t const batch = number("--batch", 8);
  std::int64_t const heads = number("--heads", 8);
  std::int64_t const tokens = number("--tokens", 1024);
  std::int64_t const channels = heads * number("--head-channels", 32);
  std::int64_t const rows = batch * tokens;
  Matrix const qkv(context_, rows, 3 * channels, 1);
  Matrix const d_o(context_, rows, channels, 2);
  Matrix const o(context_, rows, channels, 0);
  Matrix const d_qkv(context_, rows, 3 * channels, 0);
  Matrix const lse(context_, batch * heads, tokens, 0);
  Matrix const received(context_, batch * heads, tokens, 0);
  Matrix const attribution(context_, batch * heads, tokens, 0);
  Matrix const entropy(context_, batch * heads, tokens, 0);
  std::vector<std::int64_t> const host_lengths(static_cast<std::size_t>(batch), tokens);
  Mirrored<std::int64_t> const lengths = mirrored(context_, std::span(host_lengths));
  auto const part = [&](Matrix const& matrix, int index) {
    return matrix.view().column_range(index * channels, channels);
  };
  AttentionInput const input{part(qkv, 0), part(qkv, 1), part(qkv, 2), {}, lengths,
                             lengths,      heads,        {},           {}, {}};
  AttentionGradient const gradient{part(d_qkv, 0), part(d_qkv, 1), part(d_qkv, 2), {}, {}, {}};
  AttentionReadout readout;
  readout.received = received.view();
  readout.attribution = attribution.view();
  readout.entropy = entropy.view();
  double const pairs = static_cast<double>(rows * tokens) * static_cast<double>(channels);
  time("forward", 4 * pairs, o.view(), [&] { attention_forward(context_, input, o.view(), lse.view(), {}); });
  time("backward", 10 * pairs, d_qkv.view(),
       [&] { attention_backward(context_, input, o.view(), lse.view(), {}, 0, d_o.view(), gradient); });
  time("readout", 4 * pairs, received.view(),
       [&] { attention_readout(context_, input, lse.view(), d_o.view(), {}, readout); });
}

void Bench::linear() {
  std::int64_t const rows = number("--rows", 4096);
  std::int64_t const in = number("--in", 128);
  std::int64_t const out = number("--out", 384);
  Matrix const x(context_, rows, in, 1);
  Matrix const weight(context_, in, out, 2);
  Matrix const bias(context_, 1, out, 3);
  Matrix const y(context_, rows, out, 4);
  Matrix const dx(context_, rows, in, 0);
  Matrix const dweight(context_, in, out, 0);
  Matrix const dbias(context_, 1, out, 0);
  double const work = 2 * static_cast<double>(rows * in) * static_cast<double>(out);
  time("forward", work, y.view(),
       [&] { linear_forward(context_, x.view(), weight.view(), bias.view(), {}, y.view()); });
  time("dx", work, dx.view(),
       [&] { linear_backward(context_, x.view(), weight.view(), y.view(), dx.view(), {}, {}); });
  time("dweight", work, dweight.view(), [&] {
    linear_backward(context_, x.view(), weight.view(), y.view(), {}, dweight.view(), dbias.view());
  });
}

void Bench::stem() {
  std::int64_t const batch = number("--batch", 64);
  std::int64_t const length = number("--length", 200);
  std::int64_t const channels = number("--channels", 128);
  StemOptions options;
  options.pool = number("--pool", options.pool);
  std::int64_t const tokens = (length + options.pool - 1) / options.pool;
  std::vector<std::uint8_t> bases(static_cast<std::size_t>(batch * length));
  for (std::size_t i = 0; i < bases.size(); ++i) bases[i] = static_cast<std::uint8_t>(mix(7, i) % 4);
  std::vector<std::int64_t> const lengths(static_cast<std::size_t>(batch), length);
  std::vector<std::int64_t> const token_lengths(lengths.size(), tokens);
  SequenceBatch const sequences =
      on_device(context_, SequenceBatch{bases, lengths, token_lengths, length, tokens});
  Matrix const weight(context_, 4 * options.width, channels, 1);
  Matrix const bias(context_, 1, channels, 2);
  Matrix const y(context_, batch * tokens, channels, 0);
  Matrix const dy(context_, batch * tokens, channels, 3);
  Matrix const dweight(context_, 4 * options.width, channels, 0);
  Matrix const dbias(context_, 1, channels, 0);
  std::span const winner(static_cast<std::uint8_t*>(context_.arena().bytes(batch * tokens * channels)),
                         static_cast<std::size_t>(batch * tokens * channels));
  double const work = 2 * static_cast<double>(options.width * channels) * static_cast<double>(batch * length);
  time("forward", work, y.view(),
       [&] { stem_forward(context_, sequences, options, weight.view(), bias.view(), y.view(), winner); });
  time("backward", work, dweight.view(), [&] {
    stem_backward(context_, sequences, options, y.view(), winner, dy.view(), dweight.view(), dbias.view());
  });
}

void measure(Arguments const& arguments) {
  Bench bench(arguments);
  std::string const what = arguments.text("--what", "attention");
  if (what == "attention") return bench.attention();
  if (what == "linear") return bench.linear();
  if (what == "stem") return bench.stem();
  throw UsageError("--what is attention, linear or stem");
}

}  // namespace
}  // namespace cislens::bench

int main(int argc, char** argv) {
  try {
    cislens::bench::measure(cislens::bench::Arguments(argc, argv));
  } catch (std::exception const& error) {
    std::fprintf(stderr, "gpu_ops_bench: %s\n", error.what());
    return 2;
  }
  return 0;
}
