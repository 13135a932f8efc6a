#include "pairs_targets.hpp"

#include "cislens/base/errors.hpp"

#include "target_choice.hpp"
#include "target_sides.hpp"
#include "training_data.hpp"

#include <utility>

namespace cislens {

namespace fs = std::filesystem;

namespace {

/// Several are read, each into a folder of its own.
bool reads_all(TargetQuestion const& question, std::vector<std::string> const& names) {
  return question.target.empty() && names.size() > 1;
}

PairTask task_of(TargetSides sides, std::string const& target, std::string const& against,
                 fs::path const& folder) {
  std::string const others = against.empty() ? "not " + target : against + " and not " + target;
  return {target, folder, std::move(sides.positives), std::move(sides.negatives), "those that are " + others};
}

}  // namespace

std::vector<fs::path> task_folders(TargetQuestion const& question, TargetTable const& table,
                                   fs::path const& folder) {
  if (!question.against.empty()) target_index(question.against, table.target_names, "--against");
  if (!reads_all(question, table.target_names)) {
    target_index(question.target, table.target_names);
    return {folder};
  }
  std::vector<fs::path> folders;
  for (std::string const& name : target_folders(table.target_names))
    folders.push_back(folder / "targets" / name);
  return folders;
}

std::vector<PairTask> target_tasks(TargetQuestion const& question, Dataset const& records,
                                   std::vector<fs::path> const& folders, Run& run) {
  std::vector<std::string> const& names = records.target_names;
  LossKind const loss = usual_loss(records);
  std::vector<PairTask> tasks;
  if (!reads_all(question, names)) {
    int const target = target_index(question.target, names);
    std::string const& name = names[static_cast<std::size_t>(target)];
    TargetSides sides = target_sides(records, loss, target);
    if (!question.against.empty())
      sides = opposed_sides(sides, target_sides(records, loss, target_index(question.against, names)));
    require_sides(sides, question.table, name, question.against);
    tasks.push_back(task_of(std::move(sides), name, question.against, folders.front()));
  } else {
    for (std::size_t t = 0; t < names.size(); ++t) {
      TargetSides sides = target_sides(records, loss, static_cast<std::int64_t>(t));
      if (sides.positives.empty())
        run.log().warning("target '" + names[t] + "' has no positives: it is not read");
      else
        tasks.push_back(task_of(std::move(sides), names[t], "", folders[t]));
    }
    if (tasks.empty())
      throw InputError(question.table +
                       ": no sequence is positive for any target (1: positive; of other "
                       "numbers the highest quarter)");
  }
  for (PairTask const& task : tasks) {
    if (task.background.empty())
      run.log().warning("no sequence is negative for target '" + task.target +
                        "': its pairs are compared with nothing");
  }
  return tasks;
}

}  // namespace cislens
