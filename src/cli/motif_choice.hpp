#pragma once

#include "cislens/base/motif_matrix.hpp"
#include "cislens/cli/run.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace cislens {

/// The motifs that a run of discover left in its folder: those of a target that was read by itself, else of
/// all. The file may be missing.
/// @param target  from --target; may be empty
std::filesystem::path motif_file(std::string const& model_folder, std::string const& target);

/// Motifs of the file that was asked for; else those of motif_file, none where there is no such file or a run
/// that found nothing wrote it; these are named as the table beside them says. What is read is remembered as
/// an input of the run.
/// @param file  from --motifs; may be empty
/// @throws InputError  the file cannot be read as motifs
std::vector<MotifMatrix> chosen_motifs(std::string const& file, std::string const& model_folder,
                                       std::string const& target, Run& run);

}  // namespace cislens
