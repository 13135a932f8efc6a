#include "motif_choice.hpp"

#include "cislens/seqio/motif_database.hpp"

#include <filesystem>
#include <fstream>
#include <utility>

namespace cislens {

std::vector<MotifMatrix> chosen_motifs(std::string const& file, std::string const& model_folder, Run& run) {
  std::filesystem::path path = file;
  if (file.empty()) {
    path = std::filesystem::path(model_folder) / "motifs.meme";
    std::ifstream stream(path);
    std::string word;
    while (stream >> word && word != "MOTIF") continue;
    if (word != "MOTIF") return {};
  }
  run.input("motifs", path.string());
  MotifDatabase database = read_motif_database(path.string());
  for (std::string const& warning : database.warnings) run.log().warning(warning);
  return std::move(database.motifs);
}

}  // namespace cislens
