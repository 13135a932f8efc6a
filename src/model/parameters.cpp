#include "cislens/model/parameters.hpp"

#include "cislens/base/random.hpp"

#include <cmath>

namespace cislens {

namespace {

/// How a parameter starts.
struct Start {
  double deviation;
  double value;
};
constexpr Start ones{0, 1};
constexpr Start zeros{0, 0};
constexpr Start unit{1, 0};  // as the queries and keys that a normed token gets
Start normal(double inputs) { return {1.0 / std::sqrt(inputs), 0}; }

/// Shows every parameter of the network to `visit(name, view, rows, columns, start)`, always in the same
/// order: the one place that says which parameters there are.
template <typename T, typename Visit>
void visit_block(NetworkConfig const& c, std::string const& prefix, BasicBlockWeights<T>& w,
                 Visit const& visit) {
  std::int64_t const channels = c.channels;
  std::int64_t const ffn = c.ffn_channels;
  visit(prefix + "norm1.gain", w.norm1_gain, 1, channels, ones);
  visit(prefix + "norm1.bias", w.norm1_bias, 1, channels, zeros);
  visit(prefix + "qkv.weight", w.qkv, channels, 3 * channels, normal(c.channels));
  visit(prefix + "qkv.bias", w.qkv_bias, 1, 3 * channels, zeros);
  if (c.null_key) visit(prefix + "null_key", w.null_key, c.heads, c.head_channels(), zeros);
  if (c.summaries > 0) {
    visit(prefix + "summary_query", w.summary_query, c.summaries, channels, unit);
    visit(prefix + "summary_key", w.summary_key, c.summaries, channels, unit);
  }
  visit(prefix + "out.weight", w.out, channels, channels, normal(c.channels));
  if (c.out_bias()) visit(prefix + "out.bias", w.out_bias, 1, channels, zeros);
  if (ffn == 0) return;
  visit(prefix + "norm2.gain", w.norm2_gain, 1, channels, ones);
  visit(prefix + "norm2.bias", w.norm2_bias, 1, channels, zeros);
  visit(prefix + "ffn1.weight", w.ffn1, channels, ffn, normal(c.channels));
  visit(prefix + "ffn1.bias", w.ffn1_bias, 1, ffn, zeros);
  visit(prefix + "ffn2.weight", w.ffn2, ffn, channels, normal(c.ffn_channels));
  visit(prefix + "ffn2.bias", w.ffn2_bias, 1, channels, zeros);
}

template <typename T, typename Visit>
void visit_parameters(NetworkConfig const& c, BasicWeights<T>& w, Visit const& visit) {
  std::int64_t const channels = c.channels;
  w.blocks.resize(static_cast<std::size_t>(c.blocks));
  visit("stem.weight", w.stem, 4 * c.filter_width, channels, normal(c.filter_width));
  visit("stem.bias", w.stem_bias, 1, channels, zeros);
  if (c.positions == Positions::learned)
    visit("positions.weight", w.positions, c.learned_positions, channels, Start{0.02, 0});
  for (std::size_t b = 0; b < w.blocks.size(); ++b)
    visit_block(c, "block" + std::to_string(b) + ".", w.blocks[b], visit);
  if (c.final_norm()) {
    visit("final_norm.gain", w.final_gain, 1, channels, ones);
    visit("final_norm.bias", w.final_bias, 1, channels, zeros);
  }
  if (c.head == HeadKind::additive) {
    visit("head.token.weight", w.token, channels, c.targets, Start{0.01, 0});
    visit("head.pair.weight", w.pair, channels, c.targets, Start{0.01, 0});
  } else {
    visit("head.query", w.query, c.readout_heads, channels, normal(c.channels));
    visit("head.value", w.value, std::int64_t{c.readout_heads} * channels, c.targets,
          normal(c.readout_heads * c.channels));
  }
  visit("head.bias", w.bias, 1, c.targets, zeros);
}

template <typename T>
BasicWeights<T> bind(NetworkConfig const& config, T* block) {
  BasicWeights<T> weights;
  std::int64_t offset = 0;
  visit_parameters(
      config, weights,
      [&](std::string const&, BasicView<T>& view, std::int64_t rows, std::int64_t columns, Start) {
        view = {block + offset, rows, columns};
        offset += (rows * columns + 15) / 16 * 16;
      });
  return weights;
}

}  // namespace

ParameterLayout layout_of(NetworkConfig const& config) {
  ParameterLayout layout;
  Weights none;
  visit_parameters(
      config, none,
      [&](std::string const& name, ConstView&, std::int64_t rows, std::int64_t columns, Start start) {
        bool const matrix = start.deviation > 0;
        layout.entries.push_back({name, rows, columns, layout.size, matrix, start.deviation, start.value});
        layout.size += (rows * columns + 15) / 16 * 16;
        layout.count += rows * columns;
      });
  return layout;
}

Weights bind_weights(NetworkConfig const& config, float const* block) { return bind(config, block); }
MutableWeights bind_weights(NetworkConfig const& config, float* block) { return bind(config, block); }

Tensor initial_parameters(NetworkConfig const& config, std::uint64_t seed) {
  ParameterLayout const layout = layout_of(config);
  Tensor block(1, layout.size);
  for (std::size_t e = 0; e < layout.entries.size(); ++e) {
    ParameterEntry const& entry = layout.entries[e];
    Random random(seed, mix(0x696E6974, e));  // "init"
    float* const values = block.view().data + entry.offset;
    for (std::int64_t i = 0; i < entry.rows * entry.columns; ++i) {
      double const noise = entry.initial_deviation > 0 ? entry.initial_deviation * random.normal() : 0.0;
      values[i] = static_cast<float>(entry.initial_value + noise);
    }
  }
  return block;
}

}  // namespace cislens
