#include "cislens/motif/place_review.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace cislens {

namespace {

std::int64_t middle_of(Candidate const& candidate) {
  return candidate.start + (candidate.end - candidate.start) / 2;
}

double ratio_along(PositionProfile const& profile, Candidate const& candidate, std::int64_t record_middle) {
  return profile.ratio(candidate.strand == '+' ? 0 : 1, middle_of(candidate) - record_middle);
}

/// From the middle of another motif's site, which is read forward.
std::int64_t position_from(Candidate const& anchor, Candidate const& candidate) {
  std::int64_t const before =
      anchor.strand == '+' ? candidate.start - anchor.start : anchor.end - candidate.end;
  return before + (candidate.end - candidate.start) / 2 - (anchor.end - anchor.start) / 2;
}

/// The mean over the sites around which it stands; 1: it stands around none.
double ratio_around(PositionProfile const& profile, Candidate const& candidate,
                    std::vector<Candidate> const& anchors) {
  double sum = 0;
  int count = 0;
  for (Candidate const& anchor : anchors) {
    std::int64_t const position = position_from(anchor, candidate);
    if (!profile.covers(position)) continue;
    sum += profile.ratio(candidate.strand == anchor.strand ? 0 : 1, position);
    ++count;
  }
  return count > 0 ? sum / count : 1;
}

/// A motif comes after the one that it stands beside.
std::vector<std::size_t> anchors_first(std::vector<SitePlaces> const& places) {
  std::vector<std::size_t> order;
  std::vector<bool> is_in(places.size(), false);
  for (std::size_t before = places.size() + 1; order.size() < places.size() && before != order.size();) {
    before = order.size();
    for (std::size_t motif = 0; motif < places.size(); ++motif) {
      int const beside = places[motif].beside;
      if (is_in[motif] || (beside >= 0 && !is_in[static_cast<std::size_t>(beside)])) continue;
      is_in[motif] = true;
      order.push_back(motif);
    }
  }
  return order;
}

}  // namespace

CandidateReview review_places(std::vector<SitePlaces> places, std::span<double const> p_limits,
                              std::span<Bases const> sequences) {
  std::vector<std::size_t> order = anchors_first(places);
  return [places = std::move(places), order = std::move(order), p_limits, sequences](
             std::int64_t sequence, std::vector<Candidate>& candidates) {
    std::int64_t const middle = std::ssize(sequences[static_cast<std::size_t>(sequence)]) / 2;
    std::vector<std::vector<Candidate>> left(places.size());
    for (std::size_t const motif : order) {
      SitePlaces const& preferred = places[motif];
      for (Candidate& candidate : candidates) {
        if (candidate.motif != static_cast<int>(motif)) continue;
        double ratio = ratio_along(preferred.along, candidate, middle);
        if (preferred.beside >= 0)
          ratio *=
              ratio_around(preferred.around, candidate, left[static_cast<std::size_t>(preferred.beside)]);
        candidate.p = std::min(1.0, candidate.p / ratio);
        if (candidate.p <= p_limits[motif]) left[motif].push_back(candidate);
      }
    }
    std::erase_if(candidates, [&](Candidate const& candidate) {
      return candidate.p > p_limits[static_cast<std::size_t>(candidate.motif)];
    });
  };
}

}  // namespace cislens
