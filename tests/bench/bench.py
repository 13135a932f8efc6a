"""What the benchmark commands of this folder share: options, running cislens, tables and scores.

Python's standard library only. Nothing here calls cislens for a judgement: alignments, AUROC and MCC are computed
here, so that the figures do not rest on the program that they are about.
"""

import argparse
import gzip
import json
import math
import os
import pathlib
import shlex
import struct
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Bench:
    """The options of one benchmark command and the folder that it works in."""

    def __init__(self, description, add_options=None, needs_data=True):
        parser = argparse.ArgumentParser(description=description,
                                         formatter_class=argparse.RawDescriptionHelpFormatter)
        parser.add_argument("--binary", type=pathlib.Path, default=ROOT / "build/bin/cislens")
        parser.add_argument("--data", type=pathlib.Path, default=ROOT.parent / "shared/data",
                            help="folder of the benchmark data")
        parser.add_argument("--work", type=pathlib.Path, help="folder for results, kept; default: a temporary one")
        parser.add_argument("--threads", type=int, default=2)
        parser.add_argument("--quick", action="store_true", help="a smoke run on little data: figures mean nothing")
        parser.add_argument("--extra", default="", metavar="OPTIONS",
                            help="more options for cislens discover or train, as one word: --extra='--epochs 5'")
        if add_options:
            add_options(parser)
        self.options = parser.parse_args()
        if needs_data and not self.options.data.is_dir():
            print("skipped: no data")
            sys.exit(0)
        if not self.options.binary.is_file():
            sys.exit(f"{self.options.binary} is not there; build it, or name it with --binary")
        self.data = self.options.data
        self._temporary = None
        if self.options.work:
            self.work = self.options.work
            self.work.mkdir(parents=True, exist_ok=True)
        else:
            self._temporary = tempfile.TemporaryDirectory(prefix="cislens-bench-")
            self.work = pathlib.Path(self._temporary.name)
        self.jaspar = self.data / "motifs/JASPAR2024_CORE_vertebrates_nr.meme"
        print(f"{machine()}; {self.version()}; {self.options.threads} threads", file=sys.stderr, flush=True)

    def version(self):
        return subprocess.run([self.options.binary, "--version"], capture_output=True, text=True,
                              check=True).stdout.strip()

    def cislens(self, *arguments):
        """Runs a subcommand; (wall seconds, peak resident MiB). Its messages go to work/log.txt."""
        command = [str(self.options.binary), *map(str, arguments), "--threads", str(self.options.threads)]
        with open(self.work / "log.txt", "ab") as log:
            log.write((shlex.join(command) + "\n").encode())
            log.flush()
            start = time.monotonic()
            process = subprocess.Popen(command, stdout=log, stderr=log)
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            tail = (self.work / "log.txt").read_text(errors="replace").splitlines()[-5:]
            sys.exit("\n".join([f"exit code {process.returncode}: {shlex.join(command)}", *tail]))
        return seconds, usage.ru_maxrss / 1024

    def trained(self, subcommand, sequences, folder, *arguments):
        """discover or train into `folder`, with --extra; the same result as cislens()."""
        extra = shlex.split(self.options.extra)
        if self.options.quick and "--epochs" not in extra:
            extra += ["--epochs", "3"]
        return self.cislens(subcommand, sequences, "-o", folder, "--force", *arguments, *extra)

    def auroc_of_prediction(self, model, positives, negatives):
        """Scores both files with `predict`; (AUROC, MCC at 0.5, seconds)."""
        scores, seconds = [], 0.0
        for part, sequences in (("pos", positives), ("neg", negatives)):
            table = self.work / f"{part}.scores.tsv"
            seconds += self.cislens("predict", "-m", model, sequences, "-o", table, "--force")[0]
            scores.append([float(row["score"]) for row in read_table(table)])
        return auroc(*scores), mcc(*scores), seconds


def machine():
    name = "unknown processor"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            name = line.split(":", 1)[1].strip()
            break
    return f"{name}, {len(os.sched_getaffinity(0))} CPUs, load {os.getloadavg()[0]:.1f}, {time.strftime('%Y-%m-%d')}"


class Table:
    """A Markdown table, each line printed as soon as it is known."""

    def __init__(self, *columns):
        self.line(columns)
        self.line(["---"] * len(columns))

    def line(self, cells):
        print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def number(value, digits=3):
    return "–" if value is None or math.isnan(value) else f"{value:.{digits}f}"


# Files


def open_text(path):
    return gzip.open(path, "rt") if str(path).endswith(".gz") else open(path)


def read_fasta(path):
    records = []
    with open_text(path) as lines:
        for line in lines:
            if line.startswith(">"):
                records.append([line[1:].rstrip("\n"), []])
            elif records:
                records[-1][1].append(line.strip())
    return [(name, "".join(parts)) for name, parts in records]


def write_fasta(records, path):
    path.write_text("".join(f">{name}\n{bases}\n" for name, bases in records))
    return path


def thin(records, most):
    """At most `most` records, evenly spaced."""
    count = min(most, len(records))
    return [records[i * len(records) // count] for i in range(count)]


def read_table(path):
    with open_text(path) as lines:
        header = next(lines).rstrip("\n").split("\t")
        return [dict(zip(header, line.rstrip("\n").split("\t"))) for line in lines]


def read_meme(path):
    """{id: columns}, a column being the probabilities of A C G T; the order of the file."""
    motifs, current = {}, None
    for line in path.read_text().splitlines():
        words = line.split()
        if line.startswith("MOTIF"):
            current = motifs.setdefault(words[1], [])
        elif current is not None and len(words) == 4 and all(is_number(w) for w in words):
            current.append([float(w) for w in words])
    return motifs


def is_number(word):
    try:
        float(word)
    except ValueError:
        return False
    return True


def metric(folder, name):
    """A figure of params.json whose name ends so, or None."""
    metrics = json.loads((folder / "params.json").read_text())["metrics"]
    return next((value for key, value in metrics.items() if key.endswith(name)), None)


def parameter_count(model):
    """Numbers in model.safetensors, from its header."""
    with open(model / "model.safetensors", "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
    return sum(math.prod(tensor["shape"]) for name, tensor in header.items() if name != "__metadata__")


# Motifs


def reverse_complement(columns):
    return [column[::-1] for column in reversed(columns)]


def bits(columns):
    """Information content against a uniform background, without small-sample correction."""
    return sum(2 + sum(p * math.log2(p) for p in column if p > 0) for column in columns)


def correlation(a, b):
    """Pearson correlation of two lists of columns of the same length, over all their entries."""
    x, y = [p for column in a for p in column], [p for column in b for p in column]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    xy = sum((p - mean_x) * (q - mean_y) for p, q in zip(x, y))
    xx, yy = sum((p - mean_x) ** 2 for p in x), sum((q - mean_y) ** 2 for q in y)
    return xy / math.sqrt(xx * yy) if xx > 0 and yy > 0 else 0.0


def align(motif, known, least_columns):
    """The best ungapped alignment of `known`, on either strand, over at least `least_columns` columns.

    Returns (r, offset, strand, columns): column 0 of `known` as turned lies at column `offset` of `motif`. A palindrome
    is not turned.
    """
    best = (-2.0, 0, "+", 0)
    for strand, turned in (("+", known), ("-", reverse_complement(known))):
        for offset in range(-len(turned) + 1, len(motif)):
            first, last = max(0, offset), min(len(motif), offset + len(turned))
            if last - first < max(1, least_columns):
                continue
            r = correlation(motif[first:last], turned[first - offset:last - offset])
            if r > best[0] + 1e-9:
                best = (r, offset, strand, last - first)
    return best


# Classification


def auroc(positives, negatives):
    """Share of pairs in the right order, ties counting half (Mann-Whitney)."""
    ranked = sorted([(score, 1) for score in positives] + [(score, 0) for score in negatives])
    rank_sum, i = 0.0, 0
    while i < len(ranked):
        j = i
        while j < len(ranked) and ranked[j][0] == ranked[i][0]:
            j += 1
        rank_sum += (i + j + 1) / 2 * sum(label for _, label in ranked[i:j])
        i = j
    n, m = len(positives), len(negatives)
    return (rank_sum - n * (n + 1) / 2) / (n * m)


def mcc(positives, negatives, threshold=0.5):
    """Matthews correlation coefficient; a score at the threshold counts as positive."""
    tp = sum(score >= threshold for score in positives)
    fp = sum(score >= threshold for score in negatives)
    fn, tn = len(positives) - tp, len(negatives) - fp
    root = math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    return (tp * tn - fp * fn) / root if root > 0 else 0.0
