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
  NetworkConfig summaries;
  summaries.attention = {AttentionSpan::Kind::local, 16};
  summaries.summaries = 3;
  return {NetworkConfig{}, summaries, feed_forward, additive, learned, post};
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

TEST(Config, AttentionIsReadBack) {
  for (char const* text : {"exact", "local:1", "local:64", "local:64+global:4", "chunk:1000000000"})
    EXPECT_EQ(name_of(parse_attention(text)), text);
  AttentionMode const mode = parse_attention("local:64+global:4");
  EXPECT_EQ(mode.span.kind, AttentionSpan::Kind::local);
  EXPECT_EQ(mode.span.width, 64);
  EXPECT_EQ(mode.summaries, 4);
  EXPECT_EQ(parse_attention("exact"), AttentionMode{});
}

TEST(Config, AttentionThatCannotBeIsAUsageError) {
  for (char const* text : {"",
                           "Exact",
                           "exact:3",
                           "local",
                           "local:",
                           "local:0",
                           "local:-4",
                           "local:4x",
                           "local:1e3",
                           "local: 4",
                           "local:4+",
                           "local:4+global:",
                           "local:4+global:0",
                           "local:4+global:1025",
                           "local:4+chunk:4",
                           "chunk:4+global:2",
                           "chunk:0",
                           "chunk:1000000001",
                           "local:99999999999999999999",
                           "global:3"}) {
    EXPECT_THROW(parse_attention(text), UsageError) << text;
  }
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
      [](NetworkConfig& c) { c.summaries = 2; },
      [](NetworkConfig& c) {
        c.attention = {AttentionSpan::Kind::local, 0};
      },
      [](NetworkConfig& c) {
        c.attention = {AttentionSpan::Kind::exact, 5};
      },
      [](NetworkConfig& c) {
        c.attention = {AttentionSpan::Kind::chunk, 5};
        c.summaries = 1;
      },
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
