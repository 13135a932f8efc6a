#!/usr/bin/env python3
"""pairs on simulated sequences (the 40, 60 and 80 pair recipes), on nulls, and on real promoters.

Recipe: `cislens simulate --pairs` with the 20 motifs and 40 pairs of shared/data/pairs/data40_sim; 25 and 30 motifs (JASPAR
motifs added) with 60 and 80 pairs drawn by the seed; 5,000 x 300 bp. Given motifs. AP ranks all tested pairs by their
occurrence p-value; by cluster: motifs that cislens takes together are one, a pair of clusters is true when a listed pair
joins them; by name: every motif by itself (--alike 2). Calls: q < 0.05; false: called pairs of clusters that no listed
pair joins. Gap: share of called true pairs whose preferred gap is within 1 bp of the planted one (--pair-gap-fixed).
Orientation: precision and recall of orientation_q < 0.05 with the planted orientation (--pair-strands fixed).
Nulls: --pair-positives singles and rematched, calls that should not be there, in --null-runs runs of 1,000 sequences.
Rematched sets hold unlisted partners at the gaps of pairs: no pair is special, but sites do come in twos, so that calls
there are not false; they are counted to be seen.
"""

import math
import random
import statistics

from bench import Bench, Table, number, read_table


def options(parser):
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--null-runs", type=int, default=20)
    parser.add_argument("--only", default="recipes,gaps,strands,nulls,real", help="parts to run, joined by commas")


def unordered(a, b):
    return (min(a, b), max(a, b))


def clusters_of(rows):
    """{motif: the motif that stands for it}, of motifs in tested pairs."""
    cluster = {}
    for row in rows:
        for side in "ab":
            for member in row[f"members_{side}"].split(","):
                cluster[member] = row[f"motif_{side}"]
    return cluster


def average_precision(rows, truth):
    """Of the rows in their order; pairs that were not tested count as missed."""
    hits, total = 0, 0.0
    for rank, row in enumerate(rows, 1):
        if unordered(row["motif_a"], row["motif_b"]) in truth:
            hits += 1
            total += hits / rank
    return total / len(truth) if truth else math.nan


def is_called(row):
    return float(row["occurrence_q"]) < 0.05 and float(row["occurrence_z"]) > 0


class Run:
    """One call of `cislens pairs`, its table and the truth in its clusters."""

    def __init__(self, bench, prefix, motifs, *arguments):
        out = bench.work / "out"
        self.seconds, _ = bench.cislens("pairs", f"{prefix}.fa", "--motifs", motifs, "-o", out, "--force", *arguments)
        self.rows = read_table(out / "pairs.tsv")
        self.called = [row for row in self.rows if is_called(row)]
        self.cluster = clusters_of(self.rows)

    def truth(self, listed):
        return {unordered(self.cluster.get(row["motif_a"], row["motif_a"]), self.cluster.get(row["motif_b"], row["motif_b"]))
                for row in listed}


def motif_file(bench, count, seed):
    """The 20 motifs of the data, and JASPAR motifs drawn by the seed."""
    source = bench.data / "pairs/data40_sim/motifs_20.meme"
    if count == 20:
        return source
    text = source.read_text().rstrip("\n") + "\n\n"
    blocks = ["MOTIF " + block for block in bench.jaspar.read_text().split("\nMOTIF ")[1:]]
    for block in random.Random(seed).sample(blocks, count - 20):
        text += "\n".join(line for line in block.splitlines() if not line.startswith("URL")) + "\n\n"
    path = bench.work / f"motifs_{count}_{seed}.meme"
    path.write_text(text)
    return path


def simulate(bench, prefix, seed, motifs, pairs, sequences, *arguments):
    bench.cislens("simulate", "-o", prefix, "--force", "--seed", seed, "--positives", sequences, "--length", 300,
                  "--motifs", motifs, "--pairs", pairs, *arguments)
    return read_table(f"{prefix}.pairs.tsv")


def recipes(bench, sequences, seeds):
    table = Table("recipe", "seed", "AP by cluster", "AP by name", "called", "false", "FDR", "s")
    for motifs, pairs in ((20, 40), (25, 60), (30, 80)):
        for seed in seeds:
            file = motif_file(bench, motifs, seed)
            listed = bench.data / "pairs/data40_sim/true_pairs_40.tsv" if pairs == 40 else pairs
            prefix = bench.work / "s"
            truth = simulate(bench, prefix, seed, file, listed, sequences)
            run = Run(bench, prefix, file)
            joined = run.truth(truth)
            false = [row for row in run.called if unordered(row["motif_a"], row["motif_b"]) not in joined]
            alone = Run(bench, prefix, file, "--alike", 2)
            table.line([f"{motifs} motifs, {pairs} pairs", seed, number(average_precision(run.rows, joined)),
                        number(average_precision(alone.rows, alone.truth(truth))), len(run.called), len(false),
                        number(len(false) / max(1, len(run.called))), number(run.seconds)])


def geometry(bench, sequences, seeds, option, column):
    """Called true pairs whose preferred gap or orientation is the planted one."""
    names = ("gap within 1 bp", "of called") if column == "gap" else ("precision", "recall")
    table = Table("variant", "seed", *names)
    for seed in seeds:
        file, prefix = motif_file(bench, 20, seed), bench.work / "g"
        truth = simulate(bench, prefix, seed, file, bench.data / "pairs/data40_sim/true_pairs_40.tsv", sequences, *option)
        run = Run(bench, prefix, file, "--alike", 2)
        rows = {unordered(row["motif_a"], row["motif_b"]): row for row in run.called}
        right = told = called = 0
        for row in truth:
            found = rows.get(unordered(row["motif_a"], row["motif_b"]))
            if found is None:
                continue
            called += 1
            if column == "gap":
                right += found["gap"] != "." and abs(int(found["gap"]) - int(row["gap"])) <= 1
                continue
            planted = row["strands"]
            if (found["motif_a"], found["motif_b"]) != (row["motif_a"], row["motif_b"]):  # read from the other strand
                planted = "".join({"+": "-", "-": "+"}[sign] for sign in reversed(planted))
            if float(found["orientation_q"]) < 0.05:
                told += 1
                right += found["orientation"] == planted
        if column == "gap":
            table.line([" ".join(option), seed, number(right / max(1, called)), called])
        else:
            table.line([" ".join(option), seed, number(right / max(1, told)), number(right / len(truth))])


def nulls(bench, runs):
    table = Table("null", "runs", "runs without a call", "calls", "p <= 0.05")
    for layout in ("singles", "rematched"):
        calls, small = [], []
        for seed in range(1, runs + 1):
            file, prefix = motif_file(bench, 20, seed), bench.work / "n"
            simulate(bench, prefix, seed, file, bench.data / "pairs/data40_sim/true_pairs_40.tsv", 1000,
                     "--pair-positives", layout)
            run = Run(bench, prefix, file)
            calls.append(len(run.called))
            small += [float(row["occurrence_p"]) <= 0.05 for row in run.rows]
        table.line([layout, runs, number(sum(not n for n in calls) / runs), sum(calls),
                    number(statistics.mean(small) if small else math.nan)])


def real(bench):
    """TAL1/GATA, if the data are there: the called pairs, surest first."""
    table = Table("data", "tested", "called", "surest pairs")
    source = bench.data / "pairs/talgata_sim/both.pos.fa.gz"
    if not source.is_file():
        return
    blocks = ["MOTIF " + block for block in bench.jaspar.read_text().split("\nMOTIF ")]
    chosen = [block for block in blocks[1:] if any(name in block.splitlines()[0].upper() for name in
                                                  ("TAL1", "GATA1", "GATA2", "TCF3", "SP1", "CTCF"))
              and "GATA1::TAL1" not in block.splitlines()[0].upper()]  # a pair in one matrix
    path = bench.work / "real.meme"
    path.write_text(blocks[0].removeprefix("MOTIF ") + "\n" + "\n".join(chosen) + "\n")
    out = bench.work / "real"
    bench.cislens("pairs", source, "--motifs", path, "-o", out, "--force")
    rows = read_table(out / "pairs.tsv")
    called = [row for row in rows if is_called(row)]
    table.line(["TAL1/GATA", len(rows), len(called),
                ", ".join(f"{row['match_a']}-{row['match_b']} gap {row['gap']}" for row in called[:3])])


def main():
    bench = Bench(__doc__, options)
    quick = bench.options.quick
    seeds = [int(seed) for seed in bench.options.seeds.split(",")][:1 if quick else None]
    sequences = 500 if quick else 5000
    parts = bench.options.only.split(",")
    if "recipes" in parts:
        recipes(bench, sequences, seeds)
    if "gaps" in parts:
        geometry(bench, sequences, seeds, ["--pair-gap-fixed"], "gap")
    if "strands" in parts:
        geometry(bench, sequences, seeds, ["--pair-strands", "fixed"], "orientation")
    if "nulls" in parts:
        nulls(bench, 2 if quick else bench.options.null_runs)
    if "real" in parts:
        real(bench)


if __name__ == "__main__":
    main()
