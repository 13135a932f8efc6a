#include "cislens/data/split.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/random.hpp"

#include <algorithm>
#include <bit>
#include <map>
#include <numeric>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace cislens {

namespace {

/// Sets that grow together (union-find with path halving).
class Sets {
 public:
  explicit Sets(std::size_t count) : parent_(count) {
    std::iota(parent_.begin(), parent_.end(), std::size_t{0});
  }
  std::size_t find(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(std::size_t a, std::size_t b) { parent_[find(b)] = find(a); }

 private:
  std::vector<std::size_t> parent_;
};

/// A name for a sequence that its reverse complement shares.
using SequenceKey = std::pair<std::uint64_t, std::uint64_t>;

template <typename Iterator, typename Read>
std::uint64_t hash_bases(Iterator first, Iterator last, Read read) {
  std::uint64_t hash = 0;
  for (; first != last; ++first) hash = mix(hash, read(*first));
  return hash;
}

SequenceKey sequence_key(BasesView bases) {
  std::uint64_t const forward =
      hash_bases(bases.begin(), bases.end(), [](std::uint8_t base) { return base; });
  std::uint64_t const reverse = hash_bases(bases.rbegin(), bases.rend(), complement);
  return std::minmax(forward, reverse);
}

std::vector<SequenceKey> sequence_keys(Dataset const& dataset) {
  std::vector<SequenceKey> keys;
  keys.reserve(dataset.bases.size());
  for (Bases const& bases : dataset.bases) keys.push_back(sequence_key(bases));
  return keys;
}

void join_overlapping(Dataset const& dataset, Sets& sets) {
  std::vector<std::size_t> placed;
  for (std::size_t i = 0; i < dataset.bases.size(); ++i) {
    if (has_genomic_place(dataset, static_cast<std::int64_t>(i))) placed.push_back(i);
  }
  auto const place = [&](std::size_t i) {
    return std::tie(dataset.origins[i].contig, dataset.origins[i].start, dataset.origins[i].end);
  };
  std::sort(placed.begin(), placed.end(), [&](std::size_t a, std::size_t b) { return place(a) < place(b); });
  std::size_t reaching_furthest = 0;  // index into `placed`
  for (std::size_t k = 1; k < placed.size(); ++k) {
    Interval const& before = dataset.origins[placed[reaching_furthest]];
    Interval const& here = dataset.origins[placed[k]];
    bool const overlap = here.contig == before.contig && here.start < before.end;
    if (overlap) sets.join(placed[reaching_furthest], placed[k]);
    if (!overlap || here.end > before.end) reaching_furthest = k;
  }
}

std::vector<std::int64_t> cluster(Dataset const& dataset, std::vector<SequenceKey> const& keys) {
  std::size_t const count = dataset.bases.size();
  Sets sets(count);
  std::unordered_map<std::int64_t, std::size_t> first_of_group;
  std::map<SequenceKey, std::size_t> first_of_sequence;
  for (std::size_t i = 0; i < count; ++i) {
    sets.join(first_of_sequence.try_emplace(keys[i], i).first->second, i);
    if (!dataset.groups.empty()) sets.join(first_of_group.try_emplace(dataset.groups[i], i).first->second, i);
  }
  join_overlapping(dataset, sets);
  std::unordered_map<std::size_t, std::int64_t> numbers;
  std::vector<std::int64_t> result;
  result.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    result.push_back(
        numbers.try_emplace(sets.find(i), static_cast<std::int64_t>(numbers.size())).first->second);
  }
  return result;
}

/// What is handed to a part as a whole: a cluster or a contig.
struct Unit {
  std::int64_t records = 0;
  std::uint64_t key = ~std::uint64_t{0};  ///< does not depend on the order of the records
  std::string contig;  ///< of a cluster: the first in the alphabet, empty when it has no place
};

std::vector<Unit> clusters_as_units(Dataset const& dataset, std::vector<SequenceKey> const& keys,
                                    std::vector<std::int64_t> const& clusters) {
  std::vector<Unit> units(clusters.empty() ? 0 : 1 + *std::max_element(clusters.begin(), clusters.end()));
  for (std::size_t i = 0; i < clusters.size(); ++i) {
    Unit& unit = units[clusters[i]];
    ++unit.records;
    unit.key = std::min(unit.key, keys[i].first);
    if (!has_genomic_place(dataset, static_cast<std::int64_t>(i))) continue;
    std::string const& contig = dataset.origins[i].contig;
    if (unit.contig.empty() || contig < unit.contig) unit.contig = contig;
  }
  return units;
}

/// Large units first, in an order that the seed shuffles among units of about one size; each goes to the part
/// that lacks most records. While there are units, no part with a share stays empty.
std::vector<std::int64_t> hand_out(std::vector<Unit const*> const& units, std::vector<double> const& shares,
                                   std::uint64_t seed) {
  std::vector<std::size_t> order(units.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  auto const rank = [&](std::size_t i) {
    auto const magnitude = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(units[i]->records)));
    return std::tuple(-magnitude, mix(seed, units[i]->key), units[i]->key);
  };
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return rank(a) < rank(b); });

  double total = 0;
  for (Unit const* unit : units) total += static_cast<double>(unit->records);
  std::vector<double> lacking;
  for (double const share : shares) lacking.push_back(share * total);
  std::vector<bool> filled(shares.size());
  auto empty_parts = std::count_if(shares.begin(), shares.end(), [](double share) { return share > 0; });
  std::vector<std::int64_t> parts(units.size());
  for (std::size_t k = 0; k < order.size(); ++k) {
    bool const only_empty = static_cast<std::ptrdiff_t>(order.size() - k) <= empty_parts;
    std::size_t best = shares.size();
    for (std::size_t p = 0; p < shares.size(); ++p) {
      if (!(shares[p] > 0) || (only_empty && filled[p])) continue;
      if (best == shares.size() || lacking[p] > lacking[best]) best = p;
    }
    empty_parts -= filled[best] ? 0 : 1;
    filled[best] = true;
    lacking[best] -= static_cast<double>(units[order[k]]->records);
    parts[order[k]] = static_cast<std::int64_t>(best);
  }
  return parts;
}

/// The part of every contig, or nothing when contigs cannot come near the shares.
std::map<std::string, std::int64_t> hand_out_contigs(std::vector<Unit> const& clusters,
                                                     std::vector<double> const& shares, std::uint64_t seed) {
  std::map<std::string, Unit> by_contig;
  double total = 0;
  for (Unit const& unit : clusters) {
    if (unit.contig.empty()) continue;
    Unit& contig = by_contig[unit.contig];
    contig.records += unit.records;
    contig.key = hash_bases(unit.contig.begin(), unit.contig.end(),
                            [](char c) { return static_cast<unsigned char>(c); });
    total += static_cast<double>(unit.records);
  }
  std::vector<Unit const*> units;
  for (auto const& [name, unit] : by_contig) units.push_back(&unit);
  auto const parts = hand_out(units, shares, seed);
  std::vector<double> reached(shares.size());
  std::map<std::string, std::int64_t> result;
  for (auto const& [name, unit] : by_contig) {
    std::int64_t const part = parts[result.size()];
    reached[part] += static_cast<double>(unit.records) / total;
    result.emplace(name, part);
  }
  for (std::size_t p = 0; p < shares.size(); ++p) {
    if (reached[p] < shares[p] / 2 || reached[p] > shares[p] * 2) return {};
  }
  return result;
}

/// @param shares  one a part, summing to 1. @returns (records) number of the part
std::vector<std::int64_t> assign(Dataset const& dataset, std::vector<double> const& shares,
                                 std::uint64_t seed) {
  auto const keys = sequence_keys(dataset);
  auto const clusters = cluster(dataset, keys);
  auto const units = clusters_as_units(dataset, keys, clusters);
  auto const needed = static_cast<std::size_t>(
      std::count_if(shares.begin(), shares.end(), [](double share) { return share > 0; }));
  if (units.size() < needed) {
    throw InputError("the " + std::to_string(dataset.size()) + " sequences form " +
                     std::to_string(units.size()) +
                     " sets that do not overlap and share no sequence; at least " + std::to_string(needed) +
                     " are needed to split them (give more, or more different, sequences)");
  }
  auto const contigs = hand_out_contigs(units, shares, seed);
  std::vector<std::int64_t> part_of_unit(units.size());
  std::vector<Unit const*> rest;
  for (Unit const& unit : units) {
    auto const contig = contigs.find(unit.contig);
    if (contig == contigs.end()) {
      rest.push_back(&unit);
    } else {
      part_of_unit[static_cast<std::size_t>(&unit - units.data())] = contig->second;
    }
  }
  auto const parts = hand_out(rest, shares, seed);
  for (std::size_t k = 0; k < rest.size(); ++k)
    part_of_unit[static_cast<std::size_t>(rest[k] - units.data())] = parts[k];
  std::vector<std::int64_t> result;
  for (std::int64_t const number : clusters) result.push_back(part_of_unit[number]);
  return result;
}

}  // namespace

bool has_genomic_place(Dataset const& dataset, std::int64_t record) {
  return dataset.origins[record].contig != dataset.names[record];
}

std::vector<std::int64_t> cluster_records(Dataset const& dataset) {
  return cluster(dataset, sequence_keys(dataset));
}

std::vector<Part> split(Dataset const& dataset, SplitOptions const& options) {
  double const sum = options.train + options.validation + options.test;
  std::vector<double> const shares{options.train / sum, options.validation / sum, options.test / sum};
  if (!(sum > 0) || *std::min_element(shares.begin(), shares.end()) < 0) {
    throw UsageError("the shares of training, validation and test must not be negative, nor all be 0");
  }
  std::vector<Part> parts;
  for (std::int64_t const part : assign(dataset, shares, options.seed))
    parts.push_back(static_cast<Part>(part));
  return parts;
}

std::vector<std::int64_t> folds(Dataset const& dataset, std::int64_t k, std::uint64_t seed) {
  if (k < 1) throw UsageError("at least 1 fold is needed, not " + std::to_string(k));
  return assign(dataset, std::vector<double>(static_cast<std::size_t>(k), 1.0 / static_cast<double>(k)),
                seed);
}

std::vector<std::int64_t> records_of(std::span<Part const> parts, Part part) {
  std::vector<std::int64_t> records;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i] == part) records.push_back(static_cast<std::int64_t>(i));
  }
  return records;
}

}  // namespace cislens
