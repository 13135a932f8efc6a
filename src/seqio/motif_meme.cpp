#include "cislens/base/text.hpp"

#include "motif_formats.hpp"

#include <cmath>

namespace cislens {

namespace {

/// "w= 8", "w=8" or "w = 8" in a line; false when the key is not there.
bool find_value(std::string_view line, std::string_view key, double& value) {
  std::string spaced(line);
  for (std::size_t at = 0; (at = spaced.find('=', at)) != std::string::npos; at += 3)
    spaced.replace(at, 1, " = ");
  auto const words = words_of(spaced);
  for (std::size_t i = 0; i + 2 < words.size(); ++i) {
    if (words[i] == key && words[i + 1] == "=") return parse_number(words[i + 2], value);
  }
  return false;
}

class MemeReader {
 public:
  MemeReader(TextInput& input, std::optional<std::array<double, 4>>& background)
      : input_(input), background_(background) {}

  std::vector<RawMotif> read() {
    std::string_view line;
    while (input_.next(line)) {
      auto const words = words_of(line);
      if (in_matrix_ && take_row(words)) continue;
      end_matrix();
      if (words.empty()) continue;
      if (words[0] == "MOTIF")
        start_motif(line, words);
      else if (line.starts_with("letter-probability matrix"))
        start_matrix(line);
      else if (words[0].starts_with("ALPHABET"))
        check_alphabet(line);
      else if (line.starts_with("Background letter frequencies"))
        in_background_ = true;
      else if (in_background_)
        take_background(words);
    }
    end_matrix();
    return std::move(motifs_);
  }

 private:
  void check_alphabet(std::string_view line) {
    auto const equals = line.find('=');
    bool const named = equals == std::string_view::npos;
    std::string_view const letters = trim(line.substr(named ? 8 : equals + 1));
    bool const dna =
        letters == "ACGT" || letters == "ACGU" || (named && letters.find("PROTEIN") == std::string::npos);
    if (!dna)
      input_.fail("the alphabet is '" + std::string(letters) +
                  "' (only DNA motifs, ALPHABET= ACGT, can be used)");
  }

  void start_motif(std::string_view line, std::vector<std::string_view> const& words) {
    if (words.size() < 2) input_.fail("a MOTIF line without an id (write 'MOTIF id name')");
    id_ = words[1];
    name_ = words.size() > 2 ? std::string(trim(line.substr(words[2].data() - line.data()))) : "";
    // In MEME's full output the rest of the line is "MEME-1 width = 15 sites = 40 ...".
    if (auto const at = name_.find("width ="); at != std::string::npos)
      name_ = trim(std::string_view(name_).substr(0, at));
    have_id_ = true;
  }

  void start_matrix(std::string_view line) {
    if (!have_id_) input_.fail("a matrix without a MOTIF line before it (write 'MOTIF id name' above it)");
    double letters = 4;
    if (find_value(line, "alength", letters) && letters != 4) {
      input_.fail("alength is " + format_number(letters) + " (only DNA motifs, alength= 4, can be used)");
    }
    motif_ = RawMotif();
    motif_.matrix.id = id_;
    motif_.matrix.name = name_;
    motif_.line = input_.line_number();
    if (!find_value(line, "w", width_)) width_ = 0;
    double sites = 0;
    bool const stated = find_value(line, "nsites", sites);
    // Converters write 1 where they know no number. Believed, it would make every score that of a nearly flat
    // matrix.
    motif_.one_site = stated && sites > 0 && sites <= 1;
    if (stated && sites > 1) motif_.matrix.sites = sites;
    rows_.clear();
    in_matrix_ = true;
    in_background_ = false;
  }

  /// @returns false when the line is none of the matrix
  bool take_row(std::vector<std::string_view> const& words) {
    if (words.empty() && rows_.empty()) return true;
    if (width_ > 0 && static_cast<double>(rows_.size()) >= width_) {
      std::vector<double> numbers;
      if (words.size() == 4 && all_numbers(words, numbers)) fail_width("more rows follow");
      return false;
    }
    double number = 0;
    bool const starts_as_row = !words.empty() && parse_number(words[0], number);
    if (!starts_as_row) return false;
    std::vector<double> numbers;
    if (words.size() != 4 || !all_numbers(words, numbers)) {
      input_.fail(
          "motif '" + id_ + "' has a row of " + std::to_string(words.size()) +
          " columns or with something that is not a number (four probabilities A C G T are expected)");
    }
    rows_.push_back({{numbers[0], numbers[1], numbers[2], numbers[3]}, input_.line_number()});
    return true;
  }

  [[noreturn]] void fail_width(std::string const& found) {
    fail_at(input_, motif_.line,
            "motif '" + id_ + "' says w= " + format_number(width_) + ", but " + found +
                " (correct w= or the matrix)");
  }

  void end_matrix() {
    if (!in_matrix_) return;
    in_matrix_ = false;
    if (width_ > 0 && static_cast<double>(rows_.size()) != width_) {
      fail_width("there are " + std::to_string(rows_.size()) + " rows");
    }
    set_rows(input_, rows_, false, motif_);
    motifs_.push_back(std::move(motif_));
  }

  void take_background(std::vector<std::string_view> const& words) {
    in_background_ = false;
    std::array<double, 4> values{};
    double sum = 0;
    constexpr std::string_view letters = "ACGT";
    for (std::size_t base = 0; base < 4; ++base) {
      if (words.size() < 8 || !parse_number(words[2 * base + 1], values[base]) || !(values[base] > 0) ||
          (words[2 * base] != letters.substr(base, 1) && words[2 * base] != "U")) {
        input_.fail("the background is not 'A 0.25 C 0.25 G 0.25 T 0.25' with frequencies above 0");
      }
      sum += values[base];
    }
    if (!(std::abs(sum - 1) <= 0.02))
      input_.fail("the background frequencies sum to " + format_significant(sum, 4) + ", not 1");
    for (auto& value : values) value /= sum;
    background_ = values;
  }

  TextInput& input_;
  std::optional<std::array<double, 4>>& background_;
  std::vector<RawMotif> motifs_;
  RawMotif motif_;
  std::vector<MotifRow> rows_;
  std::string id_;
  std::string name_;
  double width_ = 0;  // 0: not said
  bool have_id_ = false;
  bool in_matrix_ = false;
  bool in_background_ = false;
};

}  // namespace

std::vector<RawMotif> read_meme(TextInput& input, std::optional<std::array<double, 4>>& background) {
  return MemeReader(input, background).read();
}

}  // namespace cislens
