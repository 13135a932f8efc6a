#pragma once

#include "cislens/base/errors.hpp"
#include "cislens/train/rank_place.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace cislens {

/// A process that trains with this one has ended.
class RankGone : public Error {
 public:
  using Error::Error;
};

/// The processes that train together, as one of them sees them. Rank 0 is connected with every other by TCP;
/// a connection that ends, because a process was killed or its machine is gone, ends the calls of all.
///
/// The connections are neither encrypted nor proof against a stranger who can read the job's name: for the
/// network inside a cluster.
class Ranks {
 public:
  /// One process alone: calls do nothing.
  Ranks();
  /// Meets the others: at the place's host and port, or, when it has none, at an address that rank 0 leaves
  /// in `meeting_file`, which all can read; rank 0 removes the file when all are there.
  /// @param patience  how long to wait until all are there
  /// @throws Error  not all came, or one came that belongs to another job
  /// @throws Interrupted
  Ranks(RankPlace const& place, std::filesystem::path const& meeting_file, std::chrono::seconds patience);
  ~Ranks();
  Ranks(Ranks&&) noexcept;

  int rank() const;
  int size() const;
  bool first() const { return rank() == 0; }

  /// `values` of every rank become the sum over ranks, added in their order: the same bits everywhere.
  /// @throws RankGone
  /// @throws Error  a rank is at another call: the training cannot go on
  /// @throws Interrupted
  void sum(std::span<float> values);
  void sum(std::span<double> values);

  /// @throws InputError  the ranks do not all bring the same number
  void require_same(std::uint64_t number, std::string const& what);

 private:
  struct Connections;
  std::unique_ptr<Connections> others_;
};

}  // namespace cislens
