#pragma once

#include <functional>
#include <string>

namespace cislens {

/// Which of the processes that train together this one is.
struct RankPlace {
  int rank = 0;
  int size = 1;
  int local_rank = 0;      ///< among those of this machine: which of its GPUs to take
  std::string launcher;    ///< "torchrun", "Slurm" or "OpenMPI"
  std::string job;         ///< tells jobs apart; the same in all processes
  std::string first_host;  ///< where rank 0 runs; empty: not known
  int port = 0;            ///< free on that host; 0: not known
};

/// What the launcher says in environment variables: torchrun's RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR and
/// MASTER_PORT (where torchrun itself listens: the port is the next one), Slurm's SLURM_PROCID, SLURM_NTASKS,
/// SLURM_LOCALID and SLURM_JOB_ID with SLURM_STEP_ID, or OpenMPI's OMPI_COMM_WORLD_RANK, _SIZE and
/// _LOCAL_RANK.
/// @param variable  as std::getenv
/// @throws UsageError  none of them is there, or one is not a number in its range
RankPlace rank_place(std::function<char const*(char const* name)> const& variable);

}  // namespace cislens
