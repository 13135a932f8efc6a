#include "cislens/base/text.hpp"
#include "cislens/motif/statistics.hpp"
#include "cislens/writers/names.hpp"
#include "cislens/writers/pairs.hpp"

#include "html.hpp"

#include <cmath>
#include <string>
#include <vector>

namespace cislens {

namespace {

/// A figure of an edge: its name, its type in GraphML, its text.
struct Figure {
  char const* name;
  char const* type;
  std::string value;
};

/// The same for every pair, so that headers can be read off an empty row.
std::vector<Figure> figures_of(PairTables const& tables, PairRow const& row) {
  PairOccurrence const& pair = row.occurrence;
  PairDifferential const differential = row.differential.value_or(PairDifferential{});
  PairInteraction const interaction = row.interaction.value_or(PairInteraction{});
  return {{"sequences", "long", std::to_string(pair.sequences)},
          {"expected", "double", format_number(pair.expected)},
          {"occurrence_z", "double", format_number(pair.z)},
          {"minus_log10_p", "double", format_number(minus_log10(pair.call_log_p()))},
          {"occurrence_q", "double", format_number(pair.q)},
          {"gap", "int", std::to_string(pair.gap)},
          {"gap_q", "double", format_number(pair.gap_q)},
          {"orientation", "string", orientation_text(pair)},
          {"orientation_q", "double", format_number(pair.orientation_q)},
          {"coattention", "double", format_number(row.coattention)},
          {"coattention_q", "double", format_number(row.coattention_q)},
          {"knockout", "double", format_number(row.knockout)},
          {"knockout_q", "double", format_number(row.knockout_q)},
          {"direct", "string", tables.called(row) && pair.direct ? "yes" : "no"},
          {"differential_log2", "double", format_number(differential.log2_ratio)},
          {"differential_q", "double", format_number(differential.q)},
          {"interaction_log2_odds", "double", format_number(interaction.test.log2_odds)},
          {"interaction_q", "double", format_number(interaction.q)},
          {"joint_q", "double", format_number(row.joint_q)}};
}

/// GraphML readers know NaN, not nan.
std::string graph_number(std::string const& value) { return value == "nan" ? "NaN" : value; }

std::string data(std::string const& key, std::string const& value) {
  return element("data", "key=\"" + key + "\"", html_text(graph_number(value)));
}

std::string key(std::string const& domain, std::string const& name, std::string const& type) {
  return "  <key id=\"" + name + "\" for=\"" + domain + "\" attr.name=\"" + name + "\" attr.type=\"" + type +
         "\"/>\n";
}

}  // namespace

std::string format_pairs_graphml(PairTables const& tables) {
  std::string text =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<graphml "
      "xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n";
  text += key("node", "label", "string") + key("node", "members", "string") + key("node", "sites", "long") +
          key("node", "motif_sequences", "long");
  for (Figure const& figure : figures_of(tables, PairRow{})) text += key("edge", figure.name, figure.type);
  text += "  <graph id=\"pairs\" edgedefault=\"undirected\">\n";
  for (PairMotif const& motif : tables.motifs) {
    std::string members;
    for (std::string const& id : motif.members) members += (members.empty() ? "" : ",") + id;
    text += "    " +
            element("node", "id=\"" + html_text(motif.id) + "\"",
                    data("label", shown_as(motif)) + data("members", members) +
                        data("sites", std::to_string(motif.sites)) +
                        data("motif_sequences", std::to_string(motif.sequences))) +
            "\n";
  }
  for (PairRow const& row : tables.rows) {
    if (!tables.called(row)) continue;
    std::string content;
    for (Figure const& figure : figures_of(tables, row)) content += data(figure.name, figure.value);
    text += "    " +
            element("edge",
                    "source=\"" + html_text(tables.motifs[row.occurrence.a].id) + "\" target=\"" +
                        html_text(tables.motifs[row.occurrence.b].id) + "\"",
                    content) +
            "\n";
  }
  return text + "  </graph>\n</graphml>\n";
}

std::string format_pairs_edges(PairTables const& tables) {
  std::string text = "source\tinteraction\ttarget\tsource_name\ttarget_name";
  for (Figure const& figure : figures_of(tables, PairRow{})) text += std::string("\t") + figure.name;
  text += "\n";
  for (PairRow const& row : tables.rows) {
    if (!tables.called(row)) continue;
    PairMotif const& a = tables.motifs[row.occurrence.a];
    PairMotif const& b = tables.motifs[row.occurrence.b];
    text += a.id + "\tpair\t" + b.id + "\t" + table_field(a.name) + "\t" + table_field(b.name);
    for (Figure const& figure : figures_of(tables, row)) text += "\t" + figure.value;
    text += "\n";
  }
  return text;
}

}  // namespace cislens
