#include "cislens/readout/windows.hpp"

#include <algorithm>

namespace cislens {

TrackPiece TrackStitcher::add(RecordWindow window, std::vector<float> values) {
  TrackPiece piece{{next_, next_}, {}};
  if (!values_.empty()) {
    CrossFade const fade(window_, window);
    piece.place.end = fade.end();
    for (std::int64_t row = 0; row < rows_; ++row) {
      float const* const before = values_.data() + row * window_.length();
      float const* const after = values.data() + row * window.length();
      piece.values.insert(piece.values.end(), before + (next_ - window_.start),
                          before + (fade.begin() - window_.start));
      for (std::int64_t base = fade.begin(); base < fade.end(); ++base) {
        piece.values.push_back(fade.mix(base, before[base - window_.start], after[base - window.start]));
      }
    }
    next_ = fade.end();
  }
  window_ = window;
  values_ = std::move(values);
  return piece;
}

TrackPiece TrackStitcher::finish() {
  TrackPiece piece{{next_, window_.end}, {}};
  for (std::int64_t row = 0; row < rows_ && !values_.empty(); ++row) {
    auto const end = values_.begin() + (row + 1) * window_.length();
    piece.values.insert(piece.values.end(), end - piece.place.length(), end);
  }
  *this = TrackStitcher(rows_);
  return piece;
}

namespace {

struct Place {
  std::int64_t record;
  RecordWindow window;
  bool is_last;
};

/// All tracks of a readout as rows of one matrix; zeros when the window was not read.
std::vector<float> rows_of(RecordReadout const& readout, std::int64_t rows, std::int64_t length) {
  std::vector<float> values;
  values.reserve(static_cast<std::size_t>(rows * length));
  for (auto const* track : {&readout.total, &readout.heads, &readout.received}) {
    values.insert(values.end(), track->begin(), track->end());
  }
  values.resize(static_cast<std::size_t>(rows * length));
  return values;
}

ReadoutPiece split_rows(std::int64_t record, TrackPiece const& piece, std::int64_t heads) {
  auto const length = piece.place.length();
  auto const row = [&](std::int64_t index) {
    return piece.values.begin() + std::min(index * length, static_cast<std::int64_t>(piece.values.size()));
  };
  return {
      record, piece.place, {row(0), row(1)}, {row(1), row(1 + heads)}, {row(1 + heads), row(1 + 2 * heads)}};
}

/// Reads windows and joins them.
class WindowReader {
 public:
  WindowReader(NetworkConfig const& config, std::span<float const> parameters, std::span<Bases const> records,
               ReadoutOptions const& options, Backend const& backend, Threads& threads,
               ReadoutSink const& sink)
      : config_(config),
        parameters_(parameters),
        records_(records),
        options_(options),
        backend_(backend),
        threads_(threads),
        sink_(sink),
        heads_(std::int64_t{config.blocks} * config.heads),
        rows_(1 + (options.received ? 2 : 1) * heads_),
        stitcher_(rows_) {
    options_.looks = false;
  }

  void read(std::vector<Place> const& places) {
    std::vector<Bases> known;
    std::vector<bool> is_known;
    for (Place const& place : places) {
      Bases const& record = records_[place.record];
      Bases window(record.begin() + place.window.start, record.begin() + place.window.end);
      is_known.push_back(std::ranges::any_of(window, [](std::uint8_t base) { return base != base_n; }));
      if (is_known.back()) known.push_back(std::move(window));
    }
    std::vector<RecordReadout> const readouts =
        read_records(config_, parameters_, known, options_, backend_, threads_);
    RecordReadout const nothing;
    auto next = readouts.begin();
    for (std::size_t i = 0; i < places.size(); ++i) join(places[i], is_known[i] ? *next++ : nothing);
  }

 private:
  void join(Place const& place, RecordReadout const& readout) {
    hand_out(place.record, stitcher_.add(place.window, rows_of(readout, rows_, place.window.length())));
    if (place.is_last) hand_out(place.record, stitcher_.finish());
  }

  void hand_out(std::int64_t record, TrackPiece const& piece) const {
    if (piece.place.length() > 0) sink_(split_rows(record, piece, heads_));
  }

  NetworkConfig const& config_;
  std::span<float const> parameters_;
  std::span<Bases const> records_;
  ReadoutOptions options_;
  Backend const& backend_;
  Threads& threads_;
  ReadoutSink const& sink_;
  std::int64_t heads_;
  std::int64_t rows_;
  TrackStitcher stitcher_;
};

}  // namespace

void read_windows(NetworkConfig const& config, std::span<float const> parameters,
                  std::span<Bases const> records, std::int64_t max_length, ReadoutOptions const& options,
                  Backend const& backend, Threads& threads, ReadoutSink const& sink) {
  constexpr std::int64_t bases_at_once = 200'000;
  WindowReader reader(config, parameters, records, options, backend, threads, sink);
  std::vector<Place> places;
  std::int64_t bases = 0;
  for (std::int64_t record = 0; record < static_cast<std::int64_t>(records.size()); ++record) {
    WindowPlan const plan(static_cast<std::int64_t>(records[record].size()), max_length, config.pool);
    for (std::int64_t i = 0; i < plan.count(); ++i) {
      places.push_back({record, plan[i], i + 1 == plan.count()});
      bases += plan[i].length();
      if (bases < bases_at_once || static_cast<int>(places.size()) < 4 * threads.count()) continue;
      reader.read(places);
      places.clear();
      bases = 0;
    }
  }
  reader.read(places);
}

}  // namespace cislens
