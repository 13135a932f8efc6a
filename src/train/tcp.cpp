#include "tcp.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/interrupt.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace cislens {

namespace {

using Clock = std::chrono::steady_clock;
using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

/// Empty when there are none (yet).
Addresses addresses_of(std::string const& host, int port, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* found = nullptr;
  int const error =
      getaddrinfo(host.empty() ? nullptr : host.c_str(), std::to_string(port).c_str(), &hints, &found);
  return {error == 0 ? found : nullptr, &freeaddrinfo};
}

void set(int descriptor, int level, int option, int value) {
  setsockopt(descriptor, level, option, &value, sizeof value);
}

/// A machine that is switched off says nothing: after half a minute of silence its connection counts as
/// ended.
void watch(int descriptor) {
  constexpr int idle_s = 10, between_s = 5, probes = 4;
  set(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
  set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, idle_s);
  set(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, between_s);
  set(descriptor, IPPROTO_TCP, TCP_KEEPCNT, probes);
  set(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, 1000 * (idle_s + between_s * probes));
}

/// Waits for what `events` says, a signal or the deadline. @returns  false: the deadline has passed
bool wait(int descriptor, short events, Deadline deadline) {
  constexpr std::int64_t look_again_ms = 200;  // a signal may come between two calls
  while (true) {
    throw_if_interrupted();
    auto const left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return false;
    pollfd wanted{descriptor, events, 0};
    if (poll(&wanted, 1, static_cast<int>(std::min<std::int64_t>(left, look_again_ms))) > 0) return true;
  }
}

Deadline never() { return Clock::now() + std::chrono::hours(24 * 365); }

bool worth_another_try(int error) { return error == EINTR || error == EAGAIN || error == EWOULDBLOCK; }

}  // namespace

void Tcp::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

Tcp Tcp::listen(std::string const& host, int port) {
  Addresses const addresses = addresses_of(host, port, AI_PASSIVE);
  int error = EADDRNOTAVAIL;
  for (addrinfo const* a = addresses.get(); a != nullptr; a = a->ai_next) {
    Tcp place(socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol));
    if (!place.open()) continue;
    set(place.descriptor_, SOL_SOCKET, SO_REUSEADDR, 1);
    if (bind(place.descriptor_, a->ai_addr, a->ai_addrlen) == 0 && ::listen(place.descriptor_, 128) == 0)
      return place;
    error = errno;
  }
  throw Error("rank 0 cannot listen at " + (host.empty() ? "port " : host + ":") + std::to_string(port) +
              ": " + std::strerror(error) + " (is it this machine's address, and the port free?)");
}

int Tcp::port() const {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&address)->sin6_port
                                             : reinterpret_cast<sockaddr_in*>(&address)->sin_port);
}

Tcp Tcp::accept(Deadline deadline) {
  while (wait(descriptor_, POLLIN, deadline)) {
    Tcp peer(accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC));
    if (!peer.open()) continue;
    watch(peer.descriptor_);
    return peer;
  }
  return {};
}

Tcp Tcp::connect(std::string const& host, int port, Deadline deadline) {
  constexpr auto pause = std::chrono::milliseconds(100);
  while (Clock::now() < deadline) {
    throw_if_interrupted();
    Addresses const addresses = addresses_of(host, port, 0);
    for (addrinfo const* a = addresses.get(); a != nullptr; a = a->ai_next) {
      Tcp peer(socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol));
      if (!peer.open() || ::connect(peer.descriptor_, a->ai_addr, a->ai_addrlen) != 0) continue;
      watch(peer.descriptor_);
      return peer;
    }
    std::this_thread::sleep_for(pause);
  }
  return {};
}

bool Tcp::send(void const* data, std::size_t bytes) {
  auto const* at = static_cast<std::byte const*>(data);
  while (bytes > 0) {
    wait(descriptor_, POLLOUT, never());
    ssize_t const sent = ::send(descriptor_, at, bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && worth_another_try(errno)) continue;
    if (sent <= 0) return false;
    at += sent;
    bytes -= static_cast<std::size_t>(sent);
  }
  return true;
}

bool Tcp::receive(void* data, std::size_t bytes) { return receive(data, bytes, never()); }

bool Tcp::receive(void* data, std::size_t bytes, Deadline deadline) {
  auto* at = static_cast<std::byte*>(data);
  while (bytes > 0) {
    if (!wait(descriptor_, POLLIN, deadline)) return false;
    ssize_t const got = recv(descriptor_, at, bytes, MSG_DONTWAIT);
    if (got < 0 && worth_another_try(errno)) continue;
    if (got <= 0) return false;
    at += got;
    bytes -= static_cast<std::size_t>(got);
  }
  return true;
}

}  // namespace cislens
