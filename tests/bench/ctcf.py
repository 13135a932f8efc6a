#!/usr/bin/env python3
"""discover on example/ctcf_4000.fa with the JASPAR vertebrates: the CTCF motif, time and memory.

r: correlation of the first motif with MA0139.2 over all 15 of its columns; those that the found motif does not have
count as uniform. Columns: how many it has. A site: of the first motif, after competition with the others.
"""

from bench import Bench, Table, align, metric, number, read_fasta, read_meme, read_table, thin, write_fasta


def compare(found, known):
    """(r over all columns of `known`, how many of them `found` has)"""
    uniform = [[0.25] * 4] * len(known)
    r, offset, _, _ = align(uniform + found + uniform, known, len(known))
    first = offset - len(known)
    return r, min(len(found), first + len(known)) - max(0, first)


def main():
    bench = Bench(__doc__)
    sequences = read_fasta(bench.data / "example/ctcf_4000.fa")
    sequences = thin(sequences, 400) if bench.options.quick else sequences
    table = Table("sequences", "first motif", "q", "r to MA0139.2", "columns", "sequences with a site", "motifs",
                  "test AUROC", "seconds", "peak MiB")
    out = bench.work / "ctcf"
    seconds, memory = bench.trained("discover", write_fasta(sequences, bench.work / "ctcf.fa"), out,
                                    "--motif-db", bench.jaspar)
    rows = read_table(out / "motifs.tsv")
    auroc = metric(out, "AUROC")
    if not rows:
        table.line([len(sequences), "none", *["–"] * 4, 0, number(auroc), number(seconds, 1), number(memory, 0)])
        return
    found = read_meme(out / "motifs.meme")[rows[0]["motif"]]
    known = read_meme(bench.jaspar)["MA0139.2"]
    r, columns = compare(found, known)
    share = int(rows[0]["sequences"]) / len(sequences)
    table.line([len(sequences), f"{rows[0]['match']} ({rows[0]['consensus']})", f"{float(rows[0]['match_q']):.1e}",
                number(r), f"{columns} of {len(known)}", f"{share:.1%}", len(rows), number(auroc),
                number(seconds, 1), number(memory, 0)])


if __name__ == "__main__":
    main()
