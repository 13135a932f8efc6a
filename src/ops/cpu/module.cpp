#include "functions.hpp"

namespace {

namespace cpu = cislens::cpu;

// In the order of the table: designated initialisers refuse an entry that is missing, misplaced or of another
// type
// (-Werror=missing-field-initializers).
constexpr cislens::Backend table{
    .name = CISLENS_ISA_NAME,
    .preferred_sequences = 4,
    .preferred_tokens = 2048,  // what a block works on stays in the second-level cache
    .memory = cislens::host_memory,
    .stem_forward = cpu::stem_forward,
    .stem_backward = cpu::stem_backward,
    .stem_attribution = cpu::stem_attribution,
    .stem_scratch = cpu::stem_scratch,
    .linear_forward = cpu::linear_forward,
    .linear_backward = cpu::linear_backward,
    .linear_scratch = cpu::linear_scratch,
    .layer_norm_forward = cpu::layer_norm_forward,
    .layer_norm_backward = cpu::layer_norm_backward,
    .layer_norm_attribution = cpu::layer_norm_attribution,
    .gelu_forward = cpu::gelu_forward,
    .gelu_backward = cpu::gelu_backward,
    .gelu_attribution = cpu::gelu_attribution,
    .add = cpu::add,
    .add_rows = cpu::add_rows,
    .copy_rows = cpu::copy_rows,
    .repeat_forward = cpu::repeat_forward,
    .repeat_backward = cpu::repeat_backward,
    .dropout = cpu::dropout,
    .positions_forward = cpu::positions_forward,
    .positions_backward = cpu::positions_backward,
    .rotary = cpu::rotary,
    .attention_forward = cpu::attention_forward,
    .attention_backward = cpu::attention_backward,
    .attention_gather = cpu::attention_gather,
    .attention_range = cpu::attention_range,
    .attention_scratch = cpu::attention_scratch,
    .attention_readout = cpu::attention_readout,
    .attention_readout_finish = cpu::attention_readout_finish,
    .attention_entries = cpu::attention_entries,
    .attention_readout_scratch = cpu::attention_readout_scratch,
    .additive_forward = cpu::additive_forward,
    .additive_backward = cpu::additive_backward,
    .pooled_forward = cpu::pooled_forward,
    .pooled_backward = cpu::pooled_backward,
    .pooled_attribution = cpu::pooled_attribution,
    .sum_of_squares = cpu::sum_of_squares,
    .adamw = cpu::adamw,
};

}  // namespace

extern "C" [[gnu::visibility("default")]] cislens::Backend const* cislens_backend() { return &table; }
