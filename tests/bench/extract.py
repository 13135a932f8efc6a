#!/usr/bin/env python3
"""Times `cislens extract`: promoters from annotation, and counting of BAM against bedtools multicov.

    python3 tests/bench/extract.py [--rounds 5]

Both sides of the counting take turns, one thread each, in CPU seconds of the process (user + system) and wall
seconds; the median of the rounds counts. Needs the yeast data and bedtools; says "skipped" without.
"""

import os
import shutil
import statistics
import subprocess
import sys
import time

from bench import Bench, Table, number


def timed(command, output):
    """(CPU seconds, wall seconds) of a process."""
    with open(output, "wb") as file:
        start = time.monotonic()
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"exit code {process.returncode}: {' '.join(map(str, command))}")
    return usage.ru_utime + usage.ru_stime, wall


def main():
    bench = Bench(__doc__, lambda parser: parser.add_argument("--rounds", type=int, default=5))
    rounds = 1 if bench.options.quick else bench.options.rounds
    yeast, work = bench.data / "yeast", bench.work
    genome, bam, bed = yeast / "sacCer3.fa.gz", yeast / "atac_reads.bam", yeast / "promoters_500.bed"
    if not bam.is_file() or shutil.which("bedtools") is None:
        print("skipped: no data" if not bam.is_file() else "skipped: no bedtools")
        return
    base = [bench.options.binary, "extract", "--genome", genome, "--force", "--threads", "1"]
    runs = {
        "5,858 promoters from GFF3": base + [yeast / "sgd_features.gff3.gz", "-o", work / "p", "--attribute",
                                             "orf_classification=Verified,Uncharacterized"],
        "the same and their BAM counts": base + [bed, "-o", work / "c", "--bam", bam],
        "the same and counts per million": base + [bed, "-o", work / "m", "--bam", bam, "--cpm"],
        "bedtools multicov": ["bedtools", "multicov", "-bams", bam, "-bed", bed],
    }
    seconds = {name: [] for name in runs}
    for _ in range(rounds):
        for name, command in runs.items():
            seconds[name].append(timed(command, work / "out.txt"))
    table = Table("what", "CPU s", "wall s")
    for name, times in seconds.items():
        table.line([name, *(number(statistics.median(part)) for part in zip(*times))])


if __name__ == "__main__":
    main()
