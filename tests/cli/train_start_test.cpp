#include "cislens/model/checkpoint.hpp"
#include "cislens/model/parameters.hpp"

#include "cli_test.hpp"

namespace cislens::test {
namespace {

namespace fs = std::filesystem;

class TrainStart : public Cli {
 protected:
  void SetUp() override {
    ProcessResult const made = run({"simulate", "-o", "demo", "--positives", "60", "--length", "60",
                                    "--motif-names", "CTCF", "--no-provenance", "--quiet"});
    ASSERT_EQ(made.exit_code, 0) << made.err;
  }
};

/// Whether what heads look at is copied (W_O is W_V transposed), and filters that a head's keys answer by.
struct StartOfHeads {
  bool copied = true;
  std::vector<std::int64_t> filters;

  explicit StartOfHeads(fs::path const& folder) {
    SavedModel model = load_model(folder);
    MutableWeights const weights = bind_weights(model.config, model.parameters.data());
    auto const& block = weights.blocks[0];
    std::int64_t const channels = model.config.channels;
    std::int64_t const own = channels / model.config.heads;
    for (std::int64_t row = 0; row < channels; ++row) {
      for (std::int64_t column = 0; column < channels; ++column)
        copied = copied && block.out.row(row)[column] == block.qkv.row(column)[2 * channels + row];
      for (std::int64_t head = 0; head < model.config.heads; ++head) {
        if (block.qkv.row(row)[channels + head * own + own / 2 - 1] == 2.0F) filters.push_back(row);
      }
    }
  }
};

TEST_F(TrainStart, HeadsStartAsDetectorsOfMotifsFoundByWords) {
  auto const start = [&](std::string const& name, std::vector<std::string> more) {
    more.insert(more.begin(), {"train", "demo.fa", "-o", name, "--channels", "16", "--heads", "2", "--epochs",
                               "1", "--learning-rate", "0", "--quiet"});
    ProcessResult const result = run(more);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return StartOfHeads(folder_.path() / name);
  };
  folder_.write(
      "one.meme",
      "MEME version 4\n\nMOTIF one\nletter-probability matrix:\n1 0 0 0\n0 1 0 0\n0 0 1 0\n0 0 0 1\n");

  StartOfHeads const words = start("words", {});
  EXPECT_TRUE(words.copied);
  ASSERT_FALSE(words.filters.empty());
  EXPECT_EQ(words.filters[0], 0);

  StartOfHeads const behind_given = start("both", {"--start-motifs", "one.meme"});
  EXPECT_TRUE(behind_given.copied);
  ASSERT_FALSE(behind_given.filters.empty());
  EXPECT_EQ(behind_given.filters[0], 1);

  for (StartOfHeads const& random :
       {start("given", {"--start-motifs", "one.meme", "--no-seed-filters"}),
        start("none", {"--no-seed-filters"}), start("additive", {"--head", "additive"})}) {
    EXPECT_FALSE(random.copied);
    EXPECT_TRUE(random.filters.empty());
  }
}

}  // namespace
}  // namespace cislens::test
