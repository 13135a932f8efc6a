#pragma once

namespace cislens {

/// From now on SIGINT and SIGTERM only set a mark; a second one of them ends the program at once.
void catch_interrupts();

/// The signal that asked the program to stop, or 0.
int pending_interrupt();

/// For long work without a state worth saving. @throws Interrupted  when a signal is pending
void throw_if_interrupted();

}  // namespace cislens
