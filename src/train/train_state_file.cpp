#include "cislens/train/train_state_file.hpp"

#include "cislens/base/checksum.hpp"
#include "cislens/base/errors.hpp"
#include "cislens/base/text.hpp"
#include "cislens/model/checkpoint.hpp"
#include "cislens/model/parameters.hpp"
#include "cislens/model/safetensors.hpp"

#include <algorithm>
#include <map>

namespace cislens {

namespace {

std::string const setting_prefix = "setting:";
constexpr char format_name[] = "cislens training state 2";

std::string text(bool value) { return value ? "true" : "false"; }
std::string text(std::int64_t value) { return std::to_string(value); }
std::string text(double value) { return format_number(value); }

template <typename T>
void add_vector(Checksum& checksum, std::span<T const> values) {
  auto const size = static_cast<std::uint64_t>(values.size());
  checksum.add(&size, sizeof size);
  checksum.add(values.data(), values.size_bytes());
}

std::string sequences_checksum(Dataset const& dataset, std::span<std::int64_t const> train,
                               std::span<std::int64_t const> validation) {
  Checksum checksum;
  for (Bases const& bases : dataset.bases) add_vector(checksum, std::span(bases));
  add_vector(checksum, std::span(dataset.targets));
  for (std::string const& name : dataset.target_names) add_vector(checksum, std::span(name));
  add_vector(checksum, train);
  add_vector(checksum, validation);
  return checksum.text();
}

/// One epoch as a line of numbers that read back unchanged.
std::string format_epoch(EpochRecord const& r) {
  return text(std::int64_t{r.epoch}) + " " + text(r.step) + " " + text(r.learning_rate) + " " +
         text(r.train_loss) + " " + text(r.validation_loss) + " " + text(r.validation_auroc) + " " +
         text(r.seconds) + "\n";
}

/// Reads what this file wrote; the checksums have been verified, so only another version can disagree.
class StateReader {
 public:
  StateReader(Safetensors file, std::filesystem::path const& path) : file_(std::move(file)), path_(path) {}

  [[noreturn]] void fail(std::string const& what) const { throw InputError(path_.string() + ": " + what); }
  [[noreturn]] void fail_unreadable() const {
    fail("is no training state of this version (leave out --resume and use --force to begin again)");
  }

  std::string take(std::string const& key) const {
    auto const found = file_.metadata.find(key);
    if (found == file_.metadata.end()) fail_unreadable();
    return found->second;
  }
  double real(std::string_view value) const {
    double number = 0;
    if (!parse_number(value, number)) fail_unreadable();
    return number;
  }
  std::int64_t integer(std::string_view value) const {
    long number = 0;
    if (!parse_number(value, number) || number < 0) fail_unreadable();
    return number;
  }
  /// @param may_lack  a missing tensor is an empty one
  std::vector<float> tensor(std::string const& name, std::int64_t size, bool may_lack) {
    auto const found = std::ranges::find(file_.tensors, name, &NamedTensor::name);
    if (found == file_.tensors.end() && may_lack) return {};
    if (found == file_.tensors.end() || static_cast<std::int64_t>(found->values.size()) != size) {
      fail_unreadable();
    }
    return std::move(found->values);
  }
  EpochRecord epoch(std::string_view line) const {
    auto const fields = split(line, ' ');
    if (fields.size() != 7) fail_unreadable();
    return {static_cast<int>(integer(fields[0])),
            integer(fields[1]),
            real(fields[2]),
            real(fields[3]),
            real(fields[4]),
            real(fields[5]),
            real(fields[6])};
  }
  void check_settings(TrainingSettings const& settings) const {
    for (auto const& [name, value] : settings) {
      std::string const before = take(setting_prefix + name);
      if (before == value) continue;
      std::string const what = name == "sequences"
                                   ? "was made with other sequences, targets or shares of the split"
                                   : "was made with " + name + " " + before + ", this run has " + value;
      fail(what + " (resume with the same files and options, or leave out --resume and use --force)");
    }
  }

 private:
  Safetensors file_;
  std::filesystem::path const& path_;
};

}  // namespace

TrainingSettings training_settings(NetworkConfig const& c, TrainOptions const& o, Dataset const& dataset,
                                   std::span<std::int64_t const> train,
                                   std::span<std::int64_t const> validation) {
  auto const whole = [](auto value) { return text(static_cast<std::int64_t>(value)); };
  return {{"--channels", whole(c.channels)},
          {"--filter-width", whole(c.filter_width)},
          {"--pool", whole(c.pool)},
          {"--exponential", text(c.exponential)},
          {"--blocks", whole(c.blocks)},
          {"--heads", whole(c.heads)},
          {"--ffn", whole(c.ffn_channels)},
          {"--norm", std::string(name_of(c.norm))},
          {"--positions", std::string(name_of(c.positions))},
          {"--rotary-base", text(c.rotary_base)},
          {"--learned-positions", whole(c.learned_positions)},
          {"null key", text(c.null_key)},
          {"--attention", name_of(AttentionMode{c.attention, c.summaries})},
          {"--head", std::string(name_of(c.head))},
          {"--readout-heads", whole(c.readout_heads)},
          {"--epochs", whole(o.epochs)},
          {"--batch-size", whole(o.batch_size)},
          {"--learning-rate", text(o.learning_rate)},
          {"--warmup", text(o.warmup)},
          {"--weight-decay", text(o.weight_decay)},
          {"--clip-norm", text(o.clip_norm)},
          {"--dropout", text(o.dropout)},
          {"--patience", whole(o.patience)},
          {"reverse complement", text(o.reverse_complement)},
          {"--max-shift", whole(o.max_shift)},
          {"--mask-rate", text(o.mask_rate)},
          {"--entropy-weight", text(o.entropy_weight)},
          {"--entropy-warmup", text(o.entropy_warmup)},
          {"--diversity-weight", text(o.diversity_weight)},
          {"--loss", std::string(name_of(o.loss))},
          {"--precision", o.precision == Precision::bf16 ? "bf16" : "float32"},
          {"--seed", std::to_string(o.seed)},
          {"sequences", sequences_checksum(dataset, train, validation)}};
}

void save_train_state(TrainState const& state, TrainingSettings const& settings,
                      std::filesystem::path const& path) {
  Safetensors file;
  auto const add = [&](char const* name, std::vector<float> const& values) {
    if (values.empty()) return;
    file.tensors.push_back({name, {static_cast<std::int64_t>(values.size())}, values});
  };
  add("parameters", state.parameters);
  add("first_moment", state.first_moment);
  add("second_moment", state.second_moment);
  add("best_parameters", state.best_parameters);
  std::string history;
  for (EpochRecord const& record : state.history) history += format_epoch(record);
  file.metadata = {{"format", format_name},
                   {"best_loss", text(state.best_loss)},
                   {"best_epoch", text(std::int64_t{state.best_epoch})},
                   {"step", text(state.step)},
                   {"epoch_loss", text(state.epoch_loss)},
                   {"epoch_known", text(state.epoch_known)},
                   {"seconds", text(state.seconds)},
                   {"history", history}};
  for (auto const& [name, value] : settings) file.metadata[setting_prefix + name] = value;
  write_safetensors(file, path, IfExists::replace);
}

TrainState load_train_state(NetworkConfig const& config, TrainingSettings const& settings,
                            std::filesystem::path const& path) {
  StateReader reader(read_safetensors(path), path);
  if (reader.take("format") != format_name) reader.fail_unreadable();
  reader.check_settings(settings);
  std::int64_t const size = layout_of(config).size;
  TrainState state;
  state.parameters = reader.tensor("parameters", size, false);
  state.first_moment = reader.tensor("first_moment", size, false);
  state.second_moment = reader.tensor("second_moment", size, false);
  state.best_parameters = reader.tensor("best_parameters", size, true);
  state.best_loss = reader.real(reader.take("best_loss"));
  state.best_epoch = static_cast<int>(reader.integer(reader.take("best_epoch")));
  state.step = reader.integer(reader.take("step"));
  state.epoch_loss = reader.real(reader.take("epoch_loss"));
  state.epoch_known = reader.real(reader.take("epoch_known"));
  state.seconds = reader.real(reader.take("seconds"));
  std::string const history = reader.take("history");
  for (std::string_view const line : split(history, '\n')) {
    if (!line.empty()) state.history.push_back(reader.epoch(line));
  }
  return state;
}

}  // namespace cislens
