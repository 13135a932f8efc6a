#include "cislens/base/errors.hpp"
#include "cislens/base/text.hpp"
#include "cislens/seqio/text_input.hpp"

#include "report_files.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

namespace cislens {

namespace {

/// The sequences of a contig by start, and how far back one may begin that reaches a place.
struct ContigSequences {
  std::vector<std::int64_t> numbers;
  std::int64_t longest = 0;
};

class SequencePlaces {
 public:
  explicit SequencePlaces(std::span<Interval const> sequences) : sequences_(sequences) {
    for (std::int64_t i = 0; i < std::ssize(sequences); ++i) {
      ContigSequences& contig = contigs_[sequences[i].contig];
      contig.numbers.push_back(i);
      contig.longest = std::max(contig.longest, sequences[i].length());
    }
    for (auto& [name, contig] : contigs_)
      std::ranges::stable_sort(contig.numbers, {}, [&](std::int64_t i) { return sequences[i].start; });
  }

  /// The sequences that hold a place, in their order on the contig.
  std::vector<std::int64_t> holding(std::string const& contig, std::int64_t start, std::int64_t end) const {
    std::vector<std::int64_t> result;
    auto const found = contigs_.find(contig);
    if (found == contigs_.end()) return result;
    auto const start_of = [&](std::int64_t i) { return sequences_[i].start; };
    auto it = std::ranges::lower_bound(found->second.numbers, end - found->second.longest, {}, start_of);
    for (; it != found->second.numbers.end() && sequences_[*it].start <= start; ++it) {
      if (end <= sequences_[*it].end) result.push_back(*it);
    }
    return result;
  }

 private:
  std::span<Interval const> sequences_;
  std::map<std::string, ContigSequences> contigs_;
};

/// A line of sites.bed, its site still on the contig.
struct SiteLine {
  std::string contig;
  Site site;
};

double from_minus_log10(double value) {
  return value < 0 ? std::numeric_limits<double>::quiet_NaN() : std::pow(10.0, -value);
}

SiteLine parse_line(TextInput const& input, std::string_view line, std::map<std::string, int> const& motifs) {
  auto const fields = split(line, '\t');
  if (fields.size() != 10)
    input.fail("found " + std::to_string(fields.size()) + " fields, not 10 (" + report_remedy + ")");
  auto const number = [&](std::size_t column) {
    double value = 0;
    if (!parse_number(fields[column], value))
      input.fail("'" + std::string(fields[column]) + "' is no number (" + report_remedy + ")");
    return value;
  };
  SiteLine result{std::string(fields[0]), {}};
  Site& site = result.site;
  site.start = static_cast<std::int64_t>(number(1));
  site.end = static_cast<std::int64_t>(number(2));
  auto const motif = motifs.find(std::string(fields[3]));
  if (motif == motifs.end())
    input.fail("motif '" + std::string(fields[3]) + "' is not in motifs.tsv (" + report_remedy + ")");
  site.motif = motif->second;
  site.strand = fields[5].empty() ? '.' : fields[5].front();
  site.score = number(6);
  site.p = from_minus_log10(number(7));
  site.attribution_q = from_minus_log10(number(8));
  if (fields[9] != ".") site.head = static_cast<int>(number(9));
  return result;
}

/// From the contig into the sequence: the other way round than place_on_contig.
void move_into(Interval const& sequence, Site& site) {
  std::int64_t const start = site.start;
  if (sequence.strand != '-') {
    site.start -= sequence.start;
    site.end -= sequence.start;
    return;
  }
  site.start = sequence.end - site.end;
  site.end = sequence.end - start;
  if (site.strand != '.') site.strand = site.strand == '-' ? '+' : '-';
}

}  // namespace

std::vector<Site> read_sites(std::filesystem::path const& folder, std::span<DiscoveredMotif const> motifs,
                             std::span<Interval const> sequences) {
  std::map<std::string, int> numbers;
  for (DiscoveredMotif const& motif : motifs)
    numbers.emplace(motif.matrix.id, static_cast<int>(numbers.size()));
  std::vector<Site> sites;
  std::filesystem::path const path = folder / "sites.bed";
  std::error_code ignored;
  if (std::filesystem::file_size(path, ignored) == 0) return sites;
  SequencePlaces const places(sequences);
  TextInput input(path.string());
  std::map<std::pair<std::string, std::string>, std::size_t>
      seen;  // lines alike: in which sequence is this one?
  for (std::string_view line; input.next(line);) {
    SiteLine parsed = parse_line(input, line, numbers);
    Site& site = parsed.site;
    auto const holding = places.holding(parsed.contig, site.start, site.end);
    if (holding.empty())
      input.fail(std::string("no positive of records.tsv holds this site (") + report_remedy + ")");
    std::size_t const copies =
        holding.size() == 1
            ? 0
            : seen[{parsed.contig, std::to_string(site.start) + site.strand + std::to_string(site.motif)}]++;
    site.sequence = holding[std::min(copies, holding.size() - 1)];
    move_into(sequences[site.sequence], site);
    sites.push_back(site);
  }
  std::ranges::stable_sort(sites, [](Site const& a, Site const& b) {
    return std::pair(a.sequence, a.start) < std::pair(b.sequence, b.start);
  });
  return sites;
}

}  // namespace cislens
