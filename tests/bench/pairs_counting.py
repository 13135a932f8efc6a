"""Plain counting: what a script without a network finds with the planted matrices. Needs numpy and scipy.

Sites: log-odds with P <= 1e-3 at a place (exact, by convolution), both strands. With competition the surest site
takes its place and those that overlap it go; without, all stay. A pair is in a sequence when two of its sites stand
at most 50 bases apart, or in the known gap window. Tests: z against the counts of the two motifs alone
(expected c n_a n_b / N, c from all pairs), or Fisher's exact test, positives against negatives. "Distance alone" ranks
pairs by the mean gap of their closest instances and knows nothing else.
"""

import collections

import numpy
from scipy import stats

import bench
import pairs_truth

STEP = 0.05  # bits
MAX_GAP = 50


def codes_of(records):
    """(records, L) of 0-3, 4: N or behind the end."""
    table = numpy.full(256, 4, numpy.uint8)
    for code, letters in enumerate(("Aa", "Cc", "Gg", "TtUu")):
        for letter in letters:
            table[ord(letter)] = code
    longest = max(len(bases) for _, bases in records)
    codes = numpy.full((len(records), longest), 4, numpy.uint8)
    for i, (_, bases) in enumerate(records):
        codes[i, :len(bases)] = table[numpy.frombuffer(bases.encode(), numpy.uint8)]
    return codes


def log_odds(columns, background):
    """(width, 5) in steps, N never fits."""
    odds = numpy.log2((numpy.array(columns) * 100 + background) / 101 / background)
    steps = numpy.round(odds / STEP).astype(int)
    return numpy.hstack([steps, numpy.full((len(columns), 1), -10**6)])


def tail(steps, background):
    """(lowest sum, P(sum >= lowest + i))."""
    lowest, density = 0, numpy.ones(1)
    for column in steps[:, :4]:
        low = column.min()
        one = numpy.zeros(column.max() - low + 1)
        numpy.add.at(one, column - low, background)
        density = numpy.convolve(density, one)
        lowest += low
    return lowest, numpy.minimum(1, density[::-1].cumsum()[::-1])


def scan(codes, motifs, limit=1e-3):
    """[(sequence, ln p, start, end, motif)], all places of both strands."""
    known = numpy.bincount(codes.ravel(), minlength=5)[:4]
    background = (known + known[::-1]) / (2 * known.sum())
    sites = []
    for name, columns in motifs.items():
        steps = log_odds(columns, background)
        lowest, p = tail(steps, background)
        width = len(columns)
        places = codes.shape[1] - width + 1
        turned = steps[::-1, [3, 2, 1, 0, 4]]
        best = numpy.full((codes.shape[0], places), -10**6)
        for strand in (steps, turned):
            total = numpy.zeros_like(best)
            for k in range(width):
                total += strand[k][codes[:, k:k + places]]
            best = numpy.maximum(best, total)
        least = lowest + int(numpy.argmax(p <= limit)) if (p <= limit).any() else 10**6
        for sequence, start in zip(*numpy.nonzero(best >= least), strict=True):
            log_p = float(numpy.log(p[best[sequence, start] - lowest]))
            sites.append((int(sequence), log_p, int(start), int(start) + width, name))
    return sites


def by_sequence(sites, count, compete):
    """Sites of every sequence, by start."""
    own = [[] for _ in range(count)]
    for sequence, log_p, start, end, name in sites:
        own[sequence].append((log_p, start, end, name))
    for i, some in enumerate(own):
        if compete:
            kept = []
            for site in sorted(some):
                if all(site[2] <= other[1] or site[1] >= other[2] for other in kept):
                    kept.append(site)
            some = kept
        own[i] = sorted((start, end, name) for _, start, end, name in some)
    return own


def gaps_of(own, label, max_gap):
    """{pair: gaps of its instances, at most so many} of the sites of one sequence."""
    gaps = collections.defaultdict(list)
    for i, (_, end, a) in enumerate(own):
        for start, _, b in own[i + 1:]:
            if start - end > max_gap:
                break
            if start >= end:
                gaps[pairs_truth.unordered(label(a), label(b))].append(start - end)
    return gaps


class Counts:
    """Sequences by motif and by pair.

    @param label   of a motif: what is counted
    @param window  of gaps, first and last
    """

    def __init__(self, sites, label, window=(0, MAX_GAP)):
        self.sequences = len(sites)
        self.single, self.pair = collections.Counter(), collections.Counter()
        closest = collections.defaultdict(list)
        for own in sites:
            self.single.update({label(name) for _, _, name in own})
            for key, gaps in gaps_of(own, label, window[1]).items():
                inside = [gap for gap in gaps if window[0] <= gap <= window[1]]
                self.pair[key] += bool(inside)
                if inside:
                    closest[key].append(min(inside))
        self.gap = {key: sum(gaps) / len(gaps) for key, gaps in closest.items()}

    def marginal_z(self):
        product = {key: self.single[key[0]] * self.single[key[1]] / self.sequences for key in self.pair}
        scale = sum(self.pair.values()) / max(1e-9, sum(product.values()))
        return {key: (self.pair[key] - scale * e) / (scale * e) ** 0.5 for key, e in product.items()}

    def fisher(self, negatives):
        """{pair: -ln p}, one-sided."""
        result = {}
        for key, count in self.pair.items():
            total = self.sequences + negatives.sequences
            both = count + negatives.pair[key]
            result[key] = -float(stats.hypergeom.logsf(count - 1, total, both, self.sequences))
        return result


def baselines(prefix, motifs, clusters, listed, window):
    """{name of the baseline: (AP by cluster, AP by name)} of PREFIX.fa, and against PREFIX.neg.fa."""
    found = {}
    for part in ("fa", "neg.fa"):
        records = bench.read_fasta(f"{prefix}.{part}")
        sites = scan(codes_of(records), motifs)
        for compete in (True, False):
            found[part, compete] = by_sequence(sites, len(records), compete)
    names = {pairs_truth.unordered(row["motif_a"], row["motif_b"]) for row in listed}
    scores = collections.defaultdict(list)
    for label, truth in ((clusters.of.get, clusters.truth(listed)), (str, names)):
        known = Counts(found["fa", True], label, window)
        unknown = Counts(found["fa", True], label)
        against = Counts(found["neg.fa", True], label)
        for name, values in (
                ("z, gap known", known.marginal_z()),
                ("z", unknown.marginal_z()),
                ("z, no competition", Counts(found["fa", False], label).marginal_z()),
                ("Fisher, gap known", known.fisher(Counts(found["neg.fa", True], label, window))),
                ("Fisher", unknown.fisher(against)),
                ("distance alone", {key: -gap for key, gap in unknown.gap.items()})):
            scores[name].append(pairs_truth.average_precision(pairs_truth.ranked(values), truth))
    return dict(scores)
