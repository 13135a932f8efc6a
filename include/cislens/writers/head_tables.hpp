#pragma once

#include "cislens/base/output_file.hpp"
#include "cislens/readout/partners.hpp"

#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace cislens {

/// One attention head, as heads.tsv and the report show it. NaN: not measured.
struct HeadRow {
  static constexpr double nan = std::numeric_limits<double>::quiet_NaN();

  int layer = 0;
  int head = 0;
  double entropy = nan;     ///< mean row entropy / ln(tokens), 0 to 1
  double distance = nan;    ///< mean distance between the two ends of attention, bases
  double sink = nan;        ///< share of received attention that falls on single favoured tokens
  double noop = nan;        ///< share of attention on the null key
  double cka_max = nan;     ///< largest CKA similarity to another head of any layer
  double importance = nan;  ///< mean over records of what leaving the head out does, see importance_of
  std::string motif = {};   ///< id of the motif at whose sites it looks most, empty: none

  double importance_low = nan;  ///< 95 % bootstrap interval over records
  double importance_high = nan;
  double importance_p = nan;  ///< sign test
  std::string importance_of =
      {};                      ///< "loss": loss without it minus loss with it; "logit": |change of the logit|
  double figure_drop = nan;    ///< AUROC (Pearson r) with all heads less that without this one
  std::string cka_with = {};   ///< the head of cka_max, "layer.head"
  double overlap_query = nan;  ///< largest subspace overlap of W_Q with another head of the layer
  double overlap_key = nan;
  double overlap_value = nan;
  double distance_even = nan;    ///< distance that attention without a preference would have
  double distance_median = nan;  ///< of the distance profile, bases
  double distance_q90 = nan;
  double local = nan;             ///< share of the attention within 7 tokens
  double local_even = nan;        ///< the same without a preference
  double summary = nan;           ///< share of attention on the summaries
  double motif_enrichment = nan;  ///< attention at the sites of `motif` over that elsewhere
  double motif_q = nan;
  double motif_share = nan;  ///< share of those sites at which this head has the largest attribution
};

/// One bin of a head's distance profile: bases [from_bp, to_bp) between the two ends.
struct HeadDistance {
  int layer = 0;
  int head = 0;
  std::int64_t from_bp = 0;
  std::int64_t to_bp = 0;
  double share = 0;  ///< of the head's attention to tokens
  double even = 0;   ///< the share that attention without a preference would have
};

/// How much a head looks at the sites of one motif.
struct HeadMotif {
  int layer = 0;
  int head = 0;
  std::string motif;
  std::int64_t records = 0;
  double at_sites = 0;
  double elsewhere = 0;
  double enrichment = 0;
  double p = 1;
  double q = 1;
};

/// All that is known about the heads of a network.
struct HeadTables {
  std::vector<HeadRow> rows;            ///< by layer, then head
  std::vector<HeadDistance> distances;  ///< head by head
  std::vector<double> cka;              ///< (heads, heads) of all layers, or empty
  std::vector<HeadMotif> motifs;        ///< head by head
  double diversity = HeadRow::nan;      ///< 1 - mean CKA of two heads
  double overlap_even = HeadRow::nan;   ///< overlap of two random subspaces: D / C
  std::string counted;                  ///< what the figures are means over, for people
};

/// "0.3": layer and head.
std::string head_name(HeadRow const& row);

/// heads.tsv: layer head entropy distance sink noop cka_max importance motif, then the other members of
/// HeadRow.
std::string format_heads_tsv(std::span<HeadRow const> heads);
/// heads.distance.tsv: layer head from_bp to_bp share even
std::string format_head_distances(std::span<HeadDistance const> distances);
/// heads.cka.tsv: a matrix, heads named "layer.head" in the first line and column
std::string format_head_cka(HeadTables const& tables);
/// heads.motifs.tsv: layer head motif records at_sites elsewhere enrichment p q
std::string format_head_motifs(std::span<HeadMotif const> motifs);

/// record layer head query_start query_end key_start key_end weight worth, in the order given
/// @param names  of AttentionPartner::record
std::string format_head_partners(std::span<AttentionPartner const> partners,
                                 std::span<std::string const> names);

/// The files beside PREFIX.tsv: PREFIX.distance.tsv, PREFIX.cka.tsv and PREFIX.motifs.tsv.
/// @param table  path of heads.tsv; an extension is replaced
std::vector<std::filesystem::path> head_table_paths(std::filesystem::path const& table);
/// The files beside heads.tsv. @throws OutputError
void write_head_tables_beside(HeadTables const& tables, std::filesystem::path const& table,
                              IfExists if_exists);
/// heads.tsv and the files beside it. @throws OutputError
void write_head_tables(HeadTables const& tables, std::filesystem::path const& table, IfExists if_exists);

}  // namespace cislens
