#include "cislens/readout/head_similarity.hpp"

#include "cislens/base/random.hpp"
#include "cislens/model/network.hpp"
#include "cislens/ops/load.hpp"

#include "support/guarded_backend.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace cislens {
namespace {

using Matrix = std::vector<std::vector<double>>;

/// The definition: kernels of tokens by tokens, diagonals set to 0.
Matrix kernel_of(ConstView outputs) {
  Matrix kernel(static_cast<std::size_t>(outputs.rows),
                std::vector<double>(static_cast<std::size_t>(outputs.rows)));
  for (std::int64_t i = 0; i < outputs.rows; ++i) {
    for (std::int64_t j = 0; j < outputs.rows; ++j) {
      for (std::int64_t c = 0; c < outputs.columns && i != j; ++c)
        kernel[i][j] += static_cast<double>(outputs.row(i)[c]) * static_cast<double>(outputs.row(j)[c]);
    }
  }
  return kernel;
}

double dense_hsic(Matrix const& k, Matrix const& l) {
  auto const n = static_cast<double>(k.size());
  double trace = 0, sum_k = 0, sum_l = 0, through = 0;
  for (std::size_t i = 0; i < k.size(); ++i) {
    double row_k = 0, row_l = 0;
    for (std::size_t j = 0; j < k.size(); ++j) {
      trace += k[i][j] * l[j][i];
      row_k += k[i][j];
      row_l += l[i][j];
    }
    sum_k += row_k;
    sum_l += row_l;
    through += row_k * row_l;
  }
  return (trace + sum_k * sum_l / ((n - 1) * (n - 2)) - 2 * through / (n - 2)) / (n * (n - 3));
}

double dense_cka(ConstView a, ConstView b) {
  Matrix const k = kernel_of(a);
  Matrix const l = kernel_of(b);
  return dense_hsic(k, l) / std::sqrt(dense_hsic(k, k) * dense_hsic(l, l));
}

std::vector<float> random_outputs(std::int64_t rows, std::int64_t columns, double mean, std::uint64_t seed) {
  Random random(seed, 1);
  std::vector<float> values;
  for (std::int64_t i = 0; i < rows * columns; ++i)
    values.push_back(static_cast<float>(mean + random.normal()));
  return values;
}

HeadMoments moments_of(ConstView outputs, int heads, float shift) {
  Context context(load_cpu_backend("auto"));
  auto const columns = static_cast<std::size_t>(outputs.columns);
  HeadMoments moments(heads, static_cast<int>(outputs.columns) / heads, std::vector<float>(columns, shift));
  moments.add(context, outputs);
  return moments;
}

TEST(HeadSimilarity, EqualsTheDenseComputation) {
  constexpr int heads = 3, width = 5;
  for (std::int64_t const rows : {4, 7, 33, 130}) {
    std::vector<float> const values = random_outputs(rows, heads * width, 2, 3);
    ConstView const outputs(values.data(), rows, heads * width);

    std::vector<double> const cka = moments_of(outputs, heads, 2).cka();

    for (int a = 0; a < heads; ++a) {
      for (int b = 0; b < heads; ++b) {
        double const dense =
            dense_cka(outputs.column_range(a * width, width), outputs.column_range(b * width, width));
        // With four tokens the estimate of HSIC divides by 1; a dense kernel that is not positive gives NaN.
        if (std::isnan(dense)) continue;
        EXPECT_NEAR(cka[a * heads + b], dense, 2e-4 * (1 + std::abs(dense))) << rows << " tokens";
      }
    }
  }
}

TEST(HeadSimilarity, TurnsScalesAndShiftsDoNotMatter) {
  constexpr std::int64_t rows = 400;
  std::vector<float> values = random_outputs(rows, 4, 0, 5);
  for (std::int64_t i = 0; i < rows; ++i) {
    float* const row = values.data() + 4 * i;
    float const x = row[0], y = row[1];
    row[2] = 3 * (0.6F * x - 0.8F * y) + 7;
    row[3] = 3 * (0.8F * x + 0.6F * y) - 1;
  }

  std::vector<double> const cka = moments_of(ConstView(values.data(), rows, 4), 2, 1).cka();

  EXPECT_NEAR(cka[1], 1, 1e-4);
  EXPECT_EQ(cka[0], 1);
}

TEST(HeadSimilarity, UnrelatedOutputsAreAboutZeroAlsoInSmallSamples) {
  double sum = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    std::vector<float> const values = random_outputs(20, 16, 0, 100 + seed);
    sum += moments_of(ConstView(values.data(), 20, 16), 2, 0).cka()[1];
  }

  // The biased estimate is about 0.3 here; the standard error of this mean is about 0.008.
  EXPECT_NEAR(sum / 200, 0, 0.03);
}

TEST(HeadSimilarity, AHeadThatNeverChangesAndFewTokensHaveNone) {
  std::vector<float> values = random_outputs(50, 4, 0, 6);
  for (std::size_t i = 0; i < 50; ++i) values[4 * i + 2] = values[4 * i + 3] = 0;

  std::vector<double> const cka = moments_of(ConstView(values.data(), 50, 4), 2, 0).cka();
  std::vector<double> const few = moments_of(ConstView(values.data(), 3, 4), 2, 0).cka();

  EXPECT_EQ(cka[0], 1);
  EXPECT_TRUE(std::isnan(cka[1]));
  EXPECT_TRUE(std::isnan(cka[3]));
  EXPECT_TRUE(std::isnan(few[0]));
}

TEST(HeadSimilarity, OfANetworkIsThatOfItsOutputs) {
  NetworkConfig config;
  config.channels = 24;
  config.filter_width = 7;
  config.heads = 3;
  config.blocks = 2;
  std::vector<float> const parameters = initial_parameters(config, 3).values();
  Random random(8, 1);
  std::vector<Bases> records;
  for (std::size_t const length : {41, 20, 33}) {
    Bases& bases = records.emplace_back(length);
    for (auto& base : bases) base = static_cast<std::uint8_t>(random.below(4));
  }
  Backend const& backend = load_cpu_backend("auto");
  Context context(backend);
  std::vector<float> outputs;
  for (Bases const& record : records) {
    for (Bases const& strand : {record, reverse_complement(record)}) {
      auto const length = static_cast<std::int64_t>(strand.size());
      std::int64_t const tokens = config.tokens(length);
      SequenceBatch const batch{strand, {&length, 1}, {&tokens, 1}, length, tokens};
      Activations activations = make_activations(context, config, batch, {});
      forward(context, config, bind_weights(config, parameters.data()), batch, {}, activations);
      for (std::int64_t i = 0; i < tokens; ++i) {
        for (auto const& block : activations.blocks)
          outputs.insert(outputs.end(), block.attended.row(i), block.attended.row(i) + config.channels);
      }
    }
  }
  Threads one(1);
  Threads three(3);

  std::vector<double> const cka = head_moments(config, parameters, records, backend, one).cka();

  EXPECT_EQ(cka, head_moments(config, parameters, records, backend, three).cka());
  EXPECT_EQ(cka, head_moments(config, parameters, records, test::guarded_backend(), three).cka());
  ConstView const all(outputs.data(), static_cast<std::int64_t>(outputs.size()) / 48, 48);
  for (int a = 0; a < 6; ++a) {
    for (int b = 0; b < 6; ++b)
      EXPECT_NEAR(cka[a * 6 + b], dense_cka(all.column_range(a * 8, 8), all.column_range(b * 8, 8)), 1e-3);
  }
}

TEST(HeadSimilarity, Diversity) {
  double const nan = std::nan("");
  EXPECT_NEAR(diversity(std::vector{1.0, 0.2, 0.2, 1.0}, 2), 0.8, 1e-12);
  EXPECT_NEAR(diversity(std::vector{1.0, 0.5, nan, 0.5, 1.0, nan, nan, nan, nan}, 3), 0.5, 1e-12);
  EXPECT_TRUE(std::isnan(diversity(std::vector{1.0}, 1)));
}

}  // namespace
}  // namespace cislens
