#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace cislens {

/// Tail probabilities are given as natural logarithms, so that they stay correct far below 1e-308.
/// `minus_log10` and `std::exp` turn them into what is shown.

/// ln n!. @pre n >= 0. Stirling's series from n = 16, relative error below 1e-15.
double log_factorial(std::int64_t n);

/// ln of n over k; minus infinity when k < 0 or k > n.
double log_choose(std::int64_t n, std::int64_t k);

/// −log10 p from ln p; never −0.
double minus_log10(double log_p);

/// Two groups of records and how many of each carry something.
struct Counts2x2 {
  std::int64_t positives_with = 0;
  std::int64_t positives = 0;
  std::int64_t negatives_with = 0;
  std::int64_t negatives = 0;
};

/// Fisher's exact test, one-sided: ln P(X >= positives_with) for the hypergeometric X with the table's
/// margins. 0 (p = 1) when a group is empty. Cost: number of terms that matter, at most min(margins).
/// @throws Error  a count is negative or larger than its group
double fisher_log_p(Counts2x2 const& counts);

/// ln P(X >= successes), X binomial(trials, probability). @pre 0 <= probability <= 1, trials >= 0
double binomial_log_p(std::int64_t successes, std::int64_t trials, double probability);

/// ln P(Z >= z), Z standard normal. Below 1e-300 by the asymptotic series (Abramowitz & Stegun 26.2.12).
double normal_log_p(double z);

/// Benjamini-Hochberg q-values, one for every p, in the order given: q_(i) = min over j >= i of p_(j) m / j,
/// at most
/// 1. Equal p have equal q. NaN means "not tested": it is not counted in m, its q is NaN.
/// Source: Benjamini, Hochberg 1995, J. R. Stat. Soc. B 57, 289.
std::vector<double> benjamini_hochberg(std::span<double const> p);

/// Share of (positive, negative) pairs in which the positive is higher, ties half: the area under the ROC
/// curve. NaN when a group is empty. @pre no NaN
double auroc(std::span<double const> positives, std::span<double const> negatives);

/// ln of the one-sided p-value of the Mann-Whitney test that `positives` are higher than `negatives`: normal
/// approximation with tie and continuity correction; 0 when a group is empty or all values are equal.
double mann_whitney_log_p(std::span<double const> positives, std::span<double const> negatives);

}  // namespace cislens
