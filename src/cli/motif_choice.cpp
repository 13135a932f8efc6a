#include "motif_choice.hpp"

#include "cislens/seqio/motif_database.hpp"
#include "cislens/seqio/table_input.hpp"

#include "target_choice.hpp"

#include <algorithm>
#include <fstream>
#include <utility>

namespace cislens {

std::filesystem::path motif_file(std::string const& model_folder, std::string const& target) {
  std::filesystem::path const folder = model_folder;
  if (!target.empty()) {
    std::filesystem::path const own = folder / "targets" / target_folders({target}).front() / "motifs.meme";
    std::error_code ignored;
    if (std::filesystem::exists(own, ignored)) return own;
  }
  return folder / "motifs.meme";
}

namespace {

/// What discover found its motifs to be stands in the table beside them.
void take_names(std::filesystem::path const& table_path, std::vector<MotifMatrix>& motifs) {
  std::error_code ignored;
  if (!std::filesystem::exists(table_path, ignored)) return;
  TableInput table(table_path.string(), "give the folder as discover wrote it, or the motifs with --motifs");
  while (table.next()) {
    auto const motif = std::ranges::find(motifs, table.text("motif"), &MotifMatrix::id);
    if (motif != motifs.end() && motif->name.empty()) motif->name = table.text("match");
  }
}

}  // namespace

std::vector<MotifMatrix> chosen_motifs(std::string const& file, std::string const& model_folder,
                                       std::string const& target, Run& run) {
  std::filesystem::path path = file;
  if (file.empty()) {
    path = motif_file(model_folder, target);
    std::ifstream stream(path);
    std::string word;
    while (stream >> word && word != "MOTIF") continue;
    if (word != "MOTIF") return {};
  }
  run.input("motifs", path.string());
  MotifDatabase database = read_motif_database(path.string());
  for (std::string const& warning : database.warnings) run.log().warning(warning);
  if (file.empty()) take_names(path.parent_path() / "motifs.tsv", database.motifs);
  return std::move(database.motifs);
}

}  // namespace cislens
