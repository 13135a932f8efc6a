#pragma once

#include "cislens/ops/attention.hpp"
#include "cislens/ops/stem.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace cislens {

enum class Positions { rotary, sinusoidal, learned, none };
enum class NormPlacement { pre, post };
enum class HeadKind { additive, pooled };

/// Which tokens a token looks at.
struct AttentionMode {
  AttentionSpan span;
  int summaries = 0;  ///< G, with a local span only

  bool operator==(AttentionMode const&) const = default;
};

/// The shape of a network: everything that decides which parameters there are and what they mean.
struct NetworkConfig {
  int targets = 1;           ///< T
  int channels = 128;        ///< C
  int filter_width = 19;     ///< K, odd
  int pool = 2;              ///< bases a token stands for
  bool exponential = false;  ///< stem activation exp instead of ReLU
  int blocks = 1;            ///< attention blocks
  int heads = 4;             ///< H; channels are a multiple of it
  int ffn_channels = 0;      ///< width of the feed-forward layer, 0: none
  NormPlacement norm = NormPlacement::pre;
  Positions positions = Positions::rotary;
  double rotary_base = 100;     ///< longest wavelength is 2 pi times this, in tokens
  int learned_positions = 256;  ///< rows of the learned table; other lengths are interpolated
  bool null_key = true;         ///< a head may look at nothing
  AttentionSpan attention;      ///< which tokens a token looks at
  /// Summary tokens of a sequence and block: learned queries that look at the whole sequence, and that every
  /// token sees besides its span. Only with a local span.
  int summaries = 0;
  HeadKind head = HeadKind::pooled;
  int readout_heads = 4;  ///< R, queries of the pooled head

  int head_channels() const { return channels / heads; }
  std::int64_t tokens(std::int64_t bases) const { return (bases + pool - 1) / pool; }
  StemOptions stem() const { return {filter_width, pool, exponential}; }
  /// Norm after the last block: a pre-norm network needs one before its pooled head.
  bool final_norm() const { return norm == NormPlacement::pre && head == HeadKind::pooled; }
  /// The additive head is exact only when attention's output is linear in W_O: no bias, no norm and no layer
  /// behind it.
  bool out_bias() const { return head == HeadKind::pooled; }

  bool operator==(NetworkConfig const&) const = default;
};

/// @throws UsageError  naming the option that does not fit
void check(NetworkConfig const& config);

std::string_view name_of(Positions positions);
std::string_view name_of(NormPlacement norm);
std::string_view name_of(HeadKind head);
/// @throws UsageError  listing the names there are
Positions parse_positions(std::string_view name);
NormPlacement parse_norm(std::string_view name);
HeadKind parse_head(std::string_view name);

/// "exact", "local:W", "local:W+global:G" or "chunk:S", numbers of tokens.
std::string name_of(AttentionMode const& mode);
/// @throws UsageError  the text is none of those, or a number is not between 1 and 1,000,000,000 (G: 1024)
AttentionMode parse_attention(std::string_view text);

}  // namespace cislens
