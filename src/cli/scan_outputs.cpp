#include "scan_outputs.hpp"

#include "cislens/base/text.hpp"
#include "cislens/seqio/bgzip.hpp"
#include "cislens/writers/bed.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace cislens {

namespace fs = std::filesystem;

namespace {

fs::path with_suffix(fs::path path, std::string const& suffix) {
  path += suffix;
  return path;
}

}  // namespace

void check_bed(fs::path const& name, bool gzip, std::int64_t longest_bp, IfExists if_exists) {
  if (!gzip) return check_free(name, if_exists);
  check_free(with_suffix(name, ".gz"), if_exists);
  check_free(with_suffix(name, std::string(".gz") + bed_index_suffix(longest_bp)), if_exists);
}

void commit_bed(OutputFile& plain, fs::path const& name, bool gzip, std::int64_t longest_bp,
                IfExists if_exists) {
  if (!gzip) return plain.commit();
  plain.stream().flush();
  if (!plain.stream()) return plain.commit();  // which says why
  OutputFile compressed(with_suffix(name, ".gz"), if_exists);
  OutputFile index(with_suffix(name, std::string(".gz") + bed_index_suffix(longest_bp)), if_exists);
  bgzip_bed(plain.temporary_path(), compressed.temporary_path(), index.temporary_path(), longest_bp);
  compressed.commit();
  index.commit();
}

ScanOutputs::ScanOutputs(ScanFiles files, ScanSpace const& space, std::vector<std::string> motif_ids,
                         IfExists if_exists)
    : files_(std::move(files)),
      contigs_(space.contigs()),
      motif_ids_(std::move(motif_ids)),
      if_exists_(if_exists) {
  fs::path const& folder = files_.folder;
  if (files_.sites) {
    check_bed(folder / "sites.bed", files_.gzip, space.longest_contig(), if_exists);
    sites_.emplace(folder / "sites.bed", files_.gzip ? IfExists::replace : if_exists);
  }
  predictions_.emplace(folder / "predictions.tsv", if_exists);
  predictions_->stream() << "contig\tstart\tend\ttarget\tscore\n";
  auto const heads_of = [&](std::string const& what) {
    for (std::int64_t block = 0; block < files_.blocks; ++block) {
      for (std::int64_t head = 0; head < files_.heads_a_block; ++head)
        open_track(what + ".head" + std::to_string(block) + "." + std::to_string(head), if_exists);
    }
  };
  if (files_.attribution) open_track("attribution", if_exists);
  if (files_.attribution && files_.heads) heads_of("attribution");
  if (files_.attention) open_track("attention", if_exists);
  if (files_.attention && files_.heads) heads_of("attention");
}

void ScanOutputs::open_track(std::string const& name, IfExists if_exists) {
  std::string const file = name + track_suffix(files_.format);
  tracks_.push_back({file, make_track_writer(files_.format, files_.folder / file, contigs_, if_exists)});
}

void ScanOutputs::add(LoadedStretch const& loaded, StretchReadout const& readout,
                      std::span<Site const> sites) {
  std::string const& contig = contigs_[loaded.stretch.place.contig].name;
  if (sites_ && !sites.empty()) {
    Interval const whole{contig, 0, contigs_[loaded.stretch.place.contig].length, '+'};
    sites_->stream() << format_sites_bed(sites, motif_ids_, {&whole, 1});
  }
  site_count_ += std::ssize(sites);
  for (auto const& [window, logit] : readout.windows) {
    predictions_->stream() << contig << '\t' << window.start << '\t' << window.end << '\t' << files_.target
                           << '\t' << format_number(transform(files_.output, logit)) << '\n';
  }
  window_count_ += std::ssize(readout.windows);
  add_tracks(loaded, readout);
}

void ScanOutputs::add_tracks(LoadedStretch const& loaded, StretchReadout const& readout) {
  std::int64_t const length = readout.place.length();
  std::size_t next = 0;
  auto const add_rows = [&](std::vector<float> const& rows) {
    for (auto row = rows.begin(); row != rows.end(); row += length)
      add_track(next++, loaded, readout.place, {row, row + length});
  };
  if (files_.attribution) add_rows(readout.total);
  if (files_.attribution && files_.heads) add_rows(readout.heads);
  if (!files_.attention) return;
  std::vector<float> sum(static_cast<std::size_t>(length), 0.0F);
  for (std::size_t i = 0; i < readout.received.size(); ++i) sum[i % sum.size()] += readout.received[i];
  add_rows(sum);
  if (files_.heads) add_rows(readout.received);
}

void ScanOutputs::add_track(std::size_t index, LoadedStretch const& loaded, RecordWindow place,
                            std::span<float const> values) {
  RecordWindow const& own = loaded.stretch.own;
  std::vector<float> known(static_cast<std::size_t>(own.length()));
  for (std::int64_t i = own.start; i < own.end; ++i) {
    bool const is_known = loaded.bases[i - loaded.loaded.start] != base_n;
    known[i - own.start] = is_known ? values[i - place.start] : std::numeric_limits<float>::quiet_NaN();
  }
  tracks_[index].writer->add(loaded.stretch.place.contig, own.start, known);
}

void ScanOutputs::commit() {
  std::int64_t longest = 0;
  for (TrackContig const& contig : contigs_) longest = std::max(longest, contig.length);
  for (Track& track : tracks_) track.writer->commit();
  predictions_->commit();
  if (sites_) commit_bed(*sites_, files_.folder / "sites.bed", files_.gzip, longest, if_exists_);
  sites_.reset();
}

std::vector<std::string> ScanOutputs::names() const {
  std::vector<std::string> result;
  if (files_.sites) result.push_back(files_.gzip ? "sites.bed.gz" : "sites.bed");
  result.push_back("predictions.tsv");
  for (Track const& track : tracks_) result.push_back(track.name);
  return result;
}

}  // namespace cislens
