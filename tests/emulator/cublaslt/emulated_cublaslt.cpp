// The part of cuBLASLt that src/ops/cuda/cublaslt_api.hpp declares, in plain loops, from its documentation
// and strict about what it is given: the tests put it in the library path of the emulated module. Emulated
// device memory is shut outside of kernels; a product opens the mappings it needs and shuts them again.
#include "cublaslt_api.hpp"

#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <sys/mman.h>
#include <vector>

namespace {

using namespace cislens::cuda::cublaslt;

constexpr Status invalid = 7;

struct Desc {
  int compute, scale;
  std::map<int, std::string> attributes;
  template <typename T>
  T get(int attribute, T fallback) const {
    auto const found = attributes.find(attribute);
    if (found == attributes.end()) return fallback;
    std::memcpy(&fallback, found->second.data(), sizeof fallback);
    return fallback;
  }
};
struct Layout {
  std::uint64_t rows, columns;
  std::int64_t leading;
};

/// The mapping that an address lies in, readable and writable for a while.
class Opened {
 public:
  explicit Opened(void const* address) {
    auto const wanted = reinterpret_cast<std::uintptr_t>(address);
    std::FILE* const maps = std::fopen("/proc/self/maps", "r");
    char line[512];
    while (std::fgets(line, sizeof line, maps) != nullptr) {
      unsigned long first = 0;
      unsigned long last = 0;
      char rights[5] = {};
      if (std::sscanf(line, "%lx-%lx %4s", &first, &last, rights) != 3) continue;
      if (wanted < first || wanted >= last || std::strcmp(rights, "---p") != 0) continue;
      memory_ = reinterpret_cast<void*>(first);
      bytes_ = last - first;
      mprotect(memory_, bytes_, PROT_READ | PROT_WRITE);
    }
    std::fclose(maps);
  }
  ~Opened() {
    if (memory_ != nullptr) mprotect(memory_, bytes_, PROT_NONE);
  }
  Opened(Opened const&) = delete;
  Opened& operator=(Opened const&) = delete;

 private:
  void* memory_ = nullptr;
  std::size_t bytes_ = 0;
};

bool same(Layout const& a, Layout const& b) { return a.rows == b.rows && a.columns == b.columns; }

}  // namespace

extern "C" {

Status cublasLtCreate(Handle* handle) {
  static int one = 0;
  *handle = &one;
  return success;
}
Status cublasLtMatmulDescCreate(MatmulDesc* desc, int compute, int scale) {
  *desc = new Desc{compute, scale, {}};
  return success;
}
Status cublasLtMatmulDescDestroy(MatmulDesc desc) {
  delete static_cast<Desc*>(desc);
  return success;
}
Status cublasLtMatmulDescSetAttribute(MatmulDesc desc, int attribute, void const* value, std::size_t bytes) {
  std::size_t const wanted = attribute == desc_bias_pointer ? 8 : 4;
  if (bytes != wanted) return invalid;
  static_cast<Desc*>(desc)->attributes[attribute] = {static_cast<char const*>(value), bytes};
  return success;
}
Status cublasLtMatrixLayoutCreate(MatrixLayout* layout, int type, std::uint64_t rows, std::uint64_t columns,
                                  std::int64_t leading) {
  if (type != real_32f || leading < static_cast<std::int64_t>(rows)) return invalid;
  *layout = new Layout{rows, columns, leading};
  return success;
}
Status cublasLtMatrixLayoutDestroy(MatrixLayout layout) {
  delete static_cast<Layout*>(layout);
  return success;
}
Status cublasLtMatmulPreferenceCreate(Preference* preference) {
  *preference = new int(0);
  return success;
}
Status cublasLtMatmulPreferenceDestroy(Preference preference) {
  delete static_cast<int*>(preference);
  return success;
}
Status cublasLtMatmulPreferenceSetAttribute(Preference, int attribute, void const*, std::size_t bytes) {
  return bytes == (attribute == preference_workspace_bytes ? 8U : 4U) ? success : invalid;
}
Status cublasLtMatmulAlgoGetHeuristic(Handle, MatmulDesc, MatrixLayout, MatrixLayout, MatrixLayout,
                                      MatrixLayout, Preference, int, HeuristicResult* results, int* found) {
  *results = {};
  *found = 1;
  return success;
}
Status cublasLtMatmul(Handle, MatmulDesc described, void const* alpha, void const* a, MatrixLayout a_layout,
                      void const* b, MatrixLayout b_layout, void const* beta, void const* c,
                      MatrixLayout c_layout, void* d, MatrixLayout d_layout, Algorithm const*, void*,
                      std::size_t, void*) {
  Desc const& desc = *static_cast<Desc*>(described);
  Layout const& la = *static_cast<Layout*>(a_layout);
  Layout const& lb = *static_cast<Layout*>(b_layout);
  Layout const& ld = *static_cast<Layout*>(d_layout);
  bool const transpose = desc.get<std::int32_t>(desc_transpose_a, 0) == transposed;
  if (desc.compute != compute_32f || desc.scale != real_32f) return invalid;
  if ((transpose ? la.columns : la.rows) != ld.rows || (transpose ? la.rows : la.columns) != lb.rows ||
      lb.columns != ld.columns || !same(*static_cast<Layout*>(c_layout), ld)) {
    return invalid;
  }
  float const* const bias = desc.get<std::uint32_t>(desc_epilogue, 1) == epilogue_bias
                                ? desc.get<float const*>(desc_bias_pointer, nullptr)
                                : nullptr;
  Opened const opened[] = {Opened(a), Opened(b), Opened(c), Opened(d), Opened(bias)};
  auto const* const x = static_cast<float const*>(a);
  auto const* const y = static_cast<float const*>(b);
  float const scale_c = *static_cast<float const*>(beta);
  for (std::uint64_t j = 0; j < ld.columns; ++j) {
    for (std::uint64_t i = 0; i < ld.rows; ++i) {
      float sum = 0;
      for (std::uint64_t k = 0; k < lb.rows; ++k)
        sum += (transpose ? x[i * la.leading + k] : x[k * la.leading + i]) * y[j * lb.leading + k];
      float total = *static_cast<float const*>(alpha) * sum + (bias != nullptr ? bias[i] : 0);
      if (scale_c != 0) total += scale_c * static_cast<float const*>(c)[j * ld.leading + i];
      static_cast<float*>(d)[j * ld.leading + i] = total;
    }
  }
  return success;
}

}  // extern "C"
