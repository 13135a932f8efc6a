#include "cislens/data/build_dataset.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/nucleotide.hpp"

#include <algorithm>
#include <limits>
#include <unordered_set>
#include <utility>

namespace cislens {

namespace {

/// Why records were left out.
struct LeftOut {
  std::int64_t only_n = 0;
  std::int64_t too_short = 0;
};

std::string describe(LeftOut const& left_out, std::int64_t min_length) {
  std::string text;
  if (left_out.only_n > 0) text += std::to_string(left_out.only_n) + " of N only";
  if (left_out.only_n > 0 && left_out.too_short > 0) text += ", ";
  if (left_out.too_short > 0) {
    text += std::to_string(left_out.too_short) + " shorter than " + std::to_string(min_length) + " bases";
  }
  return text;
}

void append(SequenceRecord const& record, Bases&& bases, Dataset& dataset) {
  dataset.bases.push_back(std::move(bases));
  dataset.names.push_back(record.name);
  dataset.origins.push_back(record.origin);
}

/// Adds the records that can be learnt from. @throws InputError  too few
void append_usable(std::span<SequenceRecord const> records, std::string const& source,
                   DatasetOptions const& options, Log& log, Dataset& dataset) {
  LeftOut left_out;
  std::int64_t const before = dataset.size();
  for (SequenceRecord const& record : records) {
    Bases bases = encode_bases(record.bases);
    bool const only_n = all_unknown(bases);
    bool const too_short = static_cast<std::int64_t>(bases.size()) < options.min_length;
    left_out.only_n += only_n ? 1 : 0;
    left_out.too_short += too_short && !only_n ? 1 : 0;
    if (!only_n && !too_short) append(record, std::move(bases), dataset);
  }
  std::int64_t const usable = dataset.size() - before;
  std::string const reasons = describe(left_out, options.min_length);
  if (usable < options.min_sequences) {
    throw InputError(source + ": " + std::to_string(usable) + " usable sequences of " +
                     std::to_string(records.size()) +
                     (reasons.empty() ? "" : " (left out: " + reasons + ")") + "; at least " +
                     std::to_string(options.min_sequences) + " are needed (give more, or longer, sequences)");
  }
  if (!reasons.empty()) log.warning(source + ": sequences left out: " + reasons);
}

void check_variety(Dataset const& dataset, std::string const& source) {
  bool const all_same = std::all_of(dataset.bases.begin(), dataset.bases.end(),
                                    [&](Bases const& bases) { return bases == dataset.bases.front(); });
  if (all_same && dataset.size() > 1) {
    throw InputError(source + ": all " + std::to_string(dataset.size()) +
                     " sequences are the same: there is nothing to learn (give different sequences)");
  }
}

void number_groups(Dataset& dataset) {
  dataset.groups.resize(dataset.bases.size());
  for (std::int64_t i = 0; i < dataset.size(); ++i) dataset.groups[i] = i;
}

/// A record that stands for itself is its own contig, so both names change.
void rename(Dataset& dataset, std::int64_t record, std::string const& name) {
  if (dataset.origins[record].contig == dataset.names[record]) dataset.origins[record].contig = name;
  dataset.names[record] = name;
}

}  // namespace

Dataset build_dataset(std::span<SequenceRecord const> positives, std::string const& positives_source,
                      std::span<SequenceRecord const> background, std::string const& background_source,
                      DatasetOptions const& options, Log& log) {
  Dataset dataset;
  dataset.target_names = {"positive"};
  append_usable(positives, positives_source, options, log, dataset);
  check_variety(dataset, positives_source);
  std::int64_t const positive_count = dataset.size();
  if (!background.empty()) append_usable(background, background_source, options, log, dataset);
  std::unordered_set<std::string> names(dataset.names.begin(), dataset.names.begin() + positive_count);
  for (std::int64_t i = positive_count; i < dataset.size(); ++i) {
    std::string name = dataset.names[i];
    while (!names.insert(name).second) name += ".background";
    if (name != dataset.names[i]) rename(dataset, i, name);
  }
  dataset.targets.assign(static_cast<std::size_t>(positive_count), 1.0F);
  dataset.targets.resize(dataset.bases.size(), 0.0F);
  number_groups(dataset);
  return dataset;
}

Dataset build_dataset(std::span<SequenceRecord const> records, std::string const& source,
                      TargetTable const& targets, DatasetOptions const& options, Log& log) {
  Dataset dataset;
  dataset.target_names = targets.target_names;
  append_usable(records, source, options, log, dataset);
  check_variety(dataset, source);
  std::int64_t missing = 0;
  for (std::string const& name : dataset.names) {
    auto const row = targets.rows.find(name);
    if (row == targets.rows.end()) {
      ++missing;
      dataset.targets.insert(dataset.targets.end(), targets.target_names.size(),
                             std::numeric_limits<float>::quiet_NaN());
    } else {
      auto const values = targets.values.begin() + row->second * dataset.target_count();
      dataset.targets.insert(dataset.targets.end(), values, values + dataset.target_count());
    }
  }
  if (missing == dataset.size()) {
    throw InputError(targets.source + ": no record name of this table is in " + source +
                     " (column 1 holds names as in the sequences: the first word of a FASTA header)");
  }
  std::int64_t const found = dataset.size() - missing;
  std::int64_t const unused = static_cast<std::int64_t>(targets.rows.size()) - found;
  if (missing > 0)
    log.warning(targets.source + ": " + std::to_string(missing) + " sequences of " + source + " have no row");
  if (unused > 0)
    log.warning(targets.source + ": " + std::to_string(unused) + " rows have no sequence in use");
  number_groups(dataset);
  return dataset;
}

Dataset encode_records(std::span<SequenceRecord const> records) {
  Dataset dataset;
  for (SequenceRecord const& record : records) append(record, encode_bases(record.bases), dataset);
  number_groups(dataset);
  return dataset;
}

Dataset select_records(Dataset const& dataset, std::span<std::int64_t const> indices) {
  Dataset result;
  result.target_names = dataset.target_names;
  std::int64_t const count = dataset.target_count();
  for (std::int64_t const i : indices) {
    result.bases.push_back(dataset.bases[i]);
    result.names.push_back(dataset.names[i]);
    result.origins.push_back(dataset.origins[i]);
    if (!dataset.groups.empty()) result.groups.push_back(dataset.groups[i]);
    auto const row = dataset.targets.begin() + i * count;
    result.targets.insert(result.targets.end(), row, row + count);
  }
  return result;
}

}  // namespace cislens
