#include "cislens/writers/bigwig.hpp"

#include "cislens/base/errors.hpp"

#include "bigwig_zoom.hpp"
#include "track_order.hpp"

#include <bigWig.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <optional>
#include <utility>

namespace cislens {

namespace {

constexpr std::int64_t block_bp = 4096;
constexpr std::uint32_t magic = 0x888FFC26;

struct CloseBigWig {
  void operator()(bigWigFile_t* file) const { bwClose(file); }
};
using BigWigFile = std::unique_ptr<bigWigFile_t, CloseBigWig>;

class BigWigWriter : public TrackWriter {
 public:
  BigWigWriter(std::filesystem::path const& path, std::vector<TrackContig> contigs, IfExists if_exists)
      : output_(path, if_exists), name_(path.string()), order_(std::move(contigs)) {
    std::int64_t longest = 0;
    file_.reset(bwOpen(output_.temporary_path().c_str(), nullptr, "w"));
    if (!file_) fail();
    std::vector<char const*> names;
    std::vector<std::uint32_t> lengths;
    for (TrackContig const& contig : order_.contigs()) {
      if (contig.length > std::numeric_limits<std::uint32_t>::max())
        throw InputError("contig '" + contig.name + "' is too long for bigWig (use --bedgraph)");
      longest = std::max(longest, contig.length);
      names.push_back(contig.name.c_str());
      lengths.push_back(static_cast<std::uint32_t>(contig.length));
    }
    if (bwCreateHdr(file_.get(), BigWigZooms::most_levels) != 0) fail();
    file_->cl = bwCreateChromList(names.data(), lengths.data(), std::ssize(names));
    if (file_->cl == nullptr || bwWriteHdr(file_.get()) != 0) fail();
    file_->hdr->nLevels = 0;  // there is room for them in the file; libBigWig is to make none
    zooms_.emplace(output_.temporary_path(), longest);
  }

  void add(std::size_t contig, std::int64_t start, std::span<float const> values) override {
    order_.check(contig, start, std::ssize(values));
    for (float const value : values) {
      std::int64_t const place = start++;
      if (std::isnan(value)) continue;
      bool const joins = contig == contig_ && place == start_ + std::ssize(block_) && place % block_bp != 0;
      if (!joins) flush();
      if (block_.empty()) start_ = place;
      contig_ = contig;
      block_.push_back(value);
    }
  }

  void commit() override {
    flush();
    finish();
    file_.reset();
    check_whole();
    if (any_) zooms_->append();
    output_.commit();
  }

 private:
  [[noreturn]] void fail() const {
    throw OutputError(name_ + ": cannot write this bigWig file (is the disk full?)");
  }

  /// Blocks end at multiples of block_bp, whatever the pieces were.
  void flush() {
    if (block_.empty()) return;
    auto const count = static_cast<std::uint32_t>(block_.size());
    auto const start = static_cast<std::uint32_t>(start_);
    char const* const contig = order_.contigs()[contig_].name.c_str();
    if (bwAddIntervalSpanSteps(file_.get(), contig, start, 1, 1, block_.data(), count) != 0) fail();
    file_->writeBuffer->end = start + count;  // libBigWig 0.4.7 counts the block's header as six bases more
    zooms_->add(static_cast<std::uint32_t>(contig_), start_, block_);
    auto const [low, high] = std::ranges::minmax(block_);
    least_ = std::min(least_, low);
    most_ = std::max(most_, high);
    any_ = true;
    block_.clear();
  }

  /// The summary, which libBigWig gets wrong when the first value is the largest or all are negative.
  void finish() {
    if (!any_) return;
    file_->hdr->minVal = static_cast<double>(least_);
    file_->hdr->maxVal = static_cast<double>(most_);
  }

  /// libBigWig tells of no failure when it closes a file; the last thing that it writes is the magic number.
  void check_whole() const {
    std::ifstream file(output_.temporary_path(), std::ios::binary);
    std::uint32_t last = 0;
    file.seekg(-4, std::ios::end);
    file.read(reinterpret_cast<char*>(&last), sizeof last);
    if (any_ && (!file || last != magic)) fail();
  }

  OutputFile output_;
  std::string name_;
  TrackOrder order_;
  BigWigFile file_;
  std::optional<BigWigZooms> zooms_;
  std::vector<float> block_;
  std::size_t contig_ = 0;
  std::int64_t start_ = 0;
  float least_ = std::numeric_limits<float>::infinity();
  float most_ = -std::numeric_limits<float>::infinity();
  bool any_ = false;
};

BigWigFile open_bigwig(std::filesystem::path const& path) {
  BigWigFile file(std::filesystem::is_regular_file(path) ? bwOpen(path.c_str(), nullptr, "r") : nullptr);
  if (!file) throw InputError(path.string() + ": is not a whole bigWig file (run this part again)");
  return file;
}

}  // namespace

std::unique_ptr<TrackWriter> make_bigwig_writer(std::filesystem::path const& path,
                                                std::vector<TrackContig> contigs, IfExists if_exists) {
  return std::make_unique<BigWigWriter>(path, std::move(contigs), if_exists);
}

std::vector<TrackContig> read_bigwig_contigs(std::filesystem::path const& path) {
  BigWigFile const file = open_bigwig(path);
  std::vector<TrackContig> contigs;
  for (std::int64_t i = 0; i < file->cl->nKeys; ++i)
    contigs.push_back({file->cl->chrom[i], std::int64_t{file->cl->len[i]}});
  return contigs;
}

void copy_bigwig(std::filesystem::path const& path, std::span<TrackContig const> contigs,
                 TrackWriter& writer) {
  constexpr std::uint32_t blocks_at_once = 256;
  BigWigFile const file = open_bigwig(path);
  if (file->hdr->nBasesCovered == 0) return;  // libBigWig misses the index and says so on stderr
  for (std::int64_t i = 0; i < file->cl->nKeys; ++i) {
    std::size_t const contig = contig_index(contigs, file->cl->chrom[i], path.string());
    bwOverlapIterator_t* iterator =
        bwOverlappingIntervalsIterator(file.get(), file->cl->chrom[i], 0, file->cl->len[i], blocks_at_once);
    for (; iterator != nullptr && iterator->data != nullptr; iterator = bwIteratorNext(iterator)) {
      bwOverlappingIntervals_t const& found = *iterator->intervals;
      for (std::uint32_t k = 0; k < found.l; ++k) {
        for (std::uint32_t place = found.start[k]; place < found.end[k]; ++place)
          writer.add(contig, place, {&found.value[k], 1});
      }
    }
    if (iterator == nullptr) throw InputError(path.string() + ": is damaged (run this part again)");
    bwIteratorDestroy(iterator);
  }
}

}  // namespace cislens
