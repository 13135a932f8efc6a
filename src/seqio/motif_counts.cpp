// JASPAR, HOMER and TRANSFAC: matrices of counts or probabilities without a header.

#include "cislens/base/text.hpp"

#include "motif_formats.hpp"

#include <algorithm>

namespace cislens {

namespace {

/// The lines of one motif that starts with '>'.
struct Block {
  std::string header;
  std::int64_t line = 0;
  std::vector<std::vector<double>> strips;  ///< JASPAR: a line a base
  std::vector<std::int64_t> lines;          ///< of the strips
  bool labelled = false;                    ///< lines start with A C G T
};

/// "A  [ 4 19 0 ]" and "4 19 0" to numbers.
void take_line(TextInput const& input, std::string_view line, Block& block) {
  std::string text(line);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '[' || c == ']'; }, ' ');
  auto words = words_of(text);
  if (words.empty()) return;
  static constexpr std::string_view letters = "ACGT";
  std::size_t const index = block.strips.size();
  if (words[0].size() == 1 && std::string_view("ACGTUacgtu").find(words[0]) != std::string_view::npos) {
    char const letter = static_cast<char>(words[0][0] & ~0x20);
    if (index >= 4 || (letter == 'U' ? 'T' : letter) != letters[index]) {
      input.fail("the line of '" + std::string(words[0]) +
                 "' is not where it belongs (one line each of A, C, G, T)");
    }
    block.labelled = true;
    words.erase(words.begin());
  }
  std::vector<double> numbers;
  if (!all_numbers(words, numbers) || numbers.empty()) {
    input.fail("'" + std::string(trim(line)) + "' is not a line of counts or probabilities");
  }
  block.strips.push_back(std::move(numbers));
  block.lines.push_back(input.line_number());
}

/// A line a position rather than a line a base? Four lines of four numbers are HOMER's when its header has a
/// threshold.
bool is_homer(Block const& block, std::vector<std::string_view> const& fields) {
  bool const four_wide =
      std::all_of(block.strips.begin(), block.strips.end(), [](auto const& s) { return s.size() == 4; });
  if (block.labelled || !four_wide) return false;
  double threshold = 0;
  return block.strips.size() != 4 || (fields.size() >= 3 && parse_number(trim(fields[2]), threshold));
}

RawMotif homer_motif(TextInput const& input, Block const& block,
                     std::vector<std::string_view> const& fields) {
  std::string_view const full = trim(fields.size() > 1 ? fields[1] : fields[0]);
  std::string const name(full.substr(0, full.find_first_of("/,")));
  RawMotif motif{{name, name, {}, 0}, block.line};
  std::vector<MotifRow> rows;
  for (std::size_t i = 0; i < block.strips.size(); ++i) {
    auto const& s = block.strips[i];
    rows.push_back({{s[0], s[1], s[2], s[3]}, block.lines[i]});
  }
  set_rows(input, rows, true, motif);
  return motif;
}

RawMotif jaspar_motif(TextInput const& input, Block const& block) {
  std::string_view const header = trim(block.header);
  std::size_t const blank = std::min(header.find_first_of(" \t"), header.size());
  RawMotif motif{{std::string(header.substr(0, blank)), std::string(trim(header.substr(blank))), {}, 0},
                 block.line};
  std::string const who = "motif '" + motif.matrix.id + "' ";
  if (block.strips.size() != 4) {
    fail_at(input, block.line,
            who + "has " + std::to_string(block.strips.size()) +
                " lines of numbers (JASPAR has four, A C G T; HOMER has four numbers a line)");
  }
  std::size_t const width = block.strips[0].size();
  for (std::size_t base = 1; base < 4; ++base) {
    if (block.strips[base].size() == width) continue;
    fail_at(input, block.lines[base],
            who + "has " + std::to_string(block.strips[base].size()) + " values here but " +
                std::to_string(width) + " for A (all four lines need the same number)");
  }
  std::vector<MotifRow> rows;
  for (std::size_t i = 0; i < width; ++i) {
    rows.push_back(
        {{block.strips[0][i], block.strips[1][i], block.strips[2][i], block.strips[3][i]}, block.line});
  }
  set_rows(input, rows, true, motif);
  return motif;
}

/// One TRANSFAC entry while it is read.
struct Entry {
  std::string accession;
  std::string identifier;
  std::string name;
  std::vector<MotifRow> rows;
  std::int64_t line = 0;  ///< of P0; 0: no matrix yet
  bool in_matrix = false;
};

void end_entry(TextInput const& input, Entry& entry, std::vector<RawMotif>& motifs) {
  if (entry.line > 0) {
    std::string const& id = entry.accession.empty() ? entry.identifier : entry.accession;
    if (id.empty()) fail_at(input, entry.line, "a matrix without an AC or ID line (add one above it)");
    RawMotif motif{{id, entry.name.empty() ? entry.identifier : entry.name, {}, 0}, entry.line};
    set_rows(input, entry.rows, true, motif);
    motifs.push_back(std::move(motif));
  }
  entry = {};
}

void start_transfac_matrix(TextInput const& input, std::vector<std::string_view> const& words, Entry& entry) {
  static constexpr std::string_view letters[] = {"A", "C", "G", "T"};
  if (words.size() < 5 || !std::equal(std::begin(letters), std::end(letters), words.begin() + 1)) {
    input.fail("the columns are not named A C G T in this order (only such DNA matrices can be used)");
  }
  if (entry.line > 0) input.fail("a second matrix in one entry (end each entry with //)");
  entry.line = input.line_number();
  entry.in_matrix = true;
}

void take_transfac_row(TextInput const& input, std::vector<std::string_view> const& words, Entry& entry) {
  std::vector<double> numbers;
  if (words.size() < 5 || words.size() > 6 || !all_numbers(std::span(words).subspan(1, 4), numbers)) {
    input.fail("this row is not a position, four numbers A C G T, and perhaps a consensus letter");
  }
  entry.rows.push_back({{numbers[0], numbers[1], numbers[2], numbers[3]}, input.line_number()});
}

}  // namespace

std::vector<RawMotif> read_angle_motifs(TextInput& input, MotifFormat& format) {
  std::vector<RawMotif> motifs;
  Block block;
  auto const end_block = [&] {
    if (block.line == 0) return;
    auto const fields = split(block.header, '\t');
    bool const homer = is_homer(block, fields);
    if (motifs.empty()) format = homer ? MotifFormat::homer : MotifFormat::jaspar;
    motifs.push_back(homer && !block.strips.empty() ? homer_motif(input, block, fields)
                                                    : jaspar_motif(input, block));
  };
  std::string_view line;
  while (input.next(line)) {
    std::string_view const text = trim(line);
    if (text.starts_with('#') || text.empty()) continue;
    if (!text.starts_with('>')) {
      take_line(input, line, block);
      continue;
    }
    end_block();
    block = {};
    block.header = trim(text.substr(1));
    block.line = input.line_number();
    if (block.header.empty()) input.fail("a '>' line without an id (write '>id name')");
  }
  end_block();
  return motifs;
}

std::vector<RawMotif> read_transfac(TextInput& input) {
  std::vector<RawMotif> motifs;
  Entry entry;
  std::string_view line;
  while (input.next(line)) {
    auto const words = words_of(line);
    if (words.empty()) continue;
    std::string_view const tag = words[0];
    double number = 0;
    if (entry.in_matrix && parse_number(tag, number)) {
      take_transfac_row(input, words, entry);
      continue;
    }
    entry.in_matrix = false;
    std::string const rest(
        trim(line.substr(std::min(line.size(), tag.data() + tag.size() - line.data() + 0ul))));
    if (tag == "//")
      end_entry(input, entry, motifs);
    else if (tag == "AC")
      entry.accession = rest;
    else if (tag == "ID")
      entry.identifier = rest;
    else if (tag == "NA")
      entry.name = rest;
    else if (tag == "P0" || tag == "PO")
      start_transfac_matrix(input, words, entry);
  }
  end_entry(input, entry, motifs);
  return motifs;
}

}  // namespace cislens
