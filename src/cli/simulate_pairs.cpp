#include "simulate_pairs.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/text.hpp"
#include "cislens/seqio/text_input.hpp"

#include "fasta_output.hpp"
#include "simulate_output.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace cislens {

void declare_pairs(CommandLine& line, PairChoices& choices) {
  PairSimulateOptions& options = choices.options;
  line.group("Pairs");
  line.text(
      "pairs", "FILE|N", choices.list,
      "plant pairs: a TSV of two columns with motif ids or names, first and second on the strand; or so "
      "many drawn among the motifs");
  line.number("min-pairs", "N", options.min_pairs, {1, 1000}, "fewest pairs in a positive");
  line.number("max-pairs", "N", options.max_pairs, {1, 1000},
              "most pairs in a positive; one slot of 75 bases each");
  line.text("pair-gap", "FROM-TO", choices.gap, "bases between the motifs of a pair");
  line.flag("pair-gap-fixed", options.fixed_gaps, "every listed pair keeps one gap of that range");
  line.choice(
      "pair-strands",
      {{"forward", PairStrands::forward}, {"random", PairStrands::random}, {"fixed", PairStrands::fixed}},
      options.strands, "fixed: every listed pair keeps one of the four orientations");
  std::vector<std::pair<std::string, PairLayout>> const layouts = {
      {"listed", PairLayout::listed}, {"rematched", PairLayout::rematched}, {"singles", PairLayout::singles}};
  line.choice("pair-positives", layouts, options.positives,
              "what positives hold; anything but listed makes a set without pairs to find");
  line.choice("pair-negatives", layouts, options.negatives,
              "what negatives hold: motifs alone, or as many motifs in the same places with other partners");
}

namespace {

void read_gap(PairChoices& choices) {
  auto const parts = split(choices.gap, '-');
  long from = 0;
  long to = 0;
  bool const read = parts.size() <= 2 && parse_number(parts.front(), from) && parse_number(parts.back(), to);
  if (!read || from < 0 || to < from || to > 1000)
    throw UsageError("simulate: --pair-gap is a number of bases or a range, as in 8-14");
  choices.options.min_gap = static_cast<int>(from);
  choices.options.max_gap = static_cast<int>(to);
}

/// "(TCFL5)_(Homo_sapiens)_(DBD_1.00)", as CIS-BP has it, is TCFL5.
std::string_view factor_of(std::string_view name) {
  if (!name.starts_with('(')) return name;
  std::size_t const end = name.find(')');
  return end == std::string_view::npos ? name : name.substr(1, end - 1);
}

/// -1: there is none of this id or name
int find_motif(std::vector<MotifMatrix> const& motifs, std::string_view name) {
  auto const found = std::ranges::find_if(motifs, [&](MotifMatrix const& motif) {
    return motif.id == name || motif.name == name || factor_of(motif.name) == name;
  });
  return found == motifs.end() ? -1 : static_cast<int>(found - motifs.begin());
}

/// A first line of which neither column is a motif is the header.
std::vector<FactorPair> read_list(std::string const& path, std::vector<MotifMatrix> const& motifs, Log& log) {
  TextInput input(path);
  std::vector<FactorPair> list;
  bool first = true;
  for (std::string_view line; input.next(line);) {
    if (trim(line).empty() || line.starts_with('#')) continue;
    auto const fields = split(line, '\t');
    if (fields.size() < 2) input.fail("a line of the list has two columns, separated by a tab");
    FactorPair const pair{find_motif(motifs, trim(fields[0])), find_motif(motifs, trim(fields[1]))};
    if (std::exchange(first, false) && pair.first < 0 && pair.second < 0) {
      log.info(input.name() + ": the first line is taken for the header: " + std::string(line));
      continue;
    }
    if (pair.first < 0 || pair.second < 0) {
      input.fail("there is no motif with the id or name '" +
                 std::string(trim(fields[pair.first < 0 ? 0 : 1])) + "' (see --motifs)");
    }
    if (pair.first == pair.second) input.fail("a pair has two different motifs");
    bool const twice = std::ranges::any_of(list, [&](FactorPair const& other) {
      return (other.first == pair.first && other.second == pair.second) ||
             (other.first == pair.second && other.second == pair.first);
    });
    if (twice) input.fail("this pair is on the list already (keep one)");
    list.push_back(pair);
  }
  if (list.empty()) throw InputError(input.name() + ": no pairs (two columns: first and second motif)");
  return list;
}

/// So many different pairs, which first being a coin's choice.
std::vector<FactorPair> draw_list(long count, std::size_t motifs, std::uint64_t seed) {
  std::vector<FactorPair> all;
  for (std::size_t a = 0; a < motifs; ++a) {
    for (std::size_t b = a + 1; b < motifs; ++b) all.push_back({static_cast<int>(a), static_cast<int>(b)});
  }
  if (count < 1 || static_cast<std::size_t>(count) > all.size()) {
    throw UsageError("simulate: --pairs: " + std::to_string(motifs) + " motifs have 1 to " +
                     counted(all.size(), "pair"));
  }
  Random random(seed, mix(21, motifs));
  random.shuffle(std::span(all));
  all.resize(static_cast<std::size_t>(count));
  for (FactorPair& pair : all) {
    if (random.below(2) == 1) std::swap(pair.first, pair.second);
  }
  return all;
}

std::string list_text(PairSimulator const& simulator, PairSimulateOptions const& options) {
  std::string text = "motif_a\tmotif_b\tgap\tstrands\n";
  for (std::size_t p = 0; p < simulator.list().size(); ++p) {
    auto const [first, second] = simulator.list()[p];
    auto const pair = static_cast<int>(p);
    text += simulator.motifs()[first].id + '\t' + simulator.motifs()[second].id + '\t';
    text += options.fixed_gaps ? std::to_string(simulator.gap_of(pair))
                               : std::to_string(options.min_gap) + '-' + std::to_string(options.max_gap);
    text += '\t';
    if (options.strands == PairStrands::forward) text += "++";
    if (options.strands == PairStrands::random) text += '.';
    if (options.strands == PairStrands::fixed) text += simulator.strands_of(pair);
    text += '\n';
  }
  return text;
}

/// Sequences of one class, their sites and pairs.
struct PairOutputs {
  OutputFile truth, bedpe;
  std::int64_t pairs = 0;

  void write(std::string const& record, SimulatedPairs const& sequence, PairSimulator const& simulator) {
    for (PlantedSite const& site : sequence.sites) {
      truth.stream() << planted_site_line(record, site, simulator.motifs()[site.motif],
                                          simulator.best_log_odds_bits(site.motif));
    }
    for (PlantedPair const& pair : sequence.pairs) {
      PlantedSite const& a = sequence.sites[pair.left];
      PlantedSite const& b = sequence.sites[pair.right];
      std::string const name = simulator.motifs()[a.motif].id + "--" + simulator.motifs()[b.motif].id;
      bedpe.stream() << record << '\t' << a.start << '\t' << a.end << '\t' << record << '\t' << b.start
                     << '\t' << b.end << '\t' << name << '\t' << (pair.listed < 0 ? 0 : 1000) << '\t'
                     << a.strand << '\t' << b.strand << '\n';
      ++pairs;
    }
  }
};

}  // namespace

void simulate_pairs(PairChoices& choices, std::vector<MotifMatrix> motifs, Run& run) {
  read_gap(choices);
  PairSimulateOptions& options = choices.options;
  if (options.min_pairs > options.max_pairs)
    throw UsageError("simulate: --min-pairs is greater than --max-pairs");
  if (options.length < 85)
    throw UsageError("simulate: --pairs needs sequences of at least 85 bases (--length)");
  std::vector<FactorPair> list;
  if (long count = 0; parse_number(choices.list, count)) {
    list = draw_list(count, motifs.size(), run.seed());
  } else {
    list = read_list(choices.list, motifs, run.log());
    run.input("pairs", choices.list);
  }
  PairSimulator const simulator(options, std::move(motifs), std::move(list));

  std::string const& prefix = choices.prefix;
  check_free(prefix + ".motifs.meme", run.if_exists());
  run.check_params(prefix + ".params.json");
  FastaOutput positives(prefix + ".fa", run.if_exists());
  std::optional<FastaOutput> negatives;
  if (choices.negatives > 0) negatives.emplace(prefix + ".neg.fa", run.if_exists());
  PairOutputs outputs{{prefix + ".truth.bed", run.if_exists()}, {prefix + ".truth.bedpe", run.if_exists()}};
  OutputFile pairs(prefix + ".pairs.tsv", run.if_exists());
  pairs.stream() << list_text(simulator, options);

  run.stage("simulate", "writing " + counted(choices.positives, "positive") + " and " +
                            counted(choices.negatives, "negative"));
  auto const write = [&](char const* kind, std::int64_t count, FastaOutput& fasta, auto const& make) {
    for (std::int64_t number = 0; number < count; ++number) {
      SimulatedPairs const sequence = make(number);
      std::string const name = simulated_record_name(kind, number, count);
      fasta.write(name, sequence.bases);
      outputs.write(name, sequence, simulator);
      if (number % 1024 == 0)
        run.log().progress(kind, static_cast<double>(number), static_cast<double>(count));
    }
  };
  write("pos_", choices.positives, positives, [&](std::int64_t n) { return simulator.positive(n); });
  if (negatives)
    write("neg_", choices.negatives, *negatives, [&](std::int64_t n) { return simulator.negative(n); });
  outputs.truth.commit();
  outputs.bedpe.commit();
  pairs.commit();
  positives.commit();
  if (negatives) negatives->commit();
  write_planted_motifs(simulator.motifs(), options.background, prefix + ".motifs.meme", run.if_exists());
  run.log().info("planted " + counted(outputs.pairs, "pair") + ", " +
                 std::to_string(simulator.list().size()) + " different ones on the list");
  run.metric("pairs", static_cast<double>(outputs.pairs));
  run.write_params(prefix + ".params.json");
}

}  // namespace cislens
