#include "cislens/model/parameters.hpp"

#include "cislens/base/errors.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace cislens {
namespace {

std::vector<NetworkConfig> configs() {
  NetworkConfig additive;
  additive.head = HeadKind::additive;
  additive.ffn_channels = 0;
  NetworkConfig learned;
  learned.positions = Positions::learned;
  learned.blocks = 2;
  learned.channels = 20;
  NetworkConfig post;
  post.norm = NormPlacement::post;
  post.null_key = false;
  post.targets = 3;
  NetworkConfig feed_forward;
  feed_forward.ffn_channels = 48;
  return {NetworkConfig{}, feed_forward, additive, learned, post};
}

TEST(Parameters, LieOneAfterTheOtherAlignedAndWithUniqueNames) {
  for (NetworkConfig const& config : configs()) {
    ParameterLayout const layout = layout_of(config);

    std::set<std::string> names;
    std::int64_t end = 0;
    std::int64_t count = 0;
    for (ParameterEntry const& entry : layout.entries) {
      EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
      EXPECT_EQ(entry.offset % 16, 0) << entry.name;
      EXPECT_GE(entry.offset, end) << entry.name;
      end = entry.offset + entry.rows * entry.columns;
      count += entry.rows * entry.columns;
      EXPECT_EQ(entry.decays, entry.initial_deviation > 0) << entry.name;
    }
    EXPECT_LE(end, layout.size);
    EXPECT_EQ(count, layout.count);
  }
}

TEST(Parameters, ViewsPointIntoTheBlock) {
  for (NetworkConfig const& config : configs()) {
    ParameterLayout const layout = layout_of(config);
    std::vector<float> block(static_cast<std::size_t>(layout.size));

    Weights const weights = bind_weights(config, std::as_const(block).data());

    ParameterEntry const& last = layout.entries.back();
    EXPECT_EQ(weights.stem.data, block.data());
    EXPECT_EQ(weights.bias.data, block.data() + last.offset);
    EXPECT_EQ(weights.positions.empty(), config.positions != Positions::learned);
    EXPECT_EQ(weights.final_gain.empty(), !config.final_norm());
    EXPECT_EQ(weights.blocks.front().null_key.empty(), !config.null_key);
    EXPECT_EQ(weights.blocks.front().out_bias.empty(), config.head == HeadKind::additive);
  }
}

TEST(Parameters, StartAsStatedAndDependOnTheSeedAlone) {
  NetworkConfig const config;
  ParameterLayout const layout = layout_of(config);

  Tensor const first = initial_parameters(config, 1);
  Tensor const again = initial_parameters(config, 1);
  Tensor const other = initial_parameters(config, 2);

  EXPECT_EQ(first.values(), again.values());
  EXPECT_NE(first.values(), other.values());
  for (ParameterEntry const& entry : layout.entries) {
    double squares = 0;
    auto const count = static_cast<double>(entry.rows * entry.columns);
    for (std::int64_t i = 0; i < entry.rows * entry.columns; ++i) {
      double const d = static_cast<double>(first.values()[entry.offset + i]) - entry.initial_value;
      squares += d * d;
    }
    // The standard deviation of n normal numbers scatters by 1 / sqrt(2 n): five of those.
    EXPECT_NEAR(std::sqrt(squares / count), entry.initial_deviation,
                entry.initial_deviation * 5 / std::sqrt(2 * count))
        << entry.name;
  }
}

TEST(Config, NamesAreReadBack) {
  for (Positions const p : {Positions::rotary, Positions::sinusoidal, Positions::learned, Positions::none})
    EXPECT_EQ(parse_positions(name_of(p)), p);
  for (NormPlacement const n : {NormPlacement::pre, NormPlacement::post})
    EXPECT_EQ(parse_norm(name_of(n)), n);
  for (HeadKind const h : {HeadKind::additive, HeadKind::pooled}) EXPECT_EQ(parse_head(name_of(h)), h);
  EXPECT_THROW(parse_positions("rotery"), UsageError);
}

TEST(Config, WhatCannotBeIsAUsageError) {
  std::vector<std::function<void(NetworkConfig&)>> const faults = {
      [](NetworkConfig& c) { c.targets = 0; },
      [](NetworkConfig& c) { c.heads = 3; },
      [](NetworkConfig& c) { c.heads = 0; },
      [](NetworkConfig& c) { c.filter_width = 18; },
      [](NetworkConfig& c) { c.pool = 65; },
      [](NetworkConfig& c) { c.channels = 256, c.heads = 1; },
      [](NetworkConfig& c) {
        c.head = HeadKind::additive;
        c.ffn_channels = 16;
      },
      [](NetworkConfig& c) { c.channels = c.heads = 5; },
      [](NetworkConfig& c) { c.blocks = -1; },
      [](NetworkConfig& c) { c.readout_heads = 0; }};
  for (std::size_t i = 0; i < faults.size(); ++i) {
    NetworkConfig config;
    faults[i](config);

    EXPECT_THROW(check(config), UsageError) << i;
  }
  for (NetworkConfig const& config : configs()) EXPECT_NO_THROW(check(config));
}

}  // namespace
}  // namespace cislens
