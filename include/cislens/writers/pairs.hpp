#pragma once

#include "cislens/base/interval.hpp"
#include "cislens/base/nucleotide.hpp"
#include "cislens/base/output_file.hpp"
#include "cislens/motif/pair_differential.hpp"
#include "cislens/motif/pair_interaction.hpp"
#include "cislens/motif/pair_occurrence.hpp"
#include "cislens/motif/site.hpp"

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cislens {

/// A motif, or several too alike to be told apart, that pairs are made of.
struct PairMotif {
  std::string id;                    ///< of the motif that stands for all
  std::string name;                  ///< what people call it, may be empty
  std::vector<std::string> members;  ///< ids, the one above first
  std::int64_t sites = 0;
  std::int64_t sequences = 0;  ///< that carry one
};

/// A tested pair with all its evidence. NaN: not measured.
struct PairRow {
  static constexpr double nan = std::numeric_limits<double>::quiet_NaN();

  PairOccurrence occurrence;  ///< its a and b are indices into PairTables::motifs
  /// Mean signed pair term of the closest instance, less that of other motif labels in the same two places.
  double coattention = nan;
  double coattention_p = nan;
  double coattention_q = nan;
  double knockout = nan;  ///< f(ab) - f(a) - f(b) + f(none): above 0 synergy
  double knockout_q = nan;
  std::vector<double> head_share = {};  ///< of the co-attention
  /// Of both kinds of evidence: the larger p. NaN: not asked for, or one is not tested.
  double joint_p = nan;
  double joint_q = nan;
  std::optional<PairDifferential> differential = {};  ///< none: there is no background
  std::optional<PairInteraction> interaction = {};    ///< the same
};

/// A place where a called pair stands, within the window of gaps that stands out.
struct PairInstance {
  std::int64_t row = 0;  ///< index into PairTables::rows
  Interval a;            ///< sites on their contig, with strand
  Interval b;
  std::int64_t gap = 0;
  PairOrientation orientation = PairOrientation::both_forward;
};

/// What the pair network says about two sites of a sequence.
struct PairArc {
  std::int64_t site_a = 0;  ///< numbers of the sites in the sequence
  std::int64_t site_b = 0;
  std::int64_t gap = 0;  ///< bases between them
  double term = 0;       ///< signed pair term, sum over heads: what the two add to the logit together
};

/// A sequence drawn with its sites and the pairs among them.
struct PairExample {
  std::int64_t sequence = 0;  ///< number of the sequence
  std::string name;
  std::int64_t length = 0;
  std::vector<Site> sites;      ///< Site::motif is an index into PairTables::motifs
  std::vector<SitePair> pairs;  ///< indices into sites; called ones
  std::vector<PairArc> arcs;    ///< of every two sites within max_gap; empty without the pair network
};

/// How many pairs a search calls where there is nothing to find.
struct PairControl {
  std::string control;   ///< what was done to the data or the network
  std::string evidence;  ///< "occurrence", "coattention"
  std::int64_t tested = 0;
  std::int64_t called = 0;
};

/// All that is known about pairs.
struct PairTables {
  std::vector<PairMotif> motifs;
  std::vector<PairRow> rows;            ///< the surest first
  std::vector<PairInstance> instances;  ///< of called pairs
  std::vector<PairExample> examples;
  std::vector<PairControl> controls;  ///< empty: none were asked for
  std::int64_t sequences = 0;         ///< looked at; 0: not known
  double call_q = 0.05;               ///< pairs are called up to this q
  int max_gap = 50;
  int permutations = 0;
  std::string background;  ///< what pairs are compared with, for people; empty: nothing
  std::int64_t background_sequences = 0;

  /// The pair network tells partners clearly, so both kinds of evidence must bear a pair out.
  bool by_both = false;

  /// q by which a row is called.
  double q_of(PairRow const& row) const { return by_both ? row.joint_q : row.occurrence.q; }
  /// By occurrence, whatever else is known.
  bool occurs(PairRow const& row) const { return row.occurrence.q <= call_q && row.occurrence.z > 0; }
  /// By occurrence, and where both kinds of evidence must bear it out by co-attention and by both together.
  /// Rows are sorted, so the called ones come first.
  bool called(PairRow const& row) const {
    return occurs(row) && (!by_both || (row.coattention_q <= call_q && row.joint_q <= call_q));
  }
  /// A called pair that is more of a pair here than in the background.
  bool differs(PairRow const& row) const {
    return called(row) && row.differential && row.differential->q <= call_q;
  }
  /// The two motifs in one sequence, wherever they stand, do more for its being here and not in the
  /// background than each by itself; the pair may not be called.
  bool interacts(PairRow const& row) const { return row.interaction && row.interaction->q <= call_q; }
};

/// "SP1" or, without a name, the id.
std::string const& shown_as(PairMotif const& motif);

/// pairs.tsv: motif_a motif_b match_a match_b sequences coattention coattention_p coattention_q occurrence_z
/// occurrence_p occurrence_q gap gap_q orientation orientation_q knockout knockout_q direct heads, then
/// expected window_first window_last minus_log10_p gap_p orientation_p direct_p via members_a members_b and
/// the sequences of each orientation, own_sequences own_expected own_p like_a like_b, and of the comparison
/// with a background background_sequences background_expected differential_first differential_last
/// differential_sequences differential_expected differential_background differential_background_expected
/// differential_log2 differential_p differential_q, then expected_pp expected_pm expected_mp expected_mm, the
/// orientations of exchanged sites, interaction_foreground interaction_background
/// interaction_site_p_a interaction_site_p_b interaction_expected interaction_z interaction_log2_odds
/// interaction_p interaction_q, and last joint_p joint_q called.
std::string format_pairs_tsv(PairTables const& tables);

/// pairs.bedpe: one line an instance, the end that comes first on the contig first; ten columns of BEDPE,
/// then motif1 motif2 gap orientation and the q that the pair is called by. Name "a--b", score 100 times
/// -log10 q up to 1000.
std::string format_pairs_bedpe(PairTables const& tables);

/// pairs.interact.bed for the UCSC browser: source is motif a, target motif b, value -log10 q, the colour
/// tells the orientation.
std::string format_pairs_interact(PairTables const& tables);

/// pairs.graphml: motifs as nodes, called pairs as edges, with their figures.
std::string format_pairs_graphml(PairTables const& tables);
/// pairs.edges.tsv, the same edges for Cytoscape: source interaction target, then figures.
std::string format_pairs_edges(PairTables const& tables);

/// pairs.gaps.tsv: motif_a motif_b gap sequences expected deviation, a line a gap of every called pair:
/// sequences with the pair at it, mean and standard deviation of exchanged sites.
std::string format_pair_gaps(PairTables const& tables);

/// pairs.controls.tsv: control evidence tested called.
std::string format_pair_controls(std::span<PairControl const> controls);

/// The names of these files in a folder, in the order above.
std::vector<std::filesystem::path> pair_table_paths(std::filesystem::path const& folder);
/// Writes them, the last only when there are controls. @throws OutputError; InputError  an id
/// does not match [A-Za-z0-9_.-]{1,64}
void write_pair_tables(PairTables const& tables, std::filesystem::path const& folder, IfExists if_exists);

/// What pairs.html shows besides the tables.
struct PairReport {
  std::string title;  ///< usually the file that was asked about
  std::string version;
};

/// pairs.html: the section of the report as a page of its own. @throws OutputError
void write_pair_report(PairTables const& tables, PairReport const& report, std::filesystem::path const& path,
                       IfExists if_exists);

}  // namespace cislens
