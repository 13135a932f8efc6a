#!/usr/bin/env python3
"""discover on simulated sequences: 20 JASPAR motifs of 20 families planted in 2,000 sequences of 300 bp.

The motifs (width 8-19, >= 9 bit) are drawn by the seed; 3-6 sites a sequence, background of order 1. A planted motif is
recovered when a found one reaches r over at least 80 % of its columns. Strange: found motifs with r < 0.85 to every
planted one (over >= 6 columns). Sites: share of planted sites with a called site, of the motif that stands for theirs,
within 1 bp of the right place; called: share of the called sites that so hit a planted one; exact: share of the called
sites less than half a width away from a planted one that are within 1 bp of it.
--null: sequences without motifs, in which nothing is to be found.

STREME 5.5.8 on such a set: 17 of 20 at r >= 0.95, 20 at r >= 0.85, 2 of 25 strange, 235 s; PEnG-motif 11
of 20 at r >= 0.95, 12 s.
"""

import collections
import math
import random

from bench import Bench, Table, align, bits, number, read_meme, read_table


def options(parser):
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--null", action="store_true", help="no motifs: must report none")


def choose_motifs(bench, seed, count):
    """The ids of `count` motifs of as many families."""
    family = {row["id"]: row["family"] for row in
              read_table(bench.data / "motifs/JASPAR2024_CORE_vertebrates_nr.classes.tsv")}
    motifs = read_meme(bench.jaspar)
    candidates = [id for id, columns in motifs.items()
                  if 8 <= len(columns) <= 19 and bits(columns) >= 9 and family.get(id)]
    random.Random(seed).shuffle(candidates)
    chosen = {}
    for id in candidates:
        chosen.setdefault(family[id], id)
    return list(chosen.values())[:count]


def simulate(bench, seed, prefix, arguments):
    bench.cislens("simulate", "-o", prefix, "--force", "--seed", seed, "--positives",
                  300 if bench.options.quick else 2000, "--length", 300, *arguments)


def discover(bench, prefix, out):
    seconds, _ = bench.trained("discover", f"{prefix}.fa", out)
    return seconds


def read_bed(path):
    """{(sequence, motif): [(start, end, strand)]}"""
    places = collections.defaultdict(list)
    for line in path.read_text().splitlines():
        contig, start, end, motif, _, strand = line.split("\t")[:6]
        places[contig, motif].append((int(start), int(end), strand))
    return places


def assign(found, planted):
    """{found id: (planted id, offset)} where r >= 0.85; strange ones are left out."""
    result = {}
    for name, motif in found.items():
        best = max((align(motif, columns, min(6, len(columns), len(motif)))[0], id)
                   for id, columns in planted.items())
        if best[0] < 0.85:
            continue
        columns = planted[best[1]]
        whole = align(motif, columns, min(len(motif), math.ceil(0.8 * len(columns))))
        result[name] = (best[1], whole[1])
    return result


def expected_start(site, offset, width):
    """Where the planted motif of `width` would start, given a site of the found motif and the alignment's offset."""
    start, end, strand = site
    return start + offset if strand == "+" else end - offset - width


def count_sites(truth, called, assigned, planted):
    """Planted sites: hit, all; called sites: that hit, less than half a width away, all."""
    hit_starts, right, close, all_called = collections.defaultdict(set), 0, 0, 0
    for (contig, motif), sites in called.items():
        all_called += len(sites)
        if motif not in assigned:
            continue
        id, offset = assigned[motif]
        starts = {start for start, _, _ in truth.get((contig, id), [])}
        for site in sites:
            place = expected_start(site, offset, len(planted[id]))
            near = {start for start in starts if abs(start - place) <= 1}
            hit_starts[contig, id] |= near
            right += bool(near)
            close += any(abs(start - place) < len(planted[id]) / 2 for start in starts)
    return sum(map(len, hit_starts.values())), sum(map(len, truth.values())), right, close, all_called


def run_planted(bench, table, seed):
    prefix, out = bench.work / f"planted{seed}", bench.work / f"planted{seed}.out"
    ids = choose_motifs(bench, seed, 5 if bench.options.quick else 20)
    simulate(bench, seed, prefix, ["--motifs", bench.jaspar, "--motif-names", ",".join(ids), "--min-sites", 3,
                                   "--max-sites", 6])
    seconds = discover(bench, prefix, out)
    known = read_meme(bench.jaspar)
    planted = {id: known[id] for id in ids}
    found = read_meme(out / "motifs.meme")
    best = {id: max((align(motif, columns, math.ceil(0.8 * len(columns)))[0] for motif in found.values()),
                    default=0.0) for id, columns in planted.items()}
    assigned = assign(found, planted)
    hit, sites, right, close, called = count_sites(read_bed(bench.work / f"planted{seed}.truth.bed"),
                                            read_bed(out / "sites.bed"), assigned, planted)
    table.line([seed, len(planted), sum(r >= 0.95 for r in best.values()), sum(r >= 0.85 for r in best.values()),
                len(found), len(found) - len(assigned), f"{hit / sites:.1%} of {sites}",
                f"{right / max(1, called):.1%} of {called}", f"{right / max(1, close):.1%} of {close}",
                number(seconds, 0), ", ".join(f"{id} {r:.2f}" for id, r in best.items() if r < 0.95) or "–"])


def run_null(bench, table, seed):
    prefix, out = bench.work / f"null{seed}", bench.work / f"null{seed}.out"
    simulate(bench, seed, prefix, ["--no-motifs"])
    seconds = discover(bench, prefix, out)
    table.line([seed, len(read_table(out / "motifs.tsv")), number(seconds, 0)])


def main():
    bench = Bench(__doc__, options)
    seeds = [int(word) for word in bench.options.seeds.split(",")][:1 if bench.options.quick else None]
    if bench.options.null:
        table = Table("seed", "motifs reported (none are there)", "seconds")
    else:
        table = Table("seed", "planted", "r >= 0.95", "r >= 0.85", "found", "strange", "sites", "called", "exact",
                      "seconds", "below 0.95")
    for seed in seeds:
        (run_null if bench.options.null else run_planted)(bench, table, seed)


if __name__ == "__main__":
    main()
