#!/usr/bin/env python3
"""predict on one long record: seconds and memory against its length.

The network is trained on example/ctcf_4000.fa (100 bp) unless --model names one; the records are the beginning of the
longest contig of yeast/sacCer3.fa.gz (chrIV).
"""

import pathlib

from bench import Bench, Table, number, open_text, read_table, write_fasta


def first_bases(path, contig, count):
    """Reads no more than it needs: the memory of this process counts as that of the programs it starts."""
    parts, found = [], 0
    with open_text(path) as lines:
        inside = False
        for line in lines:
            if line.startswith(">"):
                inside = line[1:].split()[0] == contig
            elif inside and found < count:
                parts.append(line.strip())
                found += len(parts[-1])
    return "".join(parts)[:count]


def main():
    bench = Bench(__doc__, lambda parser: parser.add_argument("--model", type=pathlib.Path))
    model = bench.options.model
    if not model:
        model = bench.work / "ctcf"
        bench.trained("train", bench.data / "example/ctcf_4000.fa", model)
    bases = first_bases(bench.data / "yeast/sacCer3.fa.gz", "chrIV", 1_000_000)
    lengths = [1_000, 10_000, 100_000, 300_000, 1_000_000]
    table = Table("length (bp)", "windows", "threads", "seconds", "kb/s", "peak MiB")
    for length in lengths[:2] if bench.options.quick else lengths:
        record = write_fasta([("long", bases[:length])], bench.work / "long.fa")
        scores = bench.work / "scores.tsv"
        seconds, memory = bench.cislens("predict", "-m", model, record, "-o", scores, "--force")
        windows = read_table(scores)[0]["windows"]
        table.line([length, windows, bench.options.threads, number(seconds, 2), number(length / seconds / 1000, 0),
                    number(memory, 0)])


if __name__ == "__main__":
    main()
