#include "emulated_threads.hpp"

#include <cstring>
#include <cuda_runtime.h>
#include <link.h>
#include <map>
#include <sys/mman.h>
#include <unistd.h>

namespace emulator {

namespace {

constexpr std::size_t without_asking = 48 * 1024;
constexpr std::size_t with_asking = 227 * 1024;  // as compute capability 9.0

std::map<void const*, std::size_t>& asked_for() {
  static std::map<void const*, std::size_t> bytes;
  return bytes;
}

struct Stretch {
  unsigned char* first = nullptr;
  std::size_t bytes = 0;
  bool holds(void const* address) const {
    auto const* const place = static_cast<unsigned char const*>(address);
    return place >= first && place < first + bytes;
  }
};

Stretch dynamic;
Stretch statics;  // of the thread that launched the kernel
// Makes sure that the module has storage of the thread's own, in which __shared__ arrays lie.
thread_local unsigned char anchor[64];

/// The module's storage in the calling thread.
Stretch thread_storage() {
  anchor[0] = 1;
  Stretch found;
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* result) {
        auto const* const storage = static_cast<unsigned char*>(info->dlpi_tls_data);
        for (int i = 0; i < info->dlpi_phnum; ++i) {
          auto const& part = info->dlpi_phdr[i];
          if (part.p_type != PT_TLS || storage == nullptr) continue;
          if (anchor >= storage && anchor < storage + part.p_memsz) {
            *static_cast<Stretch*>(result) = {const_cast<unsigned char*>(storage), part.p_memsz};
          }
        }
        return 0;
      },
      &found);
  return found;
}

}  // namespace

void find_static_shared_memory() { statics = thread_storage(); }

void fill_shared_memory() {
  std::memset(statics.first, 0xFF, statics.bytes);
  if (dynamic.bytes > 0) std::memset(dynamic.first, 0xFF, dynamic.bytes);
}

bool set_dynamic_shared_memory(std::size_t bytes) {
  static std::size_t const page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  static std::size_t const room = (with_asking + page - 1) / page * page;
  static auto* const memory = static_cast<unsigned char*>(
      mmap(nullptr, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  static bool const guarded = mprotect(memory + room, page, PROT_NONE) == 0;
  std::size_t const aligned = (bytes + 15) / 16 * 16;
  dynamic = {memory + room - aligned, aligned};
  return guarded;
}

void* dynamic_shared_memory() { return dynamic.first; }

bool is_shared_memory(void const* address) { return dynamic.holds(address) || statics.holds(address); }

std::size_t allowed_shared_bytes(void const* kernel) {
  auto const found = asked_for().find(kernel);
  return found == asked_for().end() ? without_asking : found->second;
}

cudaError_t allow_shared_bytes(void const* kernel, std::size_t bytes) {
  if (bytes > with_asking) return cudaErrorInvalidValue;
  std::size_t& allowed = asked_for()[kernel];
  allowed = std::max({allowed, bytes, without_asking});
  return cudaSuccess;
}

}  // namespace emulator
