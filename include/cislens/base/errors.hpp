#pragma once

#include <stdexcept>
#include <string>

namespace cislens {

/// What went wrong, where, and what to do, in one line. The program ends with `exit_code()`.
class Error : public std::runtime_error {
 public:
  explicit Error(std::string const& what) : std::runtime_error(what) {}
  virtual int exit_code() const noexcept { return 1; }
};

/// The command line is wrong.
class UsageError : public Error {
 public:
  using Error::Error;
  int exit_code() const noexcept override { return 2; }
};

/// An input file does not hold what it should. Says "file:line: what (remedy)".
class InputError : public Error {
 public:
  using Error::Error;
  int exit_code() const noexcept override { return 3; }
};

/// An output cannot be written: it exists, the folder is closed, the disk is full.
class OutputError : public Error {
 public:
  using Error::Error;
  int exit_code() const noexcept override { return 4; }
};

/// Whoever read an output has gone (`| head`); `main` cleans up and ends quietly as by SIGPIPE.
class ReaderGone : public OutputError {
 public:
  using OutputError::OutputError;
};

/// A computation gave NaN, infinity, or did not converge.
class NumericalError : public Error {
 public:
  using Error::Error;
  int exit_code() const noexcept override { return 5; }
};

/// What is asked for does not fit into the memory that the process may use.
class OutOfMemory : public Error {
 public:
  using Error::Error;
  int exit_code() const noexcept override { return 137; }
};

/// A GPU was asked for and there is none that can be used.
class GpuUnavailable : public Error {
 public:
  using Error::Error;
  int exit_code() const noexcept override { return 6; }
};

/// Shapes do not fit together: a fault of the program, never of its user.
class ShapeError : public Error {
 public:
  using Error::Error;
};

/// A signal asked the program to stop; `main` cleans up and raises it again.
class Interrupted : public Error {
 public:
  explicit Interrupted(int signal)
      : Error("interrupted by signal " + std::to_string(signal)), signal_(signal) {}
  int exit_code() const noexcept override { return 128 + signal_; }
  int signal() const noexcept { return signal_; }

 private:
  int signal_;
};

}  // namespace cislens
