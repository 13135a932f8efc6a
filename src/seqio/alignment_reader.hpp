#pragma once

#include "cislens/seqio/alignment_file.hpp"

#include <htslib/hts.h>
#include <htslib/sam.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace cislens {

struct CloseAlignments {
  void operator()(samFile* file) const { sam_close(file); }
};
struct DestroyHeader {
  void operator()(sam_hdr_t* header) const { sam_hdr_destroy(header); }
};
struct DestroyAlignmentIndex {
  void operator()(hts_idx_t* index) const { hts_idx_destroy(index); }
};
struct DestroyRecord {
  void operator()(bam1_t* record) const { bam_destroy1(record); }
};

struct AlignmentFile::State {
  std::string path;
  bool is_cram = false;
  std::unique_ptr<samFile, CloseAlignments> file;
  std::unique_ptr<sam_hdr_t, DestroyHeader> header;
  std::unique_ptr<hts_idx_t, DestroyAlignmentIndex> index;  // null: read from start to end
  bool was_read = false;                                    // a pipe can be read once

  /// The contig's number, or -1.
  int contig_number(std::string const& contig) const {
    return sam_hdr_name2tid(header.get(), contig.c_str());
  }
  std::string contig_name(int number) const { return sam_hdr_tid2name(header.get(), number); }
};

using RecordVisitor = std::function<void(bam1_t const& record)>;

/// Which parts of a CRAM record are decoded (SAM_FLAG, ...): what is not asked for is empty. Other formats
/// always have all.
void limit_fields(AlignmentFile::State& state, int fields);

/// Calls `visit` once for every record that overlaps one of `places`, and possibly for others: through the
/// index, or for the whole file without one.
/// @throws InputError  the file is damaged, or its index does not fit  @throws Interrupted
void visit_overlapping(AlignmentFile::State& state, std::vector<Interval> places, Log& log,
                       RecordVisitor const& visit);

/// Calls `visit` for every record of the file. @throws as above
void visit_all(AlignmentFile::State& state, Log& log, RecordVisitor const& visit);

}  // namespace cislens
