#include "cislens/motif/scan.hpp"

#include "cislens/base/errors.hpp"

#include <algorithm>
#include <cmath>

namespace cislens {

namespace {

/// Sequences a thread takes at a time: scanning one short sequence costs less than handing it out.
constexpr std::int64_t sequences_a_piece = 32;

template <typename Work>
std::vector<std::vector<Candidate>> for_all(std::span<Bases const> sequences, Threads& threads, Work work) {
  std::vector<std::vector<Candidate>> result(sequences.size());
  auto const count = static_cast<std::int64_t>(sequences.size());
  threads.for_each((count + sequences_a_piece - 1) / sequences_a_piece, [&](std::int64_t piece, int) {
    std::int64_t const end = std::min(count, (piece + 1) * sequences_a_piece);
    for (std::int64_t i = piece * sequences_a_piece; i < end; ++i) result[i] = work(sequences[i]);
  });
  return result;
}

}  // namespace

Scanner::Scanner(std::span<MotifMatrix const> motifs, Background const& background,
                 ScanOptions const& options)
    : p_limit_(options.p_limit) {
  auto const& b = background.probability;
  if (!(std::abs(b[0] - b[3]) < 1e-9 && std::abs(b[1] - b[2]) < 1e-9)) {
    throw Error("scanning both strands needs a background with A = T and C = G");
  }
  motifs_.reserve(motifs.size());
  for (auto const& motif : motifs) {
    if (motif.rows.empty()) throw Error("motif '" + motif.id + "' has no columns");
    Pwm const pwm = log_odds(motif, background, options.pseudocount);
    ScoreDistribution distribution(pwm, background);
    int const threshold = distribution.threshold(options.p_limit);
    motifs_.push_back({motif.width(), threshold, std::move(distribution), make_tables(pwm),
                       make_tables(cislens::reverse_complement(pwm))});
  }
}

Scanner::Tables Scanner::make_tables(Pwm const& pwm) {
  int const blocks = (pwm.width() + word - 1) / word;
  Tables tables{std::vector<std::int32_t>(static_cast<std::size_t>(blocks) * words, 0)};
  for (int column = 0; column < pwm.width(); ++column) {
    std::int32_t* const table = tables.scores.data() + column / word * words;
    int const shift = 2 * (word - 1 - column % word);
    for (int code = 0; code < words; ++code) table[code] += pwm.scores[column][code >> shift & 3];
  }
  return tables;
}

void Scanner::window_scores(Tables const& tables, std::span<std::uint16_t const> codes,
                            std::span<std::int32_t> scores) {
  std::fill(scores.begin(), scores.end(), 0);
  std::size_t const blocks = tables.scores.size() / words;
  for (std::size_t block = 0; block < blocks; ++block) {
    std::int32_t const* const table = tables.scores.data() + block * words;
    std::uint16_t const* const code = codes.data() + block * word;
    for (std::size_t i = 0; i < scores.size(); ++i) scores[i] += table[code[i]];
  }
}

/// visit(start, codes) for every stretch without N: codes[i] is the 5-mer at start + i, read as if the
/// stretch went on with A (columns behind the end of a motif score 0, so these words never count); there are
/// length + word codes.
template <typename Visit>
void Scanner::for_each_run(BasesView sequence, Visit visit) const {
  std::vector<std::uint16_t> codes;
  std::size_t const size = sequence.size();
  for (std::size_t start = 0; start < size;) {
    if (sequence[start] >= base_n) {
      ++start;
      continue;
    }
    std::size_t end = start;
    while (end < size && sequence[end] < base_n) ++end;
    std::size_t const length = end - start;
    codes.assign(length + word, 0);
    unsigned code = 0;
    for (std::size_t i = length; i-- > 0;) {
      code = code >> 2 | static_cast<unsigned>(sequence[start + i]) << 2 * (word - 1);
      codes[i] = static_cast<std::uint16_t>(code);
    }
    visit(static_cast<std::int64_t>(start), length, std::span<std::uint16_t const>(codes));
    start = end;
  }
}

std::vector<Candidate> Scanner::candidates(BasesView sequence) const {
  std::vector<Candidate> found;
  std::vector<std::int32_t> scores(sequence.size());
  for_each_run(sequence, [&](std::int64_t start, std::size_t length, std::span<std::uint16_t const> codes) {
    for (int m = 0; m < motif_count(); ++m) {
      Entry const& entry = motifs_[m];
      if (length < static_cast<std::size_t>(entry.width)) continue;
      std::span const places(scores.data(), length - entry.width + 1);
      for (char const strand : {'+', '-'}) {
        window_scores(strand == '+' ? entry.forward : entry.backward, codes, places);
        for (std::size_t i = 0; i < places.size(); ++i) {
          if (places[i] < entry.threshold) continue;
          std::int64_t const place = start + static_cast<std::int64_t>(i);
          found.push_back(
              {place, place + entry.width, strand, m, places[i], entry.distribution.p(places[i])});
        }
      }
    }
  });
  std::stable_sort(found.begin(), found.end(), [](Candidate const& a, Candidate const& b) {
    return a.start != b.start ? a.start < b.start : a.motif < b.motif;
  });
  return found;
}

std::vector<Candidate> Scanner::best_hits(BasesView sequence) const {
  std::vector<Candidate> best(motifs_.size());
  for (int m = 0; m < motif_count(); ++m) best[m].motif = m;
  std::vector<std::int32_t> scores(sequence.size());
  for_each_run(sequence, [&](std::int64_t start, std::size_t length, std::span<std::uint16_t const> codes) {
    for (int m = 0; m < motif_count(); ++m) {
      Entry const& entry = motifs_[m];
      if (length < static_cast<std::size_t>(entry.width)) continue;
      std::span const places(scores.data(), length - entry.width + 1);
      for (char const strand : {'+', '-'}) {
        window_scores(strand == '+' ? entry.forward : entry.backward, codes, places);
        auto const top = std::max_element(places.begin(), places.end());
        std::int64_t const place = start + (top - places.begin());
        bool const first = best[m].end == 0;
        bool const better = *top > best[m].score || (*top == best[m].score && place < best[m].start);
        if (first || better) best[m] = {place, place + entry.width, strand, m, *top, 1};
      }
    }
  });
  for (auto& hit : best) {
    if (hit.end > 0) hit.p = p(hit.motif, hit.score);
  }
  return best;
}

std::vector<std::vector<Candidate>> scan_all(Scanner const& scanner, std::span<Bases const> sequences,
                                             Threads& threads) {
  return for_all(sequences, threads, [&](Bases const& sequence) { return scanner.candidates(sequence); });
}

std::vector<std::vector<Candidate>> best_hits_all(Scanner const& scanner, std::span<Bases const> sequences,
                                                  Threads& threads) {
  return for_all(sequences, threads, [&](Bases const& sequence) { return scanner.best_hits(sequence); });
}

}  // namespace cislens
