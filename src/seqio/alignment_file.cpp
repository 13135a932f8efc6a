#include "cislens/seqio/alignment_file.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/text.hpp"

#include "alignment_reader.hpp"

#include <htslib/cram.h>
#include <htslib/hts_log.h>
#include <htslib/kstring.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

namespace cislens {

namespace fs = std::filesystem;

namespace {

bool is_url(std::string_view path) { return path.find("://") != std::string_view::npos; }

/// Where HTSlib looks for a reference that the FASTA file lacks: what the header of a CRAM names, which may
/// be a URL.
void forget_other_references(samFile& file) {
  sam_hdr_t* const header = cram_fd_get_header(file.fp.cram);
  for (int i = 0; header != nullptr && i < sam_hdr_nref(header); ++i) {
    sam_hdr_remove_tag_id(header, "SQ", "SN", sam_hdr_tid2name(header, i), "UR");
  }
}

/// HTSlib asks the EBI for the reference of a CRAM when it finds none, unless REF_PATH says where to look.
void keep_references_local() {
  char const* const path = std::getenv("REF_PATH");
  if (path == nullptr || *path == '\0' || is_url(path)) setenv("REF_PATH", "/dev/null", 1);
}

void open_file(AlignmentInput const& input, AlignmentFile::State& state) {
  hts_set_log_level(HTS_LOG_OFF);
  if (is_url(input.path) && !input.allow_remote) {
    throw InputError(input.path + ": is a URL (download it, or allow it with --allow-remote)");
  }
  if (!input.allow_remote) keep_references_local();
  std::error_code ignored;
  if (fs::is_directory(input.path, ignored)) throw InputError(input.path + ": is a folder (give a file)");
  errno = 0;
  state.file.reset(sam_open(input.path.c_str(), "r"));
  if (state.file) return;
  if (errno == ENOENT) throw InputError(input.path + ": there is no such file (check the path)");
  bool const is_other = errno == ENOEXEC;
  throw InputError(input.path + (is_other ? ": is not BAM, CRAM or SAM (give alignments)"
                                          : ": cannot be read: " + std::string(std::strerror(errno))));
}

void check_format(AlignmentInput const& input, AlignmentFile::State& state) {
  htsExactFormat const format = hts_get_format(state.file.get())->format;
  if (format != bam && format != cram && format != sam) {
    throw InputError(input.path + ": is not BAM, CRAM or SAM (give alignments; peaks go to --peaks)");
  }
  state.is_cram = format == cram;
  if (state.is_cram && !input.allow_cram && has_cram_faults(hts_version())) {
    throw InputError(input.path + ": is CRAM, and HTSlib " + hts_version() +
                     " has known faults that a crafted CRAM can use (if you trust this file: --allow-cram; "
                     "else install HTSlib 1.24 or newer, or convert it elsewhere: samtools view -b)");
  }
  if (hts_check_EOF(state.file.get()) == 0) {
    throw InputError(input.path + ": is cut short: its end marker is missing (copy or make the file again)");
  }
}

/// The index beside a file, or an empty path.
fs::path find_index(std::string const& path, bool is_cram) {
  std::error_code ignored;
  fs::path const stem = fs::path(path).replace_extension();
  std::vector<std::string> const endings =
      is_cram ? std::vector<std::string>{".crai"} : std::vector<std::string>{".csi", ".bai"};
  for (std::string const& ending : endings) {
    for (fs::path const& candidate : {fs::path(path + ending), fs::path(stem.string() + ending)}) {
      if (fs::exists(candidate, ignored)) return candidate;
    }
  }
  return {};
}

std::string how_to_index(std::string const& path, bool is_large) {
  return "samtools index " + std::string(is_large ? "-c " : "") + path;
}

void open_index(AlignmentFile::State& state, Log& log) {
  std::string const& path = state.path;
  std::string const slow = "; reading " + path + " from start to end (";
  if (is_url(path)) {
    state.index.reset(sam_index_load3(state.file.get(), path.c_str(), nullptr, HTS_IDX_SILENT_FAIL));
    return;
  }
  fs::path const place = find_index(path, state.is_cram);
  if (place.empty()) {
    log.info(path + ": has no index" + slow + how_to_index(path, false) + " makes it faster)");
    return;
  }
  std::error_code ignored;
  if (fs::last_write_time(place, ignored) < fs::last_write_time(path, ignored)) {
    log.warning(place.string() + ": is older than its file" + slow + how_to_index(path, false) +
                " makes it new)");
    return;
  }
  state.index.reset(sam_index_load3(state.file.get(), path.c_str(), place.c_str(), HTS_IDX_SILENT_FAIL));
  bool const fits =
      state.index && (state.is_cram || hts_idx_nseq(state.index.get()) <=
                                           sam_hdr_nref(state.header.get()));  // no count for CRAM
  if (fits) return;
  state.index.reset();
  log.warning(place.string() + ": is damaged or of another file" + slow + how_to_index(path, false) +
              " makes it new)");
}

/// BAI cannot hold places past 512 Mbp.
void check_index_reach(AlignmentFile::State& state, Log& log) {
  if (!state.index || state.is_cram || hts_idx_fmt(state.index.get()) != HTS_FMT_BAI) return;
  constexpr hts_pos_t reach = hts_pos_t{1} << 29;
  for (int i = 0; i < sam_hdr_nref(state.header.get()); ++i) {
    if (sam_hdr_tid2len(state.header.get(), i) <= reach) continue;
    log.warning(state.path + ": contig '" + state.contig_name(i) +
                "' is longer than a .bai index reaches (512 Mbp); reading the file from start to end (" +
                how_to_index(state.path, true) + " makes a .csi index)");
    state.index.reset();
    return;
  }
}

/// Tag `key` of the number-th @RG line; empty: none.
std::string read_group_tag(sam_hdr_t* header, int number, char const* key) {
  kstring_t text = KS_INITIALIZE;
  std::string result;
  if (sam_hdr_find_tag_pos(header, "RG", number, key, &text) == 0) result.assign(text.s, text.l);
  ks_free(&text);
  return result;
}

/// What to do about a contig that alignments and genome call by different names.
std::string explain_names(std::string const& wanted, std::string const& example) {
  bool const bare = !wanted.starts_with("chr") && example.starts_with("chr");
  bool const prefixed = wanted.starts_with("chr") && !example.starts_with("chr");
  if (!bare && !prefixed) return "give alignments and regions of one assembly";
  std::string const rule = bare ? "s/SN:chr/SN:/" : "s/SN:/SN:chr/";
  return "rename them: samtools reheader -c \"sed '" + rule + "'\" OLD.bam > NEW.bam";
}

}  // namespace

AlignmentFile::AlignmentFile(AlignmentInput const& input, Log& log) : state_(std::make_unique<State>()) {
  State& state = *state_;
  state.path = input.path;
  open_file(input, state);
  check_format(input, state);
  if (state.is_cram && hts_set_fai_filename(state.file.get(), input.reference.c_str()) != 0) {
    throw InputError(input.path + ": the reference " + input.reference + " cannot be used to decode it");
  }
  if (input.threads > 1) hts_set_threads(state.file.get(), input.threads);
  state.header.reset(sam_hdr_read(state.file.get()));
  if (!state.header)
    throw InputError(input.path + ": its header cannot be read (damaged? samtools quickcheck)");
  if (sam_hdr_nref(state.header.get()) == 0) {
    throw InputError(input.path +
                     ": its header names no contig, so it holds no alignments (map the reads first)");
  }
  if (state.is_cram && !input.allow_remote) forget_other_references(*state.file);
  htsExactFormat const format = hts_get_format(state.file.get())->format;
  if (format != sam && input.path != "-") open_index(state, log);
  check_index_reach(state, log);
}

AlignmentFile::~AlignmentFile() = default;
AlignmentFile::AlignmentFile(AlignmentFile&&) noexcept = default;
AlignmentFile& AlignmentFile::operator=(AlignmentFile&&) noexcept = default;

std::string const& AlignmentFile::name() const { return state_->path; }
bool AlignmentFile::is_cram() const { return state_->is_cram; }
bool AlignmentFile::has_index() const { return state_->index != nullptr; }

std::vector<std::string> AlignmentFile::columns(ColumnRule rule) const {
  if (rule == ColumnRule::file) return {alignment_name(state_->path)};
  sam_hdr_t* const header = state_->header.get();
  std::vector<std::string> names;
  for (int i = 0; i < sam_hdr_count_lines(header, "RG"); ++i) {
    std::string name = read_group_tag(header, i, rule == ColumnRule::sample ? "SM" : "ID");
    if (name.empty()) {
      throw InputError(state_->path + ": read group '" + read_group_tag(header, i, "ID") +
                       "' has no sample, SM (use --columns read-group)");
    }
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
  }
  if (names.empty())
    throw InputError(state_->path + ": its header has no read groups, @RG (use --columns file)");
  return names;
}

void AlignmentFile::check_assembly(Genome const& genome) const {
  int shared = 0;
  for (int i = 0; i < sam_hdr_nref(state_->header.get()); ++i) {
    std::string const contig = state_->contig_name(i);
    if (!genome.has(contig)) continue;
    ++shared;
    std::int64_t const length = sam_hdr_tid2len(state_->header.get(), i);
    if (length == genome.length(contig)) continue;
    throw InputError(state_->path + ": its contig '" + contig + "' has " + std::to_string(length) +
                     " bases, that of " + genome.name() + " has " + std::to_string(genome.length(contig)) +
                     " (another assembly: give the genome that the reads were mapped to)");
  }
  if (shared > 0) return;
  std::string const example = state_->contig_name(0);
  throw InputError(state_->path + ": none of its contigs ('" + example + "', ...) is in " + genome.name() +
                   " ('" + genome.contigs().front() + "', ...) (" +
                   explain_names(genome.contigs().front(), example) + ")");
}

void AlignmentFile::check_regions(std::span<Interval const> regions) const {
  for (Interval const& region : regions) {
    int const number = state_->contig_number(region.contig);
    if (number < 0) {
      std::string const example = state_->contig_name(0);
      throw InputError(state_->path + ": its header has no contig '" + region.contig +
                       "' (its names look like '" + example + "'; " + explain_names(region.contig, example) +
                       ")");
    }
    std::int64_t const length = sam_hdr_tid2len(state_->header.get(), number);
    if (region.end <= length) continue;
    throw InputError(state_->path + ": its contig '" + region.contig + "' has " + std::to_string(length) +
                     " bases, and a region ends at " + std::to_string(region.end) +
                     " (another assembly: give the genome that the reads were mapped to)");
  }
}

std::string alignment_name(std::string const& path) {
  std::string name = fs::path(path).filename().string();
  for (std::string_view const ending : {".bam", ".cram", ".sam", ".sam.gz"}) {
    if (name.size() > ending.size() && name.ends_with(ending))
      return name.substr(0, name.size() - ending.size());
  }
  return name;
}

bool has_cram_faults(std::string_view htslib_version) {
  std::array<long, 3> version{};
  std::size_t part = 0;
  for (std::string_view const number :
       split(htslib_version.substr(0, htslib_version.find_first_not_of("0123456789.")), '.')) {
    if (part < version.size()) parse_number(number, version[part++]);
  }
  // The oldest release of each line that has all fixes.
  constexpr std::array<std::array<long, 3>, 3> fixed{{{1, 21, 2}, {1, 22, 3}, {1, 23, 2}}};
  for (auto const& release : fixed) {
    if (version[0] == release[0] && version[1] == release[1]) return version < release;
  }
  return version < fixed.front();
}

}  // namespace cislens
