#include "cislens/seqio/annotation.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/text.hpp"

#include "annotation_attributes.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

namespace cislens {

namespace {

using namespace std::string_view_literals;

// Sequence Ontology names that Ensembl, GENCODE, RefSeq, SGD, FlyBase and TAIR use.
constexpr std::array gene_types{"gene"sv, "ncRNA_gene"sv, "pseudogene"sv, "protein_coding_gene"sv};
constexpr std::array transcript_types{"transcript"sv,
                                      "mRNA"sv,
                                      "lnc_RNA"sv,
                                      "lncRNA"sv,
                                      "ncRNA"sv,
                                      "rRNA"sv,
                                      "snRNA"sv,
                                      "snoRNA"sv,
                                      "tRNA"sv,
                                      "primary_transcript"sv,
                                      "miRNA"sv,
                                      "scRNA"sv,
                                      "SRP_RNA"sv,
                                      "guide_RNA"sv,
                                      "pseudogenic_transcript"sv,
                                      "antisense_RNA"sv,
                                      "RNase_MRP_RNA"sv,
                                      "RNase_P_RNA"sv,
                                      "telomerase_RNA"sv,
                                      "vault_RNA"sv,
                                      "Y_RNA"sv,
                                      "unconfirmed_transcript"sv};

template <typename Names>
bool holds(Names const& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Whether an attribute is, or lists between commas ("basic,canonical"), one of these.
bool has_value(std::string const& attribute, std::vector<std::string> const& wanted) {
  if (holds(wanted, attribute)) return true;
  auto const parts = split(attribute, ',');
  return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) { return holds(wanted, part); });
}

/// One line, not yet a feature.
struct Line {
  std::string_view type;
  Interval interval;
  std::string_view attributes;
};

/// What a transcript may need of its gene.
struct Gene {
  std::string id;
  std::string name;
  std::string biotype;
};

std::int64_t read_position(TextInput const& input, std::string_view text, char const* which) {
  std::int64_t value = 0;
  if (!parse_number(text, value) || value < 1) {
    input.fail(std::string(which) + " '" + std::string(text) +
               "' is not a whole number from 1 (GFF3 and GTF are 1-based)");
  }
  return value;
}

Line read_line(TextInput const& input, std::string_view text) {
  auto const columns = split(text, '\t');
  if (columns.size() != 9) {
    input.fail(
        "found " + std::to_string(columns.size()) +
        " columns instead of 9 (GFF3 and GTF are parted by tabs: contig, source, type, start, end, score, "
        "strand, phase, attributes)");
  }
  Line line{columns[2], {std::string(columns[0]), 0, 0, '.'}, columns[8]};
  line.interval.start = read_position(input, columns[3], "start") - 1;
  line.interval.end = read_position(input, columns[4], "end");
  if (line.interval.end <= line.interval.start) {
    input.fail("end " + std::to_string(line.interval.end) + " is less than start " +
               std::to_string(line.interval.start + 1) + " (GFF3 and GTF are 1-based, closed)");
  }
  if (columns[6] == "+" || columns[6] == "-") line.interval.strand = columns[6].front();
  return line;
}

/// "gene:ENSG1" of Ensembl and "gene-TP53" of RefSeq without what is in front.
std::string bare_id(std::string_view id) {
  for (auto const prefix : {"gene:"sv, "gene-"sv, "transcript:"sv, "rna-"sv, "mRNA:"sv}) {
    if (id.starts_with(prefix) && id.size() > prefix.size()) return std::string(id.substr(prefix.size()));
  }
  return std::string(id);
}

class Reader {
 public:
  Reader(TextInput& input, AnnotationOptions const& options, Log& log)
      : input_(input), options_(options), log_(log) {}

  std::vector<AnnotationFeature> read() {
    for (std::string_view text; input_.next(text);) {
      if (text.starts_with("##FASTA") || text.starts_with('>')) break;
      if (trim(text).empty() || text.starts_with('#')) continue;
      take(read_line(input_, text));
    }
    if (features_.empty() && without_strand_ == 0 && rejected_ == 0) use_extents();
    finish_transcripts();
    check_found();
    keep_wanted();
    return std::move(features_);
  }

 private:
  bool wants_genes() const { return options_.level == AnnotationLevel::gene; }

  bool is_wanted(std::string_view type) const {
    if (!options_.types.empty()) return holds(options_.types, type);
    return wants_genes() ? holds(gene_types, type) : holds(transcript_types, type);
  }

  void take(Line const& line) {
    if (!is_gff3_) is_gff3_ = has_gff3_attributes(line.attributes);
    ++lines_;
    if (types_.size() < 20) types_.try_emplace(std::string(line.type), 0);
    bool const wanted = is_wanted(line.type);
    // Lines of a known gene are not looked at further: most of a GTF file are exons.
    bool const extent = !*is_gff3_ && options_.types.empty() && features_.empty();
    bool const parent = *is_gff3_ && !wants_genes() && holds(gene_types, line.type);
    if (!wanted && !extent && !parent) return;
    Attributes const attributes = *is_gff3_ ? parse_gff3_attributes(input_, line.attributes)
                                            : parse_gtf_attributes(input_, line.attributes);
    if (parent) remember_gene(attributes);
    if (wanted) add_feature(line, attributes);
    if (extent && !wanted) extend(line, attributes);
  }

  void remember_gene(Attributes const& attributes) {
    std::string const id(find_attribute(attributes, {"ID"}));
    std::string const name(find_attribute(attributes, {"gene_name", "Name", "gene", "gene_symbol"}));
    genes_[id] = {bare_id(find_attribute(attributes, {"gene_id", "ID"})), name,
                  std::string(find_attribute(attributes, {"gene_biotype", "gene_type", "biotype"}))};
  }

  AnnotationFeature describe(Line const& line, Attributes const& attributes) const {
    AnnotationFeature feature;
    feature.interval = line.interval;
    feature.line = input_.line_number();
    feature.gene_id = find_attribute(attributes, {"gene_id"});
    feature.gene_name = find_attribute(attributes, {"gene_name", "gene", "gene_symbol"});
    if (wants_genes()) {
      if (feature.gene_id.empty()) feature.gene_id = bare_id(find_attribute(attributes, {"ID", "Name"}));
      if (feature.gene_name.empty()) feature.gene_name = find_attribute(attributes, {"Name"});
      feature.biotype = find_attribute(attributes, {"gene_biotype", "gene_type", "biotype"});
    } else {
      feature.transcript_id = find_attribute(attributes, {"transcript_id"});
      if (feature.transcript_id.empty()) {
        feature.transcript_id = bare_id(find_attribute(attributes, {"ID", "Name"}));
      }
      feature.biotype = find_attribute(
          attributes, {"transcript_biotype", "transcript_type", "biotype", "gene_biotype", "gene_type"});
    }
    return feature;
  }

  void add_feature(Line const& line, Attributes const& attributes) {
    if (line.interval.strand == '.') {
      ++without_strand_;
      return;
    }
    AnnotationFeature feature = describe(line, attributes);
    if (feature.id().empty()) {
      std::string const key = wants_genes() ? "gene_id" : "transcript_id";
      input_.fail("this " + std::string(line.type) + " has no id (" +
                  (*is_gff3_ ? "GFF3: ID=... or " + key + "=...)" : "GTF: " + key + " \"...\";)"));
    }
    if (!passes_attributes(attributes)) {
      ++rejected_;
      return;
    }
    features_.push_back(std::move(feature));
    parents_.emplace_back(find_attribute(attributes, {"Parent"}));
    if (wants_genes()) return;
    names_.emplace_back(find_attribute(attributes, {"Name"}));
  }

  bool passes_attributes(Attributes const& attributes) const {
    return std::all_of(options_.attributes.begin(), options_.attributes.end(),
                       [&](AttributeFilter const& filter) {
                         return std::any_of(attributes.begin(), attributes.end(), [&](auto const& pair) {
                           return pair.first == filter.key && has_value(pair.second, filter.values);
                         });
                       });
  }

  /// GTF files of transcripts and exons alone: a gene reaches as far as the lines that name it.
  void extend(Line const& line, Attributes const& attributes) {
    AnnotationFeature feature = describe(line, attributes);
    if (feature.id().empty()) {
      std::string const key = wants_genes() ? "gene_id" : "transcript_id";
      // Some files have lines of other kinds (start of a gap, ...) without ids.
      if (line.type != "exon" && line.type != "CDS" && line.type != "transcript") return;
      input_.fail("this " + std::string(line.type) + " has no " + key + " (GTF: " + key + " \"...\";)");
    }
    if (line.interval.strand == '.' || !passes_attributes(attributes)) return;
    std::string const key = feature.id() + '\t' + line.interval.contig + line.interval.strand;
    auto const [place, is_new] = extent_of_.try_emplace(key, extents_.size());
    if (is_new) {
      extents_.push_back(std::move(feature));
      return;
    }
    Interval& whole = extents_[place->second].interval;
    whole.start = std::min(whole.start, line.interval.start);
    whole.end = std::max(whole.end, line.interval.end);
  }

  void use_extents() {
    if (extents_.empty()) return;
    log_.info(input_.name() + ": has no lines of type " + (wants_genes() ? "gene" : "transcript") +
              "; they reach as far as the lines with their id");
    features_ = std::move(extents_);
  }

  /// Parents may stand anywhere in a file.
  void finish_transcripts() {
    for (std::size_t i = 0; i < features_.size(); ++i) {
      AnnotationFeature& feature = features_[i];
      auto const gene = i < parents_.size() ? genes_.find(parents_[i]) : genes_.end();
      if (gene != genes_.end()) {
        if (feature.gene_id.empty()) feature.gene_id = gene->second.id;
        if (feature.gene_name.empty()) feature.gene_name = gene->second.name;
        if (feature.biotype.empty()) feature.biotype = gene->second.biotype;
      }
      if (feature.gene_name.empty() && i < names_.size()) feature.gene_name = names_[i];
      if (feature.gene_name.empty()) feature.gene_name = feature.gene_id;
    }
  }

  [[noreturn]] void fail(std::string const& what) const { throw InputError(input_.name() + ": " + what); }

  void check_found() const {
    std::string const level = wants_genes() ? "gene" : "transcript";
    if (without_strand_ > 0) {
      log_.warning(input_.name() + ": " + std::to_string(without_strand_) +
                   " features of the wanted types have no strand and were left out");
    }
    if (!features_.empty()) return;
    if (rejected_ > 0) {
      fail("none of its " + std::to_string(rejected_) + " " + level +
           "s has the attributes asked for (see column 9; --attribute KEY=VALUE,VALUE)");
    }
    if (without_strand_ > 0) fail("no " + level + " has a strand, so none has a TSS (column 7: + or -)");
    if (lines_ == 0) fail("holds no feature (GFF3 and GTF have nine columns a line)");
    std::string seen;
    for (auto const& [type, unused] : types_) seen += (seen.empty() ? "" : ", ") + type;
    fail("holds no " + level + "; its types are " + seen + " (choose with --feature TYPE" +
         (wants_genes() ? ", or --level transcript)" : ", or --level gene)"));
  }

  void keep_wanted() {
    if (options_.biotypes.empty()) return;
    std::map<std::string, std::int64_t> seen;
    for (AnnotationFeature const& feature : features_) ++seen[feature.biotype];
    std::int64_t const without = seen[""];
    std::erase_if(features_, [&](auto const& feature) { return !holds(options_.biotypes, feature.biotype); });
    if (without > 0 && !features_.empty()) {
      log_.warning(input_.name() + ": " + std::to_string(without) +
                   " features state no biotype and were left out");
    }
    if (!features_.empty()) return;
    seen.erase("");
    if (seen.empty())
      fail("states no biotypes (leave out --biotype; --attribute KEY=VALUE filters by any attribute)");
    std::string known;
    for (auto const& [biotype, unused] : seen) known += (known.empty() ? "" : ", ") + biotype;
    fail("no feature has a biotype asked for; there are " + known);
  }

  TextInput& input_;
  AnnotationOptions const& options_;
  Log& log_;
  std::optional<bool> is_gff3_;
  std::vector<AnnotationFeature> features_;
  std::vector<std::string> parents_;  // of features_
  std::vector<std::string> names_;    // of features_, transcripts alone: used when the gene has no name
  std::unordered_map<std::string, Gene> genes_;
  std::vector<AnnotationFeature> extents_;
  std::unordered_map<std::string, std::size_t> extent_of_;
  std::map<std::string, int> types_;
  std::int64_t lines_ = 0;
  std::int64_t rejected_ = 0;
  std::int64_t without_strand_ = 0;
};

}  // namespace

bool looks_like_annotation(std::string_view line) {
  auto const columns = split(line, '\t');
  std::int64_t number = 0;
  return columns.size() == 9 && parse_number(columns[3], number) && parse_number(columns[4], number) &&
         !parse_number(columns[1], number);
}

std::vector<AnnotationFeature> read_annotation(TextInput& input, AnnotationOptions const& options, Log& log) {
  return Reader(input, options, log).read();
}

}  // namespace cislens
