#include "cislens/base/interrupt.hpp"

#include "cislens/base/errors.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>

namespace cislens {

namespace {

// A signal handler can reach nothing but a global of this type.
volatile std::sig_atomic_t pending = 0;
volatile std::sig_atomic_t empty_input = -1;   // a descriptor of /dev/null
volatile std::sig_atomic_t waited_input = -1;  // the descriptor that an InterruptibleInput holds

void remember(int signal) {
  if (pending != 0) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
  pending = signal;
  // HTSlib starts an interrupted read again, so a wait for input would go on. From here on it is at its end.
  int const interrupted_error = errno;
  if (empty_input >= 0 && waited_input >= 0) dup2(empty_input, waited_input);
  errno = interrupted_error;
}

}  // namespace

void catch_interrupts() {
  if (empty_input < 0) empty_input = open("/dev/null", O_RDONLY | O_CLOEXEC);
  struct sigaction action = {};
  action.sa_handler = remember;
  sigemptyset(&action.sa_mask);
  for (int const signal : {SIGINT, SIGTERM}) {
    // A caller that has signals ignored (a shell's background job) wants them ignored.
    struct sigaction before = {};
    sigaction(signal, nullptr, &before);
    if (before.sa_handler != SIG_IGN) sigaction(signal, &action, nullptr);
  }
}

int pending_interrupt() { return pending; }

void throw_if_interrupted() {
  if (pending != 0) throw Interrupted(pending);
}

InterruptibleInput::InterruptibleInput(int descriptor) {
  waited_input = descriptor;
  throw_if_interrupted();
}

InterruptibleInput::~InterruptibleInput() { waited_input = -1; }

}  // namespace cislens
