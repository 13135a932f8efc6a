#pragma once

#include "cislens/base/motif_matrix.hpp"
#include "cislens/base/output_file.hpp"
#include "cislens/data/simulate.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace cislens {

/// "pos_0042" of 2,000: all names have the same length, so that every sort keeps their order.
std::string simulated_record_name(char const* kind, std::int64_t number, std::int64_t count);

/// A line of the truth BED; score: 1000 times the word's log-odds over the best that its motif can have.
std::string planted_site_line(std::string const& record, PlantedSite const& site, MotifMatrix const& motif,
                              double best_log_odds_bits);

/// The motifs that were planted, as MEME. @throws OutputError
void write_planted_motifs(std::vector<MotifMatrix> const& motifs, std::array<double, 4> const& background,
                          std::string const& path, IfExists if_exists);

}  // namespace cislens
