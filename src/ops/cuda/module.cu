#include "cublaslt.hpp"
#include "device.hpp"
#include "functions.hpp"

#include <cstdio>
#include <exception>
#include <new>

namespace {

namespace cuda = cislens::cuda;

// In the order of the table: designated initialisers refuse an entry that is missing, misplaced or of
// another type.
cislens::Backend table() {
  return {
      .name = "cuda",
      .preferred_sequences = 65536,
      .preferred_tokens = std::int64_t{1} << 19,
      .memory = cuda::device_memory(),
      .stem_forward = cuda::stem_forward,
      .stem_backward = cuda::stem_backward,
      .stem_attribution = cuda::stem_attribution,
      .stem_scratch = cuda::stem_scratch,
      .linear_forward = cuda::linear_forward,
      .linear_backward = cuda::linear_backward,
      .linear_scratch = cuda::linear_scratch,
      .layer_norm_forward = cuda::layer_norm_forward,
      .layer_norm_backward = cuda::layer_norm_backward,
      .layer_norm_attribution = cuda::layer_norm_attribution,
      .gelu_forward = cuda::gelu_forward,
      .gelu_backward = cuda::gelu_backward,
      .gelu_attribution = cuda::gelu_attribution,
      .add = cuda::add,
      .add_rows = cuda::add_rows,
      .copy_rows = cuda::copy_rows,
      .repeat_forward = cuda::repeat_forward,
      .repeat_backward = cuda::repeat_backward,
      .dropout = cuda::dropout,
      .positions_forward = cuda::positions_forward,
      .positions_backward = cuda::positions_backward,
      .rotary = cuda::rotary,
      .attention_forward = cuda::attention_forward,
      .attention_backward = cuda::attention_backward,
      .attention_gather = cuda::attention_gather,
      .attention_range = cuda::attention_range,
      .attention_scratch = cuda::attention_scratch,
      .attention_readout = cuda::attention_readout,
      .attention_readout_finish = cuda::attention_readout_finish,
      .attention_entries = cuda::attention_entries,
      .attention_readout_scratch = cuda::attention_readout_scratch,
      .additive_forward = cuda::additive_forward,
      .additive_backward = cuda::additive_backward,
      .pooled_forward = cuda::pooled_forward,
      .pooled_backward = cuda::pooled_backward,
      .pooled_attribution = cuda::pooled_attribution,
      .sum_of_squares = cuda::sum_of_squares,
      .adamw = cuda::adamw,
  };
}

}  // namespace

extern "C" [[gnu::visibility("default")]] void cislens_gpu_survey(cislens::GpuSurvey* survey) {
  *survey = {};
  try {
    cuda::survey_devices(*survey);
    std::snprintf(survey->products, sizeof survey->products, "%s", cuda::describe_products().c_str());
  } catch (std::exception const& error) {
    std::snprintf(survey->problem, sizeof survey->problem, "%s", error.what());
  }
}

extern "C" [[gnu::visibility("default")]] cislens::Backend const* cislens_gpu_open(
    int device, char* problem, std::size_t problem_bytes) {
  try {
    cuda::open_device(device);
    static cislens::Backend const opened = table();
    return &opened;
  } catch (std::bad_alloc const&) {
    std::snprintf(problem, problem_bytes, "its memory is full: what else runs on it?");
    return nullptr;
  } catch (std::exception const& error) {
    std::snprintf(problem, problem_bytes, "%s", error.what());
    return nullptr;
  }
}
