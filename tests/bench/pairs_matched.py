"""Count-matched sets: the same motifs in the same places and gaps in both classes, only partners differ.

Positives hold listed pairs, negatives the same motifs re-matched with unlisted partners (`simulate --pair-negatives
rematched`). A network is trained on 5,000 + 5,000 and read on 1,000 + 1,000 other sequences
(tests/bench/pair_terms_bench.cpp). Every planted pair of those gives four numbers: raw attention (largest over
heads and directions), the same less its mean at that distance elsewhere in the sequence, the signed pair term, and the
knock-out interaction. Pairs of motifs are ranked by their means: listed against unlisted, all in the same geometry. AP by name.
De novo: the filters are motifs that `discover` found in the training positives, sites are those of these motifs in
the read sequences, pairs two sites with a gap of 4-18, true when their motifs show a listed pair of clusters.
"""

import json
import math
import pathlib
import subprocess
import sys

import bench
import pairs_counting
import pairs_truth

BASE = {"--epochs": 8}
# What each choice does: name, options of pair_terms_bench, parts of the recipe.
VARIANTS = (
    ("as it is: rotary, additive, null key", {}, {}),
    ("no positions", {"--positions": "none"}, {}),
    ("sinusoidal positions", {"--positions": "sinusoidal"}, {}),
    ("learned positions", {"--positions": "learned"}, {}),
    ("pooled head", {"--head": "pooled"}, {}),
    ("pooled head, two blocks", {"--head": "pooled", "--blocks": 2}, {}),
    ("no null key", {"--null-key": 0}, {}),
    ("entropy 0.05 from step 0", {"--entropy": 0.05, "--entropy-warmup": 0}, {}),
    ("entropy 0.05 after a quarter of the steps", {"--entropy": 0.05, "--entropy-warmup": 0.25}, {}),
    ("free filters", {"--free-filters": 1}, {}),
    ("mean of 3 networks", {"--members": 3}, {}),
    ("1,000 + 1,000 sequences, 40 epochs", {"--sequences": 1000, "--epochs": 40}, {}),
    ("2,000 + 2,000 sequences, 20 epochs", {"--sequences": 2000, "--epochs": 20}, {}),
    ("20,000 + 20,000 sequences, 2 epochs", {"--epochs": 2}, {"positives": 20000}),
    ("random weights", {"--epochs": 0}, {}),
    ("recipe's own negatives", {}, {"negatives": "singles"}),
    ("recipe's own negatives, pooled, free filters", {"--head": "pooled", "--free-filters": 1}, {"negatives": "singles"}),
)


def pair_terms(run, **options):
    """Runs pair_terms_bench; (its figures, rows of its table)."""
    program = run.options.binary.parent / "bench/pair_terms_bench"
    if not program.is_file():
        sys.exit(f"{program} is not there; build it with the target pair_terms_bench")
    command = [str(program), "--threads", str(run.options.threads), "--out", str(run.work / "terms.tsv")]
    for name, value in options.items():
        command += [f"--{name}", str(value)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return json.loads(done.stdout), bench.read_table(run.work / "terms.tsv")


def matched_set(run, seed, positives, held, negatives="rematched"):
    """Writes both sets; prefixes of the training and of the read one, planted pairs."""
    motifs, listed = pairs_truth.motif_file(run, 20, seed), pairs_truth.pair_list(run, 40)
    train, read = run.work / "train", run.work / "read"
    pairs_truth.simulate(run, train, seed, motifs, listed, positives, "--negatives", positives,
                         "--pair-negatives", negatives)
    truth = pairs_truth.simulate(run, read, seed + 1000, motifs, listed, held, "--negatives", held,
                                 "--pair-negatives", "rematched")
    return train, read, truth


def score(rows, truth, column=None, control=None):
    """AP of the mean of a column, less the mean of another; None: of the mean gap, the smallest first."""
    if column is None:
        rows = [dict(row, gap=int(row["a_end"]) - int(row["b_start"])) for row in rows]
        column = "gap"
    means = pairs_truth.mean_by_pair(rows, column)
    if control:
        other = pairs_truth.mean_by_pair(rows, control)
        means = {pair: value - other[pair] for pair, value in means.items()}
    if any(math.isnan(value) for value in means.values()):
        return math.nan
    return pairs_truth.average_precision(pairs_truth.ranked(means), truth)


def readouts(rows, truth):
    """Raw attention, less control, pair terms, knock-out, distance alone, chance."""
    names = pairs_truth.mean_by_pair(rows, "attention")
    among = sum(pair in truth for pair in names)
    return [score(rows, truth, "attention"), score(rows, truth, "attention", "control"), score(rows, truth, "term"),
            score(rows, truth, "knockout"), score(rows, truth), pairs_truth.chance(range(among), len(names))]


def ablation(run, seeds):
    quick = run.options.quick
    table = bench.Table("network", "seeds", "AUROC held out", "attention", "less control", "pair terms", "knock-out",
                        "distance alone", "chance", "training s")
    wanted = run.options.variants.split(",") if run.options.variants else []
    for name, options, data in VARIANTS:
        if wanted and not any(word in name for word in wanted):
            continue
        lines = []
        for seed in seeds:
            positives = 300 if quick else data.get("positives", 5000)
            train, read, listed = matched_set(run, seed, positives, 100 if quick else 1000,
                                              data.get("negatives", "rematched"))
            truth = {pairs_truth.unordered(row["motif_a"], row["motif_b"]) for row in listed}
            given = {key.removeprefix("--"): value for key, value in (BASE | options).items()}
            figures, rows = pair_terms(run, train=train, read=read, places=f"{read}.truth.bedpe", seed=seed,
                                       filters=f"{train}.motifs.meme", shuffles=run.options.shuffles, **given)
            lines.append([figures["auroc"], *readouts(rows, truth), figures["training_s"]])
        means = [pairs_truth.mean(column) for column in zip(*lines, strict=True)]
        table.line([name, len(seeds), " ".join(bench.number(line[0]) for line in lines),
                    *map(bench.number, means[1:3]), " ".join(bench.number(line[3]) for line in lines),
                    *map(bench.number, means[4:7]), bench.number(means[7], 0)])


def found_places(path, read, motifs):
    """Two found sites with a gap of 4-18, for pair_terms_bench; how many."""
    count = 0
    with open(path, "w") as out:
        for part in ("fa", "neg.fa"):
            records = bench.read_fasta(f"{read}.{part}")
            sites = pairs_counting.scan(pairs_counting.codes_of(records), motifs)
            for (name, _), own in zip(records, pairs_counting.by_sequence(sites, len(records), True), strict=True):
                for i, (start, end, a) in enumerate(own):
                    for other, last, b in own[i + 1:]:
                        if 4 <= other - end <= 18:
                            out.write(f"{name}\t{start}\t{end}\t{name}\t{other}\t{last}\t{a}--{b}\n")
                            count += 1
    return count


def found_terms(rows, clusters, shown, listed, least=5):
    """AP of the mean pair term of pairs of found motifs; (AP, chance) by cluster."""
    truth, values = clusters.truth(listed), {}
    for row in rows:
        values.setdefault(pairs_truth.unordered(*row["name"].split("--")), []).append(float(row["term"]))
    means = {pair: sum(own) / len(own) for pair, own in values.items() if len(own) >= least}
    keys = [pairs_truth.unordered(shown[a], shown[b]) if shown[a] and shown[b] else None
            for a, b in pairs_truth.ranked(means)]
    distinct = {key for key in keys if key} | truth
    return pairs_truth.average_precision(keys, truth), pairs_truth.chance(truth, len(distinct) + keys.count(None))


def de_novo(run, seeds):
    quick = run.options.quick
    table = bench.Table("filters", "seed", "motifs found", "of clusters", "AUROC held out", "AP of pair terms by cluster",
                        "chance", "discover s")
    for seed in seeds:
        train, read, listed = matched_set(run, seed, 300 if quick else 5000, 100 if quick else 1000)
        clusters = pairs_truth.Clusters(bench.read_meme(pairs_truth.motif_file(run, 20, seed)))
        folder = run.work / "found"
        seconds, _ = run.trained("discover", f"{train}.fa", folder, "--no-pairs", "--seed", seed)
        for name, path in (("given", pathlib.Path(f"{train}.motifs.meme")), ("found", folder / "motifs.meme")):
            motifs = bench.read_meme(path)
            shown = {motif: clusters.found(columns) for motif, columns in motifs.items()}
            found_places(run.work / "places.bedpe", read, motifs)
            figures, rows = pair_terms(run, train=train, read=read, places=run.work / "places.bedpe", seed=seed,
                                       filters=path, epochs=8)
            value, level = found_terms(rows, clusters, shown, listed)
            table.line([name, seed, len(motifs), f"{len(set(shown.values()) - {None})}/{len(clusters.names)}",
                        bench.number(figures["auroc"]), bench.number(value), bench.number(level),
                        bench.number(seconds, 0) if name == "found" else "–"])
