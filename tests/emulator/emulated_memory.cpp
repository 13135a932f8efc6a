#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <cuda_runtime.h>
#include <map>
#include <mutex>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

namespace {

constexpr std::size_t alignment = 256;  // as the runtime's

struct Allocation {
  unsigned char* mapping;
  std::size_t mapped;  // with the guard pages at both ends
  std::size_t bytes;
};

struct Device {
  std::recursive_mutex mutex;
  std::map<unsigned char*, Allocation> allocations;
  std::size_t used = 0;
  int open = 0;  // kernels and copies that run
  std::string failure = "unspecified launch failure";
};

Device& device() {
  static auto* const one = new Device;  // never taken down: memory is given back after main, too
  return *one;
}

std::size_t page() {
  static std::size_t const bytes = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

std::size_t number_from(char const* variable, std::size_t otherwise) {
  char const* const text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::size_t capacity() { return number_from("CISLENS_EMULATED_MEMORY", std::size_t{8} << 30); }

void protect(Allocation const& allocation, int protection) {
  mprotect(allocation.mapping + page(), allocation.mapped - 2 * page(), protection);
}

/// Says who touched what before the program ends: a fault is a finding, not an accident of the emulator.
void explain_fault(int, siginfo_t* information, void*) {
  auto const* const address = static_cast<unsigned char*>(information->si_addr);
  char text[400];
  int length = std::snprintf(text, sizeof text, "emulator: access to %p", static_cast<void const*>(address));
  auto const add = [&](char const* format, auto... values) {
    length += std::snprintf(text + length, sizeof text - static_cast<std::size_t>(length), format, values...);
  };
  if (device().open > 0) {
    add(", block (%u, %u, %u), thread (%u, %u, %u)", blockIdx.x, blockIdx.y, blockIdx.z, threadIdx.x,
        threadIdx.y, threadIdx.z);
  }
  for (auto const& [start, allocation] : device().allocations) {
    if (address < allocation.mapping || address >= allocation.mapping + allocation.mapped) continue;
    add(", byte %td of an allocation of %zu", address - start, allocation.bytes);
    if (device().open == 0) add(": the host touches device memory");
  }
  add("\n");
  [[maybe_unused]] auto const written = write(2, text, static_cast<std::size_t>(length));
  std::signal(SIGSEGV, SIG_DFL);  // the access is tried again and ends the program
}

void watch_faults() {
  static bool const once = [] {
    struct sigaction action {};
    action.sa_sigaction = explain_fault;
    action.sa_flags = SA_SIGINFO;
    return sigaction(SIGSEGV, &action, nullptr) == 0;
  }();
  static_cast<void>(once);
}

/// Whether [memory, memory + bytes) lies in one allocation.
bool is_device_memory(void const* memory, std::size_t bytes) {
  auto& allocations = device().allocations;
  auto* const first = const_cast<unsigned char*>(static_cast<unsigned char const*>(memory));
  auto next = allocations.upper_bound(first);
  if (next == allocations.begin()) return false;
  auto const& [start, allocation] = *--next;
  return first + bytes <= start + allocation.bytes;
}

}  // namespace

namespace emulator {

OpenMemory::OpenMemory() {
  device().mutex.lock();
  if (device().open++ > 0) return;
  for (auto const& [start, allocation] : device().allocations) protect(allocation, PROT_READ | PROT_WRITE);
}

OpenMemory::~OpenMemory() {
  if (--device().open == 0) {
    for (auto const& [start, allocation] : device().allocations) protect(allocation, PROT_NONE);
  }
  device().mutex.unlock();
}

void set_launch_failure(char const* message) { device().failure = message; }

}  // namespace emulator

cudaError_t cudaMalloc(void** memory, std::size_t bytes) {
  std::lock_guard const lock(device().mutex);
  watch_faults();
  if (bytes == 0) bytes = 1;
  if (device().used + bytes > capacity()) return cudaErrorMemoryAllocation;
  std::size_t const rounded = (bytes + alignment - 1) / alignment * alignment;
  std::size_t const inside = (rounded + page() - 1) / page() * page();
  std::size_t const mapped = inside + 2 * page();
  void* const mapping = mmap(nullptr, mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping == MAP_FAILED) return cudaErrorMemoryAllocation;
  Allocation const allocation{static_cast<unsigned char*>(mapping), mapped, bytes};
  protect(allocation, PROT_READ | PROT_WRITE);
  std::memset(allocation.mapping + page(), 0xFF, inside);
  protect(allocation, device().open > 0 ? PROT_READ | PROT_WRITE : PROT_NONE);
  unsigned char* const start = allocation.mapping + page() + inside - rounded;
  device().allocations.emplace(start, allocation);
  device().used += bytes;
  *memory = start;
  return cudaSuccess;
}

cudaError_t cudaFree(void* memory) {
  if (memory == nullptr) return cudaSuccess;
  std::lock_guard const lock(device().mutex);
  auto const found = device().allocations.find(static_cast<unsigned char*>(memory));
  if (found == device().allocations.end()) return cudaErrorInvalidValue;
  Allocation const allocation = found->second;
  unsigned char const* const guard = allocation.mapping + allocation.mapped - page();
  protect(allocation, PROT_READ);
  for (unsigned char const* byte = found->first + allocation.bytes; byte < guard; ++byte) {
    if (*byte == 0xFF) continue;
    std::fprintf(stderr, "emulator: byte %td of an allocation of %zu was written\n", byte - found->first,
                 allocation.bytes);
    std::abort();
  }
  device().used -= allocation.bytes;
  device().allocations.erase(found);
  munmap(allocation.mapping, allocation.mapped);
  return cudaSuccess;
}

cudaError_t cudaMallocHost(void** memory, std::size_t bytes) {
  *memory = std::aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
  return *memory == nullptr ? cudaErrorMemoryAllocation : cudaSuccess;
}

cudaError_t cudaFreeHost(void* memory) {
  std::free(memory);
  return cudaSuccess;
}

cudaError_t cudaMemGetInfo(std::size_t* available, std::size_t* total) {
  std::lock_guard const lock(device().mutex);
  *total = capacity();
  *available = *total - std::min(*total, device().used);
  return cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void* to, void const* from, std::size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t) {
  emulator::OpenMemory const open;
  bool const to_device = kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice;
  bool const from_device = kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice;
  bool const sound = kind != cudaMemcpyHostToHost && kind != cudaMemcpyDefault &&
                     is_device_memory(to, bytes) == to_device && is_device_memory(from, bytes) == from_device;
  if (bytes == 0) return cudaSuccess;
  if (!sound) return cudaErrorInvalidValue;
  std::memmove(to, from, bytes);
  return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void* memory, int value, std::size_t bytes, cudaStream_t) {
  emulator::OpenMemory const open;
  if (bytes == 0) return cudaSuccess;
  if (!is_device_memory(memory, bytes)) return cudaErrorInvalidValue;
  std::memset(memory, value, bytes);
  return cudaSuccess;
}

char const* cudaGetErrorName(cudaError_t error) {
  switch (error) {
    case cudaSuccess:
      return "cudaSuccess";
    case cudaErrorMemoryAllocation:
      return "cudaErrorMemoryAllocation";
    case cudaErrorLaunchFailure:
      return "cudaErrorLaunchFailure";
    case cudaErrorNoDevice:
      return "cudaErrorNoDevice";
    case cudaErrorInvalidConfiguration:
      return "cudaErrorInvalidConfiguration";
    default:
      return "cudaErrorInvalidValue";
  }
}

char const* cudaGetErrorString(cudaError_t error) {
  switch (error) {
    case cudaSuccess:
      return "no error";
    case cudaErrorMemoryAllocation:
      return "out of memory";
    case cudaErrorLaunchFailure:
      return device().failure.c_str();
    case cudaErrorNoDevice:
      return "no CUDA-capable device is detected";
    case cudaErrorInvalidConfiguration:
      return "invalid configuration argument";
    case cudaErrorInvalidDevice:
      return "invalid device ordinal";
    default:
      return "invalid argument";
  }
}

cudaError_t cudaGetLastError() { return cudaSuccess; }

cudaError_t cudaDriverGetVersion(int* version) {
  *version = 13000;
  return cudaSuccess;
}
cudaError_t cudaRuntimeGetVersion(int* version) { return cudaDriverGetVersion(version); }

cudaError_t cudaGetDeviceCount(int* count) {
  *count = static_cast<int>(number_from("CISLENS_EMULATED_DEVICES", 1));
  return *count > 0 ? cudaSuccess : cudaErrorNoDevice;
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int) {
  *properties = {};
  std::snprintf(properties->name, sizeof properties->name, "emulated GPU");
  properties->totalGlobalMem = capacity();
  properties->sharedMemPerBlockOptin = 227 * 1024;
  properties->major = 9;
  properties->minor = 0;
  properties->multiProcessorCount = 4;
  properties->l2CacheSize = 4 << 20;
  return cudaSuccess;
}

cudaError_t cudaSetDevice(int number) {
  int count = 0;
  cudaGetDeviceCount(&count);
  return number >= 0 && number < count ? cudaSuccess : cudaErrorInvalidDevice;
}

cudaError_t cudaDeviceSynchronize() { return cudaSuccess; }
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  *stream = nullptr;
  return cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t) { return cudaSuccess; }
cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  *event = nullptr;
  return cudaSuccess;
}
cudaError_t cudaEventRecord(cudaEvent_t, cudaStream_t) { return cudaSuccess; }
cudaError_t cudaEventSynchronize(cudaEvent_t) { return cudaSuccess; }
