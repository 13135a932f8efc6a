#include "cli_test.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <sys/mount.h>

namespace cislens::test {
namespace {

namespace fs = std::filesystem;

/// Trainings of a network so small that one takes a fraction of a second.
class Train : public Cli {
 protected:
  void SetUp() override {
    ProcessResult const made = run({"simulate", "-o", "demo", "--positives", "60", "--length", "60",
                                    "--motif-names", "CTCF", "--no-provenance", "--quiet"});
    ASSERT_EQ(made.exit_code, 0) << made.err;
  }

  ProcessResult train(std::string const& folder, std::vector<std::string> const& more,
                      ProcessOptions const& options) const {
    std::vector<std::string> arguments{"train",        "demo.fa", "-o",      folder,           "--channels",
                                       "16",           "--heads", "2",       "--ffn",          "8",
                                       "--batch-size", "16",      "--quiet", "--no-provenance"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments, options);
  }
  ProcessResult train(std::string const& folder, std::vector<std::string> const& more) const {
    return train(folder, more, {});
  }

  std::string bytes(std::string const& file) const { return folder_.read(file); }

  void expect_same_model(std::string const& a, std::string const& b) const {
    for (char const* name :
         {"model.safetensors", "config.json", "training.tsv", "predictions.tsv", "metrics.tsv"}) {
      ASSERT_NE(bytes(a + "/" + name), "(no such file)");
      EXPECT_EQ(bytes(a + "/" + name), bytes(b + "/" + name)) << name;
    }
  }

  std::vector<std::string> files_in(std::string const& folder) const {
    std::vector<std::string> names;
    for (auto const& entry : fs::directory_iterator(folder_.path() / folder)) {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }
};

std::vector<std::string> model_files() {
  return {"config.json", "metrics.tsv", "model.safetensors", "predictions.tsv", "training.tsv"};
}

TEST_F(Train, WritesItsFilesAndSaysHowGoodItIs) {
  ProcessResult const result =
      run({"train", "demo.fa", "-o", "m", "--channels", "16", "--heads", "2", "--ffn", "8", "--epochs", "2"});

  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(files_in("m"), (Files{"config.json", "metrics.tsv", "model.safetensors", "params.json",
                                  "predictions.tsv", "training.tsv"}));
  EXPECT_NE(result.err.find("60 sequences and 60 negatives: "), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("test, positive: "), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("AUROC"), std::string::npos);
  std::string const predictions = bytes("m/predictions.tsv");
  EXPECT_TRUE(predictions.starts_with("record\ttarget\tlabel\tscore\n")) << predictions;
}

TEST_F(Train, ThreadsDoNotChangeAByte) {
  for (char const* threads : {"1", "2", "3"}) {
    ASSERT_EQ(train(threads, {"--epochs", "3", "--threads", threads}).exit_code, 0);
  }

  expect_same_model("1", "2");
  expect_same_model("1", "3");
}

TEST_F(Train, ASignalSavesTheStateAndResumingGivesTheSameBytes) {
  ASSERT_EQ(train("whole", {"--epochs", "40", "--patience", "0"}).exit_code, 0);
  for (int const signal : {SIGTERM, SIGINT}) {
    std::string const folder = "stopped" + std::to_string(signal);
    // The first state is of step 0; a later one shows that training is under way.
    auto const under_way = [&] {
      std::string const state = bytes(folder + "/train_state.safetensors");
      return state.find("\"step\":\"") != std::string::npos &&
             state.find("\"step\":\"0\"") == std::string::npos;
    };

    ProcessResult const stopped =
        train(folder, {"--epochs", "40", "--patience", "0"}, {.signal = signal, .signal_when = under_way});
    Files const left = files_in(folder);
    ProcessResult const unasked = train(folder, {"--epochs", "40", "--patience", "0"});
    ProcessResult const resumed =
        train(folder, {"--epochs", "40", "--patience", "0", "--resume", "--threads", "3"});

    EXPECT_EQ(stopped.exit_code, 128 + signal) << stopped.err;
    EXPECT_EQ(left, Files{"train_state.safetensors"});
    expect_error(unasked, 4, "a run was interrupted here; use --resume");
    EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
    expect_same_model(folder, "whole");
    EXPECT_EQ(files_in(folder), model_files());
  }
}

TEST_F(Train, AttentionModesTrainAndAreRemembered) {
  for (char const* mode : {"local:8", "local:8+global:2", "chunk:10"}) {
    ProcessResult const trained = train(mode, {"--attention", mode, "--epochs", "1"});
    EXPECT_EQ(trained.exit_code, 0) << trained.err;
    EXPECT_NE(bytes(std::string(mode) + "/config.json").find(std::string("\"attention\": \"") + mode),
              std::string::npos);
    ProcessResult const predicted =
        run({"predict", "-m", mode, "demo.fa", "-o", std::string(mode) + "/p.tsv", "--quiet"});
    EXPECT_EQ(predicted.exit_code, 0) << predicted.err;
  }
  expect_error(train("m", {"--attention", "near"}), 2, "attention 'near' is not one of: exact, local:W");
  EXPECT_FALSE(fs::exists(folder_.path() / "m"));
}

TEST_F(Train, MemoryIsPlannedAndRefusedBeforeTheFirstStep) {
  ProcessResult const told = run({"train", "demo.fa", "-o", "m", "--epochs", "1", "--channels", "16",
                                  "--heads", "2", "--memory-limit", "8G"});
  EXPECT_NE(told.err.find("of 8.00 GiB: activations "), std::string::npos) << told.err;
  expect_error(train("n", {"--blocks", "8", "--memory-limit", "1M"}), 137,
               "of memory, this run may use 1.00 MiB");
  EXPECT_FALSE(fs::exists(folder_.path() / "n"));
  expect_error(train("n", {"--memory-limit", "lots"}), 2, "--memory-limit 'lots' is no size");
}

TEST_F(Train, RecomputingGivesTheSameModel) {
  std::vector<std::string> const shape{"--blocks", "3", "--epochs", "2"};
  ASSERT_EQ(train("kept", shape).exit_code, 0);
  std::vector<std::string> again = shape;
  again.push_back("--recompute");
  ASSERT_EQ(train("made", again).exit_code, 0);

  expect_same_model("kept", "made");
}

TEST_F(Train, TargetsOfOneValueAreRefused) {
  std::string table = "record\tone\ttwo\n";
  std::string half = table;
  std::string const sequences = bytes("demo.fa");
  int number = 0;
  for (std::size_t at = sequences.find('>'); at != std::string::npos; at = sequences.find('>', at + 1)) {
    std::string const name = sequences.substr(at + 1, sequences.find_first_of(" \n", at) - at - 1);
    table += name + "\t1\t0\n";
    half += name + "\t1\t" + std::to_string(number++ % 2) + "\n";
  }
  std::ofstream(folder_.path() / "one.tsv") << table;
  std::ofstream(folder_.path() / "half.tsv") << half;

  ProcessResult const refused = train("m", {"--targets", "one.tsv"});
  ProcessResult const warned = train("w", {"--targets", "half.tsv", "--epochs", "1"});

  expect_error(refused, 3, "one.tsv: every sequence to train on has the same value of 'one', 'two'");
  EXPECT_FALSE(fs::exists(folder_.path() / "m"));
  EXPECT_EQ(warned.exit_code, 0) << warned.err;
  EXPECT_NE(warned.err.find("of which nothing is learnt: 'one'"), std::string::npos) << warned.err;
}

TEST_F(Train, ResumingWithOtherDataOrOptionsIsRefused) {
  ASSERT_EQ(train("m", {"--epochs", "2", "--keep-state"}).exit_code, 0);
  fs::remove(folder_.path() / "m/model.safetensors");
  Files const names{"--force", "--resume"};
  auto const resume = [&](std::vector<std::string> more) {
    more.insert(more.end(), names.begin(), names.end());
    return train("m", more);
  };

  expect_error(resume({"--epochs", "3"}), 3, "was made with --epochs 2, this run has 3");
  expect_error(resume({"--epochs", "2", "--no-seed-filters"}), 3, "was made with --no-seed-filters off");
  expect_error(resume({"--epochs", "2", "--seed", "5"}), 3, "was made with --seed 1, this run has 5");
  expect_error(resume({"--epochs", "2", "--test", "0.2"}), 3, "was made with other sequences");
  EXPECT_EQ(resume({"--epochs", "2"}).exit_code, 0);

  std::string state = bytes("m/train_state.safetensors");
  EXPECT_EQ(state, "(no such file)");
}

TEST_F(Train, ADamagedStateIsAnInputError) {
  ASSERT_EQ(train("m", {"--epochs", "1", "--keep-state"}).exit_code, 0);
  std::string state = bytes("m/train_state.safetensors");
  state[state.size() / 2] ^= 1;
  folder_.write("m/train_state.safetensors", state);

  expect_error(train("m", {"--epochs", "1", "--resume", "--force"}), 3, "m/train_state.safetensors: '");
}

TEST_F(Train, ExistingOutputsAreReplacedOnlyWhenAsked) {
  fs::create_directory(folder_.path() / "m");
  folder_.write("m/training.tsv", "mine");

  expect_error(train("m", {"--epochs", "1"}), 4, "m/training.tsv: already exists; use --force");
  EXPECT_EQ(bytes("m/training.tsv"), "mine");
  EXPECT_EQ(train("m", {"--epochs", "1", "--force"}).exit_code, 0);
  EXPECT_EQ(files_in("m"), model_files());
}

TEST_F(Train, ALossThatIsNotFiniteIsExitCodeFive) {
  expect_error(train("m", {"--learning-rate", "1e30"}), 5, "lower --learning-rate");
  EXPECT_FALSE(fs::exists(folder_.path() / "m"));
}

TEST_F(Train, OptionsThatDoNotFitTogetherAreUsageErrors) {
  folder_.write("t.tsv", "record\tx\npos_01\t1\n");
  expect_error(train("m", {"--heads", "3", "--channels", "16", "--force"}), 2, "given twice");
  expect_error(run({"train", "demo.fa", "-o", "m", "--heads", "3"}), 2, "cannot be shared between 3 heads");
  expect_error(run({"train", "demo.fa", "-o", "m", "--head", "additive", "--ffn", "8"}), 2, "--ffn 0");
  expect_error(train("m", {"--background", "demo.fa", "--targets", "t.tsv"}), 2, "use one of");
  expect_error(train("m", {"--negatives", "genomic"}), 2, "-g FASTA");
  expect_error(train("m", {"--validation", "0.5", "--test", "0.5"}), 2, "to train on");
  EXPECT_FALSE(fs::exists(folder_.path() / "m"));
}

TEST_F(Train, BadSequencesLeaveNothingBehind) {
  folder_.write("few.fa", ">a\nACGTACGTACGT\n>b\nACGTTCGTACGT\n");
  for (auto const& [name, words] : {std::pair{"few.fa", "at least 20"}, {"none.fa", "none.fa"}}) {
    expect_error(run({"train", name, "-o", "m", "--quiet"}), 3, words);
    EXPECT_FALSE(fs::exists(folder_.path() / "m"));
  }
}

TEST_F(Train, AFileInTheFoldersPlaceIsAnOutputError) {
  folder_.write("file", "mine");
  expect_error(train("file", {}), 4, "cannot make this folder");
  EXPECT_EQ(bytes("file"), "mine");
}

TEST_F(Train, AFullDiskIsAnOutputErrorAndLeavesNoPartOfAFile) {
  fs::path const small = folder_.path() / "small";
  fs::create_directory(small);
  if (mount("cislens", small.c_str(), "tmpfs", 0, "size=32k") != 0) GTEST_SKIP() << "skipped: cannot mount";

  ProcessResult const result = train("small", {"--epochs", "3"});
  Files left = files_in("small");
  umount(small.c_str());

  expect_error(result, 4, "No space left on device");
  for (std::string const& name : left) EXPECT_EQ(name, "train_state.safetensors");
}

TEST_F(Train, WithoutValidationTheLastEpochCountsAndItResumesToo) {
  std::vector<std::string> options{"--validation", "0", "--test", "0", "--epochs", "3", "--keep-state"};
  ASSERT_EQ(train("m", options).exit_code, 0);
  std::string const model = bytes("m/model.safetensors");
  options.insert(options.end(), {"--resume", "--force"});

  ProcessResult const resumed = train("m", options);

  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_EQ(bytes("m/model.safetensors"), model);
  EXPECT_EQ(bytes("m/predictions.tsv"), "record\ttarget\tlabel\tscore\n");
  EXPECT_NE(bytes("m/config.json").find("\"best_epoch\": 3"), std::string::npos);
}

TEST_F(Train, TargetsOfOtherSequencesAreRefused) {
  folder_.write("t.tsv", "record\tx\nchr1:1-100\t1\nchr1:2-101\t0\n");

  expect_error(train("m", {"--targets", "t.tsv"}), 3, "no record name of this table is in demo.fa");
  EXPECT_FALSE(fs::exists(folder_.path() / "m"));
}

TEST_F(Train, SparseTargetsAreEnough) {
  std::string table = "record\tx\n";
  for (int i = 10; i < 40; ++i) table += "pos_" + std::to_string(i) + "\t" + std::to_string(i % 2) + "\n";
  folder_.write("t.tsv", table);

  EXPECT_EQ(train("m", {"--targets", "t.tsv", "--epochs", "2"}).exit_code, 0);
}

TEST_F(Train, FiltersStartAsTheGivenMotifs) {
  Files const only_given{"--epochs", "1", "--no-seed-filters", "--learning-rate", "0"};
  auto const start = [&](std::string const& file, std::string const& folder) {
    Files arguments = only_given;
    arguments.insert(arguments.end(), {"--start-motifs", file});
    return train(folder, arguments);
  };
  folder_.write(
      "one.meme",
      "MEME version 4\n\nMOTIF one\nletter-probability matrix:\n1 0 0 0\n0 1 0 0\n0 0 1 0\n0 0 0 1\n");

  ASSERT_EQ(train("none", only_given).exit_code, 0);
  ASSERT_EQ(start("one.meme", "one").exit_code, 0);
  ASSERT_EQ(start(CISLENS_DATA "/known_motifs.meme", "known").exit_code, 0);

  EXPECT_NE(bytes("one/model.safetensors"), bytes("none/model.safetensors"));
  EXPECT_NE(bytes("one/model.safetensors"), bytes("known/model.safetensors"));
  expect_error(start("demo.fa", "bad"), 3, "demo.fa");
}

TEST_F(Train, UnitsOfValuesDoNotMatter) {
  std::string plain = "record\ty\n";
  std::string other = plain;
  for (int i = 1; i <= 60; ++i) {
    double const y = 0.125 * (i * 7 % 11);
    std::string const name = std::string("pos_") + (i < 10 ? "0" : "") + std::to_string(i);
    plain += name + "\t" + std::to_string(y) + "\n";
    other += name + "\t" + std::to_string(5000 + 256 * y) + "\n";
  }
  folder_.write("plain.tsv", plain);
  folder_.write("other.tsv", other);

  for (std::string const kind : {"plain", "other"}) {
    ProcessResult const result =
        train(kind, {"--targets", kind + ".tsv", "--loss", "squared", "--epochs", "2"});
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }

  auto const scores = [&](std::string const& kind) {
    std::vector<double> values;
    std::istringstream lines(bytes(kind + "/predictions.tsv"));
    std::string line;
    std::getline(lines, line);
    while (std::getline(lines, line)) values.push_back(std::stod(line.substr(line.rfind('\t') + 1)));
    return values;
  };
  auto const a = scores("plain");
  auto const b = scores("other");
  ASSERT_EQ(a.size(), b.size());
  ASSERT_GT(a.size(), 3U);
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(5000 + 256 * a[i], b[i], 0.05) << i;
}

TEST_F(Train, TargetsDecideTheLoss) {
  for (auto const& [kind, values] :
       {std::pair{"binary", Files{"0", "1"}}, {"poisson", {"0", "7"}}, {"squared", {"0.5", "-3"}}}) {
    std::string table = "record\tx\ty\n";
    for (int i = 1; i <= 60; ++i) {
      std::string const digits = (i < 10 ? "0" : "") + std::to_string(i);
      table += "pos_" + digits + "\t" + values[i % 2] + "\t" + (i % 3 == 0 ? "1" : "NA") + "\n";
    }
    folder_.write("t.tsv", table);

    ProcessResult const result = train(kind, {"--targets", "t.tsv", "--epochs", "1"});

    EXPECT_EQ(result.exit_code, 0) << result.err << table.substr(0, 100);
    EXPECT_NE(bytes(std::string(kind) + "/config.json").find(kind), std::string::npos);
    std::string const metrics = bytes(std::string(kind) + "/metrics.tsv");
    bool const binary = kind == std::string("binary");
    for (std::string const target : {"x", "y"}) {
      EXPECT_EQ(metrics.find("\n" + target + "\t") != std::string::npos, true) << metrics;
      for (std::string const figure : {"AUROC", "AUPRC", "MCC"})
        EXPECT_EQ(metrics.find("\t" + figure + "\t") != std::string::npos, binary) << metrics;
      for (std::string const figure : {"Pearson", "Spearman"})
        EXPECT_EQ(metrics.find("\t" + figure + "\t") != std::string::npos, !binary) << metrics;
    }
  }
}

}  // namespace
}  // namespace cislens::test
