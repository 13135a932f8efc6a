#include "cislens/writers/bed.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/text.hpp"
#include "cislens/writers/names.hpp"

#include "text_file.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace cislens {

namespace {

struct BedLine {
  std::string contig;
  std::int64_t start;
  std::string text;  // the whole line
};

std::string format_minus_log10(double p) {
  if (!(p >= 0)) return "-1";
  return format_fixed(p > 0 ? std::abs(std::min(350.0, -std::log10(std::min(p, 1.0)))) : 350.0, 3);
}

BedLine make_line(Interval const& place, std::string const& name, double raw, double p, double q, int head) {
  std::string const contig = word_field(place.contig);
  return {contig, place.start,
          contig + "\t" + std::to_string(place.start) + "\t" + std::to_string(place.end) + "\t" + name +
              "\t" + std::to_string(bed_score(p)) + "\t" + place.strand + "\t" + format_fixed(raw, 4) + "\t" +
              format_minus_log10(p) + "\t" + format_minus_log10(q) + "\t" +
              (head < 0 ? "." : std::to_string(head)) + "\n"};
}

/// `sort -k1,1 -k2,2n` breaks ties by the whole line; std::string compares bytes as unsigned, like the C
/// locale.
std::string join_sorted(std::vector<BedLine> lines) {
  std::sort(lines.begin(), lines.end(), [](BedLine const& a, BedLine const& b) {
    if (int const order = a.contig.compare(b.contig); order != 0) return order < 0;
    return a.start != b.start ? a.start < b.start : a.text < b.text;
  });
  std::string text;
  for (BedLine const& line : lines) text += line.text;
  return text;
}

Interval const& origin_of(std::int64_t sequence, std::span<Interval const> origins) {
  if (sequence >= 0 && sequence < static_cast<std::int64_t>(origins.size())) return origins[sequence];
  throw ShapeError("sequence " + std::to_string(sequence) + " of " + std::to_string(origins.size()) +
                   " is named by a site");
}

}  // namespace

Interval place_on_contig(Interval const& origin, std::int64_t start, std::int64_t end, char strand) {
  if (!(0 <= start && start < end && end <= origin.length())) {
    throw ShapeError("a stretch " + std::to_string(start) + "-" + std::to_string(end) +
                     " lies outside its sequence of " + std::to_string(origin.length()) + " bases");
  }
  if (origin.strand != '-') return {origin.contig, origin.start + start, origin.start + end, strand};
  char const turned = strand == '+' ? '-' : strand == '-' ? '+' : strand;
  return {origin.contig, origin.end - end, origin.end - start, turned};
}

int bed_score(double p) {
  if (!(p >= 0)) return 0;
  if (p < 1e-10) return 1000;
  return std::clamp(static_cast<int>(std::lround(-100 * std::log10(p))), 0, 1000);
}

std::string format_sites_bed(std::span<Site const> sites, std::span<std::string const> motif_ids,
                             std::span<Interval const> origins) {
  for (std::string const& id : motif_ids) check_motif_id(id);
  std::vector<BedLine> lines;
  lines.reserve(sites.size());
  for (Site const& site : sites) {
    if (site.motif < 0 || site.motif >= static_cast<int>(motif_ids.size())) {
      throw ShapeError("motif " + std::to_string(site.motif) + " of " + std::to_string(motif_ids.size()) +
                       " is named by a site");
    }
    Interval const place =
        place_on_contig(origin_of(site.sequence, origins), site.start, site.end, site.strand);
    lines.push_back(
        make_line(place, motif_ids[site.motif], site.score, site.p, site.attribution_q, site.head));
  }
  return join_sorted(std::move(lines));
}

std::string format_seqlets_bed(std::span<Seqlet const> seqlets, std::span<Interval const> origins) {
  std::vector<BedLine> lines;
  lines.reserve(seqlets.size());
  for (Seqlet const& seqlet : seqlets) {
    Interval const place =
        place_on_contig(origin_of(seqlet.sequence, origins), seqlet.start, seqlet.end, '.');
    std::string const name = seqlet.head < 0 ? "all" : "head" + std::to_string(seqlet.head);
    lines.push_back(make_line(place, name, seqlet.score, seqlet.p, seqlet.q, seqlet.head));
  }
  return join_sorted(std::move(lines));
}

void write_sites_bed(std::span<Site const> sites, std::span<std::string const> motif_ids,
                     std::span<Interval const> origins, std::filesystem::path const& path,
                     IfExists if_exists) {
  write_text_file(format_sites_bed(sites, motif_ids, origins), path, if_exists);
}

void write_seqlets_bed(std::span<Seqlet const> seqlets, std::span<Interval const> origins,
                       std::filesystem::path const& path, IfExists if_exists) {
  write_text_file(format_seqlets_bed(seqlets, origins), path, if_exists);
}

}  // namespace cislens
