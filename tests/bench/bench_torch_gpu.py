#!/usr/bin/env python3
"""cislens and PyTorch on the same GPU, one measurement of each in turn.

Prints Markdown tables. A ratio is cislens' time over PyTorch's time of one round, so < 1: cislens is faster; quoted is
the median over the rounds, and in brackets the least and the largest. PyTorch's attention is the fastest of its
scaled_dot_product_attention backends at that shape, in bf16; its network is compiled (torch.compile), with bf16
autocast and fused AdamW, on operands that lie in GPU memory. cislens runs with --precision bf16.

  tests/bench/bench_torch_gpu.py [--parts attention,readout,step,memory] [--rounds N] [--tiny]

--tiny: shapes that an emulated GPU finishes; without PyTorch cislens' side alone is printed.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]

# B * H is 64
ATTENTION = [(8, 8, tokens, width) for width in (16, 32, 64) for tokens in (1024, 4096, 16384, 65536)]
# name, options of step_bench, what torch_worker calls it, channels, length, batch
STEPS = [
    ("reference, L 200, batch 4,096", ["--network", "reference"], "reference", 128, 200, 4096),
    ("C 512, H 8, 6 blocks, L 2,048, batch 16",
     ["--channels", 512, "--heads", 8, "--blocks", 6, "--ffn", 2048, "--pool", 1], "large", 512, 2048, 16),
]
LONG = ["--channels", 512, "--heads", 8, "--blocks", 1, "--ffn", 2048, "--pool", 1, "--length", 131072, "--batch", 1]
TINY = {
    "attention": [(1, 2, 70, 16)],
    "steps": [("tiny", ["--channels", 32, "--heads", 2, "--blocks", 1, "--ffn", 32, "--pool", 1], None, 32, 40, 2)],
    "long": ["--channels", 32, "--heads", 2, "--blocks", 1, "--ffn", 32, "--pool", 1, "--length", 300, "--batch", 1],
}


def cislens(options, program, *arguments):
    """JSON lines of a benchmark program on the GPU."""
    command = [options.bench / program, "--device", "cuda", *map(str, arguments)]
    environment = dict(os.environ)
    if "CISLENS_LIBRARIES" in environment:  # what our programs were packed with is not for Python
        environment["LD_LIBRARY_PATH"] = environment["CISLENS_LIBRARIES"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def import_torch():
    try:
        import torch
        return torch if torch.cuda.is_available() else None
    except ImportError:
        return None


def timed(torch, work, least_s=0.2):
    """Seconds of one call, over enough calls to last `least_s`."""
    for _ in range(2):
        work()
    torch.cuda.synchronize()
    calls = 1
    while True:
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        for _ in range(calls):
            work()
        end.record()
        torch.cuda.synchronize()
        seconds = start.elapsed_time(end) / 1e3
        if seconds >= least_s:
            return seconds / calls
        calls = max(2 * calls, int(calls * least_s / max(seconds, 1e-6)))


def torch_attention(torch, shape):
    """Seconds of forward and of backward with the backend that is fastest in both together, and its name."""
    from torch.nn.attention import SDPBackend, sdpa_kernel
    batch, heads, tokens, width = shape
    q, k, v = (torch.randn(batch, heads, tokens, width, device="cuda", dtype=torch.bfloat16, requires_grad=True)
               for _ in range(3))
    gradient = torch.randn_like(q)
    best = None
    for backend in (SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION, SDPBackend.CUDNN_ATTENTION):
        def forward():
            return torch.nn.functional.scaled_dot_product_attention(q, k, v)
        try:
            with sdpa_kernel(backend):
                with torch.inference_mode():
                    ahead = timed(torch, forward)
                o = forward()
                back = timed(torch, lambda: torch.autograd.grad(o, (q, k, v), gradient, retain_graph=True))
        except RuntimeError as error:
            print(f"{backend.name} at {shape}: {str(error).splitlines()[0]}", file=sys.stderr)
            continue
        if best is None or ahead + back < best[0] + best[1]:
            best = (ahead, back, backend.name)
    return best


def torch_step(torch, name, channels, length, batch):
    """A training step as a function without arguments."""
    sys.path.insert(0, str(pathlib.Path(__file__).parent))
    import torch_worker
    torch_worker.CHANNELS = channels
    torch_worker.SHAPES["large"] = (6, 8, 2048, 1, 1, True, False)
    network = torch_worker.Network(name, length).cuda()
    network.angles = tuple(x.cuda() for x in network.angles)
    bases = torch.nn.functional.one_hot(torch.randint(4, (batch, length)), 4).float().transpose(1, 2)
    bases = bases.contiguous().cuda()
    targets = (torch.arange(batch) % 2).float()[:, None].cuda()
    optimizer = torch.optim.AdamW(network.parameters(), fused=True)

    @torch.compile
    def loss():
        with torch.autocast("cuda", dtype=torch.bfloat16):
            logits = network(bases)
        return torch.nn.functional.binary_cross_entropy_with_logits(logits.float(), targets)

    def step():
        loss().backward()
        optimizer.step()
        optimizer.zero_grad()

    return step


def spread(values, digits=2):
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}-{max(values):.{digits}f})"


def row(*cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def header(*names):
    row(*names)
    row(*("---" for _ in names))


def attention_table(options, torch):
    print("\nAttention, bf16\n")
    header("B, H, P, D", "pass", "cislens ms", "TFLOP/s", "PyTorch ms", "its backend", "cislens / PyTorch")
    passes = ["forward", "backward"] + (["readout"] if "readout" in options.parts else [])
    for shape in options.attention:
        batch, heads, tokens, width = shape
        mine, theirs, backend = {what: [] for what in passes}, {what: [] for what in passes}, "-"
        rates = {}
        for _ in range(options.rounds):
            for line in cislens(options, "gpu_ops_bench", "--what", "attention", "--precision", "bf16", "--batch",
                                batch, "--heads", heads, "--tokens", tokens, "--head-channels", width, "--repeats",
                                1 if options.tiny else 5):
                if line["what"] in mine:
                    mine[line["what"]].append(line["seconds"])
                    rates[line["what"]] = line["tflop_per_s"]
            if torch is not None:
                if fastest := torch_attention(torch, shape):
                    theirs["forward"].append(fastest[0])
                    theirs["backward"].append(fastest[1])
                    backend = fastest[2]
                if "readout" in theirs:  # beside cislens' own forward
                    theirs["readout"].append(mine["forward"][-1])
        for what in passes:
            ratios = [a / b for a, b in zip(mine[what], theirs[what])]
            other = "cislens forward" if what == "readout" else backend
            row(f"{batch}, {heads}, {tokens}, {width}", what, spread([1e3 * s for s in mine[what]], 3),
                f"{rates[what]:.1f}", spread([1e3 * s for s in theirs[what]], 3) if theirs[what] else "-", other,
                spread(ratios) if ratios else "-")


def step_table(options, torch):
    print("\nTraining step, bf16\n")
    header("network", "cislens ms", "PyTorch ms", "cislens / PyTorch", "cislens largest resident MiB (host)")
    for name, arguments, theirs_name, channels, length, batch in options.steps:
        step = torch_step(torch, theirs_name, channels, length, batch) if torch is not None and theirs_name else None
        mine, theirs, resident = [], [], 0
        for _ in range(options.rounds):
            lines = cislens(options, "step_bench", *arguments, "--length", length, "--batch", batch, "--precision",
                            "bf16", "--repeats", 1 if options.tiny else 5)
            mine.append(statistics.median(line["seconds"] for line in lines))
            resident = lines[-1]["peak_rss_mib"]
            if step is not None:
                theirs.append(timed(torch, step))
        ratios = [a / b for a, b in zip(mine, theirs)]
        row(name, spread([1e3 * s for s in mine]), spread([1e3 * s for s in theirs]) if theirs else "-",
            spread(ratios) if ratios else "-", resident)
        del step
        if torch is not None:
            torch.compiler.reset()
            torch.cuda.empty_cache()


def memory_table(options):
    print("\nLongest sequence: one training step\n")
    header("options of step_bench", "seconds")
    start = time.perf_counter()
    line = cislens(options, "step_bench", *options.long, "--precision", "bf16", "--repeats", 1)[-1]
    row(" ".join(map(str, options.long)), f"{line['seconds']:.3f}")
    print(f"({time.perf_counter() - start:.1f} s with start and first step)", file=sys.stderr)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", type=pathlib.Path, default=ROOT / "build/bin/bench",
                        help="folder of gpu_ops_bench and step_bench")
    parser.add_argument("--parts", type=lambda text: text.split(","),
                        default=["attention", "readout", "step", "memory"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--longest", type=int, default=65536, help="tokens of the longest attention")
    parser.add_argument("--tiny", action="store_true")
    options = parser.parse_args()
    options.attention = TINY["attention"] if options.tiny else [s for s in ATTENTION if s[2] <= options.longest]
    options.steps = TINY["steps"] if options.tiny else STEPS
    options.long = TINY["long"] if options.tiny else LONG
    return options


def main():
    options = parse()
    torch = import_torch()
    print(f"PyTorch {torch.__version__} on {torch.cuda.get_device_name()}" if torch else "no PyTorch with a GPU: "
          "cislens alone")
    if "attention" in options.parts:
        attention_table(options, torch)
    if "step" in options.parts:
        step_table(options, torch)
    if "memory" in options.parts:
        memory_table(options)


if __name__ == "__main__":
    main()
