#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace cislens {

/// The zoom levels of a bigWig file: summaries of bins of 512, 2048, 8192, ... bases, so that a browser need
/// not read every value of a long stretch. libBigWig makes them when a file is closed and then holds 12 bytes
/// a base of the longest contig; here they are made while values arrive, and wait in files without a name.
/// Source of the format: Kent et al. 2010, Bioinformatics 26, 2204, supplement tables 5, 6, 14-17, 19.
class BigWigZooms {
 public:
  static constexpr int most_levels = 10;  ///< for which the header must have room

  /// @param path     the bigWig file; the waiting files lie in its folder
  /// @param longest  bases of the longest contig
  /// @throws OutputError  no file can be made there
  BigWigZooms(std::filesystem::path const& path, std::int64_t longest);

  /// Values of neighbouring bases, behind all that was added before. @throws OutputError  the disk is full
  void add(std::uint32_t contig, std::int64_t start, std::span<float const> values);
  /// Appends all levels to a file that libBigWig has closed without any, and enters them in its header.
  /// @throws OutputError  the disk is full
  void append();

 private:
  struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  /// One record of the format.
  struct Bin {
    std::uint32_t contig, start, end, count;
    float least, most, sum, squares;
  };
  /// Where a compressed block of bins lies.
  struct Block {
    std::uint32_t first_contig, start, last_contig, end;
    std::uint64_t offset, bytes;
  };
  struct Level {
    std::int64_t bin_bp = 0;
    std::unique_ptr<std::FILE, CloseFile> waiting;
    std::vector<Bin> bins;  ///< of the block that is being filled
    std::vector<Block> blocks;
    std::uint64_t count = 0;  ///< bins in all
    std::uint64_t bytes = 0;  ///< of the waiting file
    // The bin that is being filled, in double precision.
    Bin open{0, 0, 0, 0, 0, 0, 0, 0};
    double sum = 0, squares = 0;
  };

  [[noreturn]] void fail() const;
  void close_bin(Level& level);
  void close_block(Level& level);
  void copy(Level& level, std::FILE* file);
  void write_index(Level const& level, std::uint64_t data_offset, std::FILE* file);
  void put(void const* data, std::size_t bytes, std::FILE* file) const;

  std::filesystem::path path_;
  std::vector<Level> levels_;
};

}  // namespace cislens
