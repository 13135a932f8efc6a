#pragma once

#include <cstddef>
#include <cstdint>

// What the module uses of cuBLASLt, which is opened at run time where it is installed: names, numbers and
// layouts as the reference documents them, written down here because no header of it is needed to build.
// Source: NVIDIA, cuBLAS 12 and 13 reference, "Using the cuBLASLt API".
namespace cislens::cuda::cublaslt {

using Status = int;
inline constexpr Status success = 0;

using Handle = void*;
using MatmulDesc = void*;
using MatrixLayout = void*;
using Preference = void*;

inline constexpr int real_32f = 0;      // CUDA_R_32F
inline constexpr int compute_32f = 68;  // CUBLAS_COMPUTE_32F: float32 throughout, no TF32

// cublasLtMatmulDescAttributes_t
inline constexpr int desc_transpose_a = 3;
inline constexpr int desc_epilogue = 7;
inline constexpr int desc_bias_pointer = 8;
inline constexpr std::int32_t transposed = 1;      // CUBLAS_OP_T
inline constexpr std::uint32_t epilogue_bias = 4;  // CUBLASLT_EPILOGUE_BIAS: a number a row of D

// cublasLtMatmulPreferenceAttributes_t
inline constexpr int preference_workspace_bytes = 1;
inline constexpr int preference_reduction_schemes = 3;
inline constexpr int preference_first_alignment = 5;  // of A, then B, C, D
inline constexpr std::uint32_t reduction_none = 0;    // k is not split

struct Algorithm {
  std::uint64_t data[8];
};
struct HeuristicResult {
  Algorithm algorithm;
  std::size_t workspace_bytes;
  Status state;
  float waves;
  int reserved[4];
};

struct Functions {
  Status (*cublasLtCreate)(Handle*);
  Status (*cublasLtMatmulDescCreate)(MatmulDesc*, int compute, int scale);
  Status (*cublasLtMatmulDescDestroy)(MatmulDesc);
  Status (*cublasLtMatmulDescSetAttribute)(MatmulDesc, int attribute, void const* value, std::size_t bytes);
  Status (*cublasLtMatrixLayoutCreate)(MatrixLayout*, int type, std::uint64_t rows, std::uint64_t columns,
                                       std::int64_t leading);
  Status (*cublasLtMatrixLayoutDestroy)(MatrixLayout);
  Status (*cublasLtMatmulPreferenceCreate)(Preference*);
  Status (*cublasLtMatmulPreferenceDestroy)(Preference);
  Status (*cublasLtMatmulPreferenceSetAttribute)(Preference, int attribute, void const* value,
                                                 std::size_t bytes);
  Status (*cublasLtMatmulAlgoGetHeuristic)(Handle, MatmulDesc, MatrixLayout a, MatrixLayout b, MatrixLayout c,
                                           MatrixLayout d, Preference, int wanted, HeuristicResult* results,
                                           int* found);
  Status (*cublasLtMatmul)(Handle, MatmulDesc, void const* alpha, void const* a, MatrixLayout, void const* b,
                           MatrixLayout, void const* beta, void const* c, MatrixLayout, void* d, MatrixLayout,
                           Algorithm const*, void* workspace, std::size_t workspace_bytes, void* stream);
};

}  // namespace cislens::cuda::cublaslt
