"""What was planted, and how a ranking of pairs is scored against it: shared by the parts of pairs.py."""

import collections
import math
import random
import statistics

import bench

RECIPES = ((20, 40), (25, 60), (30, 80))  # motifs, pairs
ALIKE = 0.85  # correlation, over three quarters of the shorter, from which motifs are one cluster: as in cislens


def unordered(a, b):
    return (min(a, b), max(a, b))


def turned(sign):
    return {"+": "-", "-": "+"}.get(sign, sign)


def read_back(strands):
    """The strands of two sites, read from the other end."""
    return "".join(turned(sign) for sign in reversed(strands))


def motif_file(run, count, seed):
    """The 20 motifs of the data, and JASPAR motifs drawn by the seed."""
    source = run.data / "pairs/data40_sim/motifs_20.meme"
    if count == 20:
        return source
    text = source.read_text().rstrip("\n") + "\n\n"
    blocks = ["MOTIF " + block for block in run.jaspar.read_text().split("\nMOTIF ")[1:]]
    for block in random.Random(seed).sample(blocks, count - 20):
        text += "\n".join(line for line in block.splitlines() if not line.startswith("URL")) + "\n\n"
    path = run.work / f"motifs_{count}_{seed}.meme"
    path.write_text(text)
    return path


def pair_list(run, pairs):
    """The list of the data, or so many pairs that simulate draws."""
    return run.data / "pairs/data40_sim/true_pairs_40.tsv" if pairs == 40 else pairs


def simulate(run, prefix, seed, motifs, pairs, positives, *arguments, length=300):
    """The planted pairs (rows of PREFIX.pairs.tsv); extra arguments go to cislens simulate."""
    run.cislens("simulate", "-o", prefix, "--force", "--seed", seed, "--positives", positives, "--length", length,
                "--motifs", motifs, "--pairs", pairs, *arguments)
    return bench.read_table(f"{prefix}.pairs.tsv")


class Clusters:
    """Planted motifs that are alike count as one: the largest neighbourhood first, as cislens does it."""

    def __init__(self, motifs, alike=ALIKE):
        self.motifs = motifs
        names = list(motifs)
        near = {a: {b for b in names if a == b or self.align(a, b)[0] >= alike} for a in names}
        self.of, self.strand, left = {}, {}, list(names)
        while left:
            centre = max(left, key=lambda a: sum(b in near[a] for b in left))
            members = [b for b in left if b in near[centre]]
            first = min(members, key=names.index)
            for member in members:
                self.of[member] = first
                self.strand[member] = "+" if member == first else self.align(first, member)[2]
            left = [a for a in left if a not in members]
        self.names = sorted(set(self.of.values()))

    def align(self, a, b):
        shorter = min(len(self.motifs[a]), len(self.motifs[b]))
        return bench.align(self.motifs[a], self.motifs[b], math.ceil(0.75 * shorter))

    def pair(self, a, b):
        return unordered(self.of[a], self.of[b])

    def truth(self, listed):
        return {self.pair(row["motif_a"], row["motif_b"]) for row in listed}

    def orientations(self, listed):
        """{pair of clusters: planted orientations}, the strands those of the motifs that stand for the clusters."""
        planted = collections.defaultdict(set)
        for row in listed:
            a, b = row["motif_a"], row["motif_b"]
            strands = "".join(turned(sign) if self.strand[name] == "-" else sign
                              for name, sign in zip((a, b), row["strands"]))
            ways = [(self.of[a], self.of[b], strands), (self.of[b], self.of[a], read_back(strands))]
            for first, second, way in ways:
                if (first, second) == self.pair(a, b):
                    planted[first, second].add(way)
        return planted

    def found(self, columns, least=0.85):
        """The cluster that a found motif shows, or None: the best alignment over at least six columns."""
        score, name = max((bench.align(columns, known, min(6, len(known), len(columns)))[0], name)
                          for name, known in self.motifs.items())
        return self.of[name] if score >= least else None


    def found_by_sites(self, found, planted):
        """{motif: the cluster at which most stand of its sites that stand at a planted one}: they share half of the
        shorter. Motifs of whose sites at planted ones no half is of one cluster are left out.
        @param found, planted  BED files, the motif in column 4"""
        places, counts = collections.defaultdict(list), collections.defaultdict(collections.Counter)
        for sequence, start, end, motif in bed_sites(planted):
            places[sequence].append((start, end, self.of[motif]))
        for sequence, start, end, motif in bed_sites(found):
            counts[motif].update(cluster for first, last, cluster in places[sequence]
                                 if 2 * (min(end, last) - max(start, first)) >= min(end - start, last - first))
        most = {motif: count.most_common(1)[0] for motif, count in counts.items() if count}
        return {motif: cluster for motif, (cluster, n) in most.items() if 2 * n >= sum(counts[motif].values())}


def bed_sites(path):
    for line in bench.open_text(path):
        sequence, start, end, motif = line.rstrip("\n").split("\t")[:4]
        yield sequence, int(start), int(end), motif


def strand_certainty(columns, words=500, background=(0.2255, 0.2745, 0.2745, 0.2255)):
    """How sure the strand of a word of this motif is: mean of 1 / (1 + 2^-d) over words drawn from the matrix, d the bits
    between its best places on the two strands (at least 3/4 of it shared). 0.5 for a palindrome."""
    draw, width = random.Random(1), len(columns)
    odds = [[math.log2((p * 100 + b) / 101 / b) for p, b in zip(column, background)] for column in columns]
    turned = bench.reverse_complement(odds)
    flank = width - math.ceil(0.75 * width)
    beside = [background] * flank

    def best(strand, word):
        return max(sum(strand[i][word[first + i]] for i in range(width)) for first in range(2 * flank + 1))
    total = 0.0
    for _ in range(words):
        word = [draw.choices(range(4), column)[0] for column in [*beside, *columns, *beside]]
        total += 1 / (1 + 2 ** -abs(best(odds, word) - best(turned, word)))
    return total / words


def average_precision(ranked, truth):
    """Of keys, best first; a key that comes again is passed over, None is false, and what is missing is missed."""
    hits, total, rank, seen = 0, 0.0, 0, set()
    for key in ranked:
        if key is not None and key in seen:
            continue
        seen.add(key)
        rank += 1
        if key in truth:
            hits += 1
            total += hits / rank
    return total / len(truth) if truth else math.nan


def ranked(scores):
    """Keys by falling score; NaN last; ties by key."""
    return sorted(scores, key=lambda key: (math.isnan(scores[key]), -scores[key], key))


def chance(truth, candidates):
    return len(truth) / candidates if candidates else math.nan


def pairs_of(names):
    """How many unordered pairs, those with themselves too."""
    return len(names) * (len(names) + 1) // 2


def mean(values):
    known = [value for value in values if not math.isnan(value)]
    return statistics.mean(known) if known else math.nan


def benjamini_hochberg(p):
    """{key: q} of {key: p}."""
    order = sorted(p, key=p.get, reverse=True)
    q, least = {}, 1.0
    for i, key in enumerate(order):
        least = min(least, p[key] * len(order) / (len(order) - i))
        q[key] = least
    return q


def mean_by_pair(rows, column):
    """{unordered pair of the name "a--b": mean of a column}."""
    values = collections.defaultdict(list)
    for row in rows:
        values[unordered(*row["name"].split("--"))].append(float(row[column]))
    return {pair: statistics.mean(own) for pair, own in values.items()}
