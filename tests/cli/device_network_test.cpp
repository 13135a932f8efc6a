#include "cli_test.hpp"

#include <cmath>
#include <sstream>

namespace cislens::test {
namespace {

/// The real program on the GPU's kernels, run by the emulator: the same as on the CPU.
class DeviceNetwork : public Cli {
 protected:
  void SetUp() override {
    ProcessResult const made = run({"simulate", "-o", "planted", "--positives", "24", "--length", "80",
                                    "--seed", "4", "--no-provenance", "--quiet"});
    ASSERT_EQ(made.exit_code, 0) << made.err;
  }

  void run_on(std::string const& device, std::vector<std::string> arguments) const {
    for (char const* common : {"--seed", "3", "--threads", "1", "--no-provenance", "--quiet"})
      arguments.emplace_back(common);
    arguments.insert(arguments.end(), {"--device", device});
    ProcessOptions options;
    auto const modules =
        std::filesystem::path(CISLENS_BINARY).parent_path().parent_path() / "lib" / "cislens";
    options.environment["CISLENS_CUDA_MODULE"] = (modules / "cislens_cuda_emulated.so").string();
    options.timeout = std::chrono::seconds(300);
    ProcessResult const result = run(arguments, options);
    EXPECT_EQ(result.exit_code, 0) << result.err;
  }

  static std::vector<std::string> tiny(std::vector<std::string> arguments) {
    for (char const* option :
         {"--epochs", "1", "--channels", "8", "--heads", "1", "--ffn", "0", "--dropout", "0"})
      arguments.emplace_back(option);
    return arguments;
  }

  /// The rows of a table; numbers may differ by so much.
  void expect_same_table(std::string const& a, std::string const& b, double limit) const {
    std::istringstream first(folder_.read(a)), second(folder_.read(b));
    std::string x, y;
    int words = 0;
    while (first >> x) {
      ASSERT_TRUE(second >> y) << b << " is shorter";
      ++words;
      if (x == y) continue;
      double const difference = std::abs(std::stod(x) - std::stod(y));
      EXPECT_LE(difference, limit) << a << ": " << x << ", " << b << ": " << y;
    }
    EXPECT_FALSE(second >> y) << b << " is longer";
    EXPECT_GT(words, 0) << a;
  }
};

TEST_F(DeviceNetwork, TrainAndPredictAsOnTheCpu) {
  for (char const* device : {"cpu", "cuda"}) {
    run_on(device, tiny({"train", "planted.fa", "-o", device}));
    run_on(device, {"predict", "-m", "cpu", "planted.fa", "-o", std::string(device) + ".tsv"});
  }

  expect_same_table("cpu/training.tsv", "cuda/training.tsv", 1e-4);
  expect_same_table("cpu/predictions.tsv", "cuda/predictions.tsv", 1e-4);
  expect_same_table("cpu.tsv", "cuda.tsv", 1e-4);
}

TEST_F(DeviceNetwork, DiscoverFindsTheSameMotifsAndSites) {
  for (char const* device : {"cpu", "cuda"}) {
    run_on(device, tiny({"discover", "planted.fa", "-o", device, "--motifs",
                         std::string(CISLENS_DATA) + "/known_motifs.meme", "--test", "0.4"}));
  }

  EXPECT_GT(folder_.read("cpu/sites.bed").size(), 0U);
  expect_same_table("cpu/motifs.tsv", "cuda/motifs.tsv", 1e-4);
  expect_same_table("cpu/sites.bed", "cuda/sites.bed", 0.02);  // -log10 q of attributions among them
}

}  // namespace
}  // namespace cislens::test
