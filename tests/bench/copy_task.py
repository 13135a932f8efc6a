#!/usr/bin/env python3
"""The copy task against the number of heads: share of symbols recalled, by length of the list and heads.

Tables: the width fixed (a head has C / H channels); a head's channels fixed (width grows with H); one head.
copy_task_bench says what the task is. Chance: 0.0625.
"""

import argparse
import json
import pathlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from bench import ROOT, Table, machine

LENGTHS = [64, 128, 256, 512, 1024]
HEADS = [1, 2, 4, 8, 16, 32]
WIDTHS = [8, 16, 32, 64]


def recall(options, length, heads, channels):
    command = [options.bench / "copy_task_bench", "--length", length, "--heads", heads, "--channels", channels,
               "--steps", options.steps, "--batch", 2, "--asked", 256, "--rate", 0.01]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    print(done.stdout, end="", file=sys.stderr, flush=True)
    return json.loads(done.stdout)["recall"]


def print_table(options, pool, title, columns, last):
    """columns: {name: (heads, channels)}."""
    print(f"\n{title}\n")
    runs = {(n, name): pool.submit(recall, options, n, *shape) for n in LENGTHS for name, shape in columns.items()}
    table = Table("length", *columns, last)
    for length in LENGTHS:
        values = {name: runs[length, name].result() for name in columns}
        enough = [name for name, value in values.items() if value >= 0.99]
        table.line([length, *(f"{value:.3f}" for value in values.values()), enough[0] if enough else "none"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", type=pathlib.Path, default=ROOT / "build/bin/bench")
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--head-channels", type=int, default=8)
    parser.add_argument("--tables", default="width,head,single", help="width: C fixed; head: D fixed; single: one head")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    print(machine(), file=sys.stderr)
    with ThreadPoolExecutor(options.jobs) as pool:
        width, channels = options.width, options.head_channels
        if "width" in options.tables:
            print_table(options, pool, f"Width C = {width} for every H", {f"H = {h}": (h, width) for h in HEADS},
                        "fewest heads with 0.99")
        if "head" in options.tables:
            print_table(options, pool, f"D = {channels} channels a head, C = {channels} H",
                        {f"H = {h}": (h, channels * h) for h in HEADS}, "fewest heads with 0.99")
        if "single" in options.tables:
            print_table(options, pool, "One head", {f"C = {c}": (1, c) for c in WIDTHS}, "least width with 0.99")



if __name__ == "__main__":
    main()
