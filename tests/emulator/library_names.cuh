#pragma once

// A library of host code that the tests may put in the path; the real one would hand emulated memory to a
// GPU.
namespace cislens::cuda {

inline constexpr char const* cublaslt_names[] = {"libcublasLt_emulated.so"};

}  // namespace cislens::cuda
