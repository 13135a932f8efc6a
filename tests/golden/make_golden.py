"""Writes tests/data/golden/{additive,pooled}.txt: two small networks, their logits, loss and every gradient.

The networks are written here a second time, with PyTorch's own operations in double precision and one sequence after
the other without any padding, so that they share neither code nor layout with cislens. See README.md for the format.
"""

import math
import pathlib
import sys

import torch
import torch.nn.functional as F

CHANNELS, HEADS, WIDTH, POOL, TARGETS, FFN, READOUT = 16, 2, 7, 2, 2, 32, 2
ROTARY_BASE, EPSILON = 100.0, 1e-5
LENGTHS = [41, 24, 33]
NAN = float("nan")
TARGET_VALUES = [[1.0, 0.0], [0.0, NAN], [1.0, 1.0]]


def random_tensor(generator, shape, scale, grain):
    """Normal numbers, rounded to multiples of `grain` so that they are short as text and exact in float32."""
    values = torch.randn(shape, generator=generator, dtype=torch.float64) * scale
    return (torch.round(values / grain) * grain).requires_grad_()


def make_bases(generator):
    """Sequences of A C G T with a run of N, longer than a filter, in the first and single N's in the others; 4 also pads."""
    bases = torch.full((len(LENGTHS), max(LENGTHS)), 4)
    for row, length in enumerate(LENGTHS):
        bases[row, :length] = torch.randint(0, 4, (length,), generator=generator)
    bases[0, 10:19] = 4
    bases[1, 0] = 4
    bases[2, 32] = 4
    return bases


def make_parameters(generator, blocks, pooled):
    """Name -> tensor, in the order of the file."""
    fine, coarse = 2.0**-16, 2.0**-6  # fine for small weights and the stem, where two places must not tie by chance
    p = {}
    p["stem.weight"] = random_tensor(generator, (WIDTH, 4, CHANNELS), 0.5, fine)
    p["stem.bias"] = random_tensor(generator, (CHANNELS,), 0.3, fine)
    for i in range(blocks):
        b = f"block{i}."
        p[b + "norm1.gain"] = random_tensor(generator, (CHANNELS,), 0.5, coarse)
        p[b + "norm1.bias"] = random_tensor(generator, (CHANNELS,), 0.5, coarse)
        p[b + "qkv.weight"] = random_tensor(generator, (CHANNELS, 3 * CHANNELS), 0.6, coarse)
        p[b + "qkv.bias"] = random_tensor(generator, (3 * CHANNELS,), 0.3, coarse)
        p[b + "null_key"] = random_tensor(generator, (HEADS, CHANNELS // HEADS), 0.8, coarse)
        p[b + "out.weight"] = random_tensor(generator, (CHANNELS, CHANNELS), 0.4, coarse)
        if pooled:
            p[b + "out.bias"] = random_tensor(generator, (CHANNELS,), 0.3, coarse)
            p[b + "norm2.gain"] = random_tensor(generator, (CHANNELS,), 0.5, coarse)
            p[b + "norm2.bias"] = random_tensor(generator, (CHANNELS,), 0.5, coarse)
            p[b + "ffn1.weight"] = random_tensor(generator, (CHANNELS, FFN), 0.4, coarse)
            p[b + "ffn1.bias"] = random_tensor(generator, (FFN,), 0.3, coarse)
            p[b + "ffn2.weight"] = random_tensor(generator, (FFN, CHANNELS), 0.3, coarse)
            p[b + "ffn2.bias"] = random_tensor(generator, (CHANNELS,), 0.3, coarse)
    if pooled:
        p["final_norm.gain"] = random_tensor(generator, (CHANNELS,), 0.5, coarse)
        p["final_norm.bias"] = random_tensor(generator, (CHANNELS,), 0.5, coarse)
        p["head.query"] = random_tensor(generator, (READOUT, CHANNELS), 1.0, coarse)
        p["head.value"] = random_tensor(generator, (READOUT, CHANNELS, TARGETS), 0.4, coarse)
    else:
        p["head.token.weight"] = random_tensor(generator, (CHANNELS, TARGETS), 0.01, fine)
        p["head.pair.weight"] = random_tensor(generator, (CHANNELS, TARGETS), 0.05, fine)
    p["head.bias"] = random_tensor(generator, (TARGETS,), 0.3, coarse)
    return p


def check_winners_are_clear(forward, reverse, bias):
    """Stops when rounding could decide which place or strand wins a token, or on which side of the ReLU it lies.

    Windows without a known base respond 0 on both strands; they may tie, for no gradient goes through them.
    """
    for start in range(0, forward.shape[1], POOL):
        both = torch.cat([forward[:, start : start + POOL], reverse[:, start : start + POOL]], dim=1)
        first, second = both.topk(2, dim=1).values.T
        assert ((first - second > 1e-5) | ((first == 0) & (second == 0))).all(), "a tie in the stem: change the seed"
        assert ((first + bias).abs() > 1e-5).all(), "a response at the edge of the ReLU: change the seed"


def stem(p, bases):
    """(L) -> (P, C): both strands as convolutions of the one-hot sequence, ReLU, max-pooling with a partial last window."""
    one_hot = F.one_hot(bases, 5)[:, :4].double().T.unsqueeze(0)  # (1, 4, L); N is all zeros
    filters = p["stem.weight"].permute(2, 1, 0)  # (C, 4, K)
    forward = F.conv1d(one_hot, filters, padding=WIDTH // 2)
    reverse = F.conv1d(one_hot, filters.flip(1, 2), padding=WIDTH // 2)  # A C G T reversed is the complement
    check_winners_are_clear(forward[0], reverse[0], p["stem.bias"])
    response = F.relu(torch.maximum(forward, reverse) + p["stem.bias"][None, :, None])
    return F.max_pool1d(response, POOL, ceil_mode=True)[0].T


def rotate(x):
    """(H, P, D): rotary positions in the "rotate half" pairing."""
    half = x.shape[-1] // 2
    frequency = ROTARY_BASE ** (-torch.arange(half, dtype=torch.float64) * 2 / x.shape[-1])
    angle = torch.arange(x.shape[1], dtype=torch.float64)[:, None] * frequency
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * angle.cos() - b * angle.sin(), a * angle.sin() + b * angle.cos()], dim=-1)


def attention(p, block, x):
    """(P, C) -> (P, C): attention of the normalised tokens, heads side by side, before W_O."""
    tokens, depth = x.shape[0], CHANNELS // HEADS
    qkv = x @ p[block + "qkv.weight"] + p[block + "qkv.bias"]
    q, k, v = (part.reshape(tokens, HEADS, depth).transpose(0, 1) for part in qkv.split(CHANNELS, dim=1))
    keys = torch.cat([rotate(k), p[block + "null_key"].unsqueeze(1)], dim=1)
    values = torch.cat([v, torch.zeros(HEADS, 1, depth, dtype=torch.float64)], dim=1)
    weights = torch.softmax(rotate(q) @ keys.transpose(1, 2) / math.sqrt(depth), dim=-1)
    return (weights @ values).transpose(0, 1).reshape(tokens, CHANNELS)


def norm(p, name, x):
    return F.layer_norm(x, (CHANNELS,), p[name + ".gain"], p[name + ".bias"], EPSILON)


def additive_logits(p, bases):
    h = stem(p, bases)
    pair = attention(p, "block0.", norm(p, "block0.norm1", h)) @ p["block0.out.weight"]
    return p["head.bias"] + (h @ p["head.token.weight"] + pair @ p["head.pair.weight"]).sum(0)


def pooled_logits(p, bases):
    x = stem(p, bases)
    for block in ("block0.", "block1."):
        o = attention(p, block, norm(p, block + "norm1", x))
        x = x + o @ p[block + "out.weight"] + p[block + "out.bias"]
        hidden = F.gelu(norm(p, block + "norm2", x) @ p[block + "ffn1.weight"] + p[block + "ffn1.bias"])
        x = x + hidden @ p[block + "ffn2.weight"] + p[block + "ffn2.bias"]
    x = norm(p, "final_norm", x)
    alpha = torch.softmax(p["head.query"] @ x.T / math.sqrt(CHANNELS), dim=-1)  # (R, P)
    return p["head.bias"] + torch.einsum("rp,pc,rct->t", alpha, x, p["head.value"])


def write_tensor(file, name, tensor, digits=9):
    file.write(" ".join(["tensor", name, *map(str, tensor.shape)]) + "\n")
    rows = tensor.detach().reshape(-1, tensor.shape[-1])
    for row in rows.tolist():
        file.write(" ".join(f"{value:.{digits}g}" for value in row) + "\n")


def write_golden(path, pooled, seed):
    generator = torch.Generator().manual_seed(seed)
    bases = make_bases(generator)
    p = make_parameters(generator, 2 if pooled else 1, pooled)
    network = pooled_logits if pooled else additive_logits
    logits = torch.stack([network(p, bases[row, :length]) for row, length in enumerate(LENGTHS)])
    targets = torch.tensor(TARGET_VALUES, dtype=torch.float64)
    known = ~torch.isnan(targets)
    loss = F.binary_cross_entropy_with_logits(logits[known], targets[known])
    loss.backward()

    with path.open("w") as file:
        file.write(f"# by tests/golden/make_golden.py with PyTorch {torch.__version__}; do not edit\n")
        write_tensor(file, "input.bases", bases)
        write_tensor(file, "input.lengths", torch.tensor(LENGTHS))
        write_tensor(file, "input.targets", targets)
        write_tensor(file, "output.logits", logits)
        write_tensor(file, "output.loss", loss.reshape(1))
        for name, tensor in p.items():
            write_tensor(file, "parameter." + name, tensor, digits=17)
        for name, tensor in p.items():
            write_tensor(file, "gradient." + name, tensor.grad)


if __name__ == "__main__":
    root = pathlib.Path(__file__).resolve().parents[1] / "data" / "golden"
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else root
    folder.mkdir(parents=True, exist_ok=True)
    write_golden(folder / "additive.txt", pooled=False, seed=1)
    write_golden(folder / "pooled.txt", pooled=True, seed=3)
