#include "cislens/model/config.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/text.hpp"

#include <array>
#include <utility>

namespace cislens {

namespace {

template <typename Value, std::size_t count>
using Names = std::array<std::pair<Value, std::string_view>, count>;

constexpr Names<Positions, 4> position_names{{{Positions::rotary, "rotary"},
                                              {Positions::sinusoidal, "sinusoidal"},
                                              {Positions::learned, "learned"},
                                              {Positions::none, "none"}}};
constexpr Names<NormPlacement, 2> norm_names{{{NormPlacement::pre, "pre"}, {NormPlacement::post, "post"}}};
constexpr Names<HeadKind, 2> head_names{{{HeadKind::additive, "additive"}, {HeadKind::pooled, "pooled"}}};

template <typename Value, std::size_t count>
std::string_view find_name(Names<Value, count> const& names, Value value) {
  for (auto const& [known, name] : names) {
    if (known == value) return name;
  }
  return "?";
}

template <typename Value, std::size_t count>
Value find_value(Names<Value, count> const& names, std::string_view what, std::string_view wanted) {
  std::string known;
  for (auto const& [value, name] : names) {
    if (name == wanted) return value;
    known += (known.empty() ? "" : ", ") + std::string(name);
  }
  throw UsageError(std::string(what) + " '" + std::string(wanted) + "' is not one of: " + known);
}

void need(bool condition, std::string const& message) {
  if (!condition) throw UsageError(message);
}

std::string text(int value) { return std::to_string(value); }

constexpr std::int64_t most_tokens = 1'000'000'000;
constexpr std::int64_t most_summaries = 1024;

[[noreturn]] void fail_attention(std::string_view text) {
  throw UsageError("attention '" + std::string(text) +
                   "' is not one of: exact, local:W, local:W+global:G, chunk:S (whole numbers from 1; W and "
                   "S count tokens, a token stands for --pool bases; G is at most 1024)");
}

/// The number behind `lead` in `part`.
std::int64_t count_behind(std::string_view lead, std::string_view part, std::int64_t most,
                          std::string_view all) {
  long count = 0;
  bool const fits = part.starts_with(lead) && parse_number(part.substr(lead.size()), count);
  if (!fits || count < 1 || count > most) fail_attention(all);
  return count;
}

}  // namespace

std::string_view name_of(Positions positions) { return find_name(position_names, positions); }
std::string_view name_of(NormPlacement norm) { return find_name(norm_names, norm); }
std::string_view name_of(HeadKind head) { return find_name(head_names, head); }
Positions parse_positions(std::string_view name) { return find_value(position_names, "positions", name); }
NormPlacement parse_norm(std::string_view name) { return find_value(norm_names, "norm", name); }
HeadKind parse_head(std::string_view name) { return find_value(head_names, "head", name); }

std::string name_of(AttentionMode const& mode) {
  std::string const width = std::to_string(mode.span.width);
  if (mode.span.kind == AttentionSpan::Kind::exact) return "exact";
  if (mode.span.kind == AttentionSpan::Kind::chunk) return "chunk:" + width;
  return "local:" + width + (mode.summaries > 0 ? "+global:" + text(mode.summaries) : "");
}

AttentionMode parse_attention(std::string_view text) {
  using Kind = AttentionSpan::Kind;
  if (text == "exact") return {};
  if (text.starts_with("chunk:")) return {{Kind::chunk, count_behind("chunk:", text, most_tokens, text)}, 0};
  std::size_t const plus = text.find('+');
  AttentionMode mode{{Kind::local, count_behind("local:", text.substr(0, plus), most_tokens, text)}, 0};
  if (plus != std::string_view::npos) {
    mode.summaries = static_cast<int>(count_behind("global:", text.substr(plus + 1), most_summaries, text));
  }
  return mode;
}

void check(NetworkConfig const& c) {
  need(c.targets >= 1 && c.targets <= 100000, "targets: " + text(c.targets) + " is not between 1 and 100000");
  need(c.channels >= 4 && c.channels <= 4096, "channels: " + text(c.channels) + " is not between 4 and 4096");
  need(c.filter_width >= 1 && c.filter_width <= 255 && c.filter_width % 2 == 1,
       "filter width: " + text(c.filter_width) + " is not an odd number between 1 and 255");
  need(c.pool >= 1 && c.pool <= 64, "pool: " + text(c.pool) + " is not between 1 and 64");
  need(c.blocks >= 0 && c.blocks <= 64, "blocks: " + text(c.blocks) + " is not between 0 and 64");
  need(c.heads >= 1 && c.channels % c.heads == 0,
       "heads: " + text(c.channels) + " channels cannot be shared between " + text(c.heads) + " heads");
  need(c.head_channels() <= 128,
       "heads: " + text(c.head_channels()) + " channels a head are more than 128; use more heads");
  need(c.positions != Positions::rotary || c.head_channels() % 2 == 0,
       "positions: rotary needs an even number of channels a head");
  need(c.positions != Positions::rotary || c.rotary_base > 1, "rotary base: must be greater than 1");
  need(c.positions != Positions::learned || c.learned_positions >= 2, "learned positions: at least 2");
  need(c.ffn_channels >= 0 && c.ffn_channels <= 65536,
       "ffn channels: " + text(c.ffn_channels) + " is not between 0 and 65536");
  bool const exact = c.attention.kind == AttentionSpan::Kind::exact;
  need(exact || (c.attention.width >= 1 && c.attention.width <= most_tokens),
       "attention: width " + std::to_string(c.attention.width) + " is not between 1 and 1000000000");
  need(!exact || c.attention.width == 0, "attention: exact has no width");
  need(c.summaries >= 0 && c.summaries <= most_summaries,
       "summaries: " + text(c.summaries) + " is not between 0 and 1024");
  need(c.summaries == 0 || c.attention.kind == AttentionSpan::Kind::local,
       "summaries: only local attention has them (local:W+global:G)");
  need(c.head != HeadKind::pooled || (c.readout_heads >= 1 && c.readout_heads <= 1024),
       "readout heads: not between 1 and 1024");
  if (c.head == HeadKind::additive) {
    need(c.blocks == 1 && c.ffn_channels == 0 && c.norm == NormPlacement::pre,
         "head 'additive' is exact only with one pre-norm block without feed-forward layer: --blocks 1 --ffn "
         "0 --norm pre");
  }
}

}  // namespace cislens
