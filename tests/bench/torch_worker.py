#!/usr/bin/env python3
"""PyTorch's side of bench_torch.py: reads one JSON request a line, answers with one JSON line.

Networks: "plain", the reference network as issue and papers write it (convolution of one strand, GELU); "reference",
the same with the stem of cislens (the larger response of both strands, ReLU), so that both sides do the same
mathematics; "default", cislens' default network (two bases a token, one block, rotary positions, null key, no
feed-forward layer). Attention is torch.nn.functional.scaled_dot_product_attention everywhere.
"""

import contextlib
import json
import resource
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

SHAPES = {  # blocks, heads, ffn, pool, readout queries, both strands, rotary and null key
    "plain": (2, 8, 512, 1, 1, False, False),
    "reference": (2, 8, 512, 1, 1, True, False),
    "default": (1, 4, 0, 2, 4, True, True),
}
CHANNELS = 128
WIDTH = 19


class Block(nn.Module):
    def __init__(self, heads, ffn, rotary_and_null):
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(CHANNELS)
        self.qkv = nn.Linear(CHANNELS, 3 * CHANNELS)
        self.out = nn.Linear(CHANNELS, CHANNELS)
        self.null = nn.Parameter(torch.randn(1, heads, 1, CHANNELS // heads)) if rotary_and_null else None
        self.ffn = nn.Sequential(nn.LayerNorm(CHANNELS), nn.Linear(CHANNELS, ffn), nn.GELU(),
                                 nn.Linear(ffn, CHANNELS)) if ffn else None

    def forward(self, x, angles):
        batch, tokens, _ = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(batch, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        if self.null is not None:
            q, k = turned(q, angles), turned(k, angles)
            k = torch.cat([k, self.null.to(k.dtype).expand(batch, -1, -1, -1)], 2)
            v = F.pad(v, (0, 0, 0, 1))
        attended = F.scaled_dot_product_attention(q, k, v)
        x = x + self.out(attended.transpose(1, 2).reshape(batch, tokens, CHANNELS))
        return x + self.ffn(x) if self.ffn is not None else x


def turned(x, angles):
    first, second = x.chunk(2, -1)
    cosine, sine = angles
    return torch.cat([first * cosine - second * sine, first * sine + second * cosine], -1).to(x.dtype)


class Network(nn.Module):
    def __init__(self, name, length):
        super().__init__()
        blocks, heads, ffn, self.pool, queries, self.both, special = SHAPES[name]
        self.stem = nn.Conv1d(4, CHANNELS, WIDTH, padding=WIDTH // 2)
        self.blocks = nn.ModuleList(Block(heads, ffn, special) for _ in range(blocks))
        self.norm = nn.LayerNorm(CHANNELS)
        self.query = nn.Parameter(torch.randn(queries, CHANNELS))
        self.value = nn.Linear(queries * CHANNELS, 1)
        tokens, half = -(-length // self.pool), CHANNELS // heads // 2
        angle = torch.arange(tokens)[:, None] * 100.0 ** (-torch.arange(half) / half)
        self.angles = (angle.cos(), angle.sin())

    def forward(self, bases):
        x = self.stem(bases)
        if self.both:  # channels of one-hot turned round are the complement
            turned_filters = self.stem.weight.flip(1, 2)
            x = torch.maximum(x, F.conv1d(bases, turned_filters, self.stem.bias, padding=WIDTH // 2))
            x = F.relu(x)
        else:
            x = F.gelu(x)
        if self.pool > 1:
            x = F.max_pool1d(x, self.pool, ceil_mode=True)
        x = x.transpose(1, 2)
        for block in self.blocks:
            x = block(x, self.angles)
        x = self.norm(x)
        weight = (self.query.to(x.dtype) @ x.transpose(1, 2) / CHANNELS ** 0.5).softmax(-1)
        return self.value((weight @ x).flatten(1))


class Timer:
    """CPU time of one thread, or the wall clock for more."""

    def __init__(self, threads):
        torch.set_num_threads(threads)
        self.clock = time.process_time if threads == 1 else time.perf_counter

    def __call__(self, work):
        start = self.clock()
        work()
        return self.clock() - start


def network_work(request):
    torch.manual_seed(1)
    length, batch = request["length"], request["batch"]
    network = Network(request["network"], length)
    bases = F.one_hot(torch.randint(4, (batch, length)), 4).float().transpose(1, 2).contiguous()
    targets = (torch.arange(batch) % 2).float()[:, None]
    precision = (torch.autocast("cpu", dtype=torch.bfloat16) if request["precision"] == "bf16"
                 else contextlib.nullcontext())
    optimizer = torch.optim.AdamW(network.parameters(), fused=True)

    def train():
        with precision:
            logits = network(bases)
        F.binary_cross_entropy_with_logits(logits.float(), targets).backward()
        optimizer.step()
        optimizer.zero_grad()

    def predict():
        with torch.inference_mode(), precision:
            network(bases)

    return train if request["what"] == "train" else predict


def attention_work(request):
    shape = (request["batch"], request["heads"], request["tokens"], request["head_channels"])
    backward = request["what"] == "train"
    q, k, v = (torch.randn(shape, requires_grad=backward) for _ in range(3))
    gradient = torch.randn(shape)
    backend = contextlib.nullcontext
    if request.get("backend") == "math":  # stores P x P probabilities
        backend = lambda: nn.attention.sdpa_kernel(nn.attention.SDPBackend.MATH)

    def work():
        with contextlib.nullcontext() if backward else torch.inference_mode(), backend():
            o = F.scaled_dot_product_attention(q, k, v)
            if backward:
                torch.autograd.grad(o, (q, k, v), gradient)

    return work


def stored_work(request):
    """Training step of cislens' default network with one base a token, attention by stored probabilities."""
    blocks, length = request["blocks"], request["tokens"]
    SHAPES["stored"] = (blocks, 4, 0, 1, 4, True, True)
    network = Network("stored", length)
    bases = F.one_hot(torch.randint(4, (1, length)), 4).float().transpose(1, 2).contiguous()

    def work():
        with nn.attention.sdpa_kernel(nn.attention.SDPBackend.MATH):
            network(bases).sum().backward()

    return work


def peak_mib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main():
    kinds = {"network": network_work, "attention": attention_work, "stored": stored_work}
    current, work = None, None
    base = peak_mib()
    for line in sys.stdin:
        request = json.loads(line)
        timer = Timer(request["threads"])
        if request != current:
            work = None
            work, current = kinds[request["kind"]](request), request
            if request.get("warm", True):
                work()
                work()
        print(json.dumps({"seconds": timer(work), "peak_rss_mib": peak_mib(), "base_rss_mib": base}), flush=True)


if __name__ == "__main__":
    main()
