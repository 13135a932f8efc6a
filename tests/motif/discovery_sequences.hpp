#pragma once

#include "cislens/base/nucleotide.hpp"
#include "cislens/base/random.hpp"
#include "cislens/motif/discovery.hpp"

#include <array>
#include <string>
#include <vector>

namespace cislens::discovery_sequences {

using Rows = std::vector<std::array<double, 4>>;

/// A column a letter: the letter has `sharpness`, the others share the rest; N is uniform.
inline Rows rows_of(std::string const& consensus, double sharpness) {
  Rows rows;
  for (char const letter : consensus) {
    std::array<double, 4> row;
    std::uint8_t const base = encode_base(letter);
    row.fill(base < base_n ? (1 - sharpness) / 3 : 0.25);
    if (base < base_n) row[base] = sharpness;
    rows.push_back(row);
  }
  return rows;
}

inline Bases random_bases(std::size_t length, Random& random) {
  Bases bases(length);
  for (auto& base : bases) base = static_cast<std::uint8_t>(random.below(4));
  return bases;
}

/// A site of `rows` on a random strand at a random place.
inline void plant(Bases& bases, Rows const& rows, Random& random) {
  Bases site;
  for (auto const& row : rows) {
    double u = random.uniform();
    std::uint8_t base = 0;
    while (base < 3 && u >= row[base]) u -= row[base++];
    site.push_back(base);
  }
  if (random.below(2) == 1) site = reverse_complement(site);
  std::copy(site.begin(), site.end(),
            bases.begin() + static_cast<std::ptrdiff_t>(random.below(bases.size() - site.size() + 1)));
}

/// `count` sequences of `length` bp; sequence i carries motif i mod (motifs + 1), the last class none.
inline std::vector<Bases> sequences(std::int64_t count, std::size_t length, std::vector<Rows> const& motifs,
                                    std::uint64_t seed) {
  std::vector<Bases> result;
  for (std::int64_t i = 0; i < count; ++i) {
    Random random(seed, static_cast<std::uint64_t>(i));
    result.push_back(random_bases(length, random));
    std::size_t const kind = static_cast<std::size_t>(i) % (motifs.size() + 1);
    if (kind < motifs.size()) plant(result.back(), motifs[kind], random);
  }
  return result;
}

/// Every fifth sequence is held out.
struct Input {
  std::array<std::vector<Window>, 4> windows;

  Input(std::vector<Bases> const& positives, std::vector<Bases> const& controls) {
    add(positives, 0);
    add(controls, 1);
  }
  DiscoveryInput view() const { return {windows[0], windows[1], windows[2], windows[3]}; }

 private:
  void add(std::vector<Bases> const& sequences, std::size_t part) {
    for (std::size_t i = 0; i < sequences.size(); ++i) {
      windows[part + (i % 5 == 4 ? 2 : 0)].push_back({sequences[i], static_cast<std::int64_t>(i), 1.0});
    }
  }
};

/// One window a sequence.
inline std::vector<Window> windows_of(std::vector<Bases> const& sequences) {
  std::vector<Window> result;
  for (Bases const& bases : sequences)
    result.push_back({bases, static_cast<std::int64_t>(result.size()), 1.0});
  return result;
}

}  // namespace cislens::discovery_sequences
