#include "scan_tracks.hpp"

#include "cislens/readout/windows.hpp"

#include <algorithm>
#include <utility>

namespace cislens {

namespace {

/// Windows of a stretch, those before its start included where they say something about it.
std::vector<RecordWindow> windows_of(LoadedStretch const& loaded, std::int64_t max_length, int pool) {
  RecordWindow const& place = loaded.stretch.place.range;
  WindowPlan const plan(place.length(), max_length, pool);
  std::int64_t low = 0;
  std::int64_t high = plan.count();
  while (low < high) {  // the first window that ends behind the start of the stretch
    std::int64_t const middle = (low + high) / 2;
    if (place.start + plan[middle].end > loaded.wanted.start) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  std::vector<RecordWindow> windows;
  for (; low < plan.count(); ++low) {
    RecordWindow const window{place.start + plan[low].start, place.start + plan[low].end};
    if (window.start >= loaded.wanted.end) break;
    windows.push_back(window);
  }
  return windows;
}

/// All tracks of a window as rows of one matrix; zeros when the window was not read.
std::vector<float> rows_of(RecordReadout const* readout, std::int64_t rows, std::int64_t length) {
  std::vector<float> values;
  values.reserve(static_cast<std::size_t>(rows * length));
  if (readout != nullptr) {
    for (auto const* track : {&readout->total, &readout->heads, &readout->received})
      values.insert(values.end(), track->begin(), track->end());
  }
  values.resize(static_cast<std::size_t>(rows * length));
  return values;
}

/// The part of a piece that is wanted goes to its rows.
void keep(TrackPiece const& piece, std::int64_t shift, RecordWindow wanted, std::span<float> tracks) {
  std::int64_t const start = std::max(wanted.start, piece.place.start + shift);
  std::int64_t const end = std::min(wanted.end, piece.place.end + shift);
  std::int64_t const rows = std::ssize(tracks) / wanted.length();
  for (std::int64_t row = 0; row < rows && start < end; ++row) {
    float const* const from =
        piece.values.data() + row * piece.place.length() + (start - shift - piece.place.start);
    std::copy_n(from, end - start, tracks.data() + row * wanted.length() + (start - wanted.start));
  }
}

/// The readouts of all windows of all stretches, read together; null where a window is blank.
struct WindowReadouts {
  std::vector<std::vector<RecordWindow>> windows;  ///< by stretch
  std::vector<std::vector<std::int64_t>> known;    ///< index in `readouts`, -1: blank
  std::vector<RecordReadout> readouts;
};

std::vector<RecordReadout> read_known(Network const& network, ScanQuestion const& question,
                                      std::vector<Bases> known, Backend const& backend, Threads& threads) {
  if (question.attribution || question.attention) {
    ReadoutOptions options;
    options.target = question.target;
    options.received = question.attention;
    options.heads = question.heads;
    return read_records(network.config, network.parameters, known, options, backend, threads);
  }
  Dataset dataset;
  dataset.bases = std::move(known);
  std::vector<std::int64_t> all(dataset.bases.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int64_t>(i);
  std::vector<float> const logits = predict(network, dataset, all, backend, threads);
  std::vector<RecordReadout> result(all.size());
  for (std::size_t i = 0; i < all.size(); ++i)
    result[i].logit = static_cast<double>(logits[i * network.config.targets + question.target]);
  return result;
}

WindowReadouts read_windows_of(Network const& network, ScanQuestion const& question,
                               std::span<LoadedStretch const> stretches, Backend const& backend,
                               Threads& threads) {
  WindowReadouts result;
  std::vector<Bases> known;
  for (LoadedStretch const& loaded : stretches) {
    auto& windows = result.windows.emplace_back(windows_of(loaded, question.max_length, network.config.pool));
    auto& indices = result.known.emplace_back();
    for (RecordWindow const& window : windows) {
      auto const first = loaded.bases.begin() - loaded.loaded.start;
      Bases bases(first + window.start, first + window.end);
      bool const blank = all_unknown(bases);
      indices.push_back(blank ? -1 : std::ssize(known));
      if (!blank) known.push_back(std::move(bases));
    }
  }
  result.readouts = read_known(network, question, std::move(known), backend, threads);
  return result;
}

StretchReadout join(LoadedStretch const& loaded, std::vector<RecordWindow> const& windows,
                    std::vector<RecordReadout const*> const& readouts, std::int64_t rows,
                    std::int64_t heads) {
  StretchReadout result;
  result.place = loaded.wanted;
  RecordWindow const& own = loaded.stretch.own;
  std::vector<float> tracks(static_cast<std::size_t>(rows * loaded.wanted.length()));
  TrackStitcher stitcher(rows);
  std::int64_t const shift = windows.front().start;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    RecordWindow const& window = windows[i];
    bool const starts_here = window.start >= own.start && window.start < own.end;
    if (readouts[i] != nullptr && starts_here)
      result.windows.push_back({window, static_cast<float>(readouts[i]->logit)});
    if (rows == 0) continue;
    keep(
        stitcher.add({window.start - shift, window.end - shift}, rows_of(readouts[i], rows, window.length())),
        shift, loaded.wanted, tracks);
  }
  if (rows > 0) keep(stitcher.finish(), shift, loaded.wanted, tracks);
  std::int64_t const length = loaded.wanted.length();
  auto const row = [&](std::int64_t index) { return tracks.begin() + std::min(index, rows) * length; };
  result.total.assign(row(0), row(1));
  result.heads.assign(row(1), row(1 + heads));
  result.received.assign(row(1 + heads), row(rows));
  return result;
}

}  // namespace

std::int64_t window_reach(ScanStretch const& stretch, std::int64_t max_length) {
  return std::min(max_length, stretch.place.range.length());
}

std::vector<StretchReadout> read_stretches(Network const& network, ScanQuestion const& question,
                                           std::span<LoadedStretch const> stretches, Backend const& backend,
                                           Threads& threads) {
  std::int64_t const all_heads = std::int64_t{network.config.blocks} * network.config.heads;
  bool const tracks = question.attribution || question.attention;
  std::int64_t const heads = question.heads ? all_heads : 0;
  std::int64_t const rows = tracks ? 1 + heads + (question.attention ? all_heads : 0) : 0;
  WindowReadouts const read = read_windows_of(network, question, stretches, backend, threads);
  std::vector<StretchReadout> result(stretches.size());
  threads.for_each(std::ssize(stretches), [&](std::int64_t i, int) {
    std::vector<RecordReadout const*> readouts;
    for (std::int64_t const index : read.known[i])
      readouts.push_back(index < 0 ? nullptr : &read.readouts[index]);
    result[i] = join(stretches[i], read.windows[i], readouts, rows, heads);
  });
  return result;
}

}  // namespace cislens
