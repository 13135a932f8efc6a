#include "cislens/base/errors.hpp"
#include "cislens/base/interrupt.hpp"
#include "cislens/cli/commands.hpp"
#include "cislens/cli/run.hpp"
#include "cislens/seqio/text_input.hpp"
#include "cislens/writers/bigwig.hpp"
#include "cislens/writers/track.hpp"

#include "scan_outputs.hpp"
#include "shard.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

namespace cislens {

namespace fs = std::filesystem;

namespace {

struct Part {
  std::string folder;
  ShardNote note;
};

/// The parts by number. @throws InputError  not all of one run, or not all there
std::vector<Part> read_parts(std::vector<std::string> const& folders, Run& run) {
  std::vector<Part> parts;
  for (std::string const& folder : folders) parts.push_back({folder, read_shard_note(folder)});
  std::ranges::sort(parts, {}, [](Part const& part) { return part.note.shard.index; });
  ShardNote const& first = parts.front().note;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    ShardNote const& note = parts[i].note;
    if (note.run != first.run || note.shard.count != first.shard.count || note.files != first.files) {
      throw InputError(parts[i].folder + ": is no part of the same run as " + parts.front().folder +
                       " (other inputs, options or version)");
    }
    if (i > 0 && note.shard.index == parts[i - 1].note.shard.index) {
      throw InputError(parts[i].folder + ": is part " + std::to_string(note.shard.index) + " of " +
                       std::to_string(note.shard.count) + ", and so is " + parts[i - 1].folder);
    }
    if (note.isa != first.isa) {
      run.log().warning(parts[i].folder + " was computed with " + note.isa + ", " + parts.front().folder +
                        " with " + first.isa + ": last digits may differ from those of one run (--isa)");
    }
  }
  for (std::int64_t i = 1; i <= first.shard.count; ++i) {
    if (i <= std::ssize(parts) && parts[i - 1].note.shard.index == i) continue;
    throw InputError("part " + std::to_string(i) + " of " + std::to_string(first.shard.count) +
                     " is missing (give the folders of all parts)");
  }
  return parts;
}

/// The outputs may not take the place of what is joined.
void keep_parts(std::vector<Part> const& parts) {
  std::vector<fs::path> files;
  for (Part const& part : parts) {
    for (std::string const& name : part.note.files) files.push_back(fs::path(part.folder) / name);
  }
  set_input_files(std::move(files));
}

/// Whether a part found nothing to write: TextInput takes empty files for damaged ones.
bool holds_nothing(fs::path const& path) {
  constexpr std::uintmax_t bgzf_end_bytes = 28;  // the mark that ends every BGZF file
  std::error_code ignored;                       // a file that is gone is missed when it is opened
  return fs::file_size(path, ignored) <= (path.extension() == ".gz" ? bgzf_end_bytes : 0);
}

/// Lines of all parts, the first `header` lines of the first part alone.
void join_lines(std::vector<Part> const& parts, std::string const& name, std::int64_t header,
                OutputFile& output) {
  for (Part const& part : parts) {
    fs::path const path = fs::path(part.folder) / name;
    if (holds_nothing(path)) continue;
    bool const is_first = &part == &parts.front();
    TextInput input(path.string());
    for (std::string_view line; input.next(line);) {
      if (!is_first && input.line_number() <= header) continue;
      output.stream() << line << '\n';
    }
    throw_if_interrupted();
  }
}

/// The contigs of the tracks: what the bigWig files say; for bedGraph those that occur.
std::vector<TrackContig> bedgraph_contigs(std::vector<Part> const& parts, std::string const& name) {
  std::vector<TrackContig> contigs;
  for (Part const& part : parts) {
    fs::path const path = fs::path(part.folder) / name;
    if (holds_nothing(path)) continue;
    TextInput input(path.string());
    for (std::string_view line; input.next(line);) {
      std::string_view const contig = line.substr(0, line.find('\t'));
      if (contigs.empty() || contigs.back().name != contig)
        contigs.push_back({std::string(contig), INT64_MAX});
    }
  }
  return contigs;
}

std::unique_ptr<TrackWriter> join_track(std::vector<Part> const& parts, std::string const& name,
                                        fs::path const& output, IfExists if_exists) {
  bool const is_bigwig = fs::path(name).extension() == ".bw";
  TrackFormat const format = is_bigwig ? TrackFormat::bigwig : TrackFormat::bedgraph;
  std::vector<TrackContig> const contigs =
      is_bigwig ? read_bigwig_contigs(fs::path(parts.front().folder) / name) : bedgraph_contigs(parts, name);
  auto writer = make_track_writer(format, output / name, contigs, if_exists);
  for (Part const& part : parts) {
    throw_if_interrupted();
    copy_track(format, fs::path(part.folder) / name, contigs, *writer);
  }
  return writer;
}

/// A BED or TSV file that is whole and waits for its name.
struct Joined {
  std::string name;
  OutputFile file;
};

void merge_parts(std::vector<Part> const& parts, fs::path const& folder, Run& run) {
  std::vector<std::unique_ptr<TrackWriter>> tracks;
  std::vector<Joined> texts;
  for (std::string const& name : parts.front().note.files) {
    run.stage(name, "joining " + name);
    std::string const suffix = fs::path(name).extension().string();
    if (suffix == ".bw" || suffix == ".bedgraph") {
      tracks.push_back(join_track(parts, name, folder, run.if_exists()));
      continue;
    }
    bool const gzip = suffix == ".gz";
    fs::path const plain = gzip ? fs::path(name).stem() : fs::path(name);
    check_bed(folder / plain, gzip, parts.front().note.longest_bp, run.if_exists());
    texts.push_back({name, OutputFile(folder / plain, gzip ? IfExists::replace : run.if_exists())});
    join_lines(parts, name, suffix == ".tsv" ? 1 : 0, texts.back().file);
  }
  run.stage("write", "writing tracks and indices");
  for (auto const& track : tracks) track->commit();
  for (Joined& text : texts) {
    bool const gzip = fs::path(text.name).extension() == ".gz";
    fs::path const plain = gzip ? fs::path(text.name).stem() : fs::path(text.name);
    commit_bed(text.file, folder / plain, gzip, parts.front().note.longest_bp, run.if_exists());
  }
}

}  // namespace

void run_merge(CommandLine& line) {
  std::vector<std::string> folders;
  std::string output;
  line.example("cislens merge part1 part2 part3 -o scan");
  line.about(
      "Joins what the parts of a scan wrote (scan --shard 1-of-3, ...) into DIR, byte for byte as one run "
      "would "
      "have written it. The folders may be given in any order, all of them.");
  line.positionals("PART", folders, "folders that scan --shard wrote");
  line.group("Output");
  line.output("output,o", "DIR", output, "folder of the outputs");
  if (!line.parse()) return;
  Run run(line);
  std::vector<Part> const parts = read_parts(folders, run);
  keep_parts(parts);
  run.output_folder(output);
  run.check_params(fs::path(output) / "params.json");
  merge_parts(parts, output, run);
  run.write_params(fs::path(output) / "params.json");
}

}  // namespace cislens
