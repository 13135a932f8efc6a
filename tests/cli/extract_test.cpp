#include "cli_test.hpp"
#include "support/tools.hpp"

#include <filesystem>
#include <sstream>

namespace cislens::test {
namespace {

namespace fs = std::filesystem;
using testing_support::has_tool;
using testing_support::output_of;

std::string const yeast = CISLENS_SHARED_DATA "/yeast/";
std::string const human = CISLENS_SHARED_DATA "/human_ctcf/";

/// Two contigs of 60 bases, two genes, four reads.
class ExtractCommand : public Cli {
 protected:
  void SetUp() override {
    folder_.write("g.fa", ">chr1\n" + std::string(20, 'A') + std::string(20, 'C') + std::string(20, 'G') +
                              "\n>chr2\nACGTACGTAC" + std::string(50, 'N') + "\n");
    folder_.write("g.fa.fai", "chr1\t60\t6\t60\t61\nchr2\t60\t73\t60\t61\n");
    folder_.write(
        "genes.gff3",
        "##gff-version 3\nchr1\ts\tgene\t21\t40\t.\t+\t.\tID=G1;Name=One;biotype=protein_coding\n"
        "chr1\ts\tgene\t11\t40\t.\t-\t.\tID=G2;biotype=lncRNA\nchr1\ts\tgene\t2\t9\t.\t+\t.\tID=G3\n");
    folder_.write("r.bed", "chr1\t10\t30\ta\t0\t+\nchr1\t30\t50\tb\t7.5\t-\nchr2\t0\t10\tc\t0\t.\n");
    folder_.write("r.sam", sam_);
  }

  ProcessResult extract(std::string const& regions, std::vector<std::string> more) const {
    more.insert(more.begin(), {"extract", regions, "-g", "g.fa", "-o", "x"});
    return run(more);
  }
  void shell(std::string const& command) const {
    output_of("cd '" + folder_.path().string() + "' && " + command);
  }
  std::vector<std::string> left() const {
    std::vector<std::string> made;
    for (std::string const& name : folder_.list()) {
      if (name.starts_with("x")) made.push_back(name);
    }
    return made;
  }

  std::string const sam_ =
      "@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:chr1\tLN:60\n@SQ\tSN:chr2\tLN:60\n@RG\tID:r\tSM:s\n"
      "a\t0\tchr1\t11\t60\t10M\t*\t0\t0\tAAAAAAAAAA\t*\tRG:Z:r\nb\t0\tchr1\t21\t60\t10M\t*"
      "\t0\t0\tCCCCCCCCCC\t*\n"
      "c\t16\tchr1\t31\t9\t10M\t*\t0\t0\tCCCCCCCCCC\t*\nd\t1024\tchr1\t41\t60\t10M\t*\t0\t0\tGGGGGGGGGG\t*\n";
};

TEST_F(ExtractCommand, GivesPromotersWithTheirIds) {
  ProcessResult const result = extract("genes.gff3", {"--upstream", "10", "--downstream", "5"});

  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(left(), (Files{"x.bed", "x.fa", "x.params.json", "x.regions.tsv"}));
  EXPECT_EQ(folder_.read("x.bed"), "chr1\t10\t25\tG1\t0\t+\nchr1\t35\t50\tG2\t0\t-\n");
  EXPECT_EQ(folder_.read("x.fa"),
            ">G1 One chr1:10-25(+)\nAAAAAAAAAACCCCC\n>G2 G2 chr1:35-50(-)\nCCCCCCCCCCGGGGG\n");
  EXPECT_EQ(folder_.read("x.regions.tsv"),
            "record\tcontig\tstart\tend\tstrand\ttss\tgene_id\tgene_name\ttranscript_id\tbiotype\tothers\n"
            "G1\tchr1\t10\t25\t+\t20\tG1\tOne\t.\tprotein_coding\t.\n"
            "G2\tchr1\t35\t50\t-\t39\tG2\tG2\t.\tlncRNA\t.\n");
  EXPECT_NE(result.err.find("1 regions reach past the end of their contig"), std::string::npos) << result.err;
}

TEST_F(ExtractCommand, ChoosesFeaturesAndEnds) {
  EXPECT_EQ(extract("genes.gff3", {"--upstream", "10", "--downstream", "5", "--contig-ends", "clip",
                                   "--biotype", "lncRNA,miRNA"})
                .exit_code,
            0);
  EXPECT_EQ(folder_.read("x.bed"), "chr1\t35\t50\tG2\t0\t-\n");
  EXPECT_EQ(extract("genes.gff3", {"--upstream", "10", "--downstream", "5", "--contig-ends", "clip",
                                   "--attribute", "ID=G3,G9", "--force"})
                .exit_code,
            0);
  EXPECT_EQ(folder_.read("x.bed"), "chr1\t0\t6\tG3\t0\t+\n");
  EXPECT_EQ(extract("r.bed", {"--bed-tss", "--upstream", "3", "--downstream", "0", "--force"}).exit_code, 3)
      << "c has no strand";
  EXPECT_EQ(extract("r.bed", {"--center", "--width", "4", "--force"}).exit_code, 0);
  EXPECT_EQ(folder_.read("x.bed"), "chr1\t18\t22\ta\t0\t+\nchr1\t38\t42\tb\t7.5\t-\nchr2\t3\t7\tc\t0\t.\n");
}

TEST_F(ExtractCommand, FiltersRegions) {
  folder_.write("black.bed", "chr1\t49\t52\n");
  folder_.write("map.bed", "chr1\t0\t25\n");

  EXPECT_EQ(extract("r.bed", {"--blacklist", "black.bed"}).exit_code, 0);
  EXPECT_EQ(folder_.read("x.bed"), "chr1\t10\t30\ta\t0\t+\nchr2\t0\t10\tc\t0\t.\n");
  EXPECT_EQ(extract("r.bed", {"--mappable", "map.bed", "--force"}).exit_code, 0);
  EXPECT_EQ(folder_.read("x.bed"), "chr1\t10\t30\ta\t0\t+\n");
  folder_.write("n.bed", "chr1\t0\t10\nchr2\t0\t30\tn\n");
  EXPECT_EQ(extract("n.bed", {"--max-n", "0.5", "--force"}).exit_code, 0);
  EXPECT_EQ(folder_.read("x.fa"), ">chr1:0-10(.)\nAAAAAAAAAA\n");
}

TEST_F(ExtractCommand, RegionsPastTheEndOfTheirContigGo) {
  folder_.write("ends.bed", "chr1\t50\t61\tlong\nchr1\t0\t10\tin\nchr2\t90\t99\toff\n");

  ProcessResult const result = extract("ends.bed", {});

  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(folder_.read("x.bed"), "chr1\t0\t10\tin\t0\t.\n");
  EXPECT_NE(result.err.find("warning: ends.bed:1: end 61 is past the end of contig 'chr1'"),
            std::string::npos)
      << result.err;
  EXPECT_NE(result.err.find("left out with all like it: 2 of 3 regions"), std::string::npos) << result.err;
  EXPECT_EQ(extract("ends.bed", {"--center", "--width", "4", "--force"}).exit_code, 0);
  EXPECT_EQ(folder_.read("x.bed"), "chr1\t3\t7\tin\t0\t.\n");
  EXPECT_EQ(extract("ends.bed", {"--contig-ends", "clip", "--force"}).exit_code, 0);
  EXPECT_EQ(folder_.read("x.bed"), "chr1\t50\t60\tlong\t0\t.\nchr1\t0\t10\tin\t0\t.\n");
}

TEST_F(ExtractCommand, WritesTargets) {
  folder_.write("peaks.bed", "chr1\t5\t11\n");
  folder_.write("other.narrowPeak", "chr2\t5\t11\tp\t0\t.\t1\t1\t1\t2\n");
  ProcessResult const counts = extract("r.bed", {"--bam", "r.sam"});
  EXPECT_EQ(counts.exit_code, 0) << counts.err;
  EXPECT_EQ(folder_.read("x.targets.tsv"), "record\tr\na\t2\nb\t1\nc\t0\n");

  auto const targets = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"--force", "--quiet"});
    ProcessResult const result = extract("r.bed", more);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return folder_.read("x.targets.tsv");
  };
  EXPECT_EQ(targets({"--bam", "r.sam", "--name", "day0", "--keep-duplicates"}),
            "record\tday0\na\t2\nb\t2\nc\t0\n");
  EXPECT_EQ(targets({"--bam", "r.sam", "--signal", "coverage", "--min-mapq", "10"}),
            "record\tr\na\t1\nb\t0\nc\t0\n");
  EXPECT_EQ(targets({"--bam", "r.sam", "--columns", "sample"}), "record\ts\na\t1\nb\t0\nc\t0\n");
  EXPECT_EQ(targets({"--bam", "r.sam", "--cpm"}),
            "record\tr\na\t666666.6666666666\nb\t333333.3333333333\nc\t0\n");
  EXPECT_EQ(targets({"--bam", "r.sam", "--log2"}), "record\tr\na\t1.584962500721156\nb\t1\nc\t0\n");
  EXPECT_EQ(targets({"--bam", "r.sam", "--control", "r.sam"}), "record\tr\na\t0\nb\t0\nc\t0\n");
  EXPECT_EQ(targets({"--peaks", "peaks.bed", "--peaks", "other.narrowPeak"}),
            "record\tpeaks\tother\na\t1\t0\nb\t0\t0\nc\t0\t1\n");
  EXPECT_EQ(targets({"--bam", "r.sam", "--at-least", "2", "--peaks", "peaks.bed"}),
            "record\tr\tpeaks\na\t1\t1\nb\t0\t0\nc\t0\t0\n");
  folder_.write("summits.narrowPeak",
                "chr1\t5\t21\tp\t0\t.\t1\t1\t1\t13\nchr2\t8\t12\tp\t0\t.\t1\t1\t1\t1\n");
  EXPECT_EQ(targets({"--peaks", "summits.narrowPeak", "--peaks-within", "2"}),
            "record\tsummits\na\t1\nb\t0\nc\tNA\n");
  folder_.write("exact.narrowPeak", "chr1\t5\t21\tp\t0\t.\t1\t1\t1\t15\nchr2\t4\t5\tp\t0\t.\t1\t1\t1\t0\n");
  EXPECT_EQ(targets({"--peaks", "exact.narrowPeak", "--peaks-within", "0"}),
            "record\texact\na\t1\nb\t0\nc\tNA\n");
}

TEST_F(ExtractCommand, RefusesWhatCannotBe) {
  expect_error(run({"extract", "r.bed", "-o", "x"}), 2, "-g FASTA is missing");
  expect_error(extract("r.bed", {"--center"}), 2, "--center needs --width");
  expect_error(extract("genes.gff3", {"--bed-tss"}), 2, "are for BED");
  expect_error(extract("genes.gff3", {"--upstream", "0", "--downstream", "0"}), 2, "both 0");
  expect_error(extract("genes.gff3", {"--attribute", "biotype"}), 2, "is not KEY=VALUE");
  expect_error(extract("r.bed", {"--control", "r.sam"}), 2, "--control needs --bam");
  expect_error(extract("r.bed", {"--bam", "r.sam", "--bam", "r.sam"}), 2, "two columns would be called 'r'");
  for (std::string const flag : {"--cpm", "--log2", "--keep-duplicates", "--consensus"})
    expect_error(extract("r.bed", {flag, "--peaks", "r.bed"}), 2, flag + " needs --bam");
  expect_error(extract("r.bed", {"--min-mapq", "5"}), 2, "--min-mapq needs --bam");
  expect_error(extract("r.bed", {"--bam", "r.sam", "--min-depth", "5"}), 2, "--min-depth needs --consensus");
  expect_error(extract("r.bed", {"--min-mappable", "0.5"}), 2, "--min-mappable needs --mappable");
  expect_error(extract("r.bed", {"--width", "5"}), 2, "--width needs --center");
  expect_error(extract("r.bed", {"--upstream", "5"}), 2, "--upstream is for promoters; of BED they need");
  expect_error(extract("r.bed", {"--biotype", "lncRNA"}), 2, "--biotype is for GTF and GFF3; r.bed is BED");
  expect_error(extract("r.bed", {"--bam", "r.sam", "--bam", "no/r.sam"}), 2, "would be called 'r'");
  expect_error(extract("r.bed", {"--peaks", "no/p.bed", "--peaks", "p.narrowPeak"}), 2,
               "two columns would be called 'p'");
  expect_error(run({"extract", "none.bed", "-g", "g.fa", "-o", "no/x"}), 4, "no/x.fa: cannot write");
  expect_error(extract("r.bed", {"--bam", "r.sam", "--name", "a", "--name", "b"}), 2,
               "--name is given 2 times");
  expect_error(extract("r.bed", {"--bam", "r.sam", "--signal", "cuts", "--unit", "fragment"}), 2,
               "cuts are ends");
  expect_error(extract("r.bed", {"--bam", "r.sam", "--control", "r.sam", "--cpm"}), 2,
               "neither --cpm nor --log2");
  expect_error(extract("r.bed", {"--bam", "r.sam", "--peaks", "r.bed"}), 2, "--peaks gives 0/1");
  expect_error(extract("r.bed", {"--bam", "r.sam", "--peaks-within", "5"}), 2,
               "--peaks-within needs --peaks");
  EXPECT_EQ(left(), Files{});
}

TEST_F(ExtractCommand, NamesWhatIsWrongWithRegions) {
  folder_.write("empty.bed", "# nothing\n");
  folder_.write("bare.bed", "1\t0\t10\n");
  folder_.write("long.bed", "chr1\t0\t61\n");
  folder_.write("no_genes.gff3", "##gff-version 3\nchr1\ts\tARS\t1\t9\t.\t+\t.\tID=A\n");
  folder_.write("broken.gtf", "chr1\ts\tgene\t1\t9\t.\t+\t.\tgene_id \"G\n");
  folder_.write("all.bed", "chr1\t0\t60\nchr2\t0\t60\n");
  expect_error(extract("empty.bed", {}), 3, "empty.bed:1: no region up to the end");
  expect_error(extract("bare.bed", {}), 3, "contig '1' is not in g.fa (its names look like 'chr1'; put chr");
  expect_error(extract("long.bed", {}), 3, "long.bed:1: end 61 is past the end of contig 'chr1'");
  expect_error(extract("no_genes.gff3", {}), 3, "holds no gene; its types are ARS");
  expect_error(extract("broken.gtf", {}), 3, "broken.gtf:1: the quote of attribute 'gene_id' is not closed");
  expect_error(extract("g.fa", {}), 3, "is neither GTF, GFF3 nor BED");
  expect_error(extract("r.bed", {"--blacklist", "all.bed"}), 3, "no region is left after");
  expect_error(extract("genes.gff3", {"--upstream", "100"}), 3, "all 3 regions reach past the end");
  EXPECT_EQ(left(), Files{});
}

TEST_F(ExtractCommand, NamesWhatIsWrongWithAlignments) {
  folder_.write("short.sam", "@SQ\tSN:chr1\tLN:50\na\t0\tchr1\t11\t60\t5M\t*\t0\t0\t*\t*\n");
  folder_.write("bare.sam", "@SQ\tSN:1\tLN:60\n@SQ\tSN:2\tLN:60\n");
  folder_.write("part.sam", "@SQ\tSN:chr1\tLN:60\na\t0\tchr1\t11\t60\t5M\t*\t0\t0\t*\t*\n");
  folder_.write("unmapped.sam", "@CO\tnone\nr\t4\t*\t0\t0\t*\t*\t0\t0\tACGT\t*\n");
  folder_.write("broken.sam", sam_ + "e\t0\tchr1\n");
  folder_.write("one.bed", "chr1\t0\t60\n");
  expect_error(extract("r.bed", {"--bam", "none.bam"}), 3, "none.bam: there is no such file");
  expect_error(extract("r.bed", {"--bam", "r.bed"}), 3, "r.bed: is not BAM, CRAM or SAM");
  expect_error(extract("r.bed", {"--bam", "https://example.org/a.bam"}), 3,
               "is a URL (download it, or allow");
  expect_error(extract("r.bed", {"--bam", "short.sam"}), 3,
               "its contig 'chr1' has 50 bases, that of g.fa has 60");
  expect_error(extract("r.bed", {"--bam", "bare.sam"}), 3, "none of its contigs ('1', ...) is in g.fa");
  expect_error(extract("r.bed", {"--bam", "part.sam"}), 3, "its header has no contig 'chr2'");
  expect_error(extract("r.bed", {"--bam", "unmapped.sam"}), 3, "its header names no contig");
  expect_error(extract("r.bed", {"--bam", "broken.sam"}), 3, "broken.sam: is damaged");
  expect_error(extract("r.bed", {"--bam", "r.sam", "--read-group", "q"}), 3,
               "has no read group 'q' (it has r)");
  expect_error(extract("r.bed", {"--bam", "r.sam", "--min-mapq", "61"}), 3,
               "no read that passes the filters");
  expect_error(extract("one.bed", {"--bam", "part.sam", "--columns", "sample"}), 3, "has no read groups");
  EXPECT_EQ(left(), Files{});
}

TEST_F(ExtractCommand, ReadsBamWithGoodBadAndNoIndexAlike) {
  if (!has_tool("samtools")) GTEST_SKIP() << "skipped: no samtools";
  shell("samtools view -b -o r.bam r.sam");
  std::string const expected = "record\tr\na\t2\nb\t1\nc\t0\n";
  auto const expect_counts = [&](std::string const& message) {
    ProcessResult const result = extract("r.bed", {"--bam", "r.bam", "--force"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_NE(result.err.find(message), std::string::npos) << result.err;
    EXPECT_EQ(folder_.read("x.targets.tsv"), expected) << message;
  };

  expect_counts("r.bam: has no index; reading");
  shell("samtools index r.bam && touch r.bam");
  fs::last_write_time(folder_.path() / "r.bam.bai",
                      fs::last_write_time(folder_.path() / "r.bam") - std::chrono::seconds(5));
  expect_counts("r.bam.bai: is older than its file; reading");
  folder_.write("r.bam.bai", "not an index");
  expect_counts("r.bam.bai: is damaged or of another file; reading");
  shell("samtools index r.bam");
  expect_counts("measuring 3 regions");
  shell(
      "samtools sort -n -o u.bam r.bam && (samtools view -H r.sam; samtools view r.sam | tac) | samtools "
      "view -b -o r.bam "
      "&& rm r.bam.bai");
  expect_counts("r.bam: is not sorted by place");
}

TEST_F(ExtractCommand, RefusesBamThatIsCutShort) {
  if (!has_tool("samtools")) GTEST_SKIP() << "skipped: no samtools";
  shell("samtools view -b -o r.bam r.sam && head -c -28 r.bam > cut.bam");

  expect_error(extract("r.bed", {"--bam", "cut.bam"}), 3, "cut.bam: is cut short: its end marker is missing");
}

TEST_F(ExtractCommand, ReadsContigsPastTheReachOfBai) {
  if (!has_tool("samtools") || !has_tool("bgzip")) GTEST_SKIP() << "skipped: no samtools or bgzip";
  shell("(echo '>big'; head -c 600000000 /dev/zero | tr '\\0' 'N'; echo) | bgzip -l 1 > big.fa.gz");
  shell(
      "printf "
      "'@HD\\tVN:1.6\\tSO:coordinate\\n@SQ\\tSN:big\\tLN:600000000\\nr\\t0\\tbig\\t590000001\\t60\\t10M\\t*"
      "\\t0\\t0"
      "\\t*\\t*\\n' | samtools view -b -o big.bam && samtools index -c big.bam");
  folder_.write("big.bed", "big\t590000009\t590000020\ta\nbig\t10\t20\tb\n");
  auto const counts = [&] {
    ProcessResult const result =
        run({"extract", "big.bed", "-g", "big.fa.gz", "-o", "x", "--bam", "big.bam", "--force"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(folder_.read("x.targets.tsv"), "record\tbig\na\t1\nb\t0\n");
    return result.err;
  };

  EXPECT_EQ(counts().find("from start to end"), std::string::npos);
  fs::remove(folder_.path() / "big.bam.csi");
  EXPECT_NE(counts().find("has no index"), std::string::npos);
}

TEST_F(ExtractCommand, AsksBeforeItReadsCram) {
  if (!has_tool("samtools")) GTEST_SKIP() << "skipped: no samtools";
  shell("samtools view -C -T g.fa -o r.cram r.sam");

  ProcessResult const refused = extract("r.bed", {"--bam", "r.cram"});
  if (refused.exit_code != 0) expect_error(refused, 3, "known faults that a crafted CRAM can use");
  ProcessResult const trusted = extract("r.bed", {"--bam", "r.cram", "--allow-cram", "--force"});

  EXPECT_EQ(trusted.exit_code, 0) << trusted.err;
  shell("samtools index r.cram && tr C G < g.fa > w.fa");
  expect_error(
      run({"extract", "r.bed", "-g", "w.fa", "-o", "y", "--bam", "r.cram", "--allow-cram", "--consensus"}), 3,
      "is -g the reference that the CRAM was made with?");
  EXPECT_EQ(folder_.read("x.targets.tsv"), "record\tr\na\t2\nb\t1\nc\t0\n");
}

TEST_F(ExtractCommand, CallsTheSequencesOfASample) {
  if (!has_tool("samtools")) GTEST_SKIP() << "skipped: no samtools";
  shell("sed 's/AAAAAAAAAA/AAAAATAAAA/' r.sam | samtools view -b -o r.bam && samtools index r.bam");
  std::vector<std::string> const options = {"--bam",       "r.bam",       "--name", "me",
                                            "--consensus", "--min-depth", "1"};

  ProcessResult const result = extract("r.bed", options);

  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(left(), (Files{"x.bed", "x.fa", "x.me.fa", "x.params.json", "x.regions.tsv", "x.targets.tsv"}));
  EXPECT_EQ(folder_.read("x.me.fa"), ">a chr1:10-30(+)\nAAAAATAAAACCCCCCCCCC\n>b chr1:30-50(-)\n" +
                                         std::string(10, 'N') + "GGGGGGGGGG\n>c chr2:0-10(.)\nNNNNNNNNNN\n");
  expect_error(extract("r.bed", options), 4, "x.fa: already exists; use --force");
  expect_error(extract("r.bed", {"--bam", "r.bam", "--consensus", "--min-depth", "9", "--force"}), 3,
               "no base of any region is called");
  expect_error(extract("r.bed", {"--bam", "r.sam", "--consensus", "--force"}), 3,
               "needs a sorted file with an index");
  expect_error(extract("r.bed", {"--consensus"}), 2, "--consensus needs --bam");
}

TEST_F(ExtractCommand, GivesThePromotersOfYeastToTheByte) {
  if (!fs::exists(yeast)) GTEST_SKIP() << "skipped: no data";
  ProcessResult const result = run({"extract", yeast + "sgd_features.gff3.gz", "-g", yeast + "sacCer3.fa.gz",
                                    "-o", "p", "--attribute", "orf_classification=Verified,Uncharacterized",
                                    "--upstream", "450", "--downstream", "50", "--tss", "all"});

  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(folder_.read("p.fa"), output_of("gzip -dc " + yeast + "promoters_500.fa.gz"));
  EXPECT_EQ(folder_.read("p.bed"), output_of("cat " + yeast + "promoters_500.bed"));
}

TEST_F(ExtractCommand, GivesTheLabelsOfYeast) {
  if (!fs::exists(yeast)) GTEST_SKIP() << "skipped: no data";
  std::string const labels = output_of("gzip -dc " + yeast + "promoter_labels.tsv.gz");
  std::istringstream header(labels.substr(0, labels.find('\n')));
  std::string word;
  header >> word >> word;
  std::vector<std::string> command = {
      "extract", yeast + "promoters_500.bed", "-g", yeast + "sacCer3.fa.gz", "-o", "p"};
  while (header >> word) command.insert(command.end(), {"--peaks", yeast + "chexmix/" + word + ".bed"});

  ProcessResult const result = run(command);

  EXPECT_EQ(result.exit_code, 0) << result.err;
  std::string const expected =
      output_of("gzip -dc " + yeast + "promoter_labels.tsv.gz | cut -f1,3- | sed '1s/promoter/record/'");
  EXPECT_EQ(folder_.read("p.targets.tsv"), expected);
}

TEST_F(ExtractCommand, WritesWhatTrainTakes) {
  if (!fs::exists(yeast)) GTEST_SKIP() << "skipped: no data";
  folder_.write("few.bed", output_of("awk '$1 == \"chrVII\" && ++n <= 60' " + yeast + "promoters_500.bed"));
  EXPECT_EQ(run({"extract", "few.bed", "-g", yeast + "sacCer3.fa.gz", "-o", "p", "--bam",
                 yeast + "atac_reads.bam", "--columns", "read-group"})
                .exit_code,
            0);

  ProcessResult const result = run({"train", "p.fa", "--targets", "p.targets.tsv", "-o", "m", "--epochs", "1",
                                    "--channels", "16", "--heads", "2", "--no-seed-filters"});

  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(folder_.read("m/predictions.tsv").find("SRR1822153"), std::string::npos);
}

}  // namespace
}  // namespace cislens::test
