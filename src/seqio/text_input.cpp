#include "cislens/seqio/text_input.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/interrupt.hpp"

#include <htslib/bgzf.h>
#include <htslib/hfile.h>
#include <htslib/hts_log.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace cislens {

namespace {

constexpr std::size_t head_bytes = std::size_t{64} << 10;

struct CloseBgzf {
  void operator()(BGZF* file) const { bgzf_close(file); }
};

struct Magic {
  std::string_view bytes;
  std::string_view what;
};

using namespace std::string_view_literals;

/// Files that people give by mistake, by their first bytes after gzip is taken off.
constexpr std::array magics{
    Magic{"BAM\1"sv, "is a BAM file (sequences from it: samtools fasta)"},
    Magic{"CRAM"sv, "is a CRAM file (sequences from it: samtools fasta)"},
    Magic{"BCF\2"sv, "is a BCF file, which holds no sequences"},
    Magic{"PK\3\4"sv, "is a zip archive or an Excel file (unpack it, or save it as text)"},
    Magic{"BZh"sv, "is compressed with bzip2 (use gzip or bgzip: bzip2 -dc FILE | gzip > FILE.gz)"},
    Magic{"\xFD"
          "7zXZ"sv,
          "is compressed with xz (use gzip or bgzip: xz -dc FILE | gzip > FILE.gz)"},
    Magic{"\x28\xB5\x2F\xFD"sv,
          "is compressed with zstd (use gzip or bgzip: zstd -dc FILE | gzip > FILE.gz)"},
    Magic{"\x43\x27\x41\x1A"sv, "is a 2bit file (convert it with twoBitToFa)"},
    Magic{"\x1A\x41\x27\x43"sv, "is a 2bit file (convert it with twoBitToFa)"},
    Magic{"\x26\xFC\x8F\x88"sv, "is a bigWig file"},
    Magic{"\xEB\xF2\x89\x87"sv, "is a bigBed file (convert it with bigBedToBed)"},
    Magic{"\xFF\xFE"sv, "is UTF-16 text (convert it: iconv -f UTF-16 -t UTF-8)"},
    Magic{"\xFE\xFF"sv, "is UTF-16 text (convert it: iconv -f UTF-16 -t UTF-8)"},
    Magic{"\x1F\x8B"sv, "is compressed twice (unpack it once)"},
    Magic{"%PDF"sv, "is a PDF file"},
};

int open_descriptor(std::string const& path, std::string const& name) {
  if (path.empty()) throw InputError("an input file name is empty (give a path, or - for standard input)");
  if (path == "-") {
    if (isatty(STDIN_FILENO) != 0)
      throw InputError(name + ": is a terminal (pipe data into it, or give a file)");
    int const copy = dup(STDIN_FILENO);
    if (copy < 0) throw InputError(name + ": cannot be read: " + std::strerror(errno));
    return copy;
  }
  int const descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor >= 0) return descriptor;
  if (errno == ENOENT) throw InputError(name + ": there is no such file (check the path)");
  throw InputError(name + ": cannot be read: " + std::strerror(errno) + " (check its permissions)");
}

std::unique_ptr<BGZF, CloseBgzf> open_bgzf(int descriptor, std::string const& name) {
  // HTSlib prints its own words on stderr; ours carry the file, the line and what to do.
  hts_set_log_level(HTS_LOG_OFF);
  struct stat info {};
  if (fstat(descriptor, &info) == 0 && S_ISDIR(info.st_mode)) {
    close(descriptor);
    throw InputError(name + ": is a folder (give a file)");
  }
  std::unique_ptr<BGZF, CloseBgzf> file(bgzf_dopen(descriptor, "r"));
  if (!file) {
    close(descriptor);
    throw InputError(name + ": cannot be read, or its gzip header is damaged (check it with gzip -t)");
  }
  bool const is_bgzf = bgzf_compression(file.get()) == 2;
  if (is_bgzf && bgzf_check_EOF(file.get()) == 0) {
    throw InputError(name + ": is cut short: the BGZF end marker is missing (copy or make the file again)");
  }
  return file;
}

void check_is_text(std::string_view head, std::string const& name) {
  // HTSlib takes less than 18 bytes, the shortest gzip file, for plain text.
  if (head.size() < 18 && head.starts_with("\x1F\x8B"sv)) {
    throw InputError(name + ": the compressed data are cut short (check with gzip -t; copy the file again)");
  }
  for (Magic const& magic : magics) {
    if (head.starts_with(magic.bytes)) throw InputError(name + ": " + std::string(magic.what));
  }
  auto const is_binary = [](char c) {
    auto const byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != '\v') || byte == 0x7F;
  };
  if (std::any_of(head.begin(), head.end(), is_binary)) {
    throw InputError(name + ": holds binary data, not text (give a text file, plain or gzipped)");
  }
  if (head.find('\n') == std::string_view::npos && head.find('\r') != std::string_view::npos &&
      head.find('\r') + 1 != head.size()) {
    throw InputError(name + ": its lines end in CR alone (convert them: tr '\\r' '\\n' < OLD > NEW)");
  }
}

}  // namespace

struct TextInput::State {
  std::string name;
  std::unique_ptr<BGZF, CloseBgzf> file;
  std::optional<InterruptibleInput> interruptible;  // let go before `file` closes
  std::vector<char> buffer;
  std::size_t begin = 0;  // not yet given out: [begin, end)
  std::size_t end = 0;
  std::int64_t line = 0;
  bool at_end = false;

  /// Adds what fits to the buffer. A line that is longer than the buffer makes it grow.
  void refill() {
    if (begin > 0) std::memmove(buffer.data(), buffer.data() + begin, end - begin);
    end -= begin;
    begin = 0;
    if (end == buffer.size()) buffer.resize(2 * buffer.size());
    ssize_t const got = bgzf_read(file.get(), buffer.data() + end, buffer.size() - end);
    throw_if_interrupted();
    if (got < 0) {
      throw InputError(
          name + ": after line " + std::to_string(line) +
          ": the compressed data are cut short or damaged (check with gzip -t; copy the file again)");
    }
    end += static_cast<std::size_t>(got);
    at_end = got == 0;
  }
};

TextInput::TextInput(std::string path) : state_(std::make_unique<State>()) {
  State& state = *state_;
  state.name = path == "-" ? "standard input" : path;
  int const descriptor = open_descriptor(path, state.name);
  state.interruptible.emplace(descriptor);
  state.file = open_bgzf(descriptor, state.name);
  state.buffer.resize(4 * head_bytes);
  state.refill();
  if (state.end == 0) throw InputError(state.name + ": is empty (check the step that made it)");
  check_is_text(head(), state.name);
  if (head().starts_with("\xEF\xBB\xBF")) state.begin = 3;
}

TextInput::~TextInput() = default;
TextInput::TextInput(TextInput&&) noexcept = default;
TextInput& TextInput::operator=(TextInput&&) noexcept = default;

bool TextInput::next(std::string_view& line) {
  State& state = *state_;
  std::size_t searched = 0;
  for (;;) {
    char const* const start = state.buffer.data() + state.begin;
    std::size_t const waiting = state.end - state.begin;
    auto const* const newline =
        waiting > searched ? static_cast<char const*>(std::memchr(start + searched, '\n', waiting - searched))
                           : nullptr;
    if (newline == nullptr && !state.at_end) {
      searched = waiting;
      state.refill();
      continue;
    }
    if (newline == nullptr && waiting == 0) return false;
    line = {start, newline == nullptr ? waiting : static_cast<std::size_t>(newline - start)};
    state.begin += line.size() + (newline == nullptr ? 0 : 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    ++state.line;
    return true;
  }
}

std::int64_t TextInput::line_number() const { return state_->line; }

std::string_view TextInput::head() const {
  return {state_->buffer.data() + state_->begin, std::min(head_bytes, state_->end - state_->begin)};
}

std::string const& TextInput::name() const { return state_->name; }

void TextInput::fail(std::string const& what) const {
  throw InputError(state_->name + ":" + std::to_string(state_->line) + ": " + what);
}

}  // namespace cislens
