#pragma once

#include "cislens/base/interval.hpp"
#include "cislens/base/log.hpp"
#include "cislens/seqio/text_input.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cislens {

enum class AnnotationLevel { gene, transcript };

/// Features pass when their attribute `key` is one of `values`, or has one in a list with commas.
struct AttributeFilter {
  std::string key;
  std::vector<std::string> values;
};

/// Which features of an annotation are wanted.
struct AnnotationOptions {
  AnnotationLevel level = AnnotationLevel::gene;
  std::vector<std::string> types = {};           ///< column 3; empty: the usual names of the level
  std::vector<std::string> biotypes = {};        ///< empty: all
  std::vector<AttributeFilter> attributes = {};  ///< all of them must hold
};

/// A gene or transcript.
struct AnnotationFeature {
  Interval interval;          ///< strand '+' or '-'
  std::string gene_id;        ///< may be empty at the level of transcripts
  std::string gene_name;      ///< the gene's id where it has no name
  std::string transcript_id;  ///< empty at the level of genes
  std::string biotype;        ///< empty: not stated
  std::int64_t line = 0;      ///< where it stands in its file

  /// The id at the level that was read.
  std::string const& id() const { return transcript_id.empty() ? gene_id : transcript_id; }
};

/// Reads genes or transcripts from GFF3 or GTF, told apart by the first feature's attributes.
///
/// Positions are 1-based and closed there and 0-based, half-open here. GFF3: %-escapes are decoded, "##FASTA"
/// ends the annotation, a transcript gets the name and, when it has none, the biotype of its parent; "gene:"
/// and "gene-" (Ensembl, RefSeq) are taken off ids. GTF without lines of the level gets its genes and
/// transcripts from the extent of what has their id. Biotypes are looked for under gene_biotype, gene_type,
/// biotype, transcript_biotype, transcript_type. Features without a strand are left out and counted in a
/// warning, as are those without a biotype when biotypes are asked for.
///
/// @returns at least one feature, in file order (GTF without lines of the level: in the order of first
///          mention)
/// @throws InputError  "file:line: what (remedy)": not 9 columns, bad positions, attributes that do not hold
///                     together, a wanted feature without an id; no feature of the level, or none that
///                     passes, with what there is instead; and all errors of TextInput
std::vector<AnnotationFeature> read_annotation(TextInput& input, AnnotationOptions const& options, Log& log);

/// Whether a line looks like one of GFF3 or GTF: nine columns parted by tabs, the fourth and fifth numbers.
bool looks_like_annotation(std::string_view line);

}  // namespace cislens
