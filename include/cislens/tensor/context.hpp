#pragma once

#include "cislens/tensor/arena.hpp"

namespace cislens {

struct Backend;
class Threads;

/// How products of matrices are computed. Sums, norms, softmax and everything that is kept stay float32.
enum class Precision {
  float32,
  bf16,  ///< operands rounded to bfloat16, sums in float32
};

/// What an op runs with: the backend's table of functions, scratch memory, and the threads it may use inside.
/// One a thread, never shared.
/// What a backend is only ops know: src/ops/context.cpp defines what needs it.
class Context {
 public:
  /// An op runs on the calling thread alone: for many short sequences, one context a thread.
  explicit Context(Backend const& backend);
  /// An op deals its own work out to `team`: for few long sequences. The team must outlive the context, and
  /// the caller must not be one of its workers. Results do not depend on the number of threads.
  Context(Backend const& backend, Threads& team);
  Context(Context const&) = delete;
  Context& operator=(Context const&) = delete;
  Context(Context&&) = default;

  Backend const& backend() const { return *backend_; }
  /// The device's memory: what ops read and write lies in it.
  DeviceMemory const& memory() const;
  Arena& arena() { return arena_; }
  /// Memory of the machine itself, for what is copied from and to the device.
  Arena& host_arena() { return memory().is_host ? arena_ : host_arena_; }
  /// Null: none but the calling thread.
  Threads* team() const { return team_; }
  void set_team(Threads* team) { team_ = team; }
  Precision precision() const { return precision_; }
  void set_precision(Precision precision) { precision_ = precision; }

 private:
  Backend const* backend_;
  Threads* team_ = nullptr;
  Precision precision_ = Precision::float32;
  Arena arena_;
  Arena host_arena_;  // not used where the device's memory is the host's
};

/// A table with its copy in the device's memory, valid until the context's arena is rewound.
template <typename T>
Mirrored<T> mirrored(Context& context, std::span<T const> host) {
  if (context.memory().is_host) return host;
  auto* const device = static_cast<T*>(context.arena().bytes(static_cast<std::int64_t>(host.size_bytes())));
  context.memory().copy_to_device(device, host.data(), host.size_bytes());
  return {host, device};
}

/// The numbers of a matrix without gaps where the host can read them: itself, or a copy in the host arena.
/// Waits for the device.
ConstView on_host(Context& context, ConstView x);

/// A matrix without gaps where the device can read it: itself, or a copy in the arena.
ConstView on_device(Context& context, ConstView x);

}  // namespace cislens
