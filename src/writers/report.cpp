#include "cislens/writers/report.hpp"

#include "pairs_figures.hpp"
#include "report_page.hpp"
#include "report_sections.hpp"
#include "text_file.hpp"

#include <utility>

namespace cislens {

std::string format_report(ReportInput const& input) {
  std::vector<std::pair<std::string, std::string>> const sections = {
      {"", summary_section(input)},
      {"Targets", target_section(input)},
      {"Motifs", motif_section(input)},
      {"Positions", position_section(input)},
      {"Examples", example_section(input)},
      {"Pairs", input.pairs ? pair_section(*input.pairs) : ""},
      {"Heads", head_section(input)},
      {"Training", training_section(input)},
      {"Data and method", method_section(input)},
      {"This run", provenance_section(input)}};
  return report_page(input.title, input.version, header_section(input), sections);
}

void write_report(ReportInput const& input, std::filesystem::path const& path, IfExists if_exists) {
  write_text_file(format_report(input), path, if_exists);
}

}  // namespace cislens
