#pragma once

namespace cislens {

/// From now on SIGINT and SIGTERM only set a mark; a second one of them ends the program at once.
void catch_interrupts();

/// The signal that asked the program to stop, or 0.
int pending_interrupt();

/// For long work without a state worth saving. @throws Interrupted  when a signal is pending
void throw_if_interrupted();

/// While it lives, a signal also ends the input that is read from `descriptor`: reads give its end instead of
/// waiting for more. For pipes and terminals; make it before the first read, let it go before the descriptor
/// is closed, and call `throw_if_interrupted` after reads. One at a time: a second one takes over.
class InterruptibleInput {
 public:
  /// @throws Interrupted  when a signal is pending
  explicit InterruptibleInput(int descriptor);
  ~InterruptibleInput();
  InterruptibleInput(InterruptibleInput const&) = delete;
  InterruptibleInput& operator=(InterruptibleInput const&) = delete;
};

}  // namespace cislens
