#include "cislens/seqio/annotation.hpp"

#include "cislens/seqio/promoters.hpp"

#include "support/input_error.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cislens {
namespace {

using testing_support::input_error;
using testing_support::TemporaryFolder;

std::vector<AnnotationFeature> read(std::string const& text, AnnotationOptions const& options) {
  TemporaryFolder const folder;
  TextInput input(folder.write("a.gff", text));
  Log log({.quiet = true});
  return read_annotation(input, options, log);
}

std::string error_of(std::string const& text, AnnotationOptions const& options) {
  std::string const words = input_error([&] { read(text, options); });
  std::size_t const name = words.find("a.gff");
  return name == std::string::npos ? words : words.substr(name);
}

std::string const gff3 =
    "##gff-version 3\n"
    "chr1\ts\tgene\t11\t20\t.\t+\t.\tID=gene:G1;Name=ABC%2C1;biotype=protein_coding\n"
    "chr1\ts\tmRNA\t13\t20\t.\t+\t.\tID=transcript:T1;Parent=gene:G1\n"
    "chr1\ts\texon\t13\t20\t.\t+\t.\tParent=transcript:T1,transcript:T9\n"
    "chr1\ts\tncRNA_gene\t31\t31\t.\t-\t.\tID=gene-G2;Note=a%20b;Name=DUR1,2;tag=basic,main;gene_biotype="
    "lncRNA;Alias=x,y\n"
    "chr1\ts\tlnc_RNA\t31\t31\t.\t-\t.\tID=rna-T2;Parent=gene-G2;Name=T2name\n"
    "chr1\ts\tpseudogene\t41\t50\t.\t?\t.\tID=P\n"
    "##FASTA\n>chr1\nACGT\n";

std::string const gtf =
    "#!genome-build X\n"
    "chr1\ts\tgene\t11\t20\t.\t+\t.\tgene_id \"G1\"; gene_name \"A;B\"; gene_type \"protein_coding\";\n"
    "chr1\ts\ttranscript\t13\t20\t.\t+\t.\tgene_id \"G1\"; transcript_id \"T1\"; gene_name \"A;B\"; tag "
    "\"x\"; tag "
    "\"basic\"; level 2;\n"
    "chr1\ts\texon\t13\t20\t.\t+\t.\tgene_id \"G1\"; transcript_id \"T1\";\n"
    "chr2\ts\tgene\t5\t9\t.\t-\t.\tgene_id \"G2\"\n";

TEST(ReadAnnotation, TakesGenesOfGff3) {
  auto const genes = read(gff3, {});

  ASSERT_EQ(genes.size(), 2U);
  EXPECT_EQ(genes[0].interval, (Interval{"chr1", 10, 20, '+'}));
  EXPECT_EQ(genes[0].gene_id, "G1");
  EXPECT_EQ(genes[0].gene_name, "ABC,1");
  EXPECT_EQ(genes[0].transcript_id, "");
  EXPECT_EQ(genes[0].biotype, "protein_coding");
  EXPECT_EQ(genes[0].line, 2);
  EXPECT_EQ(genes[1].id(), "G2");
  EXPECT_EQ(genes[1].gene_name, "DUR1,2");
  EXPECT_EQ(genes[1].interval, (Interval{"chr1", 30, 31, '-'}));
}

TEST(ReadAnnotation, GivesTranscriptsTheNamesOfTheirGenes) {
  auto const transcripts = read(gff3, {.level = AnnotationLevel::transcript});

  ASSERT_EQ(transcripts.size(), 2U);
  EXPECT_EQ(transcripts[0].id(), "T1");
  EXPECT_EQ(transcripts[0].gene_id, "G1");
  EXPECT_EQ(transcripts[0].gene_name, "ABC,1");
  EXPECT_EQ(transcripts[0].biotype, "protein_coding");
  EXPECT_EQ(transcripts[1].transcript_id, "T2");
  EXPECT_EQ(transcripts[1].biotype, "lncRNA");
}

TEST(ReadAnnotation, TakesGtfWithSemicolonsInQuotes) {
  auto const genes = read(gtf, {});
  auto const transcripts =
      read(gtf, {.level = AnnotationLevel::transcript, .attributes = {{"tag", {"basic"}}}});

  ASSERT_EQ(genes.size(), 2U);
  EXPECT_EQ(genes[0].gene_name, "A;B");
  EXPECT_EQ(genes[1].gene_name, "G2");
  EXPECT_EQ(genes[1].interval, (Interval{"chr2", 4, 9, '-'}));
  ASSERT_EQ(transcripts.size(), 1U);
  EXPECT_EQ(transcripts[0].id(), "T1");
  EXPECT_EQ(transcripts[0].gene_id, "G1");
}

TEST(ReadAnnotation, MakesGenesFromExonsWhereGtfHasNone) {
  std::string const exons =
      "chr1\ts\texon\t30\t40\t.\t-\t.\tgene_id \"G\"; transcript_id \"T1\";\n"
      "chr1\ts\texon\t11\t20\t.\t-\t.\tgene_id \"G\"; transcript_id \"T2\";\n"
      "chrX\ts\tCDS\t1\t9\t.\t+\t.\tgene_id \"G\"; transcript_id \"T1\";\n";

  auto const genes = read(exons, {});
  auto const transcripts = read(exons, {.level = AnnotationLevel::transcript});

  ASSERT_EQ(genes.size(), 2U) << "one a contig";
  EXPECT_EQ(genes[0].interval, (Interval{"chr1", 10, 40, '-'}));
  EXPECT_EQ(genes[1].interval, (Interval{"chrX", 0, 9, '+'}));
  EXPECT_EQ(transcripts.size(), 3U);
}

TEST(ReadAnnotation, FiltersByTypeBiotypeAndAttribute) {
  EXPECT_EQ(read(gff3, {.types = {"mRNA"}, .attributes = {{"Parent", {"gene:G1"}}}}).front().id(), "T1");
  EXPECT_EQ(read(gff3, {.biotypes = {"lncRNA"}}).front().id(), "G2");
  EXPECT_EQ(read(gff3, {.attributes = {{"Alias", {"z", "y"}}}}).front().id(), "G2");
  EXPECT_EQ(read(gff3, {.attributes = {{"tag", {"main"}}}}).front().id(), "G2");
  EXPECT_EQ(read(gtf, {.biotypes = {"protein_coding"}}).size(), 1U) << "G2 states none";
}

TEST(ReadAnnotation, NamesTheLineOfWhatIsWrong) {
  std::string const gene = "chr1\ts\tgene\t11\t20\t.\t+\t.\t";
  EXPECT_EQ(error_of("chr1\ts\tgene\t11\t20\n", {}).substr(0, 30), "a.gff:1: found 5 columns inste");
  EXPECT_EQ(error_of("chr1\ts\tgene\t0\t20\t.\t+\t.\tID=G\n", {}).substr(0, 19), "a.gff:1: start '0' ");
  EXPECT_EQ(error_of("chr1\ts\tgene\t21\t20\t.\t+\t.\tID=G\n", {}).substr(0, 39),
            "a.gff:1: end 20 is less than start 21 (");
  EXPECT_EQ(error_of(gene + "ID=G\n" + gene + "ID\n", {}),
            "a.gff:2: attribute 'ID' is not key=value (GFF3: key=value;key=value in column 9)");
  EXPECT_EQ(error_of(gene + "Note=x\n", {}), "a.gff:1: this gene has no id (GFF3: ID=... or gene_id=...)");
  EXPECT_EQ(error_of(gene + "gene_id \"G\n", {}),
            "a.gff:1: the quote of attribute 'gene_id' is not closed (GTF: key \"value\"; in column 9)");
  EXPECT_EQ(error_of(gene + "gene_id;\n", {}).substr(0, 50),
            "a.gff:1: attribute 'gene_id' has no proper value (");
  EXPECT_EQ(
      error_of(gene + "gene_id \"G\" gene_name \"N\";\n", {}),
      "a.gff:1: attribute 'gene_id' is followed by 'gene_name \"N\";' instead of ';' (GTF: key \"value\"; in "
      "column 9)");
  EXPECT_EQ(error_of(gene + "gene_name \"N\";\n", {}),
            "a.gff:1: this gene has no id (GTF: gene_id \"...\";)");
}

TEST(ReadAnnotation, SaysWhatThereIsInsteadOfGenes) {
  EXPECT_EQ(
      error_of("##gff-version 3\nchr1\ts\tmRNA\t1\t9\t.\t+\t.\tID=T\nchr1\ts\tCDS\t1\t9\t.\t+\t.\tID=C\n",
               {}),
      "a.gff: holds no gene; its types are CDS, mRNA (choose with --feature TYPE, or --level transcript)");
  EXPECT_EQ(error_of("##gff-version 3\n", {}).substr(0, 23), "a.gff: holds no feature");
  EXPECT_EQ(error_of(gff3, {.biotypes = {"miRNA"}}),
            "a.gff: no feature has a biotype asked for; there are lncRNA, protein_coding");
  EXPECT_EQ(error_of("chr1\ts\tgene\t1\t9\t.\t+\t.\tID=G\n", {.biotypes = {"x"}}).substr(0, 27),
            "a.gff: states no biotypes (");
  EXPECT_EQ(error_of(gff3, {.attributes = {{"Alias", {"z"}}}}).substr(0, 28), "a.gff: none of its 2 genes h");
  EXPECT_EQ(error_of("chr1\ts\tgene\t1\t9\t.\t.\t.\tID=G\n", {}).substr(0, 28),
            "a.gff: no gene has a strand,");
}

TEST(ReadAnnotation, IsToldFromBed) {
  EXPECT_TRUE(looks_like_annotation("chr1\ts\tgene\t11\t20\t.\t+\t.\tID=G"));
  EXPECT_FALSE(looks_like_annotation("chr1\t11\t20\tname\t0\t+"));
  EXPECT_FALSE(looks_like_annotation("chr1\t11\t20\t4\t5\t+\t1\t2\t3"));
}

}  // namespace
}  // namespace cislens
