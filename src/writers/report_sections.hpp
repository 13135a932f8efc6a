#pragma once

#include "cislens/writers/report.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cislens {

/// The parts of the report, each a <section>, or empty when there is nothing to show.
std::string header_section(ReportInput const& input);
std::string summary_section(ReportInput const& input);
std::string target_section(ReportInput const& input);
std::string motif_section(ReportInput const& input);
std::string position_section(ReportInput const& input);
std::string example_section(ReportInput const& input);
std::string head_section(ReportInput const& input);
std::string training_section(ReportInput const& input);
std::string method_section(ReportInput const& input);
std::string provenance_section(ReportInput const& input);

/// How the page looks and what it can do: the contents of <style> and <script>.
std::string_view report_style();
std::string_view report_script();

/// Number of different sequences that carry a site.
std::int64_t sequences_with_site(std::vector<Site> const& sites);
/// The motif's name as shown: that of its best significant match, or empty.
std::string significant_name(DiscoveredMotif const& motif, double q_limit);

}  // namespace cislens
