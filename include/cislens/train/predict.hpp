#pragma once

#include "cislens/base/nucleotide.hpp"
#include "cislens/base/threads.hpp"
#include "cislens/base/windows.hpp"
#include "cislens/data/dataset.hpp"
#include "cislens/model/config.hpp"
#include "cislens/tensor/context.hpp"
#include "cislens/tensor/view.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace cislens {

/// A network that can be used: its shape and its parameter block (layout_of(config).size floats).
struct Network {
  NetworkConfig config;
  std::vector<float> parameters;
  Precision precision = Precision::float32;  ///< of products
};

/// Logits of records, the mean of both strands: a record and its reverse complement get the same. Neighbours
/// of one length go through the network together, which changes no bit of them.
/// @param records  indices into the data set
/// @return (records, T)
/// @throws Interrupted  a signal asked to stop
std::vector<float> predict(Network const& network, Dataset const& dataset,
                           std::span<std::int64_t const> records, Backend const& backend, Threads& threads);

/// Takes the logits (T) of one window of a record; all are NaN when the window holds no known base.
using WindowSink =
    std::function<void(std::int64_t record, RecordWindow window, std::span<float const> logits)>;

/// Logits of the windows (WindowPlan on the network's tokens) of records of any length, each as `predict`
/// gives them for a record of these bases. They are handed out by record, then by start, while later ones are
/// still to be read: memory does not grow with the length of a record.
/// @param max_length  bases; longer records are read in windows; >= two tokens
/// @param sink        called on the calling thread
/// @throws Interrupted  a signal asked to stop  @throws Error  max_length is too small
void predict_windows(Network const& network, std::span<Bases const> records, std::int64_t max_length,
                     Backend const& backend, Threads& threads, WindowSink const& sink);

/// Logit to what the user asked for: probability for binary targets, rate for counts, the value itself
/// otherwise.
enum class Output { probability, rate, value };
double transform(Output output, float logit);

}  // namespace cislens
