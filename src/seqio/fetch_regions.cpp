#include "cislens/seqio/fetch_regions.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/interrupt.hpp"
#include "cislens/seqio/letters.hpp"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <unordered_map>

namespace cislens {

namespace {

/// Reading a whole contig costs about as much as one fetch from a bgzipped file for every so many of its
/// bases.
constexpr std::int64_t contig_bases_per_fetch = 100'000;

void check_letters(Genome const& genome, Interval const& place, std::string const& letters) {
  LetterCounts counts;
  std::string bases;
  std::size_t const bad = append_bases(letters, false, counts, bases);
  if (bad == std::string::npos && bases.size() == letters.size()) return;
  throw InputError(genome.name() + ": " + place.contig + ":" + std::to_string(place.start) + "-" +
                   std::to_string(place.end) + ": " +
                   (bad == std::string::npos ? "holds blanks" : explain_letter(letters[bad])));
}

}  // namespace

std::vector<std::string> fetch_regions(Genome& genome, std::span<Interval const> places) {
  std::unordered_map<std::string, std::int64_t> fetches;
  for (Interval const& place : places) ++fetches[place.contig];
  std::vector<std::size_t> order(places.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return places[a].contig < places[b].contig; });
  std::vector<std::string> result(places.size());
  for (std::size_t const i : order) {
    throw_if_interrupted();
    Interval const& place = places[i];
    if (fetches[place.contig] * contig_bases_per_fetch > genome.length(place.contig))
      genome.load(place.contig);
    result[i] = genome.fetch(place);
    check_letters(genome, place, result[i]);
  }
  return result;
}

}  // namespace cislens
