#include "cislens/base/interrupt.hpp"

#include "cislens/base/errors.hpp"

#include <csignal>

namespace cislens {

namespace {

// A signal handler can reach nothing but a global of this type.
volatile std::sig_atomic_t pending = 0;

void remember(int signal) {
  if (pending != 0) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
  pending = signal;
}

}  // namespace

void catch_interrupts() {
  struct sigaction action = {};
  action.sa_handler = remember;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

int pending_interrupt() { return pending; }

void throw_if_interrupted() {
  if (pending != 0) throw Interrupted(pending);
}

}  // namespace cislens
