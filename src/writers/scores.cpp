#include "cislens/writers/scores.hpp"

#include "cislens/base/text.hpp"
#include "cislens/writers/names.hpp"

namespace cislens {

namespace {

std::string place(std::int64_t base) { return base < 0 ? "." : std::to_string(base); }

}  // namespace

std::string score_header() { return "record\ttarget\tlabel\tscore\twindows\tstart\tend\tmean_score\n"; }

std::string format_score(ScoreRow const& row) {
  return table_field(row.record) + '\t' + table_field(row.target) + "\tnan\t" + format_number(row.score) +
         '\t' + std::to_string(row.windows) + '\t' + place(row.start) + '\t' + place(row.end) + '\t' +
         format_number(row.mean_score) + '\n';
}

std::string window_score_header() { return "record\tstart\tend\ttarget\tscore\n"; }

std::string format_window_score(WindowScoreRow const& row) {
  return table_field(row.record) + '\t' + std::to_string(row.start) + '\t' + std::to_string(row.end) + '\t' +
         table_field(row.target) + '\t' + format_number(row.score) + '\n';
}

}  // namespace cislens
