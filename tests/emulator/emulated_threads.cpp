#include "emulated_threads.hpp"

#include <boost/context/fiber.hpp>
#include <boost/context/protected_fixedsize_stack.hpp>

#include <cstdio>
#include <cstdlib>
#include <cuda_runtime.h>
#include <memory>
#include <mutex>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

uint3 threadIdx, blockIdx;
dim3 blockDim, gridDim;

namespace emulator {

namespace {

namespace context = boost::context;

constexpr std::size_t stack_bytes = 256 * 1024;

enum class State { ready, at_barrier, at_meeting, returned };

/// A thread of the block: runs one block's thread after another, as long as the kernels succeed.
struct Fiber {
  context::fiber self, scheduler;
  State state = State::returned;
  std::vector<PendingCopy> copies;  // cp.async not yet waited for
  int copy_groups = 0;
};

/// Lanes of a warp that wait for each other.
struct Meeting {
  unsigned mask = 0, arrived = 0;
  WarpWork work = nullptr;
  Place place{};
  void* brought[32] = {};
};

struct Failed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Kernel {
  std::function<void()> const* thread = nullptr;
  std::vector<std::unique_ptr<Fiber>> fibers;
  std::vector<std::vector<Meeting>> meetings;  // of each warp
  unsigned threads = 0;                        // of a block
  unsigned current = 0;                        // fiber
  unsigned returned = 0, at_barrier = 0;
  Place barrier{};
  std::string failure;
  std::uint64_t random = 0;
};

Kernel kernel;
std::mutex one_kernel_at_a_time;

/// Steele, Lea, Flood 2014: SplitMix.
std::uint64_t next_random() {
  std::uint64_t x = kernel.random += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

void shuffle_order(std::vector<unsigned>& order) {
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[next_random() % i]);
}

Fiber& running() { return *kernel.fibers[kernel.current]; }

void to_scheduler() {
  Fiber& fiber = running();
  fiber.scheduler = std::move(fiber.scheduler).resume();
}

std::unique_ptr<Fiber> new_fiber() {
  auto fiber = std::make_unique<Fiber>();
  Fiber* const self = fiber.get();
  fiber->self = context::fiber(std::allocator_arg, context::protected_fixedsize_stack(stack_bytes),
                               [self](context::fiber&& scheduler) {
                                 self->scheduler = std::move(scheduler);
                                 for (;;) {
                                   (*kernel.thread)();
                                   if (!self->copies.empty())
                                     fail("a thread returns before its cp_async_wait");
                                   self->state = State::returned;
                                   ++kernel.returned;
                                   self->scheduler = std::move(self->scheduler).resume();
                                 }
                                 return std::move(self->scheduler);
                               });
  return fiber;
}

void set_position(unsigned index) {
  kernel.current = index;
  threadIdx = {index % blockDim.x, index / blockDim.x % blockDim.y, index / blockDim.x / blockDim.y};
}

void resume(unsigned index) {
  set_position(index);
  Fiber& fiber = *kernel.fibers[index];
  fiber.self = std::move(fiber.self).resume();
  if (!kernel.failure.empty()) throw Failed(kernel.failure);
}

/// Threads that have returned are not waited for.
void open_barrier_when_all_are_there() {
  if (kernel.at_barrier == 0 || kernel.at_barrier + kernel.returned < kernel.threads) return;
  for (unsigned i = 0; i < kernel.threads; ++i) {
    if (kernel.fibers[i]->state == State::at_barrier) kernel.fibers[i]->state = State::ready;
  }
  kernel.at_barrier = 0;
}

/// Lets the lanes of a warp run until all of them wait for somebody else. @return whether one ran
bool run_warp(unsigned warp) {
  std::vector<unsigned> lanes;
  for (unsigned i = 32 * warp; i < std::min(32 * (warp + 1), kernel.threads); ++i) lanes.push_back(i);
  shuffle_order(lanes);
  bool any = false;
  for (bool more = true; more;) {
    more = false;
    for (unsigned const i : lanes) {
      if (kernel.fibers[i]->state != State::ready) continue;
      resume(i);
      open_barrier_when_all_are_there();
      more = any = true;
    }
  }
  return any;
}

std::string describe(Place place) { return std::string(place.file) + ":" + std::to_string(place.line); }

[[noreturn]] void report_standstill() {
  std::string message = "threads wait for others that never come:";
  for (unsigned i = 0; i < kernel.threads; ++i) {
    if (kernel.fibers[i]->state == State::at_barrier) {
      message += " __syncthreads at " + describe(kernel.barrier) + ",";
      break;
    }
  }
  for (auto const& meetings : kernel.meetings) {
    for (Meeting const& meeting : meetings) {
      char mask[64];
      std::snprintf(mask, sizeof mask, " (here %08x of %08x),", meeting.arrived, meeting.mask);
      message += " a warp at " + describe(meeting.place) + mask;
    }
  }
  throw Failed(message);
}

void run_block() {
  fill_shared_memory();
  for (unsigned i = 0; i < kernel.threads; ++i) kernel.fibers[i]->state = State::ready;
  unsigned const warps = (kernel.threads + 31) / 32;
  kernel.meetings.assign(warps, {});
  kernel.returned = kernel.at_barrier = 0;
  std::vector<unsigned> order(warps);
  std::iota(order.begin(), order.end(), 0U);
  while (kernel.returned < kernel.threads) {
    shuffle_order(order);
    bool any = false;
    for (unsigned const warp : order) any = run_warp(warp) || any;
    if (!any) report_standstill();
  }
}

/// Blocks in an order that goes through all of them: first + k step modulo their number.
void run_grid(dim3 grid) {
  std::uint64_t const blocks = std::uint64_t{grid.x} * grid.y * grid.z;
  std::uint64_t step = next_random() % blocks;
  while (std::gcd(step, blocks) != 1) step = (step + 1) % blocks;
  std::uint64_t at = next_random() % blocks;
  for (std::uint64_t k = 0; k < blocks; ++k, at = (at + step) % blocks) {
    blockIdx = {static_cast<unsigned>(at % grid.x), static_cast<unsigned>(at / grid.x % grid.y),
                static_cast<unsigned>(at / grid.x / grid.y)};
    run_block();
  }
}

void start_random() {
  static std::uint64_t launches = 0;
  char const* const seed = std::getenv("CISLENS_EMULATOR_SEED");
  kernel.random = (seed == nullptr ? 1 : std::strtoull(seed, nullptr, 10)) + (++launches << 32);
}

}  // namespace

void fail(char const* message) {
  char place[160];
  std::snprintf(place, sizeof place, "block (%u, %u, %u), thread (%u, %u, %u): ", blockIdx.x, blockIdx.y,
                blockIdx.z, threadIdx.x, threadIdx.y, threadIdx.z);
  kernel.failure = place + std::string(message);
  for (;;) to_scheduler();  // comes back as the exception that unwinds the fiber
}

void block_barrier(Place place) {
  if (kernel.at_barrier > 0 && !(kernel.barrier == place)) {
    fail(("meets at " + describe(place) + " threads that are at " + describe(kernel.barrier)).c_str());
  }
  kernel.barrier = place;
  ++kernel.at_barrier;
  running().state = State::at_barrier;
  to_scheduler();
}

int lane() { return static_cast<int>(kernel.current % 32); }

void warp_meeting(unsigned mask, WarpWork work, void* mine, Place place) {
  unsigned const self = 1U << lane();
  if ((mask & self) == 0) fail(("is not in the mask it brings to " + describe(place)).c_str());
  auto& meetings = kernel.meetings[kernel.current / 32];
  auto meeting = meetings.begin();
  while (meeting != meetings.end() && (meeting->mask & mask) == 0) ++meeting;
  if (meeting == meetings.end()) meeting = meetings.insert(meeting, Meeting{mask, 0, work, place, {}});
  if (meeting->mask != mask || meeting->work != work || !(meeting->place == place)) {
    fail(("meets at " + describe(place) + " lanes that are at " + describe(meeting->place)).c_str());
  }
  meeting->arrived |= self;
  meeting->brought[lane()] = mine;
  if (meeting->arrived != mask) {
    running().state = State::at_meeting;
    to_scheduler();
    return;
  }
  work(mask, meeting->brought);
  unsigned const first = kernel.current / 32 * 32;
  for (unsigned i = 0; i < 32; ++i) {
    if ((mask >> i & 1) != 0) kernel.fibers[first + i]->state = State::ready;
  }
  meetings.erase(meeting);
}

std::vector<PendingCopy>& pending_copies() { return running().copies; }
int& copy_groups() { return running().copy_groups; }

cudaError_t launch(cudaLaunchConfig_t const& config, void const* function,
                   std::function<void()> const& thread) {
  std::lock_guard const lock(one_kernel_at_a_time);
  dim3 const grid = config.gridDim;
  dim3 const block = config.blockDim;
  std::uint64_t const threads = std::uint64_t{block.x} * block.y * block.z;
  bool const fits = grid.x > 0 && grid.y > 0 && grid.z > 0 && grid.x <= 0x7FFFFFFF && grid.y <= 65535 &&
                    grid.z <= 65535 && threads > 0 && threads <= 1024 && block.z <= 64;
  if (!fits || config.dynamicSmemBytes > allowed_shared_bytes(function)) return cudaErrorInvalidConfiguration;

  if (!set_dynamic_shared_memory(config.dynamicSmemBytes)) return cudaErrorLaunchFailure;
  find_static_shared_memory();
  OpenMemory const open;
  kernel.thread = &thread;
  kernel.threads = static_cast<unsigned>(threads);
  blockDim = block;
  gridDim = grid;
  while (kernel.fibers.size() < threads) kernel.fibers.push_back(new_fiber());
  start_random();
  try {
    run_grid(grid);
  } catch (Failed const& failure) {
    std::fprintf(stderr, "emulated kernel: %s\n", failure.what());
    set_launch_failure(failure.what());
    kernel.fibers.clear();
    kernel.failure.clear();
    return cudaErrorLaunchFailure;
  }
  return cudaSuccess;
}

}  // namespace emulator
