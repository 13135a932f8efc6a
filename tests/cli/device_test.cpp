#include "cli_test.hpp"
#include "support/tools.hpp"

#include <nlohmann/json.hpp>

#include <sstream>

namespace cislens::test {
namespace {

namespace fs = std::filesystem;

/// A module's file in the build, beside the program's.
std::string module(std::string const& name) {
  return (fs::path(CISLENS_BINARY).parent_path().parent_path() / "lib" / "cislens" / name).string();
}

/// The real program, with one module or another for GPUs.
class Device : public Cli {
 protected:
  using Environment = std::map<std::string, std::string>;

  ProcessResult run_with(Environment const& environment, std::vector<std::string> const& arguments) const {
    ProcessOptions options;
    options.environment = environment;
    return run(arguments, options);
  }

  /// A small network is trained on whatever "auto" finds.
  ProcessResult train_with(Environment const& environment) const {
    ProcessResult const made =
        run({"simulate", "-o", "demo", "--positives", "20", "--length", "100", "--no-provenance", "--quiet"});
    EXPECT_EQ(made.exit_code, 0) << made.err;
    return run_with(environment, {"train", "demo.fa", "-o", "m", "--channels", "8", "--heads", "1", "--ffn",
                                  "8", "--epochs", "1"});
  }

  /// Works on the CPU and says once why not on a GPU; a GPU asked for is refused with the same reason.
  void expect_cpu_and_why(Environment const& environment, std::string const& why) const {
    ProcessResult const trained = train_with(environment);
    EXPECT_EQ(trained.exit_code, 0) << trained.err;
    EXPECT_NE(trained.err.find("networks run on cpu ("), std::string::npos) << trained.err;
    EXPECT_NE(trained.err.find(why), std::string::npos) << trained.err;
    auto const params = nlohmann::json::parse(folder_.read("m/params.json"));
    EXPECT_TRUE(params["device"].get<std::string>().starts_with("cpu (")) << params["device"];

    ProcessResult const doctor = run_with(environment, {"doctor"});
    EXPECT_EQ(doctor.exit_code, 0);
    EXPECT_NE(doctor.out.find("GPU           none: "), std::string::npos) << doctor.out;
    EXPECT_NE(doctor.out.find(why), std::string::npos) << doctor.out;
    expect_error(run_with(environment, {"doctor", "--device", "cuda"}), 6, why);
    expect_error(run_with(environment, {"doctor", "--device", "cuda"}), 6, "use --device cpu or auto");
  }
};

TEST_F(Device, WithoutTheModuleTheProgramWorksAndSaysWhy) {
  expect_cpu_and_why({{"CISLENS_CUDA_MODULE", "/nowhere/cislens_cuda.so"}},
                     "this build has no GPU module (/nowhere/cislens_cuda.so)");
}

TEST_F(Device, WithoutADriverTheProgramWorksAndSaysWhy) {
  std::string const built = module("cislens_cuda.so");
  if (!fs::exists(built)) GTEST_SKIP() << "skipped: the GPU module was not built, nvcc is missing";
  std::ifstream const driver("/proc/driver/nvidia/version");
  // Where there is a driver, one that shows no device is the nearest thing.
  expect_cpu_and_why({{"CISLENS_CUDA_MODULE", built}, {"CUDA_VISIBLE_DEVICES", ""}},
                     driver ? "no CUDA-capable device is detected" : "there is no NVIDIA driver");
}

TEST_F(Device, WithADriverAndNoDeviceTheProgramWorksAndSaysWhy) {
  expect_cpu_and_why(
      {{"CISLENS_CUDA_MODULE", module("cislens_cuda_emulated.so")}, {"CISLENS_EMULATED_DEVICES", "0"}},
      "no CUDA-capable device is detected");
}

TEST_F(Device, TheModuleNeedsNoCudaLibraries) {
  std::string const built = module("cislens_cuda.so");
  if (!fs::exists(built)) GTEST_SKIP() << "skipped: the GPU module was not built, nvcc is missing";
  if (!testing_support::has_tool("readelf")) GTEST_SKIP() << "skipped: readelf is missing";
  std::string const needed = testing_support::output_of("readelf -d '" + built + "'");

  EXPECT_NE(needed.find("libc.so"), std::string::npos) << needed;
  for (char const* library : {"libcuda", "libcublas", "libnv", "libcudnn"}) {
    EXPECT_EQ(needed.find(library), std::string::npos) << needed;
  }
}

/// The scores of a table, record by record.
std::vector<double> scores_of(std::string const& table) {
  std::vector<double> scores;
  std::istringstream lines(table);
  std::string line;
  std::getline(lines, line);  // the header
  while (std::getline(lines, line)) {
    std::istringstream fields(line);
    std::string field;
    for (int i = 0; i < 4; ++i) std::getline(fields, field, '\t');
    scores.push_back(std::stod(field));
  }
  return scores;
}

TEST_F(Device, TheGpuPredictsWhatTheCpuPredicts) {
  Environment const emulated{{"CISLENS_CUDA_MODULE", module("cislens_cuda_emulated.so")}};
  ASSERT_EQ(train_with({}).exit_code, 0);
  std::vector<std::string> const predict{"predict", "-m", "m", "demo.fa", "-o", "-"};
  auto on_cpu = predict;
  on_cpu.insert(on_cpu.end(), {"--device", "cpu"});

  ProcessResult const cpu = run_with(emulated, on_cpu);
  ProcessResult const gpu = run_with(emulated, predict);

  EXPECT_NE(gpu.err.find("networks run on cuda:0: emulated GPU (a GPU answers)"), std::string::npos)
      << gpu.err;
  auto const expected = scores_of(cpu.out);
  auto const scores = scores_of(gpu.out);
  ASSERT_EQ(expected.size(), 20U);
  ASSERT_EQ(scores.size(), expected.size());
  // Probabilities: a logit's 1e-4 is at most a quarter of that.
  for (std::size_t i = 0; i < scores.size(); ++i) EXPECT_NEAR(scores[i], expected[i], 0.25e-4) << i;
}

// Room for what the module takes when it opens, and for little else.
TEST_F(Device, AGpuThatIsTooSmallEndsWithTheNumbers) {
  Environment const small{{"CISLENS_CUDA_MODULE", module("cislens_cuda_emulated.so")},
                          {"CISLENS_EMULATED_MEMORY", "33800000"}};

  ProcessResult const result = train_with(small);

  expect_error(result, 137, "are free");
  EXPECT_NE(result.err.find("KiB"), std::string::npos) << result.err;
  expect_error(run_with({{"CISLENS_CUDA_MODULE", module("cislens_cuda_emulated.so")},
                         {"CISLENS_EMULATED_MEMORY", "1000"}},
                        {"train", "demo.fa", "-o", "other", "--device", "cuda"}),
               6, "its memory is full");
}

TEST_F(Device, DoctorShowsWhatAnswers) {
  Environment const two{{"CISLENS_CUDA_MODULE", module("cislens_cuda_emulated.so")},
                        {"CISLENS_EMULATED_DEVICES", "2"}};

  ProcessResult const text = run_with(two, {"doctor", "--device", "cuda:1"});
  ProcessResult const json = run_with(two, {"doctor", "--json"});

  EXPECT_EQ(text.exit_code, 0) << text.err;
  EXPECT_NE(text.out.find("cuda:1 emulated GPU, 8.0 GiB, compute capability 9.0"), std::string::npos)
      << text.out;
  auto const found = nlohmann::json::parse(json.out);
  EXPECT_EQ(found["gpu"]["devices"].size(), 2U);
  EXPECT_EQ(found["gpu"]["problem"], "");
  expect_error(run_with(two, {"doctor", "--device", "cuda:2"}), 6, "the GPUs here are cuda:0 to cuda:1");
  expect_error(run_with(two, {"doctor", "--device", "cuda:x"}), 2, "'cuda:x' is none of");
  expect_error(run_with(two, {"doctor", "--device", "cuda:-1"}), 2, "'cuda:-1' is none of");
}

}  // namespace
}  // namespace cislens::test
