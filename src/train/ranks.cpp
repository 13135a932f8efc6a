#include "cislens/train/ranks.hpp"

#include "cislens/base/checksum.hpp"
#include "cislens/base/errors.hpp"
#include "cislens/base/interrupt.hpp"
#include "cislens/base/output_file.hpp"

#include "tcp.hpp"

#include <algorithm>
#include <fstream>
#include <thread>
#include <unistd.h>
#include <vector>

namespace cislens {

namespace {

using Clock = std::chrono::steady_clock;

/// What a rank says first, and rank 0 answers: who is speaking, of which job.
struct Hello {
  std::uint64_t job = 0;
  std::int32_t rank = 0, size = 0;
};

/// Before each exchange: which one it is, and how large. Ranks that have parted ways differ here.
struct Heading {
  std::uint64_t call = 0, bytes = 0;
};

struct Meeting {
  std::string host;
  int port = 0;
};

void leave_address(std::filesystem::path const& file, std::string const& job, int port) {
  char host[256] = {};
  gethostname(host, sizeof host - 1);
  OutputFile output(file, IfExists::replace);
  output.stream() << job << '\n' << host << '\n' << port << '\n';
  output.commit();
}

/// The address that rank 0 has left; a file of an earlier job does not count. @throws Error  it never came
Meeting find_address(std::filesystem::path const& file, std::string const& job, Deadline deadline) {
  constexpr auto pause = std::chrono::milliseconds(100);
  while (Clock::now() < deadline) {
    throw_if_interrupted();
    std::ifstream input(file);
    std::string said;
    Meeting meeting;
    if (std::getline(input, said) && said == job && std::getline(input, meeting.host) &&
        input >> meeting.port)
      return meeting;
    std::this_thread::sleep_for(pause);
  }
  throw Error("rank 0 has not left its address in " + file.string() +
              ": did it start, and does every process see that folder?");
}

}  // namespace

struct Ranks::Connections {
  int rank = 0, size = 1;
  std::vector<Tcp> peers;  // of rank 0: rank r at r - 1; of the others: rank 0
  std::uint64_t call = 0;
  std::vector<std::byte> room;

  /// Rank 0: waits for all others.
  void gather(Tcp& place, Hello const& mine, Deadline deadline) {
    peers.resize(static_cast<std::size_t>(size - 1));
    for (int missing = size - 1; missing > 0;) {
      Tcp peer = place.accept(deadline);
      if (!peer.open()) {
        throw Error(std::to_string(missing) + " of " + std::to_string(size) +
                    " ranks have not come in time: did they start, and can they reach rank 0?");
      }
      Hello hello;
      bool const heard =
          peer.receive(&hello, sizeof hello, std::min(deadline, Clock::now() + std::chrono::seconds(5)));
      bool const ours =
          heard && hello.job == mine.job && hello.size == size && hello.rank > 0 && hello.rank < size;
      if (!ours || peers[static_cast<std::size_t>(hello.rank - 1)].open()) continue;  // not one of this job
      if (!peer.send(&mine, sizeof mine)) continue;
      peers[static_cast<std::size_t>(hello.rank - 1)] = std::move(peer);
      --missing;
    }
  }

  void join(Meeting const& meeting, Hello const& mine, Deadline deadline) {
    peers.push_back(Tcp::connect(meeting.host, meeting.port, deadline));
    Hello answer;
    bool const met = peers[0].open() && peers[0].send(&mine, sizeof mine) &&
                     peers[0].receive(&answer, sizeof answer, deadline) && answer.job == mine.job;
    if (met) return;
    throw Error("rank " + std::to_string(rank) + " did not meet rank 0 at " + meeting.host + ":" +
                std::to_string(meeting.port) + ": is it there, is it this job, and is the port open?");
  }

  [[noreturn]] void gone(int other) const {
    throw RankGone("rank " + std::to_string(other) + " of " + std::to_string(size) +
                   " is gone: the training ends here; start all ranks again with --resume");
  }

  int number_of(std::size_t peer) const { return rank == 0 ? static_cast<int>(peer) + 1 : 0; }

  void send(std::size_t peer, void const* data, std::size_t bytes) {
    if (!peers[peer].send(data, bytes)) gone(number_of(peer));
  }
  void receive(std::size_t peer, void* data, std::size_t bytes) {
    if (!peers[peer].receive(data, bytes)) gone(number_of(peer));
  }

  void check_heading(std::size_t peer, Heading const& mine) {
    Heading theirs;
    receive(peer, &theirs, sizeof theirs);
    if (theirs.call == mine.call && theirs.bytes == mine.bytes) return;
    throw Error("rank " + std::to_string(number_of(peer)) + " is at call " + std::to_string(theirs.call) +
                " of " + std::to_string(theirs.bytes) + " bytes, rank " + std::to_string(rank) + " at call " +
                std::to_string(mine.call) + " of " + std::to_string(mine.bytes) +
                ": were all started with the same options and inputs?");
  }

  template <typename Number>
  void sum(std::span<Number> values) {
    std::size_t const bytes = values.size_bytes();
    Heading const heading{++call, bytes};
    if (rank > 0) {
      send(0, &heading, sizeof heading);
      send(0, values.data(), bytes);
      receive(0, values.data(), bytes);
      return;
    }
    room.resize(bytes);
    for (std::size_t peer = 0; peer < peers.size(); ++peer) {
      check_heading(peer, heading);
      receive(peer, room.data(), bytes);
      auto const* const part = reinterpret_cast<Number const*>(room.data());
      for (std::size_t i = 0; i < values.size(); ++i) values[i] += part[i];
    }
    for (std::size_t peer = 0; peer < peers.size(); ++peer) send(peer, values.data(), bytes);
  }
};

Ranks::Ranks() : others_(std::make_unique<Connections>()) {}
Ranks::~Ranks() = default;
Ranks::Ranks(Ranks&&) noexcept = default;

Ranks::Ranks(RankPlace const& place, std::filesystem::path const& meeting_file, std::chrono::seconds patience)
    : Ranks() {
  others_->rank = place.rank;
  others_->size = place.size;
  if (place.size == 1) return;
  Deadline const deadline = Clock::now() + patience;
  bool const by_file = place.port == 0;
  Checksum job;
  job.add(place.job);
  Hello const mine{job.value(), place.rank, place.size};
  if (place.rank > 0) {
    others_->join(
        by_file ? find_address(meeting_file, place.job, deadline) : Meeting{place.first_host, place.port},
        mine, deadline);
    return;
  }
  Tcp listener = Tcp::listen(by_file ? "" : place.first_host, place.port);
  if (by_file) leave_address(meeting_file, place.job, listener.port());
  std::error_code ignored;
  try {
    others_->gather(listener, mine, deadline);
  } catch (Error const&) {
    if (by_file) std::filesystem::remove(meeting_file, ignored);
    throw;
  }
  if (by_file) std::filesystem::remove(meeting_file, ignored);
}

int Ranks::rank() const { return others_->rank; }
int Ranks::size() const { return others_->size; }

void Ranks::sum(std::span<float> values) {
  if (size() > 1) others_->sum(values);
}

void Ranks::sum(std::span<double> values) {
  if (size() > 1) others_->sum(values);
}

void Ranks::require_same(std::uint64_t number, std::string const& what) {
  // Byte by byte, so that sums are exact: all are equal when (sum x)^2 = n sum x^2.
  constexpr int bytes = 8;
  double sums[2 * bytes];
  for (int i = 0; i < bytes; ++i) {
    auto const piece = static_cast<double>(number >> (8 * i) & 0xFF);
    sums[i] = piece;
    sums[bytes + i] = piece * piece;
  }
  sum(sums);
  for (int i = 0; i < bytes; ++i) {
    if (sums[i] * sums[i] == size() * sums[bytes + i]) continue;
    throw InputError("the ranks differ in " + what +
                     ": give all of them the same inputs, options and version");
  }
}

}  // namespace cislens
