#pragma once

namespace cislens {

/// From now on SIGINT and SIGTERM only set a mark; a second one of them ends the program at once. Standard
/// input ends with the first, for nothing else stops a wait for it: call `throw_if_interrupted` when it has
/// been read.
void catch_interrupts();

/// The signal that asked the program to stop, or 0.
int pending_interrupt();

/// For long work without a state worth saving. @throws Interrupted  when a signal is pending
void throw_if_interrupted();

}  // namespace cislens
