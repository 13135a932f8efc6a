#pragma once

#include "cislens/base/nucleotide.hpp"
#include "cislens/base/threads.hpp"
#include "cislens/model/config.hpp"
#include "cislens/tensor/context.hpp"
#include "cislens/tensor/view.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace cislens {

/// Sums over tokens from which the similarity of all heads follows: memory O((heads * D)^2), whatever the
/// number of tokens.
///
/// A token's row is the outputs of all heads, their squared lengths and 1; kept is the Gram matrix of these
/// rows. It holds every sum that the unbiased estimate of HSIC with linear kernels needs, without a matrix of
/// tokens by tokens.
class HeadMoments {
 public:
  /// @param heads  N, of all layers together
  /// @param width  D, channels a head
  /// @param shift  (N * D) taken off every output before squaring, so that float does not lose what varies
  /// beside a large mean; near the mean is near enough, the result does not depend on it
  HeadMoments(int heads, int width, std::vector<float> shift);

  /// @param outputs  (tokens, N * D), head after head, in the host's memory
  void add(Context& context, ConstView outputs);
  void add(HeadMoments const& other);

  std::int64_t tokens() const { return tokens_; }
  int heads() const { return heads_; }

  /// Linear CKA of every two heads, (N, N): HSIC(a, b) / sqrt(HSIC(a, a) HSIC(b, b)) with the unbiased
  /// estimate of HSIC, about 0 for unrelated outputs (it may be a little below 0) and 1 for outputs that are
  /// equal up to rotation, scale and shift. NaN with fewer than four tokens and for a head whose output never
  /// changes.
  /// Source: Kornblith et al. 2019, arXiv:1905.00414; unbiased: Song et al. 2012, J. Mach. Learn. Res. 13,
  /// 1393, as in Nguyen, Raghu, Kornblith 2021, arXiv:2010.15327.
  std::vector<double> cka() const;

 private:
  double hsic(int a, int b) const;

  int heads_, width_;
  std::int64_t columns_;  // of a row: heads * width outputs, `heads` squared lengths, 1
  std::int64_t tokens_ = 0;
  std::vector<float> shift_;
  std::vector<double> gram_;
};

/// The outputs of all heads (before W_O) on the tokens of records and their reverse complements.
/// Results do not depend on the number of threads.
/// @throws Interrupted  a signal asked to stop
HeadMoments head_moments(NetworkConfig const& config, std::span<float const> parameters,
                         std::span<Bases const> records, Backend const& backend, Threads& threads);

/// 1 - mean of the entries off the diagonal that are numbers: 1 when all heads say something else, 0 when all
/// say the same. NaN for one head.
/// @param similarity  (N, N)
double diversity(std::span<double const> similarity, int heads);

}  // namespace cislens
