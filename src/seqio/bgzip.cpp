#include "cislens/seqio/bgzip.hpp"

#include "cislens/base/errors.hpp"

#include <htslib/bgzf.h>
#include <htslib/hts_log.h>
#include <htslib/tbx.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <vector>

namespace cislens {

namespace {

constexpr std::int64_t tbi_limit_bp = std::int64_t{1} << 29;

[[noreturn]] void fail(std::filesystem::path const& path, std::string const& doing) {
  throw OutputError(path.string() + ": cannot " + doing + (errno != 0 ? ": " : "") +
                    (errno != 0 ? std::strerror(errno) : ""));
}

struct CloseBgzf {
  void operator()(BGZF* file) const { bgzf_close(file); }
};

void compress(std::filesystem::path const& plain, std::filesystem::path const& compressed) {
  errno = 0;
  std::ifstream input(plain, std::ios::binary);
  if (!input) fail(plain, "read");
  std::unique_ptr<BGZF, CloseBgzf> output(bgzf_open(compressed.c_str(), "w"));
  if (!output) fail(compressed, "write");
  std::vector<char> buffer(1 << 16);
  while (input.read(buffer.data(), static_cast<std::streamsize>(buffer.size())), input.gcount() > 0) {
    auto const count = static_cast<std::size_t>(input.gcount());
    if (bgzf_write(output.get(), buffer.data(), count) != static_cast<ssize_t>(count))
      fail(compressed, "write");
  }
  if (bgzf_close(output.release()) != 0) fail(compressed, "write");
}

}  // namespace

char const* bed_index_suffix(std::int64_t longest_bp) { return longest_bp < tbi_limit_bp ? ".tbi" : ".csi"; }

void bgzip_bed(std::filesystem::path const& plain, std::filesystem::path const& compressed,
               std::filesystem::path const& index, std::int64_t longest_bp) {
  constexpr int csi_shift = 14;
  hts_set_log_level(HTS_LOG_OFF);
  compress(plain, compressed);
  errno = 0;
  int const shift = longest_bp < tbi_limit_bp ? 0 : csi_shift;
  if (tbx_index_build3(compressed.c_str(), index.c_str(), shift, 0, &tbx_conf_bed) != 0)
    fail(index, "make this index");
}

}  // namespace cislens
