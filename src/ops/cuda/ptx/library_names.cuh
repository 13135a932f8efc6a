#pragma once

// Of cuBLASLt, newest first. tests/emulator holds a file of the same name with its own.
namespace cislens::cuda {

inline constexpr char const* cublaslt_names[] = {"libcublasLt.so.13", "libcublasLt.so.12"};

}  // namespace cislens::cuda
