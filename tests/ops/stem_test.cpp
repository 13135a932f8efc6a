#include "cislens/ops/stem.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/nucleotide.hpp"

#include "reference/linear.hpp"
#include "reference/stem.hpp"
#include "support/backends.hpp"
#include "support/derived_limit.hpp"
#include "support/guarded.hpp"

#include <algorithm>
#include <random>
#include <utility>

namespace cislens {
namespace {

using namespace test;

struct StemCase {
  std::vector<std::int64_t> lengths;
  std::int64_t extra_bases;  // padding behind the longest sequence
  std::int64_t channels;
  StemOptions options;

  std::int64_t padded_bases() const {
    return *std::max_element(lengths.begin(), lengths.end()) + extra_bases;
  }
  std::int64_t padded_tokens() const { return reference::token_count(padded_bases(), options.pool); }
  std::vector<float> weight() const { return random_floats(4 * options.width * channels, 1); }
  std::vector<float> bias() const { return random_floats(channels, 2); }

  /// Bases of one sequence, every tenth an N.
  Bases bases(std::size_t s) const {
    std::mt19937 engine(static_cast<unsigned>(100 + s));
    Bases result(static_cast<std::size_t>(lengths[s]));
    for (auto& base : result) {
      auto const number = engine() % 40;
      base = number < 4 ? base_n : static_cast<std::uint8_t>(number % 4);
    }
    return result;
  }
  reference::StemShape shape() const { return {channels, options.width, options.pool, options.exponential}; }
};

std::vector<StemCase> stem_cases() {
  return {{{1}, 0, 16, {1, 1, false}},
          {{7, 1, 3}, 2, 20, {19, 2, false}},
          {{41, 24, 33}, 5, 100, {7, 2, false}},
          {{31, 32}, 0, 128, {19, 2, true}},
          {{65}, 0, 64, {3, 64, false}},
          {{200, 131}, 1, 33, {19, 3, false}},
          {{97, 96, 95, 5}, 40, 130, {31, 5, true}},
          {{70, 20}, 0, 3, {255, 4, false}}};
}

/// All sequences of a case through the reference, laid out like the op's: padding has y = 0 and no winner.
template <typename T>
struct StemReference {
  std::vector<T> y, dweight, dbias;
  std::vector<std::uint8_t> winner;

  StemReference(StemCase const& c, std::vector<float> const& dy)
      : y(c.lengths.size() * c.padded_tokens() * c.channels),
        dweight(4 * c.options.width * c.channels),
        dbias(c.channels),
        winner(y.size(), reference::no_winner) {
    for (std::size_t s = 0; s < c.lengths.size(); ++s) {
      auto const one = reference::stem_forward(c.bases(s), as<T>(c.weight()), as<T>(c.bias()), c.shape());
      auto const at = static_cast<std::int64_t>(s) * c.padded_tokens() * c.channels;
      std::copy(one.y.begin(), one.y.end(), y.begin() + at);
      std::copy(one.winner.begin(), one.winner.end(), winner.begin() + at);
      std::vector<T> const d(dy.begin() + at, dy.begin() + at + static_cast<std::int64_t>(one.y.size()));
      auto const gradients = reference::stem_backward(c.bases(s), c.shape(), one, d);
      dweight = reference::add(dweight, gradients.dweight);
      dbias = reference::add(dbias, gradients.dbias);
    }
  }
};

/// Buffers of a case and the op's forward on them.
struct StemRun {
  StemCase c;
  OnBothSides<std::uint8_t> bases;
  OnBothSides<std::int64_t> lengths, token_lengths;
  Guarded weight, bias, y;
  OnBothSides<std::uint8_t> winner;

  StemRun(Context& context, StemCase const& a)
      : c(a),
        bases(padded_bases(a)),
        lengths(a.lengths),
        token_lengths(tokens(a)),
        weight(4 * a.options.width, a.channels, a.weight()),
        bias(1, a.channels, a.bias()),
        y(static_cast<std::int64_t>(a.lengths.size()) * a.padded_tokens(), a.channels),
        winner(std::vector<std::uint8_t>(a.lengths.size() * a.padded_tokens() * a.channels, 77)) {
    stem_forward(context, batch(), c.options, std::as_const(weight).view(), std::as_const(bias).view(),
                 y.view(), winner.device_span());
  }

  SequenceBatch batch() const {
    return {bases.mirrored(), lengths.mirrored(), token_lengths.mirrored(), c.padded_bases(),
            c.padded_tokens()};
  }
  std::vector<float> dy() const { return random_floats(static_cast<std::int64_t>(winner.host().size()), 3); }

 private:
  static std::vector<std::uint8_t> padded_bases(StemCase const& c) {
    std::vector<std::uint8_t> all;
    for (std::size_t s = 0; s < c.lengths.size(); ++s) {
      Bases one = c.bases(s);
      one.resize(c.padded_bases(), base_n);
      all.insert(all.end(), one.begin(), one.end());
    }
    return all;
  }
  static std::vector<std::int64_t> tokens(StemCase const& c) {
    std::vector<std::int64_t> counts;
    for (std::int64_t const length : c.lengths)
      counts.push_back(reference::token_count(length, c.options.pool));
    return counts;
  }
};

/// exp(x) = exp2(x log2 e): exp2's accuracy, and two roundings of an argument as large as ln y.
double exponential_floor(StemCase const& c, std::vector<double> const& y) {
  double floor = 0;
  if (!c.options.exponential) return floor;
  for (double const value : y) {
    if (value > 0)
      floor = std::max(floor, value * (exp2_accuracy + 2 * half_ulp * std::abs(std::log(value))));
  }
  return floor;
}

using Stem = OnBackend;

TEST_P(Stem, ForwardMatchesReferenceAndKnowsItsWinners) {
  for (StemCase const& c : stem_cases()) {
    StemRun const run(context, c);

    StemReference<double> const exact(c, run.dy());
    StemReference<float> const single(c, run.dy());
    EXPECT_TRUE(matches(run.y.values(), exact.y, single.y, exponential_floor(c, exact.y))) << c.channels;
    // The op adds taps in pairs first: it rounds otherwise, but ties are ties in both.
    EXPECT_EQ(run.winner.host(), single.winner) << c.channels;
    EXPECT_TRUE(run.y.intact());
  }
}

TEST_P(Stem, BackwardMatchesReferenceAndAddsToParameters) {
  for (StemCase const& c : stem_cases()) {
    StemRun run(context, c);
    Guarded const dy(run.y.host().rows, c.channels, run.dy());
    Guarded dweight(4 * c.options.width, c.channels, c.weight());
    Guarded dbias(1, c.channels, c.bias());

    stem_backward(context, run.batch(), c.options, run.y.view(), run.winner.device_span(), dy.view(),
                  dweight.view(), dbias.view());

    StemReference<double> const exact(c, run.dy());
    StemReference<float> const single(c, run.dy());
    // Every term is dy y: with exp, y's own floor is multiplied with dy and added up over all tokens.
    double floor = exponential_floor(c, exact.y) * largest_of(as<double>(run.dy()));
    floor *= static_cast<double>(c.options.pool * run.batch().token_rows());
    EXPECT_TRUE(matches(dweight.values(), reference::add(as<double>(c.weight()), exact.dweight),
                        reference::add(c.weight(), single.dweight), floor))
        << c.channels;
    EXPECT_TRUE(matches(dbias.values(), reference::add(as<double>(c.bias()), exact.dbias),
                        reference::add(c.bias(), single.dbias), floor))
        << c.channels;
    EXPECT_TRUE(dweight.intact() && dbias.intact());
  }
}

TEST_P(Stem, ASequenceDoesNotDependOnItsBatchOrPadding) {
  StemCase const c{{41, 24, 33}, 0, 100, {7, 2, true}};
  StemCase alone = c;
  alone.lengths = {41};
  alone.extra_bases = 11;

  StemRun const batch(context, c);
  StemRun const one(context, alone);

  std::int64_t const numbers = reference::token_count(41, 2) * c.channels;
  auto const y = batch.y.values();
  auto const y_alone = one.y.values();
  EXPECT_TRUE(same_bits({y.begin(), y.begin() + numbers}, {y_alone.begin(), y_alone.begin() + numbers}));
}

TEST_P(Stem, TheReverseComplementGivesMirroredTokens) {
  StemCase const c{{60}, 0, 64, {9, 2, false}};
  StemRun forward(context, c);
  StemRun reverse(context, c);
  reverse.bases.host() = reverse_complement(forward.bases.host());

  stem_forward(context, reverse.batch(), c.options, reverse.weight.view(), reverse.bias.view(),
               reverse.y.view(), reverse.winner.device_span());

  auto const y = forward.y.values();
  auto const mirrored = reverse.y.values();
  for (std::int64_t p = 0; p < 30; ++p) {
    std::vector<float> const here(y.begin() + p * 64, y.begin() + (p + 1) * 64);
    std::vector<float> const there(mirrored.begin() + (29 - p) * 64, mirrored.begin() + (30 - p) * 64);
    EXPECT_TRUE(close(there, as<double>(here), 3 * 9 * half_ulp * largest_of(as<double>(c.weight())) * 9))
        << p;
  }
}

TEST_P(Stem, NaNIsNotSwallowed) {
  for (std::int64_t const channels : {64, 20}) {
    StemCase const c{{60}, 0, channels, {9, 2, false}};
    StemRun run(context, c);
    run.bias.host().data[channels - 1] = std::nanf("");

    stem_forward(context, run.batch(), c.options, run.weight.view(), run.bias.view(), run.y.view(),
                 run.winner.device_span());

    EXPECT_TRUE(std::isnan(run.y.host().row(3)[channels - 1])) << channels;
  }
}

/// A filter's response at the winning place is the sum of the table's numbers it read, so over the bases
///   sum_l score_l = sum_p,c gradient_pc (response_pc - mean_pc),
/// where mean_pc is the response with every base read replaced by the mean of its table's four numbers.
TEST_P(Stem, AttributionSumsToTheResponsesAboveTheirMean) {
  for (StemCase const& c : stem_cases()) {
    StemRun run(context, c);
    Guarded const dy(run.y.host().rows, c.channels, run.dy());
    Guarded scores(static_cast<std::int64_t>(c.lengths.size()), c.padded_bases());

    stem_attribution(context, run.batch(), c.options, run.weight.view(), run.y.view(),
                     run.winner.device_span(), dy.view(), scores.view());

    auto const weight = as<double>(c.weight());
    std::vector<std::uint8_t> const winner = run.winner.host();
    View const run_y = run.y.host();
    View const sums = scores.host();
    for (std::size_t s = 0; s < c.lengths.size(); ++s) {
      Bases const bases = c.bases(s);
      double expected = 0;
      double magnitude = 0;
      for (std::int64_t p = 0; p < run.token_lengths.host()[s]; ++p) {
        std::int64_t const row = static_cast<std::int64_t>(s) * c.padded_tokens() + p;
        for (std::int64_t ch = 0; ch < c.channels; ++ch) {
          double const y = static_cast<double>(run_y.row(row)[ch]);
          double const gradient =
              static_cast<double>(dy.host().row(row)[ch]) * (c.options.exponential ? y : (y > 0 ? 1 : 0));
          int const code = winner[row * c.channels + ch];
          for (std::int64_t k = 0; k < c.options.width; ++k) {
            std::int64_t const at =
                reference::stem_row(bases, p * c.options.pool + code / 2, k, c.options.width, code % 2 != 0);
            if (at < 0) continue;
            double mean = 0;
            for (std::int64_t base = 0; base < 4; ++base)
              mean += weight[(at / 4 * 4 + base) * c.channels + ch] / 4;
            double const term = gradient * (weight[at * c.channels + ch] - mean);
            expected += term;
            magnitude += std::abs(term);
          }
        }
      }
      double sum = 0;
      for (std::int64_t l = 0; l < c.padded_bases(); ++l) {
        sum += static_cast<double>(sums.row(static_cast<std::int64_t>(s))[l]);
      }
      // n additions in float are off by at most n half ulps of the sum of the magnitudes, 4 more inside a
      // term.
      double const additions = static_cast<double>(c.channels * c.options.width + 4);
      EXPECT_NEAR(sum, expected, additions * half_ulp * magnitude) << c.channels;
    }
    EXPECT_TRUE(scores.intact());
  }
}

TEST_P(Stem, AttributionIsZeroAtNAndInPadding) {
  StemCase const c{{41, 24}, 3, 20, {7, 2, false}};
  StemRun run(context, c);
  Guarded const dy(run.y.host().rows, c.channels, run.dy());
  Guarded scores(2, c.padded_bases());

  stem_attribution(context, run.batch(), c.options, run.weight.view(), run.y.view(), run.winner.device_span(),
                   dy.view(), scores.view());

  auto const values = scores.values();
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (run.bases.host()[i] != base_n) continue;
    EXPECT_EQ(values[i], 0) << i;
  }
}

TEST_P(Stem, RefusesSequencesLongerThanTheirRoom) {
  StemCase const c{{41, 24}, 3, 20, {7, 2, false}};
  StemRun run(context, c);
  run.lengths.host()[1] = 45;
  SequenceBatch batch = run.batch();
  batch.padded_bases = 44;

  EXPECT_THROW(stem_forward(context, batch, c.options, run.weight.view(), run.bias.view(), run.y.view(),
                            run.winner.device_span()),
               ShapeError);
}

INSTANTIATE_TEST_SUITE_P(Backends, Stem, ::testing::ValuesIn(test_backends()), test_name);

}  // namespace
}  // namespace cislens
