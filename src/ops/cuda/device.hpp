#pragma once

#include "../gpu_module.hpp"

// The opened device: what the module keeps between calls.
namespace cislens::cuda {

/// Makes a device the one that everything runs on: its stream, its limits, pinned memory for copies, and the
/// proof that a kernel of the module runs on it.
/// @throws std::runtime_error  why it cannot be used
void open_device(int device);

/// @throws std::runtime_error  why there is none
void survey_devices(GpuSurvey& survey);

/// The device's memory for the table of functions.
DeviceMemory device_memory();

}  // namespace cislens::cuda
