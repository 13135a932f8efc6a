#!/usr/bin/env python3
"""The same network and the same attention in cislens and in PyTorch, one measurement of each in turn.

Prints Markdown tables. A ratio is PyTorch's time over cislens' time of one round, so > 1: cislens is faster; quoted
is the median over the rounds, and in brackets the least and the largest. One thread: CPU time; two: the wall clock, on
a machine that does nothing else. PyTorch runs as installed and, again, with tcmalloc in the place of malloc.
OPENBLAS_*, OMP_*, MKL_* and the like are unset for both.

  tests/bench/bench_torch.py --python .../python [--parts network,attention,memory] [--quick]
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

from bench import ROOT, Table, machine

TCMALLOC = "/usr/lib/x86_64-linux-gnu/libtcmalloc_minimal.so.4"
ATTENTION_SHAPES = [(32, 8, 200, 16), (8, 8, 1000, 32), (1, 8, 8192, 32), (1, 4, 32768, 32)]
# network in cislens, network in PyTorch
NETWORKS = [("reference", "reference"), ("reference", "plain"), ("default", "default")]


def clean_environment(preload=None):
    unset = ("OPENBLAS_", "OMP_", "MKL_", "GOMP_", "KMP_", "LD_PRELOAD", "MALLOC_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(unset)}
    return environment | ({"LD_PRELOAD": preload} if preload else {})


class Torch:
    """A PyTorch process that waits for requests."""

    def __init__(self, python, preload):
        self.process = subprocess.Popen([python, pathlib.Path(__file__).with_name("torch_worker.py")],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env=clean_environment(preload))

    def __call__(self, request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"PyTorch ended: exit code {self.process.wait()}")
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def cislens(program, *options):
    """JSON lines of a benchmark program."""
    done = subprocess.run([program, *map(str, options)], capture_output=True, text=True, env=clean_environment())
    if done.returncode != 0:
        sys.exit(f"{program} {' '.join(map(str, options))}: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def spread(values, digits=2):
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}-{max(values):.{digits}f})"


def allocators(options):
    """Label and library to load before PyTorch."""
    found = [("as installed", None)]
    if pathlib.Path(options.tcmalloc).is_file():
        found.append(("tcmalloc", options.tcmalloc))
    return found


def compare(options, workers, ours, request):
    """Rounds of one measurement of each side; times of cislens and ratios by allocator."""
    mine, ratios = [], {name: [] for name in workers}
    for worker in workers.values():
        worker(request)
    for _ in range(options.rounds):
        mine.append(ours())
        for name, worker in workers.items():
            ratios[name].append(worker(request)["seconds"] / mine[-1]["seconds"])
    return mine, ratios


def network_table(options, workers):
    print(f"\nNetwork, batch 64 ({options.rounds} rounds)\n")
    table = Table("cislens network", "PyTorch network", "what", "precision", "L", "threads", "cislens sequences/s",
                  "share of peak", *(f"PyTorch {name} / cislens" for name in workers))
    program = options.bench / "step_bench"
    for network, theirs in NETWORKS:
        for what in options.what:
            for precision in options.precisions:
                for length in options.lengths:
                    for threads in options.threads:
                        if theirs == "plain" and (precision, length) != ("float32", 200):
                            continue
                        def ours():
                            return cislens(program, "--network", network, "--what", what, "--precision", precision,
                                           "--length", length, "--threads", threads, "--repeats", 1)[0]
                        request = {"kind": "network", "network": theirs, "what": what, "precision": precision,
                                   "length": length, "batch": 64, "threads": threads}
                        mine, ratios = compare(options, workers, ours, request)
                        rate = statistics.median(m["sequences_per_s"] for m in mine)
                        share = statistics.median(m["share_of_peak"] for m in mine)
                        table.line([network, theirs, what, precision, length, threads, f"{rate:.0f}", f"{share:.2f}",
                                    *(spread(values) for values in ratios.values())])


def attention_table(options, workers):
    print(f"\nAttention, float32 ({options.rounds} rounds)\n")
    table = Table("B, H, P, D", "what", "threads", "cislens ms", *(f"PyTorch {name} / cislens" for name in workers))
    program = options.bench / "length_bench"
    for batch, heads, tokens, head_channels in options.shapes:
        for what in ("forward", "train"):
            for threads in options.threads:
                def ours():
                    return cislens(program, "--what", "attention", "--batch", batch, "--heads", heads, "--tokens",
                                   tokens, "--head-channels", head_channels, "--backward", int(what == "train"),
                                   "--threads", threads, "--repeats", 3 if tokens < 8192 else 1)[0]
                request = {"kind": "attention", "what": what, "batch": batch, "heads": heads, "tokens": tokens,
                           "head_channels": head_channels, "threads": threads, "warm": tokens < 8192}
                mine, ratios = compare(options, workers, ours, request)
                table.line([f"{batch}, {heads}, {tokens}, {head_channels}",
                            "forward" if what == "forward" else "forward + backward", threads,
                            spread([1e3 * m["seconds"] for m in mine], 1),
                            *(spread(values) for values in ratios.values())])


def memory_table(options):
    print("\nLargest resident size of a fresh process that trains, MiB (batch 64, one thread)\n")
    table = Table("network", "L", "cislens", "PyTorch", "of it after import", "PyTorch / cislens")
    for network in ("reference", "default"):
        for length in options.lengths:
            mine = cislens(options.bench / "step_bench", "--network", network, "--length", length,
                           "--repeats", 1)[0]["peak_rss_mib"]
            worker = Torch(options.python, None)
            theirs = worker({"kind": "network", "network": network, "what": "train", "precision": "float32",
                             "length": length, "batch": 64, "threads": 1})
            worker.close()
            peak, base = theirs["peak_rss_mib"], theirs["base_rss_mib"]
            table.line([network, length, f"{mine:.0f}", f"{peak:.0f}", f"{base:.0f}", f"{peak / mine:.1f}"])


def words(text):
    return text.split(",")


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", required=True, help="a Python that has PyTorch")
    parser.add_argument("--bench", type=pathlib.Path, default=ROOT / "build/bin/bench",
                        help="folder of step_bench and length_bench")
    parser.add_argument("--tcmalloc", default=TCMALLOC)
    parser.add_argument("--parts", type=words, default=["network", "attention", "memory"])
    parser.add_argument("--what", type=words, default=["train", "predict"])
    parser.add_argument("--precisions", type=words, default=["float32", "bf16"])
    parser.add_argument("--lengths", type=lambda text: [int(x) for x in words(text)], default=[200, 1000])
    parser.add_argument("--threads", type=lambda text: [int(x) for x in words(text)], default=[1, 2])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="three rounds, small shapes only")
    options = parser.parse_args()
    options.shapes = ATTENTION_SHAPES
    if options.quick:
        options.rounds, options.lengths, options.shapes = 3, [200], ATTENTION_SHAPES[:2]
    return options


def main():
    options = parse()
    print(f"{machine()}", file=sys.stderr)
    workers = {name: Torch(options.python, preload) for name, preload in allocators(options)}
    if "network" in options.parts:
        network_table(options, workers)
    if "attention" in options.parts:
        attention_table(options, workers)
    for worker in workers.values():
        worker.close()
    if "memory" in options.parts:
        memory_table(options)


if __name__ == "__main__":
    main()
