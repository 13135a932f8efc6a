#include "cislens/seqio/motif_database.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/text.hpp"

#include "motif_formats.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <set>

namespace cislens {

namespace {

constexpr double sum_tolerance = 0.02;
constexpr std::size_t longest_id = 64;

/// Something that was changed in several motifs: told once, with the first as an example.
struct Change {
  int count = 0;
  std::string example;

  void add(std::int64_t line, std::string const& before, std::string const& after) {
    if (count++ == 0) example = "line " + std::to_string(line) + ": '" + before + "' is now '" + after + "'";
  }
};

std::string clean_id(std::string_view id) {
  std::string clean(id.substr(0, longest_id));
  for (auto& c : clean) {
    bool const plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!plain && c != '_' && c != '.' && c != '-') c = '_';
  }
  return clean.empty() ? "motif" : clean;
}

std::string unused_id(std::string const& id, std::set<std::string> const& used) {
  for (int number = 2;; ++number) {
    std::string const suffix = "_" + std::to_string(number);
    std::string candidate = id.substr(0, longest_id - suffix.size()) + suffix;
    if (!used.contains(candidate)) return candidate;
  }
}

/// Names are shown to people: one line, no control characters.
std::string clean_name(std::string name) {
  for (auto& c : name) {
    if (std::iscntrl(static_cast<unsigned char>(c))) c = ' ';
  }
  return std::string(trim(name));
}

void add_motifs(std::vector<RawMotif> raw, std::string const& file, MotifDatabase& database) {
  Change cleaned;
  Change renamed;
  Change doubted;
  std::set<std::string> used;
  for (auto& motif : raw) {
    std::string id = clean_id(motif.matrix.id);
    if (id != motif.matrix.id) cleaned.add(motif.line, motif.matrix.id, id);
    if (used.contains(id)) {
      std::string const other = unused_id(id, used);
      renamed.add(motif.line, id, other);
      id = other;
    }
    used.insert(id);
    if (motif.one_site) doubted.add(motif.line, "nsites= 1", "not known");
    motif.matrix.id = id;
    motif.matrix.name = clean_name(std::move(motif.matrix.name));
    database.motifs.push_back(std::move(motif.matrix));
  }
  auto const tell = [&](Change const& change, std::string const& why) {
    if (change.count == 0) return;
    database.warnings.push_back(file + ": " + std::to_string(change.count) + why + " (" + change.example +
                                ")");
  };
  tell(cleaned, " motif id(s) changed to letters, digits, '_', '.', '-' and at most 64 characters");
  tell(renamed, " motif id(s) used before in the file got a number");
  tell(doubted, " motif(s) state one site, which probabilities do not come from");
}

/// First line of `head` that says something.
std::string_view first_line(std::string_view head) {
  for (auto const line : split(head, '\n')) {
    if (auto const text = trim(line); !text.empty() && text.front() != '#') return text;
  }
  return {};
}

bool looks_like_transfac(std::string_view line) {
  static constexpr std::string_view tags[] = {"AC", "ID", "NA", "VV", "XX", "DE", "P0", "PO", "DT", "CC"};
  std::string_view const tag = line.substr(0, 2);
  bool const ends = line.size() <= 2 || line[2] == ' ' || line[2] == '\t';
  return ends && std::find(std::begin(tags), std::end(tags), tag) != std::end(tags);
}

}  // namespace

void fail_at(TextInput const& input, std::int64_t line, std::string const& what) {
  throw InputError(input.name() + ":" + std::to_string(line) + ": " + what);
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (std::size_t start = 0;;) {
    start = line.find_first_not_of(" \t", start);
    if (start == std::string_view::npos) return words;
    std::size_t const end = std::min(line.find_first_of(" \t", start), line.size());
    words.push_back(line.substr(start, end - start));
    start = end;
  }
}

bool all_numbers(std::span<std::string_view const> words, std::vector<double>& numbers) {
  numbers.clear();
  for (auto const word : words) {
    double value = 0;
    if (!parse_number(word, value)) return false;
    numbers.push_back(value);
  }
  return true;
}

void set_rows(TextInput const& input, std::span<MotifRow const> rows, bool counts_allowed, RawMotif& motif) {
  std::string const who = "motif '" + motif.matrix.id + "' ";
  if (rows.empty()) fail_at(input, motif.line, who + "has no columns (is the file cut short?)");
  double largest = 0;
  for (auto const& [values, line] : rows) {
    double sum = 0;
    for (double const value : values) {
      if (!(value >= 0 && std::isfinite(value))) {
        fail_at(
            input, line,
            who + "has the value " + format_number(value) + " (counts or probabilities are not negative)");
      }
      sum += value;
    }
    if (!(sum > 0)) fail_at(input, line, who + "has a position whose four values are all 0");
    largest = std::max(largest, sum);
  }
  bool const counts = counts_allowed && largest > 1 + sum_tolerance;
  if (counts) motif.matrix.sites = std::round(largest);
  for (auto const& [values, line] : rows) {
    double const sum = values[0] + values[1] + values[2] + values[3];
    if (!counts && !(std::abs(sum - 1) <= sum_tolerance)) {
      fail_at(input, line,
              who + "has a position whose probabilities sum to " + format_significant(sum, 4) +
                  ", not 1 (each position needs probabilities of A C G T)");
    }
    auto& row = motif.matrix.rows.emplace_back();
    for (int base = 0; base < 4; ++base) row[base] = values[base] / sum;
  }
}

std::string format_name(MotifFormat format) {
  switch (format) {
    case MotifFormat::meme:
      return "MEME";
    case MotifFormat::jaspar:
      return "JASPAR";
    case MotifFormat::transfac:
      return "TRANSFAC";
    case MotifFormat::homer:
      break;
  }
  return "HOMER";
}

MotifDatabase read_motif_database(std::string const& path) {
  TextInput input(path);
  std::string const first(first_line(input.head()));
  MotifDatabase database;
  std::vector<RawMotif> raw;
  if (first.starts_with("MEME version") || first.starts_with("ALPHABET") || first.starts_with("MOTIF ") ||
      first.starts_with("******")) {
    raw = read_meme(input, database.background);
  } else if (first.starts_with(">")) {
    raw = read_angle_motifs(input, database.format);
  } else if (looks_like_transfac(first)) {
    database.format = MotifFormat::transfac;
    raw = read_transfac(input);
  } else if (first.starts_with("<")) {
    throw InputError(input.name() + ": this is XML or HTML (of MEME's outputs, give the text file)");
  } else {
    throw InputError(input.name() +
                     ": not a motif file (MEME text, JASPAR, TRANSFAC or HOMER is expected; convert it, or "
                     "give another file)");
  }
  if (raw.empty()) {
    throw InputError(
        input.name() +
        ": holds no motif (a matrix of probabilities or counts is expected; is the file cut short?)");
  }
  add_motifs(std::move(raw), input.name(), database);
  return database;
}

std::vector<MotifDatabase> read_motif_databases(std::span<std::string const> paths) {
  std::vector<MotifDatabase> databases;
  std::map<std::string, std::string> file_of;
  for (std::string const& path : paths) {
    MotifDatabase& database = databases.emplace_back(read_motif_database(path));
    for (MotifMatrix const& motif : database.motifs) {
      auto const [entry, first] = file_of.try_emplace(motif.id, path);
      if (first) continue;
      throw InputError(path + ": motif '" + motif.id + "' is also in " + entry->second +
                       " (give each file once, and rename motifs that differ)");
    }
  }
  return databases;
}

}  // namespace cislens
