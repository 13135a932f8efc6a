#include "cislens/ops/idle.hpp"

#include "backend.hpp"

namespace cislens {

namespace {

/// Puts a function in place that does nothing.
template <typename... Arguments>
void stop(void (*&function)(Arguments...)) {
  function = [](Arguments...) {};
}

}  // namespace

std::shared_ptr<Backend const> idle_backend(Backend const& like) {
  auto idle = std::make_shared<Backend>(like);
  stop(idle->stem_forward);
  stop(idle->stem_backward);
  stop(idle->stem_attribution);
  stop(idle->linear_forward);
  stop(idle->linear_backward);
  stop(idle->layer_norm_forward);
  stop(idle->layer_norm_backward);
  stop(idle->layer_norm_attribution);
  stop(idle->gelu_forward);
  stop(idle->gelu_backward);
  stop(idle->gelu_attribution);
  stop(idle->add);
  stop(idle->add_rows);
  stop(idle->copy_rows);
  stop(idle->repeat_forward);
  stop(idle->repeat_backward);
  stop(idle->dropout);
  stop(idle->positions_forward);
  stop(idle->positions_backward);
  stop(idle->rotary);
  stop(idle->attention_forward);
  stop(idle->attention_backward);
  stop(idle->attention_gather);
  stop(idle->attention_readout);
  stop(idle->attention_readout_finish);
  stop(idle->attention_entries);
  stop(idle->additive_forward);
  stop(idle->additive_backward);
  stop(idle->pooled_forward);
  stop(idle->pooled_backward);
  stop(idle->pooled_attribution);
  idle->sum_of_squares = [](std::int64_t, float const*) { return 0.0; };
  stop(idle->adamw);
  stop(idle->memory.copy_to_device);
  stop(idle->memory.copy_to_host);
  stop(idle->memory.copy);
  stop(idle->memory.clear);
  return idle;
}

}  // namespace cislens
