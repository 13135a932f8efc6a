#include "cislens/seqio/genome.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/seqio/letters.hpp"
#include "cislens/seqio/text_input.hpp"

#include <htslib/bgzf.h>
#include <htslib/faidx.h>
#include <htslib/hts_log.h>

#include <cstdlib>
#include <filesystem>
#include <sys/mman.h>
#include <unistd.h>
#include <unordered_map>

namespace cislens {

namespace fs = std::filesystem;

namespace {

struct DestroyIndex {
  void operator()(faidx_t* index) const { fai_destroy(index); }
};
using Index = std::unique_ptr<faidx_t, DestroyIndex>;

/// A nameless file in memory that other code can open by a path.
class MemoryFile {
 public:
  explicit MemoryFile(char const* purpose) : descriptor_(memfd_create(purpose, MFD_CLOEXEC)) {
    if (descriptor_ < 0) throw InputError(std::string("no memory for ") + purpose);
  }
  ~MemoryFile() { close(descriptor_); }
  MemoryFile(MemoryFile const&) = delete;
  MemoryFile& operator=(MemoryFile const&) = delete;
  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

/// @returns whether it is bgzipped. @throws InputError  gzip that cannot be indexed, or what TextInput
/// refuses
bool check_file(std::string const& path) {
  if (path == "-")
    throw InputError("standard input cannot be a genome: it is read in any order (give a file)");
  TextInput input(path);
  if (!input.head().starts_with('>')) {
    throw InputError(path +
                     ":1: a genome is FASTA and begins with '>' (give the FASTA file of the assembly)");
  }
  BGZF* const file = bgzf_open(path.c_str(), "r");
  int const compression = file == nullptr ? 0 : bgzf_compression(file);
  if (file != nullptr) bgzf_close(file);
  if (compression == 1) {
    throw InputError(path + ": is gzip, which allows no random access (make it BGZF: gzip -dc " + path +
                     " | bgzip > NEW.fa.gz)");
  }
  return compression == 2;
}

/// Finds the line that keeps a FASTA file from being indexed.
[[noreturn]] void explain_unindexable(std::string const& path) {
  TextInput input(path);
  std::size_t width = 0;
  bool ended = false;
  for (std::string_view line; input.next(line);) {
    if (line.starts_with('>')) {
      width = 0;
      ended = false;
      continue;
    }
    if (line.empty()) {
      ended = true;
      continue;
    }
    if (ended || (width > 0 && line.size() > width)) {
      input.fail(
          "all lines of a sequence but its last must be equally long to be indexed (rewrap it: seqkit seq -w "
          "60)");
    }
    ended = width > 0 && line.size() < width;
    if (width == 0) width = line.size();
  }
  throw InputError(path + ": cannot be indexed (two sequences of one name? samtools faidx says more)");
}

bool build_index(std::string const& path, std::string const& fai, std::string const& gzi) {
  return fai_build3(path.c_str(), fai.c_str(), gzi.c_str()) == 0;
}

Index load_index(std::string const& path, std::string const& fai, std::string const& gzi) {
  Index index(fai_load3(path.c_str(), fai.c_str(), gzi.c_str(), 0));
  if (!index) throw InputError(path + ": its index cannot be read (remove " + path + ".fai and run again)");
  return index;
}

Index index_in_memory(std::string const& path) {
  MemoryFile const fai("fasta index");
  MemoryFile const gzi("bgzf index");
  if (!build_index(path, fai.path(), gzi.path())) explain_unindexable(path);
  return load_index(path, fai.path(), gzi.path());
}

/// Whole or not at all: other programs may look for the index at the same time. Failure is not told apart
/// from a disk that is full: what is wrong with the file shows when it is indexed in memory.
void index_beside(std::string const& path, bool is_bgzf) {
  std::string const suffix = ".tmp" + std::to_string(getpid());
  std::string const fai = path + ".fai";
  std::string const gzi = path + ".gzi";
  std::error_code ignored;
  if (build_index(path, fai + suffix, gzi + suffix)) {
    if (is_bgzf) fs::rename(gzi + suffix, gzi, ignored);
    fs::rename(fai + suffix, fai, ignored);
  }
  fs::remove(fai + suffix, ignored);
  fs::remove(gzi + suffix, ignored);
}

Index open_index(std::string const& path, Log& log) {
  bool const is_bgzf = check_file(path);
  std::string const fai = path + ".fai";
  std::string const gzi = path + ".gzi";
  std::error_code ignored;  // an index that cannot be seen is none
  auto const is_indexed = [&] { return fs::exists(fai, ignored) && (!is_bgzf || fs::exists(gzi, ignored)); };
  if (!is_indexed()) index_beside(path, is_bgzf);
  if (!is_indexed()) {
    log.info(path + ": has no index and none can be made beside it; indexing it in memory");
    return index_in_memory(path);
  }
  if (fs::last_write_time(fai, ignored) < fs::last_write_time(path, ignored)) {
    log.warning(fai + ": is older than " + path + "; remove it if the FASTA file has changed since");
  }
  return load_index(path, fai, gzi);
}

}  // namespace

struct Genome::State {
  std::string path;
  Index index;
  std::vector<std::string> contigs;
  std::unordered_map<std::string, std::int64_t> lengths;
  std::string loaded_name;
  std::string loaded;

  std::string read(std::string const& contig, std::int64_t start, std::int64_t end) const {
    if (start == end) return {};
    hts_pos_t got = 0;
    // The end of faidx is inclusive, and a range that does not fit is shortened without a word.
    char* const letters = faidx_fetch_seq64(index.get(), contig.c_str(), start, end - 1, &got);
    std::string result(letters == nullptr ? "" : letters,
                       letters == nullptr ? 0 : static_cast<std::size_t>(got));
    std::free(letters);
    if (static_cast<std::int64_t>(result.size()) != end - start) {
      throw InputError(path + ": contig '" + contig + "' gave " + std::to_string(result.size()) +
                       " instead of " + std::to_string(end - start) +
                       " bases (its index does not fit: remove " + path + ".fai)");
    }
    return result;
  }
};

Genome::Genome(std::string path, Log& log) : state_(std::make_unique<State>()) {
  hts_set_log_level(HTS_LOG_OFF);
  state_->index = open_index(path, log);
  state_->path = std::move(path);
  int const count = faidx_nseq(state_->index.get());
  for (int i = 0; i < count; ++i) {
    std::string const contig = faidx_iseq(state_->index.get(), i);
    // `faidx_seq_len` is an int; a contig of more than 2 Gbp would need the 64-bit call of newer versions.
    state_->lengths[contig] = faidx_seq_len(state_->index.get(), contig.c_str());
    state_->contigs.push_back(contig);
  }
  if (state_->contigs.empty())
    throw InputError(state_->path + ": its index lists no contig (remove " + state_->path + ".fai)");
}

Genome::~Genome() = default;
Genome::Genome(Genome&&) noexcept = default;
Genome& Genome::operator=(Genome&&) noexcept = default;

std::string const& Genome::name() const { return state_->path; }

std::vector<std::string> const& Genome::contigs() const { return state_->contigs; }

bool Genome::has(std::string const& contig) const { return state_->lengths.contains(contig); }

std::int64_t Genome::length(std::string const& contig) const {
  if (!has(contig)) throw InputError(explain_missing(contig));
  return state_->lengths.at(contig);
}

std::string Genome::explain_missing(std::string const& contig) const {
  std::string const missing = "contig '" + contig + "' is not in " + state_->path;
  std::string const bare = contig.starts_with("chr") ? contig.substr(3) : contig;
  std::string const example = "its names look like '" + state_->contigs.front() + "'";
  if (bare != contig && (has(bare) || (bare == "M" && has("MT")))) {
    return missing + " (" + example + "; take the chr off the regions: sed 's/^chr//')";
  }
  if (bare == contig && (has("chr" + contig) || (contig == "MT" && has("chrM")))) {
    return missing + " (" + example + "; put chr before the regions: sed 's/^/chr/')";
  }
  return missing + " (" + example + "; give the assembly that the regions were made on)";
}

std::string Genome::fetch(Interval const& interval) {
  std::int64_t const contig_length = length(interval.contig);
  if (interval.start < 0 || interval.end < interval.start || interval.end > contig_length) {
    throw InputError(state_->path + ": " + interval.contig + ":" + std::to_string(interval.start) + "-" +
                     std::to_string(interval.end) + " is not within the contig, which has " +
                     std::to_string(contig_length) + " bases (0-based, half-open)");
  }
  std::string letters = interval.contig == state_->loaded_name
                            ? state_->loaded.substr(static_cast<std::size_t>(interval.start),
                                                    static_cast<std::size_t>(interval.length()))
                            : state_->read(interval.contig, interval.start, interval.end);
  return interval.strand == '-' ? reverse_complement_letters(letters) : letters;
}

std::string_view Genome::load(std::string const& contig) {
  if (contig != state_->loaded_name) {
    std::int64_t const contig_length = length(contig);
    state_->loaded_name.clear();
    state_->loaded.clear();
    state_->loaded = state_->read(contig, 0, contig_length);
    state_->loaded_name = contig;
  }
  return state_->loaded;
}

}  // namespace cislens
