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
class Context {
 public:
  /// An op runs on the calling thread alone: for many short sequences, one context a thread.
  explicit Context(Backend const& backend) : backend_(&backend) {}
  /// An op deals its own work out to `team`: for few long sequences. The team must outlive the context, and
  /// the caller must not be one of its workers. Results do not depend on the number of threads.
  Context(Backend const& backend, Threads& team) : backend_(&backend), team_(&team) {}
  Context(Context const&) = delete;
  Context& operator=(Context const&) = delete;
  Context(Context&&) = default;

  Backend const& backend() const { return *backend_; }
  Arena& arena() { return arena_; }
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
};

}  // namespace cislens
