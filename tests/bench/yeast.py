#!/usr/bin/env python3
"""workflows/yeast.sh, and its network for binding beside the best PWM of each factor, on chromosomes held out.

A factor's positives are the windows of 101 bp around its ChIP-exo locations, its negatives those 500 bp to either side
that hold none of its locations: the question of chexmix_factors.tsv, whose figures (all chromosomes) stand beside.
PWM: the factor's JASPAR matrix (the same file), best hit on either strand, on the same windows as cislens. Factors
without a matrix have no PWM to beat and do not count.

    python3 tests/bench/yeast.py [--results FOLDER]    FOLDER: where the workflow has run before
"""

import math
import os
import pathlib
import subprocess
import sys

from bench import Bench, Table, auroc, number, read_fasta, read_meme, read_table

NAMED = ["Rap1", "Reb1", "Abf1", "Cbf1", "Ume6", "Sko1"]
BACKGROUND = {"A": 0.31, "C": 0.19, "G": 0.19, "T": 0.31}


def log_odds(columns):
    rows = [{base: math.log2((p + 0.01) / 1.04 / BACKGROUND[base]) for base, p in zip("ACGT", column)}
            for column in columns]
    for row in rows:
        row["N"] = min(row.values())
    complement = dict(zip("ACGTN", "TGCAN"))
    return rows, [{complement[base]: value for base, value in row.items()} for row in reversed(rows)]


def best_hit(strands, bases):
    """The highest score of a matrix at any place of a sequence, either strand."""
    width = len(strands[0])
    return max(sum(rows[k][bases[place + k]] for k in range(width))
               for rows in strands for place in range(len(bases) - width + 1))


def name_of(factor, folder):
    """What the motifs of a factor say about its name."""
    path = folder / "motifs.tsv" if folder else None
    rows = read_table(path) if path and path.is_file() else []
    for place, row in enumerate(rows, 1):
        names = [entry.split(":")[1].upper() for entry in row["matches"].split(";") if entry.count(":") == 2]
        if factor.upper() in names:
            rank = names.index(factor.upper()) + 1
            return f"motif {place} of {len(rows)}, {row['consensus']}, has the name at place {rank} of its matches"
    return f"none of {len(rows)} motifs has the name among its matches"


def windows_of(bed):
    """(names of windows at the locations of a file, names of those 500 bp away)"""
    at, away = set(), set()
    for line in bed.read_text().splitlines():
        contig, start, end = line.split("\t")[:3]
        middle = (int(start) + int(end)) // 2
        for shift in (-500, 0, 500):
            first = middle + shift - 50
            (away if shift else at).add(f"{contig}:{first}-{first + 101}")
    return at, away


def main():
    bench = Bench(__doc__, lambda parser: parser.add_argument("--results", type=pathlib.Path))
    out = bench.options.results or bench.work / "yeast"
    if bench.options.results is None:
        script = pathlib.Path(__file__).resolve().parents[2] / "workflows/yeast.sh"
        with open(bench.work / "log.txt", "wb") as log:
            code = subprocess.run([script, out, bench.data], stdout=log, stderr=log,
                                  env={**os.environ, "CISLENS": str(bench.options.binary)}).returncode
        if code != 0:
            sys.exit(f"exit code {code}, see {bench.work / 'log.txt'}")
    yeast = bench.data / "yeast"
    motifs = read_meme(bench.data / "motifs/JASPAR2024_CORE_fungi_nr.meme")
    bases = {name.split()[0]: sequence.upper() for name, sequence in read_fasta(out / "windows.fa")}
    scores = {}
    for row in read_table(out / "binding/predictions.tsv"):
        scores.setdefault(row["target"], {})[row["record"]] = (float(row["score"]), float(row["label"]))
    table = Table("factor", "locations", "500 bp away", "cislens", "best PWM", "best PWM, all chromosomes", "motif found")
    found = {row["target"]: row for row in read_table(out / "binding/targets.tsv")}
    wins = wins_over_file = counted = 0
    for row in read_table(yeast / "chexmix_factors.tsv"):
        factor, known = row["factor"], scores[row["factor"]]
        at, away = windows_of(yeast / f"chexmix/{factor}.bed")
        positives = sorted(name for name in at if name in known)
        negatives = sorted(name for name in away - at if name in known and known[name][1] == 0)
        ours = auroc([known[name][0] for name in positives], [known[name][0] for name in negatives])
        pwm = stated = math.nan
        if row["jaspar_fungi_motif"] != "none":
            strands = log_odds(motifs[row["jaspar_fungi_motif"]])
            pwm = auroc(*([best_hit(strands, bases[name]) for name in part] for part in (positives, negatives)))
            stated = float(row["pwm_auroc_vs_500bp_away"])
            counted += 1
            wins += ours > pwm
            wins_over_file += ours > stated
        best = found.get(factor)
        table.line([factor, len(positives), len(negatives), number(ours), number(pwm), number(stated),
                    f"{best['match']} ({best['consensus']})" if best else "–"])
    print(f"\ncislens is above the best PWM on the same windows for {wins} of {counted} factors, above the figure of all "
          f"chromosomes for {wins_over_file}.")
    for factor in NAMED:
        folder = out / "binding" / found[factor]["folder"] if factor in found else None
        print(f"{factor}: {name_of(factor, folder)}.")
    for row in read_table(out / "accessibility/metrics.tsv"):
        print(f"Accessibility, {row['known']} promoters held out: {row['metric']} {float(row['value']):.3f} "
              f"({float(row['low']):.3f} to {float(row['high']):.3f}).")


if __name__ == "__main__":
    main()
