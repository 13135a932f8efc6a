#include "cislens/base/threads.hpp"

#include "cislens/base/errors.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <fstream>
#include <limits>
#include <mutex>
#include <sched.h>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace cislens {

namespace {

/// CPUs granted by the cgroup's quota (version 2), or a large number when there is none.
int cgroup_cpus() {
  std::ifstream file("/sys/fs/cgroup/cpu.max");
  std::string quota;
  double period = 0;
  if (!(file >> quota >> period) || quota == "max" || period <= 0) return std::numeric_limits<int>::max();
  return std::max(1, static_cast<int>(std::stod(quota) / period + 0.5));
}

}  // namespace

int available_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;
  if (count < 1) count = static_cast<int>(std::thread::hardware_concurrency());
  return std::max(1, std::min(count, cgroup_cpus()));
}

struct Threads::Team {
  std::vector<std::thread> threads;
  std::mutex mutex;
  std::condition_variable wake;
  std::condition_variable finished;
  std::function<void(std::int64_t, int)> const* work = nullptr;
  std::int64_t items = 0;
  std::atomic<std::int64_t> next{0};
  std::atomic<bool> failed{false};
  std::int64_t round = 0;
  int running = 0;
  bool stop = false;
  std::exception_ptr error;
  std::int64_t error_item = 0;

  // Also when a thread could not be started: the others wait on members of this.
  ~Team() {
    {
      std::lock_guard const lock(mutex);
      stop = true;
    }
    wake.notify_all();
    for (auto& thread : threads) thread.join();
  }

  void run(int worker) {
    for (std::int64_t item; !failed && (item = next.fetch_add(1)) < items;) {
      try {
        (*work)(item, worker);
      } catch (...) {
        std::lock_guard const lock(mutex);
        if (!error || item < error_item) {
          error = std::current_exception();
          error_item = item;
        }
        failed = true;
      }
    }
  }

  void serve(int worker) {
    std::int64_t seen = 0;
    for (;;) {
      {
        std::unique_lock lock(mutex);
        wake.wait(lock, [&] { return stop || round != seen; });
        if (stop) return;
        seen = round;
      }
      run(worker);
      std::lock_guard const lock(mutex);
      if (--running == 0) finished.notify_one();
    }
  }
};

Threads::Threads(int count) : team_(std::make_unique<Team>()) {
  int const workers = count > 0 ? count : available_cpus();
  team_->threads.reserve(static_cast<std::size_t>(workers) - 1);
  try {
    for (int worker = 1; worker < workers; ++worker)
      team_->threads.emplace_back([team = team_.get(), worker] { team->serve(worker); });
  } catch (std::system_error const&) {
    throw UsageError("only " + std::to_string(this->count()) + " of " + std::to_string(workers) +
                     " threads could be started; lower --threads");
  }
}

Threads::~Threads() = default;

int Threads::count() const { return static_cast<int>(team_->threads.size()) + 1; }

void Threads::for_each(std::int64_t items, std::function<void(std::int64_t item, int worker)> const& work) {
  Team& team = *team_;
  {
    std::lock_guard const lock(team.mutex);
    team.work = &work;
    team.items = items;
    team.next = 0;
    team.failed = false;
    team.error = nullptr;
    team.running = static_cast<int>(team.threads.size());
    ++team.round;
  }
  team.wake.notify_all();
  team.run(0);
  std::unique_lock lock(team.mutex);
  team.finished.wait(lock, [&] { return team.running == 0; });
  if (team.error) std::rethrow_exception(team.error);
}

}  // namespace cislens
