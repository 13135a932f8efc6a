#include "cislens/motif/scan.hpp"

#include "cislens/base/errors.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace cislens {

namespace {

/// Sequences scanned together: a motif's tables are used for all of them while they are in the cache.
constexpr std::int64_t sequences_a_piece = 32;

/// Of a motif without a word of p <= p_limit, see ScanOptions.
double limit_of_short(MotifMatrix const& motif, Pwm const& pwm, ScoreDistribution const& distribution,
                      double p_limit) {
  constexpr double most = 10;
  double const half = distribution.p(median_score(motif, pwm));
  return half <= most * p_limit ? half : p_limit;
}

}  // namespace

/// Stretches without N of some sequences, as 5-mers.
struct Scanner::Runs {
  struct Run {
    std::size_t sequence;
    std::int64_t start;
    std::size_t length;
    std::size_t code;  ///< index of its first word
  };
  std::vector<Run> runs;
  /// codes[run.code + i] is the word at run.start + i, read as if the stretch went on with A: behind its last
  /// column a motif scores 0, so what is read there does not count. There are length + word codes a stretch.
  std::vector<std::uint16_t> codes;
  std::size_t longest = 0;

  void add(BasesView bases, std::size_t sequence) {
    std::size_t const size = bases.size();
    for (std::size_t start = 0; start < size;) {
      if (bases[start] >= base_n) {
        ++start;
        continue;
      }
      std::size_t end = start;
      while (end < size && bases[end] < base_n) ++end;
      std::size_t const length = end - start;
      runs.push_back({sequence, static_cast<std::int64_t>(start), length, codes.size()});
      longest = std::max(longest, length);
      codes.resize(codes.size() + length + word, 0);
      unsigned code = 0;
      for (std::size_t i = length; i-- > 0;) {
        code = code >> 2 | static_cast<unsigned>(bases[start + i]) << 2 * (word - 1);
        codes[runs.back().code + i] = static_cast<std::uint16_t>(code);
      }
      start = end;
    }
  }
};

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
    double const looser = options.looser.empty() ? 1 : options.looser[motifs_.size()];
    double const least_p = distribution.p(distribution.max_score());
    double const limit = options.short_motifs && least_p > options.p_limit * std::max(1.0, looser)
                             ? limit_of_short(motif, pwm, distribution, options.p_limit)
                             : options.p_limit;
    p_limits_.push_back(limit);
    int const threshold = distribution.threshold(std::min(1.0, limit * looser));
    widest_ = std::max<std::int64_t>(widest_, motif.width());
    motifs_.push_back({motif.width(), threshold, std::move(distribution), make_tables(pwm),
                       make_tables(cislens::reverse_complement(pwm))});
  }
}

double Scanner::least_p(int motif) const {
  ScoreDistribution const& distribution = motifs_[motif].distribution;
  return distribution.p(distribution.max_score());
}

bool Scanner::can_be_found(int motif) const {
  return motifs_[motif].threshold <= motifs_[motif].distribution.max_score();
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

/// visit(motif, strand, run, scores) for every motif, stretch and strand that has room for it.
template <typename Visit>
void Scanner::for_each_stretch(Runs const& runs, Visit visit) const {
  std::vector<std::int32_t> scores(runs.longest);
  for (int m = 0; m < motif_count(); ++m) {
    Entry const& entry = motifs_[m];
    auto const width = static_cast<std::size_t>(entry.width);
    for (auto const& run : runs.runs) {
      if (run.length < width) continue;
      std::span const places(scores.data(), run.length - width + 1);
      std::span const codes(runs.codes.data() + run.code, run.length + word);
      for (char const strand : {'+', '-'}) {
        window_scores(strand == '+' ? entry.forward : entry.backward, codes, places);
        visit(m, strand, run, std::span<std::int32_t const>(places));
      }
    }
  }
}

std::vector<std::vector<Candidate>> Scanner::candidates_of(Runs const& runs, std::size_t sequences) const {
  std::vector<std::vector<Candidate>> found(sequences);
  for_each_stretch(runs, [&](int m, char strand, Runs::Run const& run, std::span<std::int32_t const> scores) {
    Entry const& entry = motifs_[m];
    for (std::size_t i = 0; i < scores.size(); ++i) {
      if (scores[i] < entry.threshold) continue;
      std::int64_t const place = run.start + static_cast<std::int64_t>(i);
      found[run.sequence].push_back(
          {place, place + entry.width, strand, m, scores[i], entry.distribution.p(scores[i])});
    }
  });
  for (auto& candidates : found) {
    std::stable_sort(candidates.begin(), candidates.end(), [](Candidate const& a, Candidate const& b) {
      return a.start != b.start ? a.start < b.start : a.motif < b.motif;
    });
  }
  return found;
}

std::vector<std::vector<Candidate>> Scanner::best_hits_of(Runs const& runs, std::size_t sequences) const {
  std::vector<Candidate> none(motifs_.size());
  for (int m = 0; m < motif_count(); ++m) none[m].motif = m;
  std::vector<std::vector<Candidate>> best(sequences, none);
  for_each_stretch(runs, [&](int m, char strand, Runs::Run const& run, std::span<std::int32_t const> scores) {
    auto const top = std::max_element(scores.begin(), scores.end());
    std::int64_t const place = run.start + (top - scores.begin());
    Candidate& hit = best[run.sequence][m];
    bool const better = *top > hit.score || (*top == hit.score && place < hit.start);
    if (hit.end == 0 || better) hit = {place, place + motifs_[m].width, strand, m, *top, 1};
  });
  for (auto& hits : best) {
    for (auto& hit : hits) {
      if (hit.end > 0) hit.p = p(hit.motif, hit.score);
    }
  }
  return best;
}

std::vector<std::vector<Candidate>> Scanner::candidates(std::span<ScanPiece const> pieces) const {
  Runs runs;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    auto const [start, end] = pieces[i].places;
    auto const size = static_cast<std::int64_t>(pieces[i].sequence.size());
    runs.add(pieces[i].sequence.subspan(start, std::min(size, end + widest_ - 1) - start), i);
  }
  auto found = candidates_of(runs, pieces.size());
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    auto const [start, end] = pieces[i].places;
    for (Candidate& candidate : found[i]) {
      candidate.start += start;
      candidate.end += start;
    }
    while (!found[i].empty() && found[i].back().start >= end) found[i].pop_back();
  }
  return found;
}

std::vector<Candidate> Scanner::candidates(BasesView sequence) const {
  ScanPiece const whole{sequence, {0, static_cast<std::int64_t>(sequence.size())}};
  return std::move(candidates({&whole, 1})[0]);
}

std::vector<Candidate> Scanner::best_hits(BasesView sequence) const {
  Runs runs;
  runs.add(sequence, 0);
  return std::move(best_hits_of(runs, 1)[0]);
}

std::vector<std::vector<Candidate>> Scanner::best_hits_of_all(std::span<Bases const> sequences,
                                                              Threads& threads) const {
  std::vector<std::vector<Candidate>> result(sequences.size());
  auto const count = static_cast<std::int64_t>(sequences.size());
  threads.for_each((count + sequences_a_piece - 1) / sequences_a_piece, [&](std::int64_t piece, int) {
    std::int64_t const first = piece * sequences_a_piece;
    std::int64_t const last = std::min(count, first + sequences_a_piece);
    Runs runs;
    for (std::int64_t i = first; i < last; ++i) runs.add(sequences[i], static_cast<std::size_t>(i - first));
    auto found = best_hits_of(runs, static_cast<std::size_t>(last - first));
    std::move(found.begin(), found.end(), result.begin() + first);
  });
  return result;
}

}  // namespace cislens
