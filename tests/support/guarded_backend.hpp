#pragma once

#include "cislens/ops/load.hpp"

#include "../../src/ops/backend.hpp"
#include "support/guarded_memory.hpp"

#include <stdexcept>
#include <type_traits>

namespace cislens::test {

/// The table whose functions a guarded backend calls.
inline Backend const& guarded_inner() { return load_cpu_backend("auto"); }

inline void require_guarded(char const* what, std::initializer_list<void const*> pointers) {
  for (void const* const pointer : pointers) {
    if (!GuardedPages::all().holds(pointer))
      throw std::logic_error(std::string("a device's function gets host memory: ") + what);
  }
}

// What the table's functions are given: pointers into the device's memory, and structs of them.
template <typename T>
void require_on_device(T const& argument) {
  if constexpr (std::is_pointer_v<T>) require_guarded("an argument", {argument});
}
inline void require_on_device(AttentionOperands const& x) {
  require_guarded("attention's operands", {x.q, x.k, x.v, x.null_key, x.summary_key, x.summary_value,
                                           x.query_lengths, x.key_lengths});
}
inline void require_on_device(AttentionResult const& x) {
  require_guarded("attention's result", {x.o, x.lse, x.entropy});
}
inline void require_on_device(AttentionUpstream const& x) {
  require_guarded("attention's upstream", {x.o, x.lse, x.entropy, x.d_o});
}
inline void require_on_device(AttentionSums const& x) {
  require_guarded("attention's sums", {x.dq, x.dk, x.dv, x.extra});
}
inline void require_on_device(AttentionGather const& x) {
  require_guarded("attention's gather", {x.extra, x.dnull_key, x.dsummary_key, x.dsummary_value});
}
inline void require_on_device(AttentionKnown const& x) {
  require_guarded("what the readout knows", {x.lse, x.d_o, x.row_weight});
}
inline void require_on_device(AttentionReadoutSums const& x) {
  require_guarded("the readout's sums",
                  {x.received, x.attribution, x.entropy, x.distance, x.mass, x.dv, x.partners,
                   x.partner_weight, x.partner_worth, x.histogram, x.summary_received, x.dsummary_value});
}
inline void require_on_device(AttentionReadoutTotals const& x) {
  require_guarded("the readout's totals", {x.histogram, x.summary_received, x.dsummary_value});
}

template <auto Entry, typename Result, typename... Arguments>
Result call_opened(Arguments... arguments) {
  (require_on_device(arguments), ...);
  GuardedPages::Open const open;
  return (guarded_inner().*Entry)(arguments...);
}

template <auto Entry, typename Result, typename... Arguments>
void open_within(Backend& backend, Result (*Backend::*)(Arguments...)) {
  backend.*Entry = &call_opened<Entry, Result, Arguments...>;
}
template <auto... Entries>
void open_within(Backend& backend) {
  (open_within<Entries>(backend, Entries), ...);
}

/// A device in all but speed: the best CPU table, with memory of its own that host code cannot touch. What a
/// function is given must lie in that memory.
inline Backend const& guarded_backend() {
  static Backend const guarded = [] {
    Backend backend = guarded_inner();
    backend.name = "guarded";
    backend.preferred_sequences = 64;
    backend.preferred_tokens = 4096;
    backend.memory = guarded_memory;
    using B = Backend;
    open_within<&B::stem_forward, &B::stem_backward, &B::stem_attribution, &B::linear_forward,
                &B::linear_backward, &B::layer_norm_forward, &B::layer_norm_backward,
                &B::layer_norm_attribution, &B::gelu_forward, &B::gelu_backward, &B::gelu_attribution,
                &B::add, &B::add_rows, &B::copy_rows, &B::repeat_forward, &B::repeat_backward, &B::dropout,
                &B::positions_forward, &B::positions_backward, &B::rotary>(backend);
    open_within<&B::attention_forward, &B::attention_backward, &B::attention_gather, &B::attention_readout,
                &B::attention_readout_finish, &B::attention_entries, &B::additive_forward,
                &B::additive_backward, &B::pooled_forward, &B::pooled_backward, &B::pooled_attribution,
                &B::sum_of_squares, &B::adamw>(backend);
    return backend;
  }();
  return guarded;
}

}  // namespace cislens::test
