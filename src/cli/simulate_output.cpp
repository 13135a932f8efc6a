#include "simulate_output.hpp"

#include "cislens/writers/meme.hpp"

#include <algorithm>
#include <cmath>

namespace cislens {

std::string simulated_record_name(char const* kind, std::int64_t number, std::int64_t count) {
  std::string const digits = std::to_string(number + 1);
  return std::string(kind) + std::string(std::to_string(count).size() - digits.size(), '0') + digits;
}

std::string planted_site_line(std::string const& record, PlantedSite const& site, MotifMatrix const& motif,
                              double best_log_odds_bits) {
  double const share = site.log_odds_bits / best_log_odds_bits;
  int const score = static_cast<int>(std::lround(1000 * std::clamp(share, 0.0, 1.0)));
  return record + '\t' + std::to_string(site.start) + '\t' + std::to_string(site.end) + '\t' + motif.id +
         '\t' + std::to_string(score) + '\t' + site.strand + '\n';
}

void write_planted_motifs(std::vector<MotifMatrix> const& motifs, std::array<double, 4> const& background,
                          std::string const& path, IfExists if_exists) {
  std::vector<MemeMotif> planted;
  for (MotifMatrix const& matrix : motifs) planted.push_back({matrix, std::nan("")});
  write_meme(planted, background, path, if_exists);
}

}  // namespace cislens
