#include "cislens/base/random.hpp"
#include "cislens/readout/head_similarity.hpp"
#include "cislens/readout/pair_terms.hpp"
#include "cislens/readout/partners.hpp"
#include "cislens/readout/record_readout.hpp"

#include "support/on_kernels.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace cislens {
namespace {

using namespace test;

NetworkConfig tiny_config(HeadKind head) {
  NetworkConfig config;
  config.channels = 16;
  config.filter_width = 7;
  config.heads = 2;
  config.head = head;
  config.readout_heads = 2;
  config.ffn_channels = head == HeadKind::additive ? 0 : 16;
  config.blocks = head == HeadKind::additive ? 1 : 2;
  return config;
}

std::vector<Bases> tiny_records() {
  std::vector<Bases> records;
  for (std::size_t const length : {31, 31, 24}) {
    Random random(7, records.size());
    Bases& bases = records.emplace_back(length);
    for (auto& base : bases) base = static_cast<std::uint8_t>(random.below(4));
  }
  return records;
}

void expect_close(std::vector<float> const& a, std::vector<float> const& b) {
  ASSERT_EQ(a.size(), b.size());
  float largest = 0;
  for (float const value : a) largest = std::max(largest, std::abs(value));
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-4 * (largest + 1e-3F)) << i;
}

TEST_P(OnKernels, RecordsReadAsOnTheCpu) {
  std::vector<Bases> const records = tiny_records();
  Threads threads(1);
  for (HeadKind const head : {HeadKind::additive, HeadKind::pooled}) {
    for (char const* mode : {"exact", "local:3+global:2"}) {
      NetworkConfig config = tiny_config(head);
      config.attention = parse_attention(mode).span;
      config.summaries = parse_attention(mode).summaries;
      std::vector<float> const parameters = initial_parameters(config, 3).values();
      ReadoutOptions options;
      options.looks = options.received = true;

      auto const cpu = read_records(config, parameters, records, options, load_cpu_backend("auto"), threads);
      auto const device = read_records(config, parameters, records, options, backend.load(), threads);

      for (std::size_t r = 0; r < records.size(); ++r) {
        EXPECT_NEAR(cpu[r].logit, device[r].logit, 1e-4);
        expect_close(cpu[r].total, device[r].total);
        expect_close(cpu[r].heads, device[r].heads);
        expect_close(cpu[r].received, device[r].received);
        for (std::size_t h = 0; h < cpu[r].looks.size(); ++h) {
          EXPECT_NEAR(cpu[r].looks[h].entropy, device[r].looks[h].entropy, 1e-4);
          EXPECT_NEAR(cpu[r].looks[h].distance, device[r].looks[h].distance, 1e-3);
          EXPECT_NEAR(cpu[r].looks[h].summary, device[r].looks[h].summary, 1e-4);
        }
      }
    }
  }
}

TEST_P(OnKernels, PartnersAndMomentsAreTheCpus) {
  NetworkConfig const config = tiny_config(HeadKind::pooled);
  std::vector<float> const parameters = initial_parameters(config, 3).values();
  std::vector<Bases> const records = tiny_records();
  std::vector<PartnerSource> const sources{{records[0], 0, 0}};
  Threads threads(1);
  auto const list = [&](Backend const& on) {
    return best_partners(config, parameters, sources, 0, 20, on, threads);
  };

  auto const cpu = list(load_cpu_backend("auto"));
  auto const device = list(backend.load());
  auto const cka = head_moments(config, parameters, records, load_cpu_backend("auto"), threads).cka();
  auto const device_cka = head_moments(config, parameters, records, backend.load(), threads).cka();

  ASSERT_EQ(cpu.size(), device.size());
  for (std::size_t i = 0; i < cpu.size(); ++i) {
    EXPECT_NEAR(cpu[i].weight, device[i].weight, 1e-4);
    EXPECT_NEAR(cpu[i].worth, device[i].worth, 1e-4 * (1 + std::abs(cpu[0].worth)));
  }
  for (std::size_t i = 0; i < cka.size(); ++i) EXPECT_NEAR(cka[i], device_cka[i], 1e-3);
}

TEST_P(OnKernels, PairTermsAreTheCpus) {
  NetworkConfig const config = tiny_config(HeadKind::additive);
  std::vector<float> const parameters = initial_parameters(config, 3).values();
  std::vector<Bases> const records = tiny_records();
  std::vector<StretchPair> const pairs = {{3, 9, 18, 23}, {4, 5, 20, 21}};
  std::vector<PairQuestion> questions;
  for (Bases const& bases : records) questions.push_back({bases, pairs});
  Context cpu_context(load_cpu_backend("auto"));
  Context context(backend.load());
  DeviceCopy<float const> const block(context.memory(), parameters);

  auto const cpu =
      pair_terms(cpu_context, config, bind_weights(config, parameters.data()), questions, 0, {4, 2048});
  auto const device =
      pair_terms(context, config, bind_weights(config, block.data()), questions, 0, {64, 4096});

  for (std::size_t s = 0; s < records.size(); ++s) {
    EXPECT_NEAR(cpu[s].logit, device[s].logit, 1e-4);
    expect_close(cpu[s].terms, device[s].terms);
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, OnKernels, kernel_backends(), kernel_name);

}  // namespace
}  // namespace cislens
