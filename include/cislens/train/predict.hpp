#pragma once

#include "cislens/base/threads.hpp"
#include "cislens/data/dataset.hpp"
#include "cislens/model/config.hpp"
#include "cislens/tensor/context.hpp"
#include "cislens/tensor/view.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace cislens {

/// A network that can be used: its shape and its parameter block (layout_of(config).size floats).
struct Network {
  NetworkConfig config;
  std::vector<float> parameters;
};

/// Logits of records, the mean of both strands: a record and its reverse complement get the same. One
/// sequence at a time, so that a record's logits do not depend on its neighbours.
/// @param records  indices into the data set
/// @return (records, T)
/// @throws Interrupted  a signal asked to stop
std::vector<float> predict(Network const& network, Dataset const& dataset,
                           std::span<std::int64_t const> records, Backend const& backend, Threads& threads);

/// Logit to what the user asked for: probability for binary targets, rate for counts, the value itself
/// otherwise.
enum class Output { probability, rate, value };
double transform(Output output, float logit);

}  // namespace cislens
