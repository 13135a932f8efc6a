#include "bigwig_zoom.hpp"

#include "cislens/base/errors.hpp"

#include <algorithm>
#include <sys/types.h>
#include <unistd.h>
#include <zlib.h>

namespace cislens {

namespace {

constexpr std::int64_t first_bin_bp = 512;
constexpr std::int64_t bin_growth = 4;
constexpr std::size_t bins_a_block = 256;  // 8 KiB; readers are promised no block above 32
constexpr std::uint32_t bigwig_magic = 0x888FFC26;
constexpr std::uint32_t index_magic = 0x2468ACE0;
constexpr std::size_t children = 64;  // of a node of the index
constexpr long levels_place = 6;
constexpr long headers_place = 64;

// Numbers go to the file as they lie in memory: bigWig may have either byte order.

struct Span {
  std::uint32_t first_contig, start, last_contig, end;
};

template <typename Item>
Span span_of(std::span<Item const> items) {
  Span span{items.front().first_contig, items.front().start, items.back().last_contig, items.back().end};
  for (Item const& item : items) {
    if (item.last_contig == span.last_contig) span.end = std::max(span.end, item.end);
  }
  return span;
}

/// A node of the index, or a leaf's block, and where it begins in the file.
struct Child {
  std::uint32_t first_contig, start, last_contig, end;
  std::uint64_t offset, bytes;
};

}  // namespace

BigWigZooms::BigWigZooms(std::filesystem::path const& path, std::int64_t longest) : path_(path) {
  std::int64_t bin_bp = first_bin_bp;
  for (int i = 0; i < most_levels && bin_bp < longest; ++i, bin_bp *= bin_growth) {
    std::string const name = path.string() + ".zoom" + std::to_string(i);
    Level& level = levels_.emplace_back();
    level.bin_bp = bin_bp;
    level.waiting.reset(std::fopen(name.c_str(), "w+bx"));
    if (!level.waiting) fail();
    unlink(name.c_str());  // the file lives as long as it is open, and never longer
    level.bins.reserve(bins_a_block);
  }
}

void BigWigZooms::fail() const {
  throw OutputError(path_.string() + ": cannot write this bigWig file (is the disk full?)");
}

void BigWigZooms::put(void const* data, std::size_t bytes, std::FILE* file) const {
  if (std::fwrite(data, 1, bytes, file) != bytes) fail();
}

void BigWigZooms::close_bin(Level& level) {
  if (level.open.count == 0) return;
  level.open.sum = static_cast<float>(level.sum);
  level.open.squares = static_cast<float>(level.squares);
  level.bins.push_back(level.open);
  level.open.count = 0;
  level.sum = level.squares = 0;
  ++level.count;
  if (level.bins.size() == bins_a_block) close_block(level);
}

void BigWigZooms::close_block(Level& level) {
  static_assert(sizeof(Bin) == 32);
  if (level.bins.empty()) return;
  uLong const raw = level.bins.size() * sizeof(Bin);
  std::vector<Bytef> packed(compressBound(raw));
  uLongf size = packed.size();
  if (compress(packed.data(), &size, reinterpret_cast<Bytef const*>(level.bins.data()), raw) != Z_OK) fail();
  put(packed.data(), size, level.waiting.get());
  Bin const& first = level.bins.front();
  Bin const& last = level.bins.back();
  level.blocks.push_back({first.contig, first.start, last.contig, last.end, level.bytes, size});
  level.bytes += size;
  level.bins.clear();
}

void BigWigZooms::add(std::uint32_t contig, std::int64_t start, std::span<float const> values) {
  for (Level& level : levels_) {
    std::int64_t place = start;
    for (float const value : values) {
      Bin& bin = level.open;
      bool const joins =
          bin.count > 0 && bin.contig == contig && place / level.bin_bp == bin.start / level.bin_bp;
      if (!joins) {
        close_bin(level);
        bin = {contig, static_cast<std::uint32_t>(place), 0, 0, value, value, 0, 0};
      }
      ++bin.count;
      bin.end = static_cast<std::uint32_t>(++place);
      bin.least = std::min(bin.least, value);
      bin.most = std::max(bin.most, value);
      level.sum += static_cast<double>(value);
      level.squares += static_cast<double>(value) * static_cast<double>(value);
    }
  }
}

void BigWigZooms::copy(Level& level, std::FILE* file) {
  std::vector<char> buffer(1 << 16);
  std::rewind(level.waiting.get());
  std::uint64_t left = level.bytes;
  while (left > 0) {
    std::size_t const part = static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer.size()));
    if (std::fread(buffer.data(), 1, part, level.waiting.get()) != part) fail();
    put(buffer.data(), part, file);
    left -= part;
  }
}

/// An R tree, its root first: nodes of up to `children` items, leaves at the end.
void BigWigZooms::write_index(Level const& level, std::uint64_t data_offset, std::FILE* file) {
  std::vector<std::vector<Child>> tiers(1);
  for (Block const& b : level.blocks)
    tiers[0].push_back({b.first_contig, b.start, b.last_contig, b.end, data_offset + b.offset, b.bytes});
  while (tiers.back().size() > children) {
    std::vector<Child> const& below = tiers.back();
    std::vector<Child> above;
    for (std::size_t i = 0; i < below.size(); i += children) {
      auto const part = std::span(below).subspan(i, std::min(children, below.size() - i));
      Span const s = span_of(std::span<Child const>(part));
      above.push_back({s.first_contig, s.start, s.last_contig, s.end, 0, 0});
    }
    tiers.push_back(std::move(above));
  }
  struct {
    std::uint32_t magic, block_size;
    std::uint64_t items;
    Span span;
    std::uint64_t end_of_data;
    std::uint32_t items_per_slot, reserved;
  } const head{index_magic,
               static_cast<std::uint32_t>(children),
               level.blocks.size(),
               span_of(std::span<Child const>(tiers[0])),
               data_offset + level.bytes,
               1,
               0};
  static_assert(sizeof head == 48);
  put(&head, sizeof head, file);

  // Nodes of a tier lie one behind the other, and behind those of the tier above.
  auto tier_offset = static_cast<std::uint64_t>(std::ftell(file));
  for (std::size_t t = tiers.size(); t-- > 0;) {
    bool const leaf = t == 0;
    std::size_t const item_bytes = leaf ? 32 : 24;
    std::size_t const nodes = (tiers[t].size() + children - 1) / children;
    std::uint64_t const next_tier = tier_offset + 4 * nodes + item_bytes * tiers[t].size();
    std::size_t const below_bytes = t == 1 ? 32 : 24;
    for (std::size_t i = 0; i < tiers[t].size(); i += children) {
      auto const count = static_cast<std::uint16_t>(std::min(children, tiers[t].size() - i));
      std::uint8_t const kind[2] = {static_cast<std::uint8_t>(leaf ? 1 : 0), 0};
      put(kind, sizeof kind, file);
      put(&count, sizeof count, file);
      for (std::size_t k = i; k < i + count; ++k) {
        Child child = tiers[t][k];
        if (!leaf) child.offset = next_tier + k * (4 + below_bytes * children);
        put(&child, item_bytes, file);
      }
    }
    tier_offset = next_tier;
  }
}

void BigWigZooms::append() {
  std::unique_ptr<std::FILE, CloseFile> const owner(std::fopen(path_.c_str(), "r+b"));
  std::FILE* const file = owner.get();
  if (file == nullptr || std::fseek(file, -4, SEEK_END) != 0) fail();  // over the last magic number
  struct Header {
    std::uint32_t bin_bp, reserved;
    std::uint64_t data, index;
  };
  std::vector<Header> headers;
  for (Level& level : levels_) {
    close_bin(level);
    close_block(level);
    if (level.blocks.empty()) continue;
    Header header{static_cast<std::uint32_t>(level.bin_bp), 0, static_cast<std::uint64_t>(std::ftell(file)),
                  0};
    auto const count = static_cast<std::uint32_t>(level.count);
    put(&count, sizeof count, file);
    copy(level, file);
    header.index = static_cast<std::uint64_t>(std::ftell(file));
    write_index(level, header.data + sizeof count, file);
    headers.push_back(header);
  }
  put(&bigwig_magic, sizeof bigwig_magic, file);
  auto const count = static_cast<std::uint16_t>(headers.size());
  if (std::fseek(file, levels_place, SEEK_SET) != 0) fail();
  put(&count, sizeof count, file);
  if (std::fseek(file, headers_place, SEEK_SET) != 0) fail();
  put(headers.data(), headers.size() * sizeof(Header), file);
  if (std::fflush(file) != 0) fail();
}

}  // namespace cislens
