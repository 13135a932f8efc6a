#include "cislens/base/interrupt.hpp"
#include "cislens/base/output_file.hpp"
#include "cislens/base/text.hpp"

#include "extract_stages.hpp"

#include <cmath>
#include <functional>
#include <span>

namespace cislens {

namespace {

std::string place_of(Interval const& place) {
  return place.contig + ":" + std::to_string(place.start) + "-" + std::to_string(place.end) + "(" +
         place.strand + ")";
}

std::string or_dot(std::string const& text) { return text.empty() ? "." : text; }

std::string join(std::vector<std::string> const& words) {
  std::string text;
  for (std::string const& word : words) text += (text.empty() ? "" : ",") + word;
  return or_dot(text);
}

/// "name gene place", without what would be said twice.
std::string header(NamedRegion const& region) {
  std::string const place = place_of(region.interval);
  std::string text = ">" + region.name;
  if (!region.gene_name.empty()) text += " " + region.gene_name;
  return region.name == place ? text : text + " " + place;
}

std::string bed_line(NamedRegion const& region) {
  Interval const& place = region.interval;
  return place.contig + "\t" + std::to_string(place.start) + "\t" + std::to_string(place.end) + "\t" +
         region.name + "\t" + format_number(region.score) + "\t" + place.strand;
}

std::string table_line(NamedRegion const& region) {
  Interval const& place = region.interval;
  std::string const tss = region.tss < 0 ? "." : std::to_string(region.tss);
  return region.name + "\t" + place.contig + "\t" + std::to_string(place.start) + "\t" +
         std::to_string(place.end) + "\t" + place.strand + "\t" + tss + "\t" + or_dot(region.gene_id) + "\t" +
         or_dot(region.gene_name) + "\t" + or_dot(region.transcript_id) + "\t" + or_dot(region.biotype) +
         "\t" + join(region.others);
}

std::string target_line(NamedRegion const& region, std::span<double const> values) {
  std::string text = region.name;
  for (double const value : values) text += "\t" + (std::isnan(value) ? "NA" : format_number(value));
  return text;
}

/// A file of `count` lines below `head`, which may be empty.
OutputFile write_lines(std::string const& path, IfExists if_exists, std::string const& head,
                       std::size_t count, std::function<std::string(std::size_t)> const& line) {
  OutputFile file(path, if_exists);
  if (!head.empty()) file.stream() << head << '\n';
  for (std::size_t i = 0; i < count; ++i) {
    throw_if_interrupted();
    file.stream() << line(i) << '\n';
  }
  return file;
}

std::vector<std::string> output_paths(ExtractChoices const& choices) {
  std::vector<std::string> paths = {choices.prefix + ".fa", choices.prefix + ".bed",
                                    choices.prefix + ".regions.tsv"};
  if (!choices.alignments.empty() || !choices.peaks.empty()) paths.push_back(choices.prefix + ".targets.tsv");
  for (std::size_t i = 0; choices.consensus && i < choices.alignments.size(); ++i) {
    paths.push_back(choices.prefix + "." + sample_name(choices, i) + ".fa");
  }
  return paths;
}

}  // namespace

void check_extract_outputs(ExtractChoices const& choices, Run const& run) {
  for (std::string const& path : output_paths(choices)) OutputFile(path, run.if_exists());
  run.check_params(choices.prefix + ".params.json");
}

void write_extract(ExtractChoices const& choices, ExtractedRegions const& extracted, IfExists if_exists) {
  std::vector<NamedRegion> const& regions = extracted.regions;
  TargetColumns const& targets = extracted.targets;
  std::size_t const columns = targets.names.size();
  std::vector<OutputFile> files;
  auto const add = [&](std::string const& ending, std::string const& head,
                       std::function<std::string(std::size_t)> const& line) {
    files.push_back(write_lines(choices.prefix + ending, if_exists, head, regions.size(), line));
  };
  auto const add_fasta = [&](std::string const& ending, std::vector<std::string> const& letters) {
    add(ending, "", [&](std::size_t i) { return header(regions[i]) + "\n" + letters[i]; });
  };
  add_fasta(".fa", extracted.letters);
  for (SampleLetters const& sample : extracted.samples) add_fasta("." + sample.name + ".fa", sample.letters);
  add(".bed", "", [&](std::size_t i) { return bed_line(regions[i]); });
  add(".regions.tsv",
      "record\tcontig\tstart\tend\tstrand\ttss\tgene_id\tgene_name\ttranscript_id\tbiotype\tothers",
      [&](std::size_t i) { return table_line(regions[i]); });
  if (columns > 0) {
    std::string head = "record";
    for (std::string const& name : targets.names) head += "\t" + name;
    add(".targets.tsv", head, [&](std::size_t i) {
      return target_line(regions[i], std::span(targets.values).subspan(i * columns, columns));
    });
  }
  for (OutputFile& file : files) file.commit();
}

}  // namespace cislens
