"""Makes the numbers that tests/nn/pytorch.cpp compares with, or checks that they can be made again.

    python3 make_vectors.py            writes vectors_float.txt and vectors_double.txt beside this file
    python3 make_vectors.py --check    makes them again and compares with what is committed

The model: GPT L3 H3 C48 T16 V50, B4, every parameter normal with deviation 0.1 (gains around 1) from numbers that C++
draws too, so that no weight need be stored. A file holds the logits and the loss of one batch, for each parameter the
norm and the sketch of its gradient, and the losses of 20 AdamW steps on that batch.

A sketch says in 64 numbers how far another tensor is from this one: the sums of its elements, each with random signs.
For a difference d the mean of the squared sums is ||d||^2 on average, with a relative standard deviation of at most
sqrt(2/64) (Alon, Matias, Szegedy 1996). No element can be wrong unnoticed, and the files stay small enough to read.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import torch

from gpt2 import GPT, TEST, Config, RandomNumbers, adamw, clip_gradients, learning_rate

CONFIG = Config(vocab_size=50, block_size=16, n_layer=3, n_head=3, n_embd=48)
BATCH, STEPS, SIGNS = 4, 20, 64


def numbers(place):
    return RandomNumbers(seed=2024, purpose=TEST, step=place)


@torch.no_grad()
def set_weights(model):
    for place, (name, p) in enumerate(model.named_parameters()):
        gain = p.dim() == 1 and name.endswith("weight")
        values = 0.1 * numbers(100 + place).normal(np.arange(p.numel())) + gain
        p.copy_(torch.from_numpy(values).view_as(p))


def tokens(place):
    n = BATCH * CONFIG.block_size
    return torch.from_numpy(numbers(place).below(CONFIG.vocab_size, np.arange(n))).view(BATCH, -1)


def sketch(x):
    """sum_i sign(i, j) x_i for j = 0 .. 63; the signs of element i are the bits of words 2i and 2i + 1."""
    x = x.double().flatten().numpy()
    index = np.arange(x.size)
    bits = [numbers(0).bits(2 * index), numbers(0).bits(2 * index + 1)]
    return [float(np.where(bits[j // 32] >> np.uint64(j % 32) & np.uint64(1), x, -x).sum()) for j in range(SIGNS)]


def vectors(dtype):
    """The lines of a file."""
    torch.manual_seed(0)
    digits = ".9g" if dtype == torch.float32 else ".17g"
    text = lambda values: " ".join(format(float(v), digits) for v in values)
    model = GPT(CONFIG).to(dtype)
    set_weights(model)
    ids, targets = tokens(1), tokens(2)
    targets[0, :5] = -1   # not asked

    lines = [f"logits {text(model(ids).detach().flatten())}"]
    loss = model(ids, targets)
    loss.backward()
    lines += [f"loss {text([loss.detach()])}"]
    for name, p in model.named_parameters():
        lines += [f"gradient {name} {text([p.grad.double().norm()])} {text(sketch(p.grad))}"]

    rule = adamw(model, lr=0.0)
    losses = []
    for step in range(STEPS):
        model.zero_grad()
        loss = model(ids, targets)
        loss.backward()
        clip_gradients(model, 1.0)
        for group in rule.param_groups:
            group["lr"] = learning_rate(step, STEPS, lr=1e-3, min_lr=1e-4, warmup=5)
        rule.step()
        losses.append(loss.item())
    lines += [f"losses {text(losses)}"]
    return lines


def furthest(made, kept):
    """The largest difference between two files, relative to the largest number of the line (at least 1)."""
    if [line.split()[0] for line in made] != [line.split()[0] for line in kept]:
        return float("inf")
    worst = 0.0
    for a, b in zip(made, kept):
        skip = 2 if a.startswith("gradient") else 1
        x, y = np.array(a.split()[skip:], float), np.array(b.split()[skip:], float)
        if a.split()[:skip] != b.split()[:skip] or x.shape != y.shape:
            return float("inf")
        worst = max(worst, float(np.abs(x - y).max() / max(1.0, np.abs(y).max())))
    return worst


def main():
    parser = argparse.ArgumentParser(description="Reference numbers from PyTorch for tests/nn/pytorch.cpp")
    parser.add_argument("--check", action="store_true", help="compare with the committed files instead of writing them")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    failed = False
    for dtype, name, tolerance in [(torch.float32, "float", 2e-6), (torch.float64, "double", 1e-12)]:
        path = Path(__file__).with_name(f"vectors_{name}.txt")
        head = [f"# PyTorch {torch.__version__}, {name}; written by make_vectors.py"]
        made = vectors(dtype)
        if arguments.check:
            kept = [line for line in path.read_text().splitlines() if not line.startswith("#")]
            off = furthest(made, kept)
            failed |= not off <= tolerance
            print(f"{path.name}: furthest {off:.1e}, allowed {tolerance:.0e}: {'ok' if off <= tolerance else 'NOT ok'}")
        else:
            path.write_text("\n".join(head + made) + "\n")
            print(f"{path.name}: {path.stat().st_size} bytes")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
