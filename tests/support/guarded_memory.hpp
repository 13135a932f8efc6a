#pragma once

#include "cislens/tensor/memory.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <map>
#include <mutex>
#include <sys/mman.h>
#include <unistd.h>

namespace cislens::test {

/// Memory that plays a device's: pages that nobody may touch but while `Open` lives. Host code that reads or
/// writes them crashes, as it would with a real device's. Fresh memory is NaN.
class GuardedPages {
 public:
  static GuardedPages& all() {
    static GuardedPages pages;
    return pages;
  }

  /// While one lives, memory is open.
  class Open {
   public:
    Open() { all().open(); }
    ~Open() { all().close(); }
    Open(Open const&) = delete;
    Open& operator=(Open const&) = delete;
  };

  /// The last bytes, rounded up to 256, lie against a page that is never opened.
  void* allocate(std::size_t bytes) {
    auto const page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    std::size_t const used = (bytes + 255) / 256 * 256;
    std::size_t const room = (used + page - 1) / page * page;
    void* const memory =
        mmap(nullptr, room + page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return nullptr;
    std::lock_guard const lock(mutex_);
    auto* const first = static_cast<std::byte*>(memory);
    mprotect(first, room, PROT_READ | PROT_WRITE);
    std::fill_n(reinterpret_cast<std::uint32_t*>(first), room / sizeof(std::uint32_t), 0x7FC5A5A5U);
    if (open_ == 0) mprotect(first, room, PROT_NONE);
    regions_[first] = {room, page};
    return first + (room - used);
  }

  void release(void* memory) {
    std::lock_guard const lock(mutex_);
    auto const region = find(memory);
    if (region == regions_.end()) return;
    munmap(region->first, region->second.room + region->second.guard);
    regions_.erase(region);
  }

  /// Whether the device may be given this address; null is fine, as is the end of an allocation.
  bool holds(void const* memory) {
    std::lock_guard const lock(mutex_);
    return memory == nullptr || find(memory) != regions_.end();
  }

  std::size_t bytes() {
    std::lock_guard const lock(mutex_);
    std::size_t total = 0;
    for (auto const& [first, region] : regions_) total += region.room;
    return total;
  }

 private:
  struct Region {
    std::size_t room, guard;
  };
  using Regions = std::map<std::byte*, Region>;

  Regions::iterator find(void const* memory) {
    auto* const at = const_cast<std::byte*>(static_cast<std::byte const*>(memory));
    auto region = regions_.upper_bound(at);
    if (region == regions_.begin()) return regions_.end();
    --region;
    return at <= region->first + region->second.room ? region : regions_.end();
  }

  void open() {
    std::lock_guard const lock(mutex_);
    if (open_++ == 0) protect(PROT_READ | PROT_WRITE);
  }
  void close() {
    std::lock_guard const lock(mutex_);
    if (--open_ == 0) protect(PROT_NONE);
  }
  void protect(int protection) {
    for (auto const& [first, region] : regions_) mprotect(first, region.room, protection);
  }

  std::mutex mutex_;
  Regions regions_;
  int open_ = 0;
};

/// What `available` says is left, so that a test can make memory short.
inline std::size_t guarded_available = std::size_t{1} << 40;

inline constexpr DeviceMemory guarded_memory{
    .is_host = false,
    .allocate = [](std::size_t bytes) { return GuardedPages::all().allocate(bytes); },
    .release = [](void* memory) { GuardedPages::all().release(memory); },
    .copy_to_device =
        [](void* to, void const* from, std::size_t bytes) {
          GuardedPages::Open const open;
          host_memory.copy_to_device(to, from, bytes);
        },
    .copy_to_host =
        [](void* to, void const* from, std::size_t bytes) {
          GuardedPages::Open const open;
          host_memory.copy_to_host(to, from, bytes);
        },
    .copy =
        [](void* to, void const* from, std::size_t bytes) {
          GuardedPages::Open const open;
          host_memory.copy(to, from, bytes);
        },
    .clear =
        [](void* memory, std::size_t bytes) {
          GuardedPages::Open const open;
          host_memory.clear(memory, bytes);
        },
    .available = [] { return guarded_available; },
};

}  // namespace cislens::test
