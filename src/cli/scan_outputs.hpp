#pragma once

#include "cislens/base/output_file.hpp"
#include "cislens/motif/site.hpp"
#include "cislens/train/predict.hpp"
#include "cislens/writers/track.hpp"

#include "scan_space.hpp"
#include "scan_tracks.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cislens {

/// Which files a scan writes.
struct ScanFiles {
  std::filesystem::path folder;
  TrackFormat format = TrackFormat::bigwig;
  bool gzip = false;  ///< sites.bed.gz and its index instead of sites.bed
  bool sites = false;
  bool attribution = false;  ///< attribution: what bases are worth to the logit
  bool attention = false;    ///< attention: received, of all heads together
  bool heads = false;        ///< both by head too
  std::int64_t blocks = 1;   ///< of the network
  std::int64_t heads_a_block = 1;
  Output output = Output::probability;
  std::string target;
};

/// The files of a scan, which appear under their names when all of it is done.
class ScanOutputs {
 public:
  /// @throws OutputError  a file is there and may not be replaced
  ScanOutputs(ScanFiles files, ScanSpace const& space, std::vector<std::string> motif_ids,
              IfExists if_exists);

  /// The next stretch; sites on the contig.
  void add(LoadedStretch const& loaded, StretchReadout const& readout, std::span<Site const> sites);
  void commit();
  /// Of what `commit` makes, without the index: what `merge` joins.
  std::vector<std::string> names() const;

  std::int64_t sites() const { return site_count_; }
  std::int64_t windows() const { return window_count_; }

 private:
  struct Track {
    std::string name;
    std::unique_ptr<TrackWriter> writer;
  };
  void open_track(std::string const& name, IfExists if_exists);
  void add_tracks(LoadedStretch const& loaded, StretchReadout const& readout);
  void add_track(std::size_t index, LoadedStretch const& loaded, RecordWindow place,
                 std::span<float const> values);

  ScanFiles files_;
  std::vector<TrackContig> contigs_;
  std::vector<std::string> motif_ids_;
  IfExists if_exists_;
  std::optional<OutputFile> sites_;
  std::optional<OutputFile> predictions_;
  std::vector<Track> tracks_;
  std::int64_t site_count_ = 0;
  std::int64_t window_count_ = 0;
};

/// @throws OutputError  what commit_bed will make is there and may not be replaced
void check_bed(std::filesystem::path const& name, bool gzip, std::int64_t longest_bp, IfExists if_exists);
/// Gives a BED file that was written whole its final form and name: as it is, or bgzipped with its index.
/// @param plain  not committed before
void commit_bed(OutputFile& plain, std::filesystem::path const& name, bool gzip, std::int64_t longest_bp,
                IfExists if_exists);

}  // namespace cislens
