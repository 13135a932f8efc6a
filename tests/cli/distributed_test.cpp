#include "cli_test.hpp"

#include <future>

namespace cislens::test {
namespace {

namespace fs = std::filesystem;

/// Several processes that train together, started as mpirun starts them.
class Distributed : public Cli {
 protected:
  void SetUp() override {
    ProcessResult const made = run({"simulate", "-o", "demo", "--positives", "60", "--length", "60",
                                    "--motif-names", "CTCF", "--no-provenance", "--quiet"});
    ASSERT_EQ(made.exit_code, 0) << made.err;
  }

  static std::vector<std::string> arguments(std::string const& folder, std::vector<std::string> const& more) {
    std::vector<std::string> all{"train",        "demo.fa", "-o",        folder,  "--channels",
                                 "16",           "--heads", "2",         "--ffn", "8",
                                 "--batch-size", "16",      "--threads", "1",     "--no-provenance"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  std::future<ProcessResult> start(int rank, int size, std::vector<std::string> command,
                                   ProcessOptions options) const {
    command.emplace_back("--distributed");
    options.environment = {{"OMPI_COMM_WORLD_RANK", std::to_string(rank)},
                           {"OMPI_COMM_WORLD_SIZE", std::to_string(size)},
                           {"PMIX_NAMESPACE", "test"}};
    return std::async(std::launch::async, [this, command, options] { return run(command, options); });
  }
};

TEST_F(Distributed, OnlyTheFirstWritesAndTheModelIsThatOfOneProcess) {
  std::vector<std::string> const more{"--epochs", "3", "--dropout", "0"};
  ProcessResult const alone = run(arguments("alone", more));
  ASSERT_EQ(alone.exit_code, 0) << alone.err;

  auto second = start(1, 2, arguments("both", more), {});
  ProcessResult const first = start(0, 2, arguments("both", more), {}).get();
  ProcessResult const other = second.get();

  EXPECT_EQ(first.exit_code, 0) << first.err;
  EXPECT_EQ(other.exit_code, 0) << other.err;
  EXPECT_EQ(other.err.find("epoch 1"), std::string::npos) << other.err;
  EXPECT_NE(first.err.find("rank 0 of 2, started by OpenMPI"), std::string::npos) << first.err;
  EXPECT_EQ(folder_.read("both/config.json").substr(0, 200),
            folder_.read("alone/config.json").substr(0, 200));
  EXPECT_NE(folder_.read("both/predictions.tsv"), "(no such file)");
  EXPECT_FALSE(fs::exists(folder_.path() / "both.ranks"));
}

TEST_F(Distributed, ARankThatIsKilledEndsTheOthersAndTrainingGoesOnLater) {
  std::vector<std::string> const more{"--epochs", "40", "--patience", "0"};
  std::string const state = (folder_.path() / "m/train_state.safetensors").string();
  ProcessOptions killed;
  killed.signal = SIGKILL;
  killed.signal_when = [&] { return fs::exists(state); };

  auto victim = start(1, 2, arguments("m", more), killed);
  ProcessResult const first = start(0, 2, arguments("m", more), {}).get();

  EXPECT_EQ(victim.get().signal, SIGKILL);
  EXPECT_EQ(first.exit_code, 1) << first.err;
  EXPECT_LT(first.elapsed_s, 60);
  EXPECT_NE(first.err.find("rank 1 of 2 is gone"), std::string::npos) << first.err;
  EXPECT_TRUE(fs::exists(state));

  std::vector<std::string> resumed = more;
  resumed.emplace_back("--resume");
  auto second = start(1, 2, arguments("m", resumed), {});
  ProcessResult const again = start(0, 2, arguments("m", resumed), {}).get();
  auto fresh_second = start(1, 2, arguments("whole", more), {});
  ProcessResult const whole = start(0, 2, arguments("whole", more), {}).get();

  EXPECT_EQ(second.get().exit_code, 0);
  EXPECT_EQ(fresh_second.get().exit_code, 0);
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(folder_.read("m/model.safetensors"), folder_.read("whole/model.safetensors"));
}

TEST_F(Distributed, OtherInputsAndMissingLaunchersAreRefused) {
  auto second = start(1, 2, arguments("m", {"--epochs", "1", "--seed", "2"}), {});
  ProcessResult const first = start(0, 2, arguments("m", {"--epochs", "1"}), {}).get();
  ProcessResult const nobody = run(arguments("n", {"--distributed"}));

  EXPECT_EQ(first.exit_code, 3) << first.err;
  EXPECT_EQ(second.get().exit_code, 3);
  EXPECT_NE(first.err.find("the ranks differ in their inputs, options or version"), std::string::npos);
  EXPECT_EQ(nobody.exit_code, 2) << nobody.err;
  EXPECT_NE(nobody.err.find("torchrun"), std::string::npos) << nobody.err;
}

}  // namespace
}  // namespace cislens::test
