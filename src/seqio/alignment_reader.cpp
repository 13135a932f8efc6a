#include "alignment_reader.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/interrupt.hpp"

#include <algorithm>
#include <tuple>

namespace cislens {

namespace {

struct DestroyIterator {
  void operator()(hts_itr_t* iterator) const { hts_itr_destroy(iterator); }
};

/// Places nearer than this are read in one go: a linear index has a mark every 16 kb, and what is skipped in
/// between must be unpacked all the same.
constexpr std::int64_t joined_gap_bp = 64'000;

constexpr std::int64_t records_between_checks = 1 << 14;

/// A stretch of a contig by its number, to be read through the index.
struct Stretch {
  int contig;
  hts_pos_t start;
  hts_pos_t end;
};

/// @throws InputError  always
[[noreturn]] void fail_reading(AlignmentFile::State const& state, bool through_index) {
  std::string const reason =
      through_index ? "is damaged or its index is of another file (samtools index; " : "is damaged (";
  std::string const reference = state.is_cram ? "; is -g the reference that the CRAM was made with?" : "";
  throw InputError(state.path + ": " + reason + "samtools quickcheck says more" + reference + ")");
}

std::vector<Stretch> join_places(AlignmentFile::State const& state, std::vector<Interval> const& places) {
  std::vector<Stretch> stretches;
  for (Interval const& place : places) {
    stretches.push_back({state.contig_number(place.contig), std::max<hts_pos_t>(place.start, 0), place.end});
  }
  std::sort(stretches.begin(), stretches.end(), [](Stretch const& a, Stretch const& b) {
    return std::tie(a.contig, a.start, a.end) < std::tie(b.contig, b.start, b.end);
  });
  std::size_t kept = 0;
  for (Stretch const& next : stretches) {
    bool const joins = kept > 0 && stretches[kept - 1].contig == next.contig &&
                       next.start <= stretches[kept - 1].end + joined_gap_bp;
    if (joins) {
      stretches[kept - 1].end = std::max(stretches[kept - 1].end, next.end);
    } else {
      stretches[kept++] = next;
    }
  }
  stretches.resize(kept);
  return stretches;
}

/// Looks for signals now and then.
class Pulse {
 public:
  void tick() {
    if (++count_ % records_between_checks == 0) throw_if_interrupted();
  }

 private:
  std::int64_t count_ = 0;
};

}  // namespace

void limit_fields(AlignmentFile::State& state, int fields) {
  if (!state.is_cram) return;
  hts_set_opt(state.file.get(), CRAM_OPT_REQUIRED_FIELDS, fields);
  hts_set_opt(state.file.get(), CRAM_OPT_DECODE_MD, 0);
}

void visit_overlapping(AlignmentFile::State& state, std::vector<Interval> places, Log& log,
                       RecordVisitor const& visit) {
  if (!state.index) return visit_all(state, log, visit);
  std::unique_ptr<bam1_t, DestroyRecord> const record(bam_init1());
  Pulse pulse;
  Stretch before{-1, 0, 0};
  for (Stretch const& stretch : join_places(state, places)) {
    std::unique_ptr<hts_itr_t, DestroyIterator> const iterator(
        sam_itr_queryi(state.index.get(), stretch.contig, stretch.start, stretch.end));
    if (!iterator) fail_reading(state, true);
    int status = 0;
    while ((status = sam_itr_next(state.file.get(), iterator.get(), record.get())) >= 0) {
      pulse.tick();
      // A record that reaches back into the stretch before was seen there.
      if (before.contig == stretch.contig && record->core.pos < before.end) continue;
      visit(*record);
    }
    if (status < -1) fail_reading(state, true);
    before = stretch;
  }
}

void visit_all(AlignmentFile::State& state, Log& log, RecordVisitor const& visit) {
  if (state.was_read) {
    throw InputError(state.path + ": cannot be read twice (give it an index: samtools index)");
  }
  state.was_read = true;
  std::unique_ptr<bam1_t, DestroyRecord> const record(bam_init1());
  Pulse pulse;
  int status = 0;
  bool is_sorted = true;
  int contig = 0;
  hts_pos_t position = 0;
  while ((status = sam_read1(state.file.get(), state.header.get(), record.get())) >= 0) {
    pulse.tick();
    if (record->core.tid >= 0) {
      is_sorted = is_sorted && std::tie(contig, position) <= std::tie(record->core.tid, record->core.pos);
      contig = record->core.tid;
      position = record->core.pos;
    }
    visit(*record);
  }
  if (status < -1) fail_reading(state, false);
  if (!is_sorted) {
    log.info(state.path +
             ": is not sorted by place, which does not matter for signals (sort it for an index: "
             "samtools sort)");
  }
}

}  // namespace cislens
