#include "cislens/train/rank_place.hpp"

#include "cislens/base/errors.hpp"

#include <charconv>
#include <cstring>
#include <string_view>
#include <system_error>

namespace cislens {

namespace {

using Variables = std::function<char const*(char const* name)>;

/// A launcher and the names of its variables.
struct Launcher {
  char const *name, *rank, *size, *local_rank;
};

constexpr Launcher launchers[] = {
    {"torchrun", "RANK", "WORLD_SIZE", "LOCAL_RANK"},
    {"OpenMPI", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK"},
    {"Slurm", "SLURM_PROCID", "SLURM_NTASKS", "SLURM_LOCALID"},
};

int number(Variables const& variable, char const* name, int low, int high) {
  char const* const text = variable(name);
  std::string_view const view = text == nullptr ? "" : text;
  int value = 0;
  auto const [end, error] = std::from_chars(view.data(), view.data() + view.size(), value);
  if (error != std::errc() || end != view.data() + view.size() || value < low || value > high) {
    throw UsageError("--distributed: the variable " + std::string(name) + " is '" + std::string(view) +
                     "', expected is a number from " + std::to_string(low) + " to " + std::to_string(high));
  }
  return value;
}

std::string text_or(Variables const& variable, char const* name, char const* otherwise) {
  char const* const text = variable(name);
  return text == nullptr ? otherwise : text;
}

std::string job_of(Variables const& variable, std::string_view launcher) {
  if (launcher == "torchrun")
    return text_or(variable, "TORCHELASTIC_RUN_ID", "none") + "." +
           text_or(variable, "TORCHELASTIC_RESTART_COUNT", "0");
  if (launcher == "Slurm")
    return text_or(variable, "SLURM_JOB_ID", "none") + "." + text_or(variable, "SLURM_STEP_ID", "0");
  return text_or(variable, "PMIX_NAMESPACE", "none");
}

}  // namespace

RankPlace rank_place(Variables const& variable) {
  constexpr int most_ranks = 65536;
  constexpr int most_ports = 65535;
  for (Launcher const& launcher : launchers) {
    if (variable(launcher.rank) == nullptr || variable(launcher.size) == nullptr) continue;
    RankPlace place;
    place.launcher = launcher.name;
    place.size = number(variable, launcher.size, 1, most_ranks);
    place.rank = number(variable, launcher.rank, 0, place.size - 1);
    if (variable(launcher.local_rank) != nullptr)
      place.local_rank = number(variable, launcher.local_rank, 0, most_ranks);
    place.job = job_of(variable, launcher.name);
    place.first_host = text_or(variable, "MASTER_ADDR", "");
    if (!place.first_host.empty() && variable("MASTER_PORT") != nullptr)
      place.port = number(variable, "MASTER_PORT", 1, most_ports - 1) + 1;
    return place;
  }
  throw UsageError(
      "--distributed: no launcher has said which process this is (torchrun's RANK and WORLD_SIZE, OpenMPI's "
      "OMPI_COMM_WORLD_RANK, Slurm's SLURM_PROCID): start it with torchrun --no-python, mpirun or srun");
}

}  // namespace cislens
