#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>

namespace cislens {

using Deadline = std::chrono::steady_clock::time_point;

/// A connection, or a place where others may connect. Calls wait, and end with Interrupted when a signal is
/// pending.
class Tcp {
 public:
  Tcp() = default;
  ~Tcp() { close(); }
  Tcp(Tcp&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Tcp& operator=(Tcp&& other) noexcept {
    close();
    descriptor_ = std::exchange(other.descriptor_, -1);
    return *this;
  }
  Tcp(Tcp const&) = delete;
  Tcp& operator=(Tcp const&) = delete;

  bool open() const { return descriptor_ >= 0; }
  void close();

  /// @param host  where to listen; empty: every address of this machine
  /// @param port  0: any that is free
  /// @throws Error
  static Tcp listen(std::string const& host, int port);
  int port() const;
  /// @returns  not open when the deadline has passed
  Tcp accept(Deadline deadline);

  /// Tries until somebody listens there. @returns  not open when the deadline has passed
  static Tcp connect(std::string const& host, int port, Deadline deadline);

  /// @returns  whether all was sent; false: the other end is gone
  bool send(void const* data, std::size_t bytes);
  /// @returns  whether all has come; false: the other end is gone
  bool receive(void* data, std::size_t bytes);
  /// The same, or false when the deadline has passed.
  bool receive(void* data, std::size_t bytes, Deadline deadline);

 private:
  explicit Tcp(int descriptor) : descriptor_(descriptor) {}

  int descriptor_ = -1;
};

}  // namespace cislens
