#!/usr/bin/env python3
"""discover on the 14 ChIP-seq sets of tf_chip/, at most 6,000 sequences each (evenly thinned).

AUROC: on the source's test files where it has them ("files"), scored by `predict` with the model that discover wrote;
else on the tenth of the set that was never trained on, against its shuffles ("held out"). Negatives of training are
train.neg where the source has it, else dinucleotide shuffles (--shuffled: always shuffles). PWM: best hit of the best
known matrix on the same test files, or against shuffles of the set (tf_chip/sets.tsv).

Family: place in motifs.tsv of the first motif with r >= 0.85 to a JASPAR 2024 matrix of the factor's TF family (best
ungapped alignment over >= 6 columns, either strand). Two classes of zinc fingers ("More than 3 adjacent", "multiple
dispersed") hold factors with unrelated motifs; there only matrices of the factor itself count. STREME: its place among
its first five motifs, the whole family counting. Others: database names with q < 0.01 of motifs not of the family.
"""

import time

from bench import (Bench, Table, align, metric, number, read_fasta, read_meme, read_table, thin, write_fasta)

STREME = {"SP1_GM12878": "2", "ZBTB7A_HepG2": "none", "NFE2_GM12878": "none"}
MIXED_FAMILIES = ("More than 3 adjacent zinc fingers", "Factors with multiple dispersed zinc fingers")
QUICK_SETS = ("GABPA_GM12878", "TP73_human", "NFE2_GM12878")


def options(parser):
    parser.add_argument("--sets", default="", help="only these, separated by commas")
    parser.add_argument("--most", type=int, default=6000, help="sequences of a set")
    parser.add_argument("--shuffled", action="store_true", help="shuffles as negatives even where train.neg exists")


def family_of(reference, classes):
    """Ids of the matrices that count as the family of the matrix `reference`."""
    own = classes[reference]
    families = set(own["family"].split("; "))
    if families & set(MIXED_FAMILIES):
        return [id for id, row in classes.items() if row["name"].upper() == own["name"].upper()]
    return [id for id, row in classes.items() if families & set(row["family"].split("; "))]


def best_of_family(motif, family, known):
    """(r, id) of the family's matrix that is most like the motif."""
    return max((align(motif, known[id], 6)[0], id) for id in family if id in known)


def describe_motifs(out, family, known, classes):
    """(rank and match of the family, other names) of a run's motifs."""
    matrices = read_meme(out / "motifs.meme")
    rank, others = "none", []
    for place, row in enumerate(read_table(out / "motifs.tsv"), start=1):
        r, id = best_of_family(matrices[row["motif"]], family, known)
        if r >= 0.85:
            if rank == "none":
                rank = f"{place} ({classes[id]['name']} {r:.2f})"
        elif row["match"] != "." and float(row["match_q"]) < 0.01 and row["match"] not in others:
            others.append(row["match"])
    return rank, ", ".join(others) or "–"


def main():
    bench = Bench(__doc__, options)
    folder = bench.data / "tf_chip"
    classes = {row["id"]: row for row in
               read_table(bench.data / "motifs/JASPAR2024_CORE_vertebrates_nr.classes.tsv")}
    known = read_meme(bench.jaspar)
    wanted = bench.options.sets.split(",") if bench.options.sets else QUICK_SETS if bench.options.quick else None
    start = time.monotonic()
    table = Table("set", "sequences", "negatives", "AUROC", "PWM", "test", "family", "STREME", "motifs", "others",
                  "seconds")
    for row in read_table(folder / "sets.tsv"):
        name = row["set"]
        if wanted and name not in wanted:
            continue
        test, negatives = folder / f"{name}.test.pos.fa.gz", folder / f"{name}.train.neg.fa.gz"
        source = next(p for p in (folder / f"{name}.train.pos.fa.gz", folder / f"{name}.pos.fa.gz") if p.exists())
        sequences = thin(read_fasta(source), 300 if bench.options.quick else bench.options.most)
        given = negatives.exists() and not bench.options.shuffled
        out = bench.work / name
        seconds, _ = bench.trained("discover", write_fasta(sequences, bench.work / f"{name}.fa"), out,
                                   "--motif-db", bench.jaspar, *(["--background", negatives] if given else []))
        if test.exists():
            auroc = bench.auroc_of_prediction(out, test, folder / f"{name}.test.neg.fa.gz")[0]
            pwm, where = row["pwm_auroc_on_test_files"], "files"
        else:
            auroc, pwm, where = metric(out, "AUROC"), row["pwm_auroc_vs_dinucleotide_shuffle"], "held out"
        rank, others = describe_motifs(out, family_of(row["reference_motif"], classes), known, classes)
        table.line([name, len(sequences), "given" if given else "shuffles", number(auroc), pwm, where, rank,
                    STREME.get(name, "1"), len(read_table(out / "motifs.tsv")), others, number(seconds, 0)])
    table.line(["all", *[""] * 9, number(time.monotonic() - start, 0)])


if __name__ == "__main__":
    main()
