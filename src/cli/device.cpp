#include "cislens/cli/device.hpp"

#include "cislens/base/errors.hpp"

#include <charconv>
#include <string_view>

namespace cislens {

namespace {

constexpr std::string_view gpu_prefix = "cuda:";

[[noreturn]] void refuse(std::string const& asked, std::string const& reason) {
  throw GpuUnavailable("--device " + asked + ": " + reason + "; use --device cpu or auto");
}

OpenDevice open_cpu(std::string const& isa, std::string const& reason) {
  return {&load_cpu_backend(isa), "cpu (" + isa + ")", reason};
}

int own_gpu(int local) {
  auto const count = static_cast<int>(look_for_gpus(gpu_module_path()).devices.size());
  return count > 0 ? local % count : 0;
}

OpenDevice open_gpu(int index, std::string const& reason) {
  Backend const& backend = load_gpu_backend(gpu_module_path(), index);
  GpuReport const report = look_for_gpus(gpu_module_path());
  std::string const name = report.devices.at(static_cast<std::size_t>(index)).name;
  return {&backend, "cuda:" + std::to_string(index) + ": " + name, reason};
}

}  // namespace

DeviceChoice parse_device(std::string const& asked) {
  using Kind = DeviceChoice::Kind;
  if (asked == "auto") return {Kind::automatic, 0};
  if (asked == "cpu") return {Kind::cpu, 0};
  if (asked == "cuda") return {Kind::gpu, 0};
  if (asked.starts_with(gpu_prefix)) {
    DeviceChoice choice{Kind::gpu, 0};
    char const* const end = asked.data() + asked.size();
    auto const [stop, error] = std::from_chars(asked.data() + gpu_prefix.size(), end, choice.index);
    if (error == std::errc() && stop == end && choice.index >= 0) return choice;
  }
  throw UsageError("'" + asked + "' is none of auto|cpu|cuda|cuda:N");
}

void check_device(std::string const& asked) {
  DeviceChoice const choice = parse_device(asked);
  if (choice.kind != DeviceChoice::Kind::gpu) return;
  GpuReport const report = look_for_gpus(gpu_module_path());
  if (!report.problem.empty()) refuse(asked, report.problem);
  auto const count = static_cast<int>(report.devices.size());
  if (choice.index >= count) {
    refuse(asked, "the GPUs here are " + std::string("cuda:0") +
                      (count > 1 ? " to cuda:" + std::to_string(count - 1) : " alone"));
  }
}

OpenDevice open_device(std::string const& asked, std::string const& isa, int local) {
  DeviceChoice const choice = parse_device(asked);
  if (choice.kind == DeviceChoice::Kind::cpu) return open_cpu(isa, "");
  try {
    if (asked.starts_with(gpu_prefix)) return open_gpu(choice.index, "");
    int const own = own_gpu(local);
    return open_gpu(own, choice.kind == DeviceChoice::Kind::gpu ? "" : "a GPU answers");
  } catch (GpuUnavailable const& error) {
    if (choice.kind == DeviceChoice::Kind::gpu) refuse(asked, error.what());
    return open_cpu(isa, error.what());
  }
}

}  // namespace cislens
