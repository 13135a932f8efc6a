#!/usr/bin/env python3
"""What is lost when tokens see only their surroundings: planted pairs 50 to 5,000 bases apart.

Trains one network a cell with chunking_bench (its head says what the task is) and prints the table; --plot draws it.
A token is 20 bases; chunks, windows, and windows with summaries give it about the same number of keys: 32, 33, 33 + 4,
that is 640 bases.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from bench import ROOT, Table, machine
from plot import panel, write_svg

MODES = ["chunk:32", "local:16", "local:16+global:4", "exact"]
DISTANCES = [50, 200, 500, 1000, 2000, 5000]


def cell(options, mode, distance, seed):
    command = [options.bench / "chunking_bench", "--attention", mode, "--distance", distance, "--seed", seed,
               "--flank", 400, "--channels", 64, "--heads", 2, "--pool", 20, "--epochs", options.epochs, "--epoch-sequences",
               options.sequences, "--test", 400]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    result = json.loads(done.stdout)
    print(done.stdout, end="", file=sys.stderr, flush=True)
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", type=pathlib.Path, default=ROOT / "build/bin/bench")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--sequences", type=int, default=4096, help="new ones in every epoch")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, help="cells at a time, one thread each")
    parser.add_argument("--plot", type=pathlib.Path, help="SVG")
    options = parser.parse_args()
    print(machine(), file=sys.stderr)
    keys = [(mode, distance) for distance in DISTANCES for mode in MODES]
    with ThreadPoolExecutor(options.jobs) as pool:
        runs = {key: [pool.submit(cell, options, *key, seed + 1) for seed in range(options.seeds)] for key in keys}
        results = {key: [run.result() for run in some] for key, some in runs.items()}

    def mean(mode, distance, name):
        return statistics.mean(result[name] for result in results[mode, distance])

    table = Table("attention", "distance, bp", "tokens", "AUROC", "pair attention", "even attention", "CPU s")
    for mode, distance in sorted(keys, key=lambda key: (MODES.index(key[0]), key[1])):
        table.line([mode, f"{distance:,}", int(mean(mode, distance, "tokens")),
                    *(f"{mean(mode, distance, name):.3f}" for name in ("auroc", "pair_attention", "even_attention")),
                    f"{mean(mode, distance, 'cpu_seconds'):.0f}"])
    if options.plot:
        def series(name):
            return {mode: [(distance, mean(mode, distance, name)) for distance in DISTANCES] for mode in MODES}
        write_svg(options.plot, [
            panel("Held-out AUROC", "distance of the pair, bases", "AUROC", series("auroc"), DISTANCES,
                  [0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0], True, False),
            panel("Weight of the partner", "distance of the pair, bases", "attention", series("pair_attention"),
                  DISTANCES, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0], True, False)], MODES)


if __name__ == "__main__":
    main()
