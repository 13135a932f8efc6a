"""The published attention readout, in our words: which pairs get more attention in positives than in negatives.

A network with free filters and a pooled head is trained on positives against the recipe's own negatives. In every sequence of
both classes each pair of motifs has one value: the largest attention weight between two of its sites, over heads,
directions and instances at any distance. A pair is called when its values in positives are higher than in
negatives: one-sided Mann-Whitney test, Benjamini-Hochberg, q < 0.05. Needs numpy and scipy.
"""

import collections

from scipy import stats

import bench
import pairs_counting
import pairs_matched
import pairs_truth


def write_places(path, prefix, motifs):
    with open(path, "w") as out:
        for part in ("fa", "neg.fa"):
            records = bench.read_fasta(f"{prefix}.{part}")
            sites = pairs_counting.scan(pairs_counting.codes_of(records), motifs)
            for (name, _), own in zip(records, pairs_counting.by_sequence(sites, len(records), True), strict=True):
                for i, (start, end, a) in enumerate(own):
                    for other, last, b in own[i + 1:]:
                        out.write(f"{name}\t{start}\t{end}\t{name}\t{other}\t{last}\t{a}--{b}\n")


def largest(rows, label):
    """{pair: {record: largest attention}}"""
    result = collections.defaultdict(dict)
    for row in rows:
        own = result[pairs_truth.unordered(*map(label, row["name"].split("--")))]
        own[row["record"]] = max(own.get(row["record"], 0.0), float(row["attention"]))
    return result


def test(values):
    """{pair: p} of {pair: {record: value}}; records of the negatives are named neg_*."""
    p = {}
    for pair, own in values.items():
        positive = [value for record, value in own.items() if not record.startswith("neg_")]
        negative = [value for record, value in own.items() if record.startswith("neg_")]
        p[pair] = 1.0
        if positive and negative:
            p[pair] = float(stats.mannwhitneyu(positive, negative, alternative="greater").pvalue)
    return p


def peers(run, train, read, motifs, clusters, listed, seed):
    """[(AP, precision of calls, calls)] by cluster and by name, and the network's AUROC on `read`."""
    places = run.work / "all_places.bedpe"
    write_places(places, read, motifs)
    figures, rows = pairs_matched.pair_terms(run, train=train, read=read, places=places, seed=seed, epochs=8,
                                             filters=f"{train}.motifs.meme", head="pooled", **{"free-filters": 1})
    names = {pairs_truth.unordered(row["motif_a"], row["motif_b"]) for row in listed}
    result = []
    for label, truth in ((clusters.of.get, clusters.truth(listed)), (str, names)):
        p = test(largest(rows, label))
        q = pairs_truth.benjamini_hochberg(p)
        called = [pair for pair in q if q[pair] < 0.05]
        ranked = pairs_truth.ranked({pair: -value for pair, value in p.items()})
        result.append((pairs_truth.average_precision(ranked, truth),
                       sum(pair in truth for pair in called) / max(1, len(called)), len(called)))
    return result, figures["auroc"]
