#include "cislens/writers/head_tables.hpp"

#include "cislens/base/text.hpp"
#include "cislens/writers/names.hpp"

#include "text_file.hpp"

namespace cislens {

namespace {

std::string line(std::vector<std::string> const& fields) {
  std::string text;
  for (std::string const& field : fields) text += (text.empty() ? "" : "\t") + field;
  return text + "\n";
}

/// "layer head", as every table begins.
std::vector<std::string> head_fields(int layer, int head) {
  return {std::to_string(layer), std::to_string(head)};
}

void append(std::vector<std::string>& fields, std::vector<double> const& numbers) {
  for (double const number : numbers) fields.push_back(format_number(number));
}

constexpr char const* head_columns =
    "layer\thead\tentropy\tdistance\tsink\tnoop\tcka_max\timportance\tmotif\timportance_low\timportance_"
    "high\t"
    "importance_p\timportance_of\tfigure_drop\tcka_with\toverlap_query\toverlap_key\toverlap_value\t"
    "distance_even\tdistance_median\tdistance_q90\tlocal\tlocal_even\tsummary\tmotif_enrichment\tmotif_q\t"
    "motif_share\n";

}  // namespace

std::string head_name(HeadRow const& row) {
  return std::to_string(row.layer) + "." + std::to_string(row.head);
}

std::string format_heads_tsv(std::span<HeadRow const> heads) {
  std::string text = head_columns;
  for (HeadRow const& row : heads) {
    std::vector<std::string> fields = head_fields(row.layer, row.head);
    append(fields, {row.entropy, row.distance, row.sink, row.noop, row.cka_max, row.importance});
    fields.push_back(table_field(row.motif));
    append(fields, {row.importance_low, row.importance_high, row.importance_p});
    fields.push_back(table_field(row.importance_of));
    append(fields, {row.figure_drop});
    fields.push_back(table_field(row.cka_with));
    append(fields, {row.overlap_query, row.overlap_key, row.overlap_value, row.distance_even,
                    row.distance_median, row.distance_q90, row.local, row.local_even, row.summary,
                    row.motif_enrichment, row.motif_q, row.motif_share});
    text += line(fields);
  }
  return text;
}

std::string format_head_distances(std::span<HeadDistance const> distances) {
  std::string text = "layer\thead\tfrom_bp\tto_bp\tshare\teven\n";
  for (HeadDistance const& bin : distances) {
    std::vector<std::string> fields = head_fields(bin.layer, bin.head);
    fields.push_back(std::to_string(bin.from_bp));
    fields.push_back(std::to_string(bin.to_bp));
    append(fields, {bin.share, bin.even});
    text += line(fields);
  }
  return text;
}

std::string format_head_cka(HeadTables const& tables) {
  std::vector<std::string> header = {"head"};
  for (HeadRow const& row : tables.rows) header.push_back(head_name(row));
  std::string text = line(header);
  std::size_t const heads = tables.rows.size();
  for (std::size_t a = 0; a < heads && !tables.cka.empty(); ++a) {
    std::vector<std::string> fields = {head_name(tables.rows[a])};
    for (std::size_t b = 0; b < heads; ++b) fields.push_back(format_number(tables.cka[a * heads + b]));
    text += line(fields);
  }
  return text;
}

std::string format_head_motifs(std::span<HeadMotif const> motifs) {
  std::string text = "layer\thead\tmotif\trecords\tat_sites\telsewhere\tenrichment\tp\tq\n";
  for (HeadMotif const& entry : motifs) {
    std::vector<std::string> fields = head_fields(entry.layer, entry.head);
    fields.push_back(table_field(entry.motif));
    fields.push_back(std::to_string(entry.records));
    append(fields, {entry.at_sites, entry.elsewhere, entry.enrichment, entry.p, entry.q});
    text += line(fields);
  }
  return text;
}

std::string format_head_partners(std::span<AttentionPartner const> partners,
                                 std::span<std::string const> names) {
  std::string text = "record\tlayer\thead\tquery_start\tquery_end\tkey_start\tkey_end\tweight\tworth\n";
  for (AttentionPartner const& partner : partners) {
    std::vector<std::string> fields = {table_field(names[static_cast<std::size_t>(partner.record)]),
                                       std::to_string(partner.layer), std::to_string(partner.head)};
    for (std::int64_t const place :
         {partner.query.start, partner.query.end, partner.key.start, partner.key.end})
      fields.push_back(std::to_string(place));
    append(fields, {static_cast<double>(partner.weight), static_cast<double>(partner.worth)});
    text += line(fields);
  }
  return text;
}

std::vector<std::filesystem::path> head_table_paths(std::filesystem::path const& table) {
  std::vector<std::filesystem::path> paths;
  for (char const* const extension : {".distance.tsv", ".cka.tsv", ".motifs.tsv"})
    paths.push_back(std::filesystem::path(table).replace_extension(extension));
  return paths;
}

void write_head_tables_beside(HeadTables const& tables, std::filesystem::path const& table,
                              IfExists if_exists) {
  auto const paths = head_table_paths(table);
  write_text_file(format_head_distances(tables.distances), paths[0], if_exists);
  write_text_file(format_head_cka(tables), paths[1], if_exists);
  write_text_file(format_head_motifs(tables.motifs), paths[2], if_exists);
}

void write_head_tables(HeadTables const& tables, std::filesystem::path const& table, IfExists if_exists) {
  write_text_file(format_heads_tsv(tables.rows), table, if_exists);
  write_head_tables_beside(tables, table, if_exists);
}

}  // namespace cislens
