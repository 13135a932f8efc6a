#include "report_words.hpp"

#include "cislens/base/text.hpp"
#include "cislens/base/version.hpp"

namespace cislens {

std::string background_words(RunFacts const& facts) {
  if (facts.shuffled) return "dinucleotide-preserving shuffles";
  if (!facts.background.empty()) return facts.background;
  if (facts.genomic) return "windows of the genome with the same GC";
  return "none: targets from " + facts.targets;
}

std::string question_words(RunFacts const& facts, std::string const& target, std::string const& against) {
  if (facts.targets.empty())
    return "What tells the sequences of " + facts.sequences + " from " + background_words(facts) + "?";
  if (!against.empty())
    return "What tells sequences of " + facts.sequences + " that are " + target + " and not " + against +
           " from those of which the opposite holds?";
  return "What tells sequences of " + facts.sequences + " that are " + target +
         (facts.binary ? " from those that are not?" : " most from those that are least?");
}

std::string question_of_targets(std::int64_t targets) {
  return "What do sequences have in common that are alike in one of " + std::to_string(targets) + " targets?";
}

std::string other_side_words(RunFacts const& facts, std::string const& target, std::string const& against) {
  if (facts.targets.empty()) return background_words(facts);
  return "those that are " + (against.empty() ? "" : against + " and ") + "not " + target;
}

std::vector<std::string> method_words(RunFacts const& facts) {
  NetworkConfig const& c = facts.config;
  std::string const seeds =
      facts.seeded_filters > 0
          ? " Filters started as the " + std::to_string(facts.seeded_filters) + " motifs " +
                std::string(facts.start_motifs.empty() ? "" : "of " + facts.start_motifs + " or ") +
                "that counting words in the training sequences gave, the others at random" +
                (facts.start_motifs.empty() && c.head == HeadKind::pooled && c.blocks > 0
                     ? ", and heads as detectors of the first of these."
                     : ".")
          : "";
  return {
      "A network with " + std::to_string(c.channels) + " filters of " + std::to_string(c.filter_width) +
          " bp shared between the strands, " + std::to_string(c.blocks) +
          (c.blocks == 1 ? " attention block of " : " attention blocks of ") + std::to_string(c.heads) +
          " heads and a " + std::string(name_of(c.head)) +
          " head was trained; the epoch with the lowest validation loss, logits calibrated, was kept." +
          seeds,
      "Each positive and its reverse complement were read: the logit is dealt out to bases with attention "
      "weights and norms held constant. Seqlets are local maxima; of those in shuffled copies a share of at "
      "most " +
          format_number(facts.seqlet_p) + " is as high.",
      "Motifs come from seqlets of training sequences, for all heads together and for each, and from words "
      "of whole training sequences. All were tested alike: the score threshold from the training part, "
      "Fisher's exact test on validation and test sequences; equal motifs were merged. Sites are places "
      "with PWM p at most " +
          format_number(facts.site_p) +
          " after competition between overlapping candidates; up to ten times that for a motif so short "
          "that no word is as rare. Where a motif prefers a place, or keeps to another motif, p is divided "
          "by that preference first.",
      "Heads are numbered layer by layer from 0."};
}

ReportInput report_of_facts(RunFacts const& facts) {
  ReportInput report;
  report.title = facts.sequences;
  report.background = background_words(facts);
  report.inputs.push_back({"Sequences", facts.sequences});
  for (auto const& [label, file] :
       {std::pair{"Genome", facts.genome}, std::pair{"Background", facts.background},
        std::pair{"Targets", facts.targets}}) {
    if (!file.empty()) report.inputs.push_back({label, file});
  }
  for (std::string const& file : facts.databases) {
    report.inputs.push_back({"Motif database", file});
    report.database += (report.database.empty() ? "" : ", ") + file;
  }
  report.match_q_limit = facts.max_match_q;
  report.version = version();
  report.method = method_words(facts);
  return report;
}

}  // namespace cislens
