#pragma once

#include <cuda_bf16.h>
#include <cuda_runtime.h>

// All inline PTX of the module, at the level of sm_80. tests/emulator holds a file of the same name whose
// functions do the same in plain loops. Source: PTX ISA 8.x, "Warp level matrix instructions", "ldmatrix",
// "cp.async".
namespace cislens::cuda {

__device__ inline unsigned shared_address(void const* pointer) {
  return static_cast<unsigned>(__cvta_generic_to_shared(pointer));
}

// d (16, 8) += a (16, 16) b (16, 8), bf16 operands and float32 sums, by a whole warp. With g = lane / 4 and
// t = lane % 4 a lane holds, two bf16 in a register, the lower half first:
//   a[0] = A(g, 2t..)    a[1] = A(g + 8, 2t..)    a[2] = A(g, 2t + 8..)    a[3] = A(g + 8, 2t + 8..)
//   b[0] = B(2t.., g)    b[1] = B(2t + 8.., g)
//   d[0], d[1] = D(g, 2t..)    d[2], d[3] = D(g + 8, 2t..)
__device__ inline void mma_bf16(float (&d)[4], unsigned const (&a)[4], unsigned const (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
      "{%0, %1, %2, %3};\n"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

// Matrices of 8 rows of 8 bf16 from shared memory. Lane 8 m + i says where row i of matrix m begins (16-byte
// aligned); then lane l has in r[m] the elements 2 (l % 4) and 2 (l % 4) + 1 of row l / 4, transposed: of
// column l / 4. Of the x2 forms only the addresses of lanes 0-15 count.
__device__ inline void ldmatrix_x4(unsigned (&r)[4], void const* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];\n"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(shared_address(row))
               : "memory");
}
__device__ inline void ldmatrix_x4_transposed(unsigned (&r)[4], void const* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];\n"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(shared_address(row))
               : "memory");
}
__device__ inline void ldmatrix_x2(unsigned (&r)[2], void const* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%0, %1}, [%2];\n"
               : "=r"(r[0]), "=r"(r[1])
               : "r"(shared_address(row))
               : "memory");
}
__device__ inline void ldmatrix_x2_transposed(unsigned (&r)[2], void const* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%0, %1}, [%2];\n"
               : "=r"(r[0]), "=r"(r[1])
               : "r"(shared_address(row))
               : "memory");
}

// 16 bytes from global to shared memory, both 16-byte aligned, behind the thread's back: they are there after
// the cp_async_wait that waits for the cp_async_commit after them, for other threads after a barrier.
__device__ inline void cp_async_16(void* shared, void const* global) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16;\n" ::"r"(shared_address(shared)), "l"(global)
               : "memory");
}
// 16 zero bytes when not `real`; then `global` is not read, but must be an address that could be.
__device__ inline void cp_async_16_or_zero(void* shared, void const* global, bool real) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;\n" ::"r"(shared_address(shared)), "l"(global),
               "r"(real ? 16 : 0)
               : "memory");
}
// 4 bytes, 4-byte aligned: for rows that are not.
__device__ inline void cp_async_4_or_zero(void* shared, void const* global, bool real) {
  asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;\n" ::"r"(shared_address(shared)), "l"(global),
               "r"(real ? 4 : 0)
               : "memory");
}
__device__ inline void cp_async_commit() { asm volatile("cp.async.commit_group;\n" ::: "memory"); }
// Waits until at most `Groups` of the thread's groups are still on their way.
template <int Groups>
__device__ inline void cp_async_wait() {
  asm volatile("cp.async.wait_group %0;\n" ::"n"(Groups) : "memory");
}

// 2^x; relative error about 2^-22, subnormal results are 0.
__device__ inline float exp2_fast(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

}  // namespace cislens::cuda
