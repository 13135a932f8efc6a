#!/usr/bin/env python3
"""pairs where there is nothing to find: runs without a call, and whether p-values are uniform.

Each run simulates 1,000 x 300 bp with the 20 motifs of shared/data/pairs/data40_sim, another seed each, and calls
`cislens pairs --motifs` on it with default options but --permutations.
  single     one motif planted
  same       both classes the same: no motif planted, all sites are chance
  singles    two to five motifs alone in their slots (`--pair-positives singles`)
  exchanged  pairs planted, then `--controls`: sites exchanged among sequences; calls of that control
  labels     the same, labels of sites dealt out anew
p: occurrence_p of the pairs tested, all runs together; share at most 0.05, and the p of a Kolmogorov-Smirnov test of one
side: that p-values are too small. Pairs of one run share their sites, so that this p is itself rough. p-values of few
counts are larger than uniform ones; that is no fault. own_p can only make them larger.
With --pair-network (minutes a run) also the pair networks' held-out AUROC, what co-attention calls, coattention_p in the
same way, and how many pairs would be called by it were the AUROC not asked.
"""

import csv
import math
import random

from bench import Bench, Table, metric, number, read_table
from pairs_truth import benjamini_hochberg


def options(parser):
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--permutations", type=int, default=300)
    parser.add_argument("--pair-network", action="store_true")
    parser.add_argument("--only", default="single,same,singles,exchanged,labels", help="nulls to run, joined by commas")


def too_small_p(values):
    """P of a largest excess of the empirical distribution over the uniform one (Smirnov's limit)."""
    values = sorted(values)
    n = len(values)
    excess = max((rank / n - value for rank, value in enumerate(values, 1)), default=0.0)
    return math.exp(-2 * n * max(0.0, excess) ** 2) if n else math.nan


def share_small(values):
    return sum(value <= 0.05 for value in values) / len(values) if values else math.nan


def simulate(bench, kind, seed, motifs):
    prefix = bench.work / "n"
    listed = bench.data / "pairs/data40_sim/true_pairs_40.tsv"
    names = [line.split()[1] for line in motifs.read_text().splitlines() if line.startswith("MOTIF ")]
    how = {"single": ["--motif-names", random.Random(seed).choice(names)], "same": ["--no-motifs"],
           "singles": ["--pairs", listed, "--pair-positives", "singles"]}.get(kind, ["--pairs", listed])
    sequences = 200 if bench.options.quick else 1000
    source = [] if kind == "same" else ["--motifs", motifs]
    bench.cislens("simulate", "-o", prefix, "--force", "--seed", seed, "--positives", sequences, "--length", 300,
                  *source, *how)
    return prefix


def main():
    bench = Bench(__doc__, options)
    motifs = bench.data / "pairs/data40_sim/motifs_20.meme"
    controls = {"exchanged": "exchanged_sites", "labels": "permuted_labels"}
    network = bench.options.pair_network
    table = Table("null", "runs", "runs without a call", "calls", "pairs tested", "p <= 0.05", "KS p",
                  *(["AUROC", "calls by co-attention", "of pairs tested", "p <= 0.05", "KS p", "AUROC not asked"]
                    if network else []))
    wanted = bench.options.only.split(",")
    runs = 2 if bench.options.quick else bench.options.runs
    for kind in wanted:
        calls, p, tested, by_network, areas, network_p, unasked = [], [], 0, 0, [], [], 0
        for seed in range(1, runs + 1):
            out = bench.work / "out"
            more = ["--controls"] if kind in controls else ["--pair-network"] if network else []
            bench.cislens("pairs", f"{simulate(bench, kind, seed, motifs)}.fa", "--motifs", motifs, "-o", out, "--force",
                          "--permutations", bench.options.permutations, "--seed", seed, *more)
            if kind in controls:
                with open(out / "pairs.controls.tsv", newline="") as text:
                    row = next(row for row in csv.DictReader(text, delimiter="\t") if row["control"] == controls[kind])
                calls.append(int(row["called"]))
                tested += int(row["tested"])
                continue
            rows = read_table(out / "pairs.tsv")
            tested += len(rows)
            calls.append(sum(float(row["occurrence_q"]) <= 0.05 and float(row["occurrence_z"]) > 0 for row in rows))
            p += [float(row["occurrence_p"]) for row in rows]
            if network:
                by_network += sum(float(row["coattention_q"]) <= 0.05 for row in rows)
                areas.append(metric(out, "pair_network_auroc"))
                own = [float(row["coattention_p"]) for row in rows if row["coattention_p"] != "nan"]
                network_p += own
                unasked += sum(q <= 0.05 for q in benjamini_hochberg(dict(enumerate(own))).values())
        table.line([kind, runs, number(sum(not n for n in calls) / runs), sum(calls), tested, number(share_small(p)),
                    number(too_small_p(p)),
                    *([" ".join(map(number, areas)), by_network, len(network_p), number(share_small(network_p)),
                       number(too_small_p(network_p)), unasked] if network else [])])


if __name__ == "__main__":
    main()
