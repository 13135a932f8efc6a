#pragma once

#include "cislens/base/nucleotide.hpp"
#include "cislens/base/random.hpp"

namespace cislens {

/// A random sequence with exactly the dinucleotides of `bases`, uniform over all such sequences with its
/// first and last base. Every run of A C G T between Ns is shuffled by itself, and Ns stay where they are.
///
/// The sequence is an Eulerian path over the graph whose edges are the dinucleotides. A uniform spanning tree
/// towards the last base gives each base its last exit; the exits before it are put in random order. Source:
/// Altschul, Erickson 1985, Mol Biol Evol 2:526; Wilson 1996, STOC (uniform trees by loop-erased walks);
/// Kandel et al. 1996, Discrete Appl Math 71:171 (both together).
Bases shuffle_dinucleotides(BasesView bases, Random& random);

}  // namespace cislens
