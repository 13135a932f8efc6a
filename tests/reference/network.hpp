#pragma once

#include "reference/activation.hpp"
#include "reference/head.hpp"
#include "reference/layer_norm.hpp"
#include "reference/linear.hpp"
#include "reference/position.hpp"
#include "reference/stem.hpp"

#include <map>
#include <string>

namespace cislens::reference {

enum class HeadKind { additive, pooled };

struct NetworkShape {
  StemShape stem;
  std::int64_t heads;
  std::int64_t blocks;  ///< 1 for the additive head
  std::int64_t hidden;  ///< of the feed-forward part; the additive network has none
  std::int64_t readout_heads, targets;
  double rotary_base, epsilon;
  HeadKind head;
};

/// Name -> values, or gradient, of every parameter: stem.weight (K, 4, C), stem.bias; of each block<i>.
/// norm1.gain, norm1.bias, qkv.weight (C, 3 C), qkv.bias, null_key (H, D), out.weight (C, C) and, with the
/// pooled head, out.bias, norm2.gain, norm2.bias, ffn1.weight (C, F), ffn1.bias, ffn2.weight (F, C),
/// ffn2.bias; final_norm.gain, final_norm.bias; head.token.weight (C, T), head.pair.weight (C, T), or
/// head.query (R, C), head.value (R, C, T); head.bias (T).
template <typename T>
using Parameters = std::map<std::string, std::vector<T>>;

/// Attention of one block and what its backward needs.
template <typename T>
struct AttentionPart {
  LayerNorm<T> norm;
  std::vector<T> q, k, v;  ///< (P, C), q and k turned by their positions
  Attention<T> attention;
  std::vector<T> projected;  ///< (P, C): o W_O, without bias
};

template <typename T>
struct Block {
  std::vector<T> x;  ///< (P, C): what the block read
  AttentionPart<T> attended;
  std::vector<T> middle;  ///< (P, C): between attention and feed-forward
  LayerNorm<T> norm2;
  std::vector<T> before_gelu, hidden;  ///< (P, F)
};

/// All that one sequence leaves behind on its way through the network.
template <typename T>
struct Trace {
  Bases bases;
  Stem<T> stem;
  std::vector<Block<T>> blocks;
  std::vector<T> last;  ///< (P, C): what the final layer norm read
  LayerNorm<T> final_norm;
  Pooled<T> pooled;
  std::vector<T> logits;  ///< (T)
};

/// The network of DESIGN section 2 for one sequence: pre-norm blocks, rotary positions, null keys.
template <typename T>
class Network {
 public:
  Network(NetworkShape const& shape, Parameters<T> parameters)
      : shape_(shape), parameters_(std::move(parameters)) {}

  Trace<T> forward(BasesView bases) const {
    Trace<T> trace{Bases(bases.begin(), bases.end()),
                   stem_forward(bases, at("stem.weight"), at("stem.bias"), shape_.stem),
                   {},
                   {},
                   {},
                   {},
                   {}};
    std::int64_t const tokens = token_count(static_cast<std::int64_t>(bases.size()), shape_.stem.pool);
    if (shape_.head == HeadKind::additive) {
      trace.blocks.push_back({trace.stem.y, attend("block0.", tokens, trace.stem.y), {}, {}, {}, {}});
      trace.logits =
          additive_forward(head_shape(tokens), {tokens}, trace.stem.y, trace.blocks[0].attended.projected,
                           at("head.token.weight"), at("head.pair.weight"), at("head.bias"));
      return trace;
    }
    trace.last = trace.stem.y;
    for (std::int64_t i = 0; i < shape_.blocks; ++i) trace.last = block_forward(name_of(i), tokens, trace);
    trace.final_norm = norm("final_norm", tokens, trace.last);
    trace.pooled = pooled_forward(head_shape(tokens), {tokens}, trace.final_norm.y, at("head.query"),
                                  at("head.value"), at("head.bias"));
    trace.logits = trace.pooled.logits;
    return trace;
  }

  /// Adds the gradients of one sequence to `gradients`, which grows as names come up. @param dlogits  (T)
  void backward(Trace<T> const& trace, std::vector<T> const& dlogits, Parameters<T>& gradients) const {
    std::int64_t const tokens = token_count(static_cast<std::int64_t>(trace.bases.size()), shape_.stem.pool);
    std::vector<T> dx = shape_.head == HeadKind::additive ? additive_part(trace, tokens, dlogits, gradients)
                                                          : pooled_part(trace, tokens, dlogits, gradients);
    auto const stem = stem_backward(trace.bases, shape_.stem, trace.stem, dx);
    accumulate(gradients["stem.weight"], stem.dweight);
    accumulate(gradients["stem.bias"], stem.dbias);
  }

 private:
  std::vector<T> const& at(std::string const& name) const { return parameters_.at(name); }
  static std::string name_of(std::int64_t block) { return "block" + std::to_string(block) + "."; }
  static void accumulate(std::vector<T>& sum, std::vector<T> const& values) {
    sum.resize(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) sum[i] += values[i];
  }

  std::int64_t channels() const { return shape_.stem.channels; }
  HeadShape head_shape(std::int64_t tokens) const {
    return {1, tokens, channels(), shape_.targets, shape_.readout_heads};
  }
  AttentionShape attention_shape(std::int64_t tokens) const {
    return {1, tokens, shape_.heads, channels() / shape_.heads};
  }
  LayerNorm<T> norm(std::string const& name, std::int64_t tokens, std::vector<T> const& x) const {
    return layer_norm_forward(tokens, channels(), x, at(name + ".gain"), at(name + ".bias"), shape_.epsilon);
  }

  AttentionPart<T> attend(std::string const& block, std::int64_t tokens, std::vector<T> const& x) const;
  std::vector<T> attend_backward(std::string const& block, std::int64_t tokens, std::vector<T> const& x,
                                 AttentionPart<T> const& part, std::vector<T> const& dprojected,
                                 Parameters<T>& gradients) const;
  std::vector<T> block_forward(std::string const& block, std::int64_t tokens, Trace<T>& trace) const;
  std::vector<T> block_backward(std::string const& name, std::int64_t tokens, Block<T> const& block,
                                std::vector<T> const& dy, Parameters<T>& gradients) const;
  std::vector<T> norm_backward(std::string const& name, std::int64_t tokens, std::vector<T> const& x,
                               LayerNorm<T> const& forward, std::vector<T> const& dy,
                               Parameters<T>& gradients) const;
  std::vector<T> dense_backward(std::string const& name, std::int64_t tokens, std::int64_t in,
                                std::int64_t out, std::vector<T> const& x, std::vector<T> const& dy,
                                Parameters<T>& gradients) const;
  std::vector<T> additive_part(Trace<T> const& trace, std::int64_t tokens, std::vector<T> const& dlogits,
                               Parameters<T>& gradients) const;
  std::vector<T> pooled_part(Trace<T> const& trace, std::int64_t tokens, std::vector<T> const& dlogits,
                             Parameters<T>& gradients) const;

  NetworkShape shape_;
  Parameters<T> parameters_;
};

/// Column block `part` of three, of a (tokens, 3 C) matrix; and the three put together again.
template <typename T>
std::vector<T> third(std::vector<T> const& all, std::int64_t tokens, std::int64_t channels,
                     std::int64_t part) {
  std::vector<T> result(tokens * channels);
  for (std::int64_t r = 0; r < tokens; ++r) {
    for (std::int64_t c = 0; c < channels; ++c) result[r * channels + c] = all[(r * 3 + part) * channels + c];
  }
  return result;
}
template <typename T>
void put_third(std::vector<T> const& values, std::int64_t tokens, std::int64_t channels, std::int64_t part,
               std::vector<T>& all) {
  for (std::int64_t r = 0; r < tokens; ++r) {
    for (std::int64_t c = 0; c < channels; ++c) all[(r * 3 + part) * channels + c] = values[r * channels + c];
  }
}

template <typename T>
AttentionPart<T> Network<T>::attend(std::string const& block, std::int64_t tokens,
                                    std::vector<T> const& x) const {
  AttentionPart<T> part;
  auto const shape = attention_shape(tokens);
  part.norm = norm(block + "norm1", tokens, x);
  auto const qkv = linear_forward(tokens, channels(), 3 * channels(), part.norm.y, at(block + "qkv.weight"),
                                  at(block + "qkv.bias"));
  part.q = rotary(shape, shape_.rotary_base, 1, third(qkv, tokens, channels(), 0));
  part.k = rotary(shape, shape_.rotary_base, 1, third(qkv, tokens, channels(), 1));
  part.v = third(qkv, tokens, channels(), 2);
  part.attention = attention_forward(shape, {tokens}, part.q, part.k, part.v, at(block + "null_key"));
  part.projected = linear_forward(tokens, channels(), channels(), part.attention.o, at(block + "out.weight"),
                                  std::vector<T>{});
  return part;
}

template <typename T>
std::vector<T> Network<T>::attend_backward(std::string const& block, std::int64_t tokens,
                                           std::vector<T> const& x, AttentionPart<T> const& part,
                                           std::vector<T> const& dprojected, Parameters<T>& gradients) const {
  auto const shape = attention_shape(tokens);
  auto const out =
      linear_backward(tokens, channels(), channels(), part.attention.o, at(block + "out.weight"), dprojected);
  accumulate(gradients[block + "out.weight"], out.dweight);
  auto const d = attention_backward(shape, {tokens}, part.q, part.k, part.v, at(block + "null_key"),
                                    part.attention, out.dx, std::vector<T>{});
  accumulate(gradients[block + "null_key"], d.dnull_key);
  std::vector<T> dqkv(tokens * 3 * channels());
  put_third(rotary(shape, shape_.rotary_base, -1, d.dq), tokens, channels(), 0, dqkv);
  put_third(rotary(shape, shape_.rotary_base, -1, d.dk), tokens, channels(), 1, dqkv);
  put_third(d.dv, tokens, channels(), 2, dqkv);
  auto const dnorm =
      dense_backward(block + "qkv", tokens, channels(), 3 * channels(), part.norm.y, dqkv, gradients);
  return norm_backward(block + "norm1", tokens, x, part.norm, dnorm, gradients);
}

template <typename T>
std::vector<T> Network<T>::block_forward(std::string const& name, std::int64_t tokens,
                                         Trace<T>& trace) const {
  Block<T> block{trace.last, attend(name, tokens, trace.last), {}, {}, {}, {}};
  block.middle = add(block.x, block.attended.projected);
  for (std::size_t i = 0; i < block.middle.size(); ++i)
    block.middle[i] += at(name + "out.bias")[i % channels()];
  block.norm2 = norm(name + "norm2", tokens, block.middle);
  block.before_gelu = linear_forward(tokens, channels(), shape_.hidden, block.norm2.y,
                                     at(name + "ffn1.weight"), at(name + "ffn1.bias"));
  block.hidden = gelu_forward(block.before_gelu);
  auto const y = linear_forward(tokens, shape_.hidden, channels(), block.hidden, at(name + "ffn2.weight"),
                                at(name + "ffn2.bias"));
  trace.blocks.push_back(block);
  return add(block.middle, y);
}

template <typename T>
std::vector<T> Network<T>::block_backward(std::string const& name, std::int64_t tokens, Block<T> const& block,
                                          std::vector<T> const& dy, Parameters<T>& gradients) const {
  auto const dhidden =
      dense_backward(name + "ffn2", tokens, shape_.hidden, channels(), block.hidden, dy, gradients);
  auto const dbefore = gelu_backward(block.before_gelu, dhidden);
  auto const dnorm =
      dense_backward(name + "ffn1", tokens, channels(), shape_.hidden, block.norm2.y, dbefore, gradients);
  auto const dmiddle =
      add(dy, norm_backward(name + "norm2", tokens, block.middle, block.norm2, dnorm, gradients));
  auto& dbias = gradients[name + "out.bias"];
  dbias.resize(channels());
  for (std::size_t i = 0; i < dmiddle.size(); ++i) dbias[i % channels()] += dmiddle[i];
  return add(dmiddle, attend_backward(name, tokens, block.x, block.attended, dmiddle, gradients));
}

template <typename T>
std::vector<T> Network<T>::norm_backward(std::string const& name, std::int64_t tokens,
                                         std::vector<T> const& x, LayerNorm<T> const& forward,
                                         std::vector<T> const& dy, Parameters<T>& gradients) const {
  auto const d = layer_norm_backward(tokens, channels(), x, at(name + ".gain"), forward, dy);
  accumulate(gradients[name + ".gain"], d.dgain);
  accumulate(gradients[name + ".bias"], d.dbias);
  return d.dx;
}

template <typename T>
std::vector<T> Network<T>::dense_backward(std::string const& name, std::int64_t tokens, std::int64_t in,
                                          std::int64_t out, std::vector<T> const& x, std::vector<T> const& dy,
                                          Parameters<T>& gradients) const {
  auto const d = linear_backward(tokens, in, out, x, at(name + ".weight"), dy);
  accumulate(gradients[name + ".weight"], d.dweight);
  accumulate(gradients[name + ".bias"], d.dbias);
  return d.dx;
}

template <typename T>
std::vector<T> Network<T>::additive_part(Trace<T> const& trace, std::int64_t tokens,
                                         std::vector<T> const& dlogits, Parameters<T>& gradients) const {
  auto const& block = trace.blocks.front();
  auto const d = additive_backward(head_shape(tokens), {tokens}, block.x, block.attended.projected,
                                   at("head.token.weight"), at("head.pair.weight"), dlogits);
  accumulate(gradients["head.token.weight"], d.dtoken_weight);
  accumulate(gradients["head.pair.weight"], d.dpair_weight);
  accumulate(gradients["head.bias"], d.dbias);
  return add(d.dtoken, attend_backward("block0.", tokens, block.x, block.attended, d.dpair, gradients));
}

template <typename T>
std::vector<T> Network<T>::pooled_part(Trace<T> const& trace, std::int64_t tokens,
                                       std::vector<T> const& dlogits, Parameters<T>& gradients) const {
  auto const d = pooled_backward(head_shape(tokens), {tokens}, trace.final_norm.y, at("head.query"),
                                 at("head.value"), trace.pooled, dlogits);
  accumulate(gradients["head.query"], d.dquery);
  accumulate(gradients["head.value"], d.dvalue);
  accumulate(gradients["head.bias"], d.dbias);
  auto dx = norm_backward("final_norm", tokens, trace.last, trace.final_norm, d.dx, gradients);
  for (std::int64_t i = shape_.blocks; i-- > 0;) {
    dx = block_backward(name_of(i), tokens, trace.blocks[i], dx, gradients);
  }
  return dx;
}

}  // namespace cislens::reference
