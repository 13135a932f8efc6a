#!/usr/bin/env python3
"""pairs on simulated sequences (the 40, 60 and 80 pair recipes), on nulls, and on real promoters: a table a part.

Recipe: `cislens simulate --pairs` with the 20 motifs and 40 pairs of shared/data/pairs/data40_sim; 25 and 30 motifs
(JASPAR motifs added) with 60 and 80 pairs drawn by the seed; 5,000 + 5,000 x 300 bp. Parts of --only:

  recipes    cislens pairs --pair-network, given motifs: AP by cluster in the order that occurrence has, by
             coattention_p, by both (sum of the logarithms of p), and in the order of pairs.tsv; AP by name in
             that of occurrence (--alike 2); calls
             (occurrence_q, coattention_q, joint_q < 0.05, z > 0) and the false
  baselines  plain counting (pairs_counting.py) and distance alone, AP by cluster / by name
  peers      the published readout of attention (pairs_peers.py)
  denovo     discover, then pairs with its motifs: AP by cluster, see Clusters.found; no AP can be above the share of the
             listed pairs whose two clusters were found. A found motif that is like no planted one (r < 0.85) has no
             cluster: its pairs are false, and counted once more by the planted motif that it is most like, and by
             that at which most of its sites stand (Clusters.found_by_sites)
  matched    count-matched sets, what each choice of the pair network does (pairs_matched.py; --variants: some of them)
  found      the same with motifs found by discover
  gaps       share of called true pairs whose preferred gap is within 1 bp of the planted one (--pair-gap-fixed)
  strands    precision and recall of orientation_q < 0.05 with the planted orientation (--pair-strands fixed), by name
             (--alike 2) and by cluster (one of the orientations that were planted for the two); how many of the listed
             pairs are called, and of how many a strand can be told from the matrices alone (certainty of one of them
             >= 0.6)
  amount     recipes and gaps at 500, 2,000 and 10,000 positives, without the pair network
  long       1,500 bp
  nulls      sets without listed pairs: singles (no call is right), and rematched (pairs of no list; counted to be seen)
  together   does the label need two motifs (interaction_q): TAL1/GATA, and halves of sets cut at random, --null-runs of each
  real       TAL1/GATA with its truth table, SP1 in GM12878, yeast promoters (pairs_real.py)

By cluster: motifs with r >= 0.85 are one, a pair of clusters is true when a listed pair joins them, pairs of a cluster
with itself count too; by name: every motif by itself. A pair that was not tested is missed. numpy and scipy are needed for
baselines, peers, found and real; pair_terms_bench (a target of its own) for peers, matched and found.
"""

import math
import statistics

import bench
import pairs_truth
from bench import Table, number, read_meme, read_table
from pairs_truth import (RECIPES, Clusters, average_precision, chance, motif_file, pair_list, pairs_of, read_back, simulate,
                         unordered)


def options(parser):
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--null-runs", type=int, default=20)
    parser.add_argument("--only", default=",".join(PARTS), help="parts to run, joined by commas")
    parser.add_argument("--sequences", type=int, default=5000, help="positives of recipes, denovo, gaps, strands")
    parser.add_argument("--motif-counts", default="20,25,30", help="which recipes")
    parser.add_argument("--variants", default="", help="of matched: parts of their names, joined by commas")
    parser.add_argument("--shuffles", type=int, default=0, help="of matched: for the knock-out column")


def is_called(row, kind="occurrence"):
    """@param kind  of evidence: occurrence or coattention"""
    positive = kind == "coattention" or float(row["occurrence_z"]) > 0
    return float(row[f"{kind}_q"]) < 0.05 and positive


def minus_log(p):
    return 0.0 if math.isnan(p) else -math.log(max(p, 1e-300))


def occurrence(row):
    """The called ones by p, the others by z, as `pairs` has them without a network."""
    called = is_called(row)
    return called, float(row["minus_log10_p"]) if called else 0, float(row["occurrence_z"])


def coattention(row):
    effect = float(row["coattention"])
    return minus_log(float(row["coattention_p"])) + (0 if math.isnan(effect) else 1e-6 * effect)


def joint(row):
    return math.log(10) * float(row["minus_log10_p"]) + coattention(row)


class Run:
    """One call of `cislens pairs` and its table."""

    def __init__(self, run, prefix, motifs, *arguments):
        out = run.work / "out"
        self.seconds, _ = run.cislens("pairs", f"{prefix}.fa", "--motifs", motifs, "-o", out, "--force", *arguments)
        self.rows = read_table(out / "pairs.tsv")
        self.called = [row for row in self.rows if is_called(row)]
        # by occurrence alone where the network does not tell partners clearly
        self.by_both = [row for row in self.rows if row["called"] == "yes"]
        self.auroc = bench.metric(out, "pair_network_auroc")

    def ap(self, score, key, truth):
        """@param key  of a row: what is ranked, or None when it is nothing known"""
        return average_precision([key(row) for row in sorted(self.rows, key=score, reverse=True)], truth)

    def ap_of_file(self, key, truth):
        """In the order of pairs.tsv."""
        return average_precision(map(key, self.rows), truth)


def by_cluster(clusters):
    return lambda row: clusters.pair(row["motif_a"], row["motif_b"])


def by_name(row):
    return unordered(row["motif_a"], row["motif_b"])


def chosen_recipes(run):
    wanted = [int(count) for count in run.options.motif_counts.split(",")]
    return [recipe for recipe in RECIPES if recipe[0] in wanted]


def calls(called, key, truth):
    false = sum(key(row) not in truth for row in called)
    return f"{len(called)} ({false})"


def recipes(run, sequences, seeds):
    table = Table("recipe", "seed", "AP occurrence", "AP co-attention", "AP both", "AP of pairs.tsv",
                  "AP occurrence, by name", "chance", "AUROC of the pair network", "called by occurrence (false)", "by co-attention (false)",
                  "by both (false)", "s")
    for motifs, pairs in chosen_recipes(run):
        for seed in seeds:
            file, prefix = motif_file(run, motifs, seed), run.work / "s"
            listed = simulate(run, prefix, seed, file, pair_list(run, pairs), sequences)
            clusters = Clusters(read_meme(file))
            truth, key = clusters.truth(listed), by_cluster(clusters)
            names = {unordered(row["motif_a"], row["motif_b"]) for row in listed}
            own = Run(run, prefix, file, "--pair-network", "--seed", seed)
            alone = Run(run, prefix, file, "--alike", 2, "--seed", seed)
            table.line([f"{motifs} motifs, {pairs} pairs", seed, number(own.ap(occurrence, key, truth)),
                        number(own.ap(coattention, key, truth)), number(own.ap(joint, key, truth)),
                        number(own.ap_of_file(key, truth)),
                        number(alone.ap(occurrence, by_name, names)), number(chance(truth, pairs_of(clusters.names))),
                        number(own.auroc), calls(own.called, key, truth),
                        calls([row for row in own.rows if is_called(row, "coattention")], key, truth),
                        calls(own.by_both, key, truth), number(own.seconds, 0)])


def baselines(run, sequences, seeds):
    import pairs_counting
    table = None
    for motifs, pairs in chosen_recipes(run):
        for seed in seeds:
            file, prefix = motif_file(run, motifs, seed), run.work / "b"
            listed = simulate(run, prefix, seed, file, pair_list(run, pairs), sequences, "--negatives", sequences)
            known = read_meme(file)
            found = pairs_counting.baselines(prefix, known, Clusters(known), listed, (8, 14))
            table = table or Table("recipe", "seed", *found)
            table.line([f"{motifs} motifs, {pairs} pairs", seed,
                        *(" / ".join(map(number, scores)) for scores in found.values())])


def peers(run, sequences, seeds):
    import pairs_peers
    table = Table("recipe", "seed", "AUROC held out", "AP by cluster", "by name", "calls by cluster (precision)",
                  "by name (precision)")
    for motifs, pairs in chosen_recipes(run):
        for seed in seeds:
            file, train, read = motif_file(run, motifs, seed), run.work / "train", run.work / "read"
            pairs_given = pair_list(run, pairs)
            listed = simulate(run, train, seed, file, pairs_given, sequences, "--negatives", sequences)
            pairs_given = pairs_given if pairs == 40 else f"{train}.pairs.tsv"
            simulate(run, read, seed + 1000, file, pairs_given, sequences // 5, "--negatives", sequences // 5)
            known = read_meme(file)
            (cluster, name), area = pairs_peers.peers(run, train, read, known, Clusters(known), listed, seed)
            table.line([f"{motifs} motifs, {pairs} pairs", seed, number(area), number(cluster[0]), number(name[0]),
                        f"{cluster[2]} ({number(cluster[1])})", f"{name[2]} ({number(name[1])})"])


def denovo(run, sequences, seeds):
    table = Table("recipe", "seed", "motifs", "clusters found", "their share of pairs", "AP occurrence",
                  "AP co-attention", "AP both", "AP of pairs.tsv", "called by occurrence (false)",
                  "false: listed for the nearest motifs", "false by sites", "called by both (false)", "false by sites", "discover s", "pairs s")
    for motifs, pairs in chosen_recipes(run):
        for seed in seeds:
            file, prefix, folder = motif_file(run, motifs, seed), run.work / "s", run.work / "found"
            listed = simulate(run, prefix, seed, file, pair_list(run, pairs), sequences)
            clusters = Clusters(read_meme(file))
            truth = clusters.truth(listed)
            seconds, _ = run.trained("discover", f"{prefix}.fa", folder, "--no-pairs", "--seed", seed)
            columns = read_meme(folder / "motifs.meme")
            shown = {name: clusters.found(matrix) for name, matrix in columns.items()}
            nearest = {name: clusters.found(matrix, least=-1) for name, matrix in columns.items()}
            stands_at = clusters.found_by_sites(folder / "sites.bed", f"{prefix}.truth.bed")
            by_sites = {name: cluster or stands_at.get(name) for name, cluster in shown.items()}
            own = Run(run, prefix, folder / "motifs.meme", "--pair-network", "--seed", seed)

            def key(row, shown=shown):
                a, b = shown[row["motif_a"]], shown[row["motif_b"]]
                return unordered(a, b) if a and b else None
            shadows = sum(key(row) not in truth and key(row, nearest) in truth for row in own.called)
            strangers = [sum(key(row, by_sites) not in truth for row in rows) for rows in (own.called, own.by_both)]
            seen = set(shown.values())
            share = sum(a in seen and b in seen for a, b in truth) / len(truth)
            table.line([f"{motifs} motifs, {pairs} pairs", seed, len(shown),
                        f"{len(seen - {None})}/{len(clusters.names)}", number(share),
                        number(own.ap(occurrence, key, truth)), number(own.ap(coattention, key, truth)),
                        number(own.ap(joint, key, truth)), number(own.ap_of_file(key, truth)),
                        calls(own.called, key, truth), shadows, strangers[0], calls(own.by_both, key, truth),
                        strangers[1], number(seconds, 0), number(own.seconds, 0)])


def gaps(run, sequences, seeds):
    """Called true pairs, every motif by itself, whose preferred gap is the planted one."""
    table = Table("sequences", "seed", "gap within 1 bp", "of called")
    for seed in seeds:
        file, prefix = motif_file(run, 20, seed), run.work / "g"
        listed = simulate(run, prefix, seed, file, pair_list(run, 40), sequences, "--pair-gap-fixed")
        called = {by_name(row): row for row in Run(run, prefix, file, "--alike", 2).called}
        found = [(called[by_name(row)]["gap"], row["gap"]) for row in listed if by_name(row) in called]
        right = sum(gap != "." and abs(int(gap) - int(planted)) <= 1 for gap, planted in found)
        table.line([sequences, seed, number(right / max(1, len(found))), len(found)])


def told_orientations(called, key):
    """{key: orientation of the pair read as the key is} of the pairs with orientation_q < 0.05 and a strand."""
    def seen_from(row):
        return row["orientation"] if key(row) == (row["motif_a"], row["motif_b"]) else read_back(row["orientation"])
    return {key(row): seen_from(row) for row in called
            if float(row["orientation_q"]) < 0.05 and row["orientation"] != ".."}


def agrees(told, planted):
    """No strand that is told is wrong; that of a palindrome is not told (.)."""
    return all(sign in (".", other) for sign, other in zip(told, planted))


def strands(run, sequences, seeds):
    table = Table("sequences", "seed", "by", "listed", "called", "told", "precision", "recall", "both strands told",
                  "can be told", "recall of these")
    for seed in seeds:
        file, prefix = motif_file(run, 20, seed), run.work / "g"
        listed = simulate(run, prefix, seed, file, pair_list(run, 40), sequences, "--pair-strands", "fixed")
        clusters, names = Clusters(read_meme(file)), Clusters(read_meme(file), alike=2)
        sure = {name: pairs_truth.strand_certainty(columns) for name, columns in read_meme(file).items()}
        for by, groups, arguments in (("name", names, ("--alike", 2)), ("cluster", clusters, ())):
            called, key = Run(run, prefix, file, *arguments).called, by_cluster(groups)
            planted = groups.orientations(listed)
            told = {pair: way for pair, way in told_orientations(called, key).items() if pair in planted}
            right = {pair for pair, way in told.items() if any(agrees(way, other) for other in planted[pair])}
            both = sum("." not in told[pair] for pair in right)
            clear = {key(row) for row in listed if max(sure[row["motif_a"]], sure[row["motif_b"]]) >= 0.6}
            table.line([sequences, seed, by, len(planted), len(planted.keys() & set(map(key, called))), len(told),
                        number(len(right) / max(1, len(told))), number(len(right) / len(planted)),
                        number(both / len(planted)), len(clear), number(len(right & clear) / max(1, len(clear)))])


def amount(run, seeds, *arguments, sizes=(500, 2000, 10000), length=300):
    table = Table("sequences", "bp", "seed", "AP occurrence", "AP by name", "called (false)", "s")
    for size in sizes:
        for seed in seeds:
            file, prefix = motif_file(run, 20, seed), run.work / "a"
            listed = simulate(run, prefix, seed, file, pair_list(run, 40), size, *arguments, length=length)
            clusters = Clusters(read_meme(file))
            truth, key = clusters.truth(listed), by_cluster(clusters)
            names = {unordered(row["motif_a"], row["motif_b"]) for row in listed}
            own, alone = Run(run, prefix, file), Run(run, prefix, file, "--alike", 2)
            table.line([size, length, seed, number(own.ap(occurrence, key, truth)),
                        number(alone.ap(occurrence, by_name, names)), calls(own.called, key, truth),
                        number(own.seconds, 0)])


def nulls(run, runs):
    table = Table("null", "runs", "runs without a call", "calls", "p <= 0.05")
    for layout in ("singles", "rematched"):
        counts, small = [], []
        for seed in range(1, runs + 1):
            file, prefix = motif_file(run, 20, seed), run.work / "n"
            simulate(run, prefix, seed, file, pair_list(run, 40), 1000, "--pair-positives", layout)
            own = Run(run, prefix, file)
            counts.append(len(own.called))
            small += [float(row["occurrence_p"]) <= 0.05 for row in own.rows]
        table.line([layout, runs, number(sum(not n for n in counts) / runs), sum(counts),
                    number(statistics.mean(small) if small else math.nan)])


def real(run):
    import pairs_real
    pairs_real.talgata(run)
    pairs_real.sp1(run)
    pairs_real.yeast(run)


def together(run):
    import pairs_real
    pairs_real.together(run)


PARTS = {
    "recipes": lambda run, sequences, seeds: recipes(run, sequences, seeds),
    "baselines": lambda run, sequences, seeds: baselines(run, sequences, seeds),
    "peers": lambda run, sequences, seeds: peers(run, sequences, seeds),
    "denovo": lambda run, sequences, seeds: denovo(run, sequences, seeds),
    "matched": lambda run, sequences, seeds: matched(run, seeds, "ablation"),
    "found": lambda run, sequences, seeds: matched(run, seeds, "de_novo"),
    "gaps": lambda run, sequences, seeds: gaps(run, sequences, seeds),
    "strands": lambda run, sequences, seeds: strands(run, sequences, seeds),
    "amount": lambda run, sequences, seeds: amounts(run, seeds),
    "long": lambda run, sequences, seeds: amount(run, seeds, sizes=(sequences // 5,), length=1500),
    "nulls": lambda run, sequences, seeds: nulls(run, 2 if run.options.quick else run.options.null_runs),
    "together": lambda run, sequences, seeds: together(run),
    "real": lambda run, sequences, seeds: real(run),
}


def matched(run, seeds, part):
    import pairs_matched
    getattr(pairs_matched, part)(run, seeds)


def amounts(run, seeds):
    sizes = (200,) if run.options.quick else (500, 2000, 10000)
    amount(run, seeds, sizes=sizes)
    for size in sizes:
        gaps(run, size, seeds)


def main():
    run = bench.Bench(__doc__, options)
    seeds = [int(seed) for seed in run.options.seeds.split(",")][:1 if run.options.quick else None]
    for part in run.options.only.split(","):
        print(f"\n{part}\n", flush=True)
        PARTS[part](run, 500 if run.options.quick else run.options.sequences, seeds)


if __name__ == "__main__":
    main()
