#include "cislens/seqio/sequences.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/text.hpp"
#include "cislens/seqio/letters.hpp"
#include "cislens/seqio/record_name.hpp"

#include <optional>
#include <string_view>
#include <utility>

namespace cislens {

namespace {

/// More ambiguous letters than this among 100 letters: not DNA, but protein that happens to use those letters
/// alone.
constexpr std::int64_t ambiguous_percent_limit = 30;

/// Collects lines into records; what FASTA and FASTQ have in common.
class Collector {
 public:
  Collector(TextInput& input, SequenceOptions const& options) : input_(input), options_(options) {}

  void begin(std::string_view header) {
    header_ = header;
    bases_.clear();
    ++started_;
  }

  void add(std::string_view line) {
    std::int64_t const ambiguous_before = counts_.ambiguous;
    std::size_t const bad = append_bases(line, options_.mask_lowercase, counts_, bases_);
    if (bad != std::string_view::npos) input_.fail(explain_letter(line[bad]));
    if (ambiguous_before == 0 && counts_.ambiguous > 0) ambiguous_line_ = input_.line_number();
  }

  void end() {
    if (bases_.empty()) {
      ++empty_;
      return;
    }
    auto const length = static_cast<std::int64_t>(bases_.size());
    std::string_view const trimmed = trim(header_);
    std::string name(trimmed.substr(0, trimmed.find_first_of(" \t")));
    if (name.empty()) name = "sequence_" + std::to_string(started_);
    Interval origin{name, 0, length, '+'};
    if (auto place = stated_place(header_)) {
      bool const fits = fit_place(*place, length);
      ++(fits ? places_ : misfits_);
      if (fits) origin = std::move(*place);
    }
    records_.push_back({std::move(name), bases_, std::move(origin)});
  }

  std::int64_t length() const { return static_cast<std::int64_t>(bases_.size()); }

  std::vector<SequenceRecord> finish(Log& log) {
    std::string const file = input_.name() + ": ";
    if (100 * counts_.ambiguous > ambiguous_percent_limit * counts_.letters) {
      throw InputError(input_.name() + ":" + std::to_string(ambiguous_line_) + ": from here on " +
                       std::to_string(counts_.ambiguous) + " of " + std::to_string(counts_.letters) +
                       " letters are neither A, C, G, T, U nor N (is this protein? DNA or RNA is needed)");
    }
    if (records_.empty()) throw InputError(file + "holds no sequence (headers without bases only)");
    if (counts_.ambiguous > 0) {
      log.info(file + std::to_string(counts_.ambiguous) + " of " + std::to_string(counts_.letters) +
               " letters are IUPAC letters other than A C G T U N and were read as N");
    }
    if (empty_ > 0) log.warning(file + std::to_string(empty_) + " records without bases were left out");
    if (misfits_ > 0) judge_places(log);
    std::int64_t const renamed = make_names_unique(records_);
    if (renamed > 0) {
      log.warning(file + std::to_string(renamed) +
                  " records have the name of an earlier one; .2, .3, ... was added to theirs");
    }
    return std::move(records_);
  }

 private:
  /// Names like "Pos:1-300" are no places. A few of them have the right length by chance; they must not count
  /// either.
  void judge_places(Log& log) {
    bool const by_chance = places_ <= misfits_;
    log.info(input_.name() + ": " + std::to_string(misfits_) +
             " names look like genomic places of another length than " + "their sequence" +
             (by_chance ? "; no name is taken as a place" : " and are not taken as places"));
    if (!by_chance) return;
    for (SequenceRecord& record : records_) {
      record.origin = {record.name, 0, static_cast<std::int64_t>(record.bases.size()), '+'};
    }
  }

  TextInput& input_;
  SequenceOptions const& options_;
  std::string header_;
  std::string bases_;
  LetterCounts counts_;
  std::int64_t ambiguous_line_ = 0;
  std::int64_t started_ = 0;
  std::int64_t empty_ = 0;
  std::int64_t places_ = 0;
  std::int64_t misfits_ = 0;
  std::vector<SequenceRecord> records_;
};

/// @param header  the first header line, without '>'
void read_fasta(TextInput& input, std::string_view header, Collector& records) {
  records.begin(header);
  for (std::string_view line; input.next(line);) {
    if (line.starts_with('>')) {
      records.end();
      records.begin(line.substr(1));
    } else if (!line.starts_with(';')) {
      records.add(line);
    }
  }
  records.end();
}

/// Takes the lines of one FASTQ record after its header; bases and qualities may each run over several lines.
void read_fastq_record(TextInput& input, Collector& records) {
  std::string_view line;
  bool found_plus = false;
  while (!found_plus && input.next(line)) {
    found_plus = line.starts_with('+');
    if (!found_plus) records.add(line);
  }
  if (!found_plus) input.fail("the FASTQ record ends before its '+' line (is the file cut short?)");
  std::int64_t qualities = 0;
  while (qualities < records.length() && input.next(line))
    qualities += static_cast<std::int64_t>(trim(line).size());
  if (qualities != records.length()) {
    input.fail(std::to_string(qualities) + " qualities for " + std::to_string(records.length()) +
               " bases (a FASTQ record has one of each; is the file cut short?)");
  }
}

void read_fastq(TextInput& input, std::string_view header, Collector& records) {
  std::string_view line = header;
  bool more = true;
  while (more) {
    records.begin(line);
    read_fastq_record(input, records);
    records.end();
    do {
      more = input.next(line);
    } while (more && trim(line).empty());
    if (more && !line.starts_with('@'))
      input.fail("a FASTQ record begins with '@' (is the record before it whole?)");
    if (more) line.remove_prefix(1);
  }
}

}  // namespace

std::vector<SequenceRecord> read_sequences(TextInput& input, SequenceOptions const& options, Log& log) {
  Collector records(input, options);
  std::string_view line;
  while (input.next(line)) {
    if (trim(line).empty() || line.starts_with(';')) continue;
    std::string const header(line.substr(1));
    if (line.starts_with('>')) {
      read_fasta(input, header, records);
    } else if (line.starts_with('@')) {
      read_fastq(input, header, records);
    } else {
      input.fail("a sequence file begins with '>' (FASTA) or '@' (FASTQ), not with '" +
                 std::string(line.substr(0, 20)) + "' (give one of these, or BED with its genome)");
    }
  }
  return records.finish(log);
}

std::vector<SequenceRecord> read_sequences(std::string const& path, SequenceOptions const& options,
                                           Log& log) {
  TextInput input(path);
  return read_sequences(input, options, log);
}

}  // namespace cislens
