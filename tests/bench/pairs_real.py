"""Pairs where the answer is known from elsewhere: TAL1/GATA with its truth table, SP1 in GM12878, yeast promoters."""

import collections
import math
import random
import statistics

import bench
import pairs_matched
import pairs_truth
from bench import Table, number, read_table


def is_called(row):
    return float(row["occurrence_q"]) < 0.05 and float(row["occurrence_z"]) > 0


def short(text):
    """A p- or q-value as people read it."""
    value = float(text)
    return "–" if math.isnan(value) else f"{value:.2g}"


def write_motifs(source, ids, path):
    """The motifs of these ids, in the order of the file."""
    head, *blocks = source.read_text().split("\nMOTIF ")
    chosen = [block for block in blocks if block.split()[0] in ids]
    path.write_text(head + "".join(f"\nMOTIF {block}" for block in chosen) + "\n")
    return path


# TAL1/GATA: simulated, so where every site is, is known. Both motifs stand anywhere, so nothing is to be called by
# their distance: what is particular is that both are there, which the test of presence can tell, and a network.


def site_agreement(sites, truth):
    """(share of the planted sites that are found, share of the called that were planted), middles within 1 bp.

    A found matrix may be wider to one side: the commonest distance of its middle from the planted one is its origin.
    """
    found = hits = 0
    distances = collections.Counter()
    for record, middle, strand in sites:
        for planted in truth.get(record, []):
            if abs(middle - planted) <= 8:
                distances[strand, middle - planted] += 1
    origin = {sign: max((d for s, d in distances if s == sign), key=lambda d, sign=sign: distances[sign, d], default=0)
              for sign in "+-"}
    called = collections.defaultdict(list)
    for record, middle, strand in sites:
        called[record].append(middle - origin[strand])
    for record, planted in truth.items():
        found += sum(any(abs(place - middle) <= 1 for middle in called[record]) for place in planted)
    for record, middles in called.items():
        hits += sum(any(abs(place - middle) <= 1 for place in truth.get(record, [])) for middle in middles)
    return found / max(1, sum(map(len, truth.values()))), hits / max(1, len(sites))


TALGATA = {"MA0035.5": "GATA", "MA0091.2": "TAL1", "MA0079.5": "SP1", "MA1929.2": "CTCF"}


def talgata(run):
    ids = TALGATA
    motifs = write_motifs(run.jaspar, ids, run.work / "talgata.meme")
    planted = collections.defaultdict(lambda: collections.defaultdict(list))
    for row in read_table(run.data / "pairs/talgata_sim/truth_sites.tsv.gz"):
        planted[row["motif"].split("_")[0]][row["seq"]].append((int(row["start0"]), int(row["end0"])))
    talgata_distance(run, motifs, ids)
    talgata_together(run, motifs, ids)
    talgata_network(run, motifs, planted)
    talgata_sites(run, planted)


def talgata_distance(run, motifs, ids):
    out = run.work / "talgata"
    run.cislens("pairs", run.data / "pairs/talgata_sim/both.pos.fa.gz", "--motifs", motifs, "-o", out, "--force")
    table = Table("TAL1/GATA, both, by distance", "sequences", "expected", "z", "q")
    for row in read_table(out / "pairs.tsv"):
        names = [ids[row["motif_a"]], ids[row["motif_b"]]]
        if set(names) <= {"GATA", "TAL1"}:
            table.line(["-".join(names), row["sequences"], number(float(row["expected"]), 0),
                        number(float(row["occurrence_z"]), 1), short(row["occurrence_q"])])


def is_together(row):
    return float(row["interaction_q"]) <= 0.05  # nan is not


def told_together(run, sequences, background, motifs, *arguments):
    """The rows of pairs.tsv whose motifs could be asked whether they act together."""
    out = run.work / "together"
    run.cislens("pairs", sequences, "--background", background, "--motifs", motifs, "-o", out, "--force",
                "--permutations", 100, *arguments)
    return [row for row in read_table(out / "pairs.tsv") if row["interaction_q"] != "nan"]


def talgata_together(run, motifs, ids):
    source = run.data / "pairs/talgata_sim"
    rows = told_together(run, source / "both.pos.fa.gz", source / "rest.neg.fa.gz", motifs)
    table = Table("both against the others", "both, a, b, neither", "in the others", "expected both", "z", "log2 odds", "p",
                  "q")
    for row in rows:
        table.line([f"{ids[row['motif_a']]}-{ids[row['motif_b']]}", row["interaction_foreground"],
                    row["interaction_background"], number(float(row["interaction_expected"]), 0),
                    number(float(row["interaction_z"]), 1), number(float(row["interaction_log2_odds"]), 2),
                    short(row["interaction_p"]), short(row["interaction_q"])])


def halves(run):
    """Sets cut into halves at random: motifs act together in none."""
    talgata_motifs = write_motifs(run.jaspar, {"MA0035.5", "MA0091.2"}, run.work / "halves.meme")
    sp1_records = bench.thin(bench.read_fasta(run.data / "tf_chip/SP1_GM12878.train.pos.fa.gz"), 10000)
    sets = {"TAL1, GATA or none": (bench.read_fasta(run.data / "pairs/talgata_sim/rest.neg.fa.gz"), talgata_motifs),
            "SP1_GM12878, 30 motifs": (sp1_records, bench.ROOT / "data/known_motifs.meme")}
    table = Table("halves of", "sequences", "halvings", "pairs asked", "p <= 0.05", "p <= 0.001", "called")
    for name, (records, motifs) in sets.items():
        p, called = [], 0
        runs = 2 if run.options.quick else run.options.null_runs
        for seed in range(runs):
            drawn = random.Random(seed).sample(records, len(records))
            parts = [bench.write_fasta(drawn[half::2], run.work / f"half_{half}.fa") for half in (0, 1)]
            rows = told_together(run, *parts, motifs)
            p += [float(row["interaction_p"]) for row in rows]
            called += sum(map(is_together, rows))
        table.line([name, len(records), runs, len(p), *(number(sum(x <= u for x in p) / max(1, len(p)), 4)
                                                        for u in (0.05, 0.001)), called])


def together(run):
    talgata_together(run, write_motifs(run.jaspar, TALGATA, run.work / "talgata.meme"), TALGATA)
    halves(run)


def talgata_network(run, motifs, planted):
    """Trained on half of them, sequences with both motifs against all others; read on the other half."""
    from scipy import stats
    for part, name in (("fa", "both.pos"), ("neg.fa", "rest.neg")):
        records = bench.read_fasta(run.data / f"pairs/talgata_sim/{name}.fa.gz")
        for half, prefix in enumerate(("talgata_train", "talgata_read")):
            bench.write_fasta(records[half::2], run.work / f"{prefix}.{part}")
    places = run.work / "talgata.bedpe"
    with open(places, "w") as out:
        for record, _ in bench.read_fasta(run.work / "talgata_read.fa"):
            sites = sorted((*site, name) for name in planted for site in planted[name][record])
            for i, (start, end, a) in enumerate(sites):
                for other, last, b in sites[i + 1:]:
                    pair = "--".join(sorted((a, b)))
                    out.write(f"{record}\t{start}\t{end}\t{record}\t{other}\t{last}\t{pair}\n")
    figures, rows = pairs_matched.pair_terms(run, train=run.work / "talgata_train", read=run.work / "talgata_read",
                                             places=places, filters=motifs, epochs=8, rate=2e-3, shuffles=3)
    print(f"\nboth against the others, held out: AUROC {number(figures['auroc'])}\n")
    table = Table("TAL1/GATA, knock-out", "places", "pair term", "f(ab) - f(a) - f(b) + f(none)", "above 0", "sign test p")
    for pair in ("GATA--TAL1", "GATA--GATA", "TAL1--TAL1"):
        own = [row for row in rows if row["name"] == pair]
        effects = [float(row["knockout"]) for row in own]
        above = sum(effect > 0 for effect in effects)
        table.line([pair, len(own), number(pairs_truth.mean([float(row["term"]) for row in own])),
                    number(pairs_truth.mean(effects)), number(above / max(1, len(own))),
                    short(stats.binomtest(above, len(own)).pvalue) if own else "–"])


def talgata_sites(run, planted):
    source = run.data / "pairs/talgata_sim"
    records = bench.read_fasta(source / "both.pos.fa.gz") + bench.read_fasta(source / "rest.neg.fa.gz")
    folder = run.work / "talgata_found"
    run.trained("discover", bench.write_fasta(records, run.work / "talgata.fa"), folder, "--no-pairs")
    middles = {factor: {record: [sum(site) // 2 for site in own] for record, own in truth.items()}
               for factor, truth in planted.items()}
    sites = collections.defaultdict(list)
    for line in (folder / "sites.bed").read_text().splitlines():
        record, start, end, name, _, strand = line.split("\t")[:6]
        sites[name].append((record, (int(start) + int(end)) // 2, strand))
    table = Table("found by discover in all 8,000", "sites", "is", "of its planted sites", "of its sites planted")
    for name, own in sites.items():
        score = {factor: site_agreement(own, truth) for factor, truth in middles.items()}
        best = max(score, key=lambda factor: score[factor][1])
        table.line([name, len(own), best, *map(number, score[best])])


# SP1 in GM12878: half of the peaks are NF-Y promoters, whose CCAAT boxes keep distances of three turns of the helix.


def sp1(run):
    ids = {"MA0079.5": "SP1", "MA0060.4": "NFYA", "MA0062.4": "GABPA", "MA0095.4": "YY1", "MA0506.3": "NRF1",
           "MA0093.4": "USF1", "MA0488.2": "JUN", "MA0526.5": "USF2"}
    motifs = write_motifs(run.jaspar, ids, run.work / "sp1.meme")
    records = bench.thin(bench.read_fasta(run.data / "tf_chip/SP1_GM12878.train.pos.fa.gz"), 500 if run.options.quick else 10000)
    widths = {name: len(columns) for name, columns in bench.read_meme(motifs).items()}
    out = run.work / "sp1"
    seconds, _ = run.cislens("pairs", bench.write_fasta(records, run.work / "sp1.fa"), "--motifs", motifs, "-o", out,
                             "--max-gap", 60, "--force")
    rows = read_table(out / "pairs.tsv")
    table = Table(f"SP1_GM12878, {len(records)} sequences", "sequences", "expected", "z", "q", "gap", "middle to middle",
                  "gap q", "orientation", "orientation q")
    for row in [row for row in rows if is_called(row)][:10]:
        a, b = row["motif_a"], row["motif_b"]
        told = row["gap"] != "."
        table.line([f"{ids.get(a, a)}-{ids.get(b, b)}", row["sequences"], number(float(row["expected"]), 0),
                    number(float(row["occurrence_z"]), 1), short(row["occurrence_q"]), row["gap"],
                    number(int(row["gap"]) + (widths[a] + widths[b]) / 2, 1) if told else ".", short(row["gap_q"]),
                    row["orientation"], short(row["orientation_q"])])


# Yeast: promoters that do not overlap, motifs of the ChIP-exo factors, against which factors bind the same promoters.


def apart(run):
    """Names of promoters of which no two overlap."""
    rows = [line.split("\t") for line in (run.data / "yeast/promoters_500.bed").read_text().splitlines()]
    last, names = {}, set()
    for contig, start, end, name, *_ in sorted(rows, key=lambda row: (row[0], int(row[1]))):
        if int(start) >= last.get(contig, 0):
            last[contig] = int(end)
            names.add(name)
    return names


def bound_together(run, factors, least=10):
    """{pair: log2 observed / expected}, of factors that share so many promoters or would."""
    shared = {}
    for row in read_table(run.data / "yeast/cooccurrence_pairs.tsv"):
        a, b = row["factor1"], row["factor2"]
        expected = int(row["promoters1"]) * int(row["promoters2"]) / 5858
        if a in factors and b in factors and max(expected, int(row["both"])) >= least:
            shared[pairs_truth.unordered(a, b)] = float(row["log2_observed_over_expected"])
    return shared


def spearman(x, y):
    from scipy import stats
    return float(stats.spearmanr(x, y).statistic)


def yeast(run):
    import pairs_counting
    factors = {row["factor"]: row["jaspar_fungi_motif"] for row in read_table(run.data / "yeast/chexmix_factors.tsv")
               if row["jaspar_fungi_motif"] != "none"}
    factor_of = {motif: factor for factor, motif in factors.items()}
    motifs = write_motifs(run.data / "motifs/JASPAR2024_CORE_fungi_nr.meme", set(factors.values()), run.work / "yeast.meme")
    names = apart(run)
    records = [record for record in bench.read_fasta(run.data / "yeast/promoters_500.fa.gz")
               if record[0].split()[0] in names]
    path = bench.write_fasta(records, run.work / "yeast.fa")
    out = run.work / "yeast"
    run.cislens("pairs", path, "--motifs", motifs, "-o", out, "--force", "--alike", 2, "--max-gap", 200)
    own = {pairs_truth.unordered(factor_of[row["motif_a"]], factor_of[row["motif_b"]]): row
           for row in read_table(out / "pairs.tsv")}
    matrices = {factor_of[name]: columns for name, columns in bench.read_meme(motifs).items()}
    sites = pairs_counting.by_sequence(pairs_counting.scan(pairs_counting.codes_of(records), matrices), len(records), True)
    counted = pairs_counting.Counts(sites, str, (0, 200)).marginal_z()
    bound = bound_together(run, matrices)
    both = sorted(pair for pair in bound if pair in own and pair in counted)
    by = {"cislens": {pair: float(own[pair]["occurrence_z"]) for pair in both}, "plain counting": counted}
    strong = [pair for pair in both if bound[pair] >= 3]
    table = Table(f"yeast, {len(records)} promoters", "pairs", "Spearman with binding", "bound together (log2 >= 3)",
                  "AUROC of those")
    for name, score in by.items():
        table.line([name, len(both), number(spearman([score[pair] for pair in both], [bound[pair] for pair in both])),
                    len(strong), number(bench.auroc([score[pair] for pair in strong],
                                                    [score[pair] for pair in both if pair not in strong]))])
    table = Table("known partners", "log2 bound together", "cislens rank", "z", "q", "gap", "plain counting rank", "z")
    ranks = {name: sorted(both, key=lambda pair, score=score: -score[pair]) for name, score in by.items()}
    for pair in (("Hap3", "Hap5"), ("Ino2", "Ino4"), ("Fhl1", "Rap1"), ("Cbf1", "Met31"), ("Mcm1", "Swi4"),
                 ("Fhl1", "Sfp1"), ("Skn7", "Swi4")):
        if pair in own and pair in counted:
            row = own[pair]
            place = [f"{order.index(pair) + 1}" if pair in order else "–" for order in ranks.values()]
            table.line(["-".join(pair), number(bound.get(pair, float("nan")), 1), place[0],
                        number(float(row["occurrence_z"]), 1), short(row["occurrence_q"]), row["gap"], place[1],
                        number(counted[pair], 1)])
    called = [row for row in own.values() if is_called(row)]
    print(f"\ncalled {len(called)} of {len(own)}; median log2 bound together of the called: "
          f"{number(statistics.median([bound[p] for p in both if is_called(own[p])] or [float('nan')]))}, of all "
          f"{number(statistics.median([bound[p] for p in both] or [float('nan')]))}")
