#pragma once

#include "../entry.hpp"

// The functions of the GPU's table. Their types come from the table itself, so a signature is typed once;
// module.cpp puts them into it. Hidden symbols of one module: the modules of the other instruction sets have
// their own.
namespace cislens::cuda {

Entry<&Backend::stem_forward>::Type stem_forward;
Entry<&Backend::stem_backward>::Type stem_backward;
Entry<&Backend::stem_attribution>::Type stem_attribution;
Entry<&Backend::stem_scratch>::Type stem_scratch;
Entry<&Backend::linear_forward>::Type linear_forward;
Entry<&Backend::linear_backward>::Type linear_backward;
Entry<&Backend::linear_scratch>::Type linear_scratch;
Entry<&Backend::layer_norm_forward>::Type layer_norm_forward;
Entry<&Backend::layer_norm_backward>::Type layer_norm_backward;
Entry<&Backend::layer_norm_attribution>::Type layer_norm_attribution;
Entry<&Backend::gelu_forward>::Type gelu_forward;
Entry<&Backend::gelu_backward>::Type gelu_backward;
Entry<&Backend::gelu_attribution>::Type gelu_attribution;
Entry<&Backend::add>::Type add;
Entry<&Backend::add_rows>::Type add_rows;
Entry<&Backend::copy_rows>::Type copy_rows;
Entry<&Backend::repeat_forward>::Type repeat_forward;
Entry<&Backend::repeat_backward>::Type repeat_backward;
Entry<&Backend::dropout>::Type dropout;
Entry<&Backend::positions_forward>::Type positions_forward;
Entry<&Backend::positions_backward>::Type positions_backward;
Entry<&Backend::rotary>::Type rotary;
Entry<&Backend::attention_forward>::Type attention_forward;
Entry<&Backend::attention_backward>::Type attention_backward;
Entry<&Backend::attention_gather>::Type attention_gather;
Entry<&Backend::attention_range>::Type attention_range;
Entry<&Backend::attention_scratch>::Type attention_scratch;
Entry<&Backend::attention_readout>::Type attention_readout;
Entry<&Backend::attention_readout_finish>::Type attention_readout_finish;
Entry<&Backend::attention_entries>::Type attention_entries;
Entry<&Backend::attention_readout_scratch>::Type attention_readout_scratch;
Entry<&Backend::additive_forward>::Type additive_forward;
Entry<&Backend::additive_backward>::Type additive_backward;
Entry<&Backend::pooled_forward>::Type pooled_forward;
Entry<&Backend::pooled_backward>::Type pooled_backward;
Entry<&Backend::pooled_attribution>::Type pooled_attribution;
Entry<&Backend::sum_of_squares>::Type sum_of_squares;
Entry<&Backend::adamw>::Type adamw;

}  // namespace cislens::cuda
