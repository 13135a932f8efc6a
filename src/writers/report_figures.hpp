#pragma once

#include "cislens/motif/motif.hpp"
#include "cislens/motif/site.hpp"
#include "cislens/writers/head_tables.hpp"
#include "cislens/writers/report.hpp"

#include "svg.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace cislens {

/// The colour that stands for a motif in every figure, as a CSS class: "m0" … "m7", again from the start.
std::string motif_class(int motif);

/// Loss curves of training and validation, with the epoch whose weights were kept marked.
/// @param epochs  at least one
std::string loss_figure(std::span<TrainingEpoch const> epochs, int chosen_epoch);
/// Validation AUROC; empty when no epoch has one.
std::string auroc_figure(std::span<TrainingEpoch const> epochs, int chosen_epoch);

/// Where the middles of one motif's sites lie along the sequences: sites on the + strand above the line, on
/// the - strand below, dashed what even spreading would give. Sequences of equal length are drawn in bases,
/// others in percent of their length.
/// @param lengths  of all sequences, by Site::sequence
std::string position_figure(int motif, std::span<Site const> sites, std::span<std::int64_t const> lengths);

/// One sequence with its sites as arrows along their strand; letters are shown up to 140 bases. Where worths
/// are known they stand above: up to 250 bases as letters as high as what they add to the logit, else as an
/// area.
/// @param sites    of this sequence only
/// @param largest  worth, of all that are shown on the same scale
std::string example_figure(ReportExample const& example, std::span<Site const> sites,
                           std::span<DiscoveredMotif const> motifs, double largest);

/// Height of `worth_track`, px.
inline constexpr double worth_track_px = 56;
/// What each base adds to the logit (above the line) or takes from it (below, cut where it would leave the
/// figure). @param x  of bases
std::string worth_track(BasesView bases, std::span<float const> worth, double largest, Scale const& x);

/// One head's attention by distance, small enough for a table; dashed what attention without a preference
/// gives.
/// @param highest  share that fills the height, the same for all heads
std::string distance_figure(std::span<HeadDistance const> bins, double highest);

/// A bar from 0 to `value` with its interval, on an axis from `least` to `most` that all heads share; empty
/// when there is no value.
std::string interval_figure(double value, double low, double high, double least, double most);

/// Heat map of the CKA of every two heads; empty for fewer than two.
std::string similarity_figure(HeadTables const& tables);

/// Heat map of heads by motifs: attention at sites over that elsewhere; empty without motifs.
std::string head_motif_figure(HeadTables const& tables);

}  // namespace cislens
