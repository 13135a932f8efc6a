#include "cislens/data/known_motifs.hpp"

#include "cislens/base/nucleotide.hpp"

#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace cislens {

namespace {

/// A motif as a person writes it down.
struct Sketch {
  std::string_view name;
  std::string_view letters;  // IUPAC
  std::string_view
      strength;  // a digit a letter: the bases of the letter hold 0.52 + 0.05 * digit; '-' with N
};

constexpr Sketch sketches[] = {
    {"CTCF", "TGGCCASYAGGKGGCRSTA", "3249958797979994431"},
    {"REST", "TTCAGCACCATGGACAGCGCC", "247995979257989937786"},
    {"GABPA", "RCCGGAAGTGGC", "388999995622"},
    {"SP1", "RGGGGCGGGGCCK", "4788987998734"},
    {"NFYA", "YYRRCCAATCAGMR", "23469999859543"},
    {"FOS", "RATGASTCAYC", "43999999942"},
    {"CREB1", "GRTGACGTCAYM", "237998989833"},
    {"USF1", "GGTCACGTGRCC", "238998899744"},
    {"GATA1", "NCAGATAAGRAN", "-4599998742-"},
    {"TAL1", "RACCATCTGTTS", "235999799432"},
    {"MEF2A", "KCTAAAAATAGMA", "4499787789952"},
    {"SRF", "TGMCCATATATGGKCA", "2349976767999343"},
    {"RUNX1", "WAACCACAAWA", "23889999422"},
    {"STAT3", "NYTTCYNGGAAGN", "-49985-89993-"},
    {"NFKB1", "RGGGAMTTTCCA", "398975679984"},
    {"TP53", "RRACATGYCYRGACATGYCY", "44492794356439279445"},
    {"CEBPB", "RTTGCGCAAYM", "69967689973"},
    {"FOXA1", "NTGTTTACWYAGS", "-798899967532"},
    {"HNF4A", "RGGNCAAAGKYCANN", "487-899985688--"},
    {"POU5F1", "CWTTGTYATGCAAATN", "468798799967874-"},
    {"MAFB", "AWWTGCTGACNNAG", "4558989996--12"},
    {"YY1", "CAARATGGCGGCNG", "235699988865-4"},
    {"NRF1", "YGCGCAYGCGCRN", "499998799985-"},
    {"TEAD4", "RCATTCCWGKN", "5899998655-"},
    {"IRF1", "GAAASTGAAASYR", "5898649999743"},
    {"HNF1A", "RGTTAATNATTAACY", "3799897-7998975"},
    {"RFX1", "GTTGCCATGGCAACC", "789776546668999"},
    {"E2F1", "TTTSGCGCCAAA", "368999989643"},
    {"NR3C1", "RGNACANNNTGTNCY", "39-899---998-93"},
    {"ZNF143", "ACTACAATTCCCAGAATGC", "5886779799999875458"},
};

/// The bases that an IUPAC letter of the sketches stands for.
std::string_view bases_of(char letter) {
  constexpr std::string_view codes[] = {"AA",  "CC",  "GG",  "TT",  "RAG",  "YCT",
                                        "SCG", "WAT", "KGT", "MAC", "NACGT"};
  for (std::string_view const code : codes) {
    if (code.front() == letter) return code.substr(1);
  }
  return "ACGT";
}

/// Probabilities of A C G T. What one base leaves over goes to its transition (A-G, C-T) for one half and to
/// the two transversions for a quarter each, as it does in real matrices; what two leave over is halved.
std::array<double, 4> column(char letter, char digit) {
  std::string_view const bases = bases_of(letter);
  if (bases.size() == 4) return {0.25, 0.25, 0.25, 0.25};
  double const mass = 0.52 + 0.05 * (digit - '0');
  std::array<double, 4> row{};
  if (bases.size() == 2) {
    row.fill((1 - mass) / 2);
    for (char const base : bases) row[encode_base(base)] = mass / 2;
    return row;
  }
  std::size_t const base = encode_base(bases.front());
  row.fill((1 - mass) / 4);
  row[(base + 2) % 4] = (1 - mass) / 2;
  row[base] = mass;
  return row;
}

}  // namespace

std::vector<MotifMatrix> known_motifs() {
  std::vector<MotifMatrix> motifs;
  for (Sketch const& sketch : sketches) {
    MotifMatrix motif{
        .id = std::string(sketch.name), .name = std::string(sketch.name), .rows = {}, .sites = 0};
    for (std::size_t i = 0; i < sketch.letters.size(); ++i) {
      motif.rows.push_back(column(sketch.letters[i], sketch.strength.at(i)));
    }
    motifs.push_back(std::move(motif));
  }
  return motifs;
}

}  // namespace cislens
