#!/usr/bin/env python3
"""Memory and time against length.

Parts: "span", attention of one head of 32 channels, forward and backward, in windows and exact; "network", a training
pass of one sequence through cislens' default network with one base a token, streamed, streamed and recomputed, and with
stored probabilities, that is PyTorch's math backend of scaled_dot_product_attention (--python); "long", the same in windows; "plan", the longest
sequence that fits, computed from the memory plan, not measured. Memory is the largest resident size of the process.

A run that would need more than --most-gb is left out.
"""

import argparse
import json
import pathlib
import subprocess
import sys

from bench import ROOT, Table, machine

SPAN_TOKENS = [4096, 16384, 65536, 262144, 1048576]
NETWORK_TOKENS = [1000, 2000, 4000, 7500, 14000]
LONG_TOKENS = [100000, 1000000]


def run(options, program, *words):
    command = [options.bench / program, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def span_table(options):
    print("\nAttention, H 1, D 32, forward + backward, one thread\n")
    table = Table("span", "tokens", "seconds", "µs a token", "arrays, MiB", "process, MiB")
    for span in ("local:64", "exact"):
        for tokens in SPAN_TOKENS:
            if span == "exact" and tokens > 16384:
                continue
            result = run(options, "length_bench", "--span", span, "--tokens", tokens, "--repeats",
                         3 if tokens <= 65536 else 1)[0]
            table.line([span, f"{tokens:,}", f"{result['seconds']:.3f}", f"{1e6 * result['seconds'] / tokens:.2f}",
                        f"{result['arrays_mib']:.1f}", f"{result['peak_rss_mib']:.1f}"])


def stored_mib(options, blocks, tokens):
    """Measured; (peak, of it PyTorch itself), or None when the matrices alone would not fit."""
    matrices = 2 * blocks + 2  # probabilities and scores of each layer, gradients of one
    if options.python is None or matrices * 4 * tokens ** 2 * 4 > options.most_gb * 1e9:
        return None
    request = {"kind": "stored", "blocks": blocks, "tokens": tokens, "threads": 1, "warm": False}
    worker = pathlib.Path(__file__).with_name("torch_worker.py")
    done = subprocess.run([options.python, worker], input=json.dumps(request) + "\n", capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    result = json.loads(done.stdout)
    return result["peak_rss_mib"], result["base_rss_mib"]


def network_table(options):
    print("\nOne sequence, forward + backward, C 128, H 4, one base a token; MiB of the process\n")
    table = Table("layers", "tokens", "streamed", "recomputed", "stored (PyTorch)", "of it before the network",
                  "stored / streamed", "stored / recomputed")
    for blocks in (1, 6):
        for tokens in NETWORK_TOKENS:
            ours = [run(options, "length_bench", "--what", "network", "--tokens", tokens, "--blocks", blocks, "--keep",
                        keep)[0]["peak_rss_mib"] for keep in ("everything", "inputs")]
            stored = stored_mib(options, blocks, tokens)
            theirs = ["–"] * 4
            if stored:
                theirs = [f"{stored[0]:.0f}", f"{stored[1]:.0f}", *(f"{stored[0] / mine:.1f}" for mine in ours)]
            table.line([blocks, f"{tokens:,}", *(f"{mine:.0f}" for mine in ours), *theirs])


def long_table(options):
    print("\nThe same in windows, local:64\n")
    table = Table("layers", "tokens", "streamed", "recomputed", "seconds streamed", "seconds recomputed")
    for blocks in (1, 6):
        for tokens in LONG_TOKENS:
            if tokens * blocks > 1000000:
                continue
            ours = [run(options, "length_bench", "--what", "network", "--attention", "local:64", "--tokens", tokens,
                        "--blocks", blocks, "--keep", keep)[0] for keep in ("everything", "inputs")]
            table.line([blocks, f"{tokens:,}", *(f"{mine['peak_rss_mib']:.0f}" for mine in ours),
                        *(f"{mine['seconds']:.1f}" for mine in ours)])


def plan_table(options):
    print("\nLongest sequence by the memory plan (computed, not measured): default network, one base a token, tokens\n")
    table = Table("memory", "layers", "streamed", "recomputed", "stored", "streamed / stored", "recomputed / stored")
    for row in run(options, "memory_plan_bench"):
        streamed, recomputed, stored = row["streamed"], row["recomputed"], row["stored"]
        table.line([f"{row['gb']} GB", row["layers"], *(f"{x:,}" for x in (streamed, recomputed, stored)),
                    f"{streamed / stored:.1f}", f"{recomputed / stored:.1f}"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", type=pathlib.Path, default=ROOT / "build/bin/bench")
    parser.add_argument("--python", help="a Python that has PyTorch, for stored probabilities")
    parser.add_argument("--parts", type=lambda text: text.split(","), default=["span", "network", "long", "plan"])
    parser.add_argument("--most-gb", type=float, default=14)
    options = parser.parse_args()
    print(machine(), file=sys.stderr)
    for part in options.parts:
        {"span": span_table, "network": network_table, "long": long_table, "plan": plan_table}[part](options)


if __name__ == "__main__":
    main()
