#pragma once

#include "cislens/base/motif_matrix.hpp"
#include "cislens/cli/run.hpp"

#include <string>
#include <vector>

namespace cislens {

/// Motifs of the file that was asked for; else motifs.meme in the folder of a model, none where there is no
/// such file or a run that found nothing wrote it. What is read is remembered as an input of the run.
/// @param file  from --motifs; may be empty
/// @throws InputError  the file cannot be read as motifs
std::vector<MotifMatrix> chosen_motifs(std::string const& file, std::string const& model_folder, Run& run);

}  // namespace cislens
