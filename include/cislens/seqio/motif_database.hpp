#pragma once

#include "cislens/base/motif_matrix.hpp"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cislens {

enum class MotifFormat { meme, jaspar, transfac, homer };

/// "MEME", "JASPAR", "TRANSFAC" or "HOMER".
std::string format_name(MotifFormat format);

/// The motifs of a file, in its order.
struct MotifDatabase {
  MotifFormat format = MotifFormat::meme;
  std::vector<MotifMatrix> motifs;                  ///< at least one; ids clean and unique
  std::optional<std::array<double, 4>> background;  ///< A C G T, when a MEME file states it
  std::vector<std::string> warnings;  ///< what was changed on the way, for the log, one line each
};

/// Reads DNA motifs; the format is recognised by content, compression too.
///
/// * MEME text, versions 4 and 5, minimal or full: `letter-probability matrix` blocks; `w=` may be missing
/// (then
///   the rows end at the first other line); log-odds blocks, URLs and everything else are passed over. An
///   `nsites= 1` counts as not known: converters write it.
/// * JASPAR: `>id name`, then four lines of counts A C G T, with or without letters and brackets.
/// * TRANSFAC: entries end with `//`; AC (or ID) is the id, NA (or ID) the name, rows after a P0 or PO line.
/// * HOMER: `>consensus name threshold …`, then a line of four probabilities a position. Id and name are the
/// name up to
///   its first '/' or ','.
///
/// Counts become probabilities by their column's sum, and the largest sum is `sites`. Probabilities may miss
/// 1 by 0.02 (rounding) and are scaled. Ids keep [A-Za-z0-9_.-], other characters become '_', 64 characters
/// stay; a second motif of the same id gets
/// "_2"; each such change is in `warnings` (one line a kind).
/// @throws InputError  "file:line: what (remedy)": no motif, a column that is not four numbers >= 0, a sum
/// that is not 1,
///                     another width than `w=`, not DNA, or a format that is none of these
MotifDatabase read_motif_database(std::string const& path);

/// Several files, each as read_motif_database reads it.
/// @throws InputError  also when a file holds a motif of an id that a file before it has
std::vector<MotifDatabase> read_motif_databases(std::span<std::string const> paths);

}  // namespace cislens
