#!/usr/bin/env python3
"""discover with 1, 2 and 3 threads: the same bytes in every output file (--no-provenance).

Digest: of the SHA-256 of every file, in order of their names.
"""

import hashlib
import sys

from bench import ROOT, Bench, Table, number, read_fasta, thin, write_fasta


def options(parser):
    parser.add_argument("--sequences", default=str(ROOT / "data/demo.fa"))


def digests(folder):
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest()
            for file in sorted(folder.iterdir()) if file.is_file()}


def main():
    bench = Bench(__doc__, options, needs_data=False)
    records = read_fasta(bench.options.sequences)
    sequences = write_fasta(thin(records, 200) if bench.options.quick else records, bench.work / "sequences.fa")
    table = Table("threads", "files", "digest", "differ from 1 thread", "seconds")
    first, all_same = None, True
    for threads in (1, 2, 3):
        bench.options.threads = threads
        out = bench.work / f"threads{threads}"
        seconds, _ = bench.trained("discover", sequences, out, "--no-provenance")
        files = digests(out)
        first = first or files
        different = sorted(name for name in first.keys() | files.keys() if first.get(name) != files.get(name))
        all_same = all_same and not different
        whole = hashlib.sha256("".join(files.values()).encode()).hexdigest()
        table.line([threads, len(files), whole[:16], ", ".join(different) or "none", number(seconds, 1)])
    sys.exit(0 if all_same else 1)


if __name__ == "__main__":
    main()
