"""GPT-2 in plain PyTorch, with stepgpt's names, sizes and initialisation: the second opinion on our numbers.

Weights lie [in, out] as in GPT-2's published files, so every parameter has the shape it has in C++. Also what both
sides share: Philox 4x32-10 (numpy), the learning-rate schedule, and clipping (without the 1e-6 that torch adds).
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

# The streams of stepgpt/core/random.hpp
INIT, TEST = 1, 6


def philox(index, step, purpose, seed):
    """Words 4 index .. 4 index + 3 of (seed, purpose, step), as uint64 arrays (Salmon et al., SC 2011)."""
    index = np.asarray(index, dtype=np.uint64)
    low = np.uint64(0xFFFFFFFF)
    shift = np.uint64(32)
    word = [index & low, index >> shift, np.full_like(index, step), np.full_like(index, purpose)]
    key = [np.uint64(seed & 0xFFFFFFFF), np.uint64(seed >> 32)]
    for _ in range(10):
        a = np.uint64(0xD2511F53) * word[0]
        b = np.uint64(0xCD9E8D57) * word[2]
        word = [(b >> shift) ^ word[1] ^ key[0], b & low, (a >> shift) ^ word[3] ^ key[1], a & low]
        key = [(key[0] + np.uint64(0x9E3779B9)) & low, (key[1] + np.uint64(0xBB67AE85)) & low]
    return word


class RandomNumbers:
    """stepgpt::random_numbers: numbers that are a function of their place."""

    def __init__(self, seed, purpose, step=0):
        self.seed, self.purpose, self.step = seed, purpose, step

    def _pairs(self, index):
        index = np.asarray(index, dtype=np.uint64)
        word = philox(index // np.uint64(2), self.step, self.purpose, self.seed)
        odd = index % np.uint64(2) == 1
        return np.where(odd, word[2], word[0]), np.where(odd, word[3], word[1])

    def bits(self, index):
        index = np.asarray(index, dtype=np.uint64)
        words = philox(index // np.uint64(4), self.step, self.purpose, self.seed)
        return np.choose((index % np.uint64(4)).astype(int), words)

    def uniform(self, index):
        high, low = self._pairs(index)
        return ((high << np.uint64(21)) ^ (low >> np.uint64(11))).astype(np.float64) * 2.0**-53

    def below(self, bound, index):
        high, low = self._pairs(index)
        words = [int(h) << 32 | int(l) for h, l in zip(high.ravel(), low.ravel())]
        return np.array([word * bound >> 64 for word in words], dtype=np.int64)

    def normal(self, index):
        index = np.asarray(index, dtype=np.uint64)
        radius = np.sqrt(-2.0 * np.log1p(-self.uniform(np.uint64(2) * index)))
        return radius * np.cos(2.0 * np.pi * self.uniform(np.uint64(2) * index + np.uint64(1)))


@dataclass
class Config:
    vocab_size: int
    block_size: int = 64
    n_layer: int = 4
    n_head: int = 4
    n_embd: int = 128
    dropout: float = 0.0


class Linear(nn.Module):
    """y = x W + b with W [in, out]."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(inputs, outputs))
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x):
        return torch.addmm(self.bias, x.reshape(-1, x.size(-1)), self.weight).view(*x.shape[:-1], -1)


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.n_head, self.dropout = config.n_head, config.dropout
        self.c_attn = Linear(config.n_embd, 3 * config.n_embd)
        self.c_proj = Linear(config.n_embd, config.n_embd)

    def forward(self, x):
        B, T, C = x.shape
        q, k, v = (part.view(B, T, self.n_head, -1).transpose(1, 2) for part in self.c_attn(x).split(C, dim=2))
        share = self.dropout if self.training else 0.0
        z = F.scaled_dot_product_attention(q, k, v, dropout_p=share, is_causal=True)
        return F.dropout(self.c_proj(z.transpose(1, 2).reshape(B, T, C)), share)


class MLP(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.dropout = config.dropout
        self.c_fc = Linear(config.n_embd, 4 * config.n_embd)
        self.c_proj = Linear(4 * config.n_embd, config.n_embd)

    def forward(self, x):
        y = self.c_proj(F.gelu(self.c_fc(x), approximate="tanh"))
        return F.dropout(y, self.dropout if self.training else 0.0)


class Block(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.ln_1, self.attn = nn.LayerNorm(config.n_embd), Attention(config)
        self.ln_2, self.mlp = nn.LayerNorm(config.n_embd), MLP(config)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class GPT(nn.Module):
    """forward(ids) -> logits; forward(ids, targets) -> mean cross-entropy, negative targets ignored."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.wte = nn.Embedding(config.vocab_size, config.n_embd)
        self.wpe = nn.Embedding(config.block_size, config.n_embd)
        self.h = nn.ModuleList(Block(config) for _ in range(config.n_layer))
        self.ln_f = nn.LayerNorm(config.n_embd)
        self.initialise(seed=1)

    @torch.no_grad()
    def initialise(self, seed):
        """GPT-2's initialisation from stepgpt's numbers: the model that gpt<Real>(config, seed) is."""
        for place, (name, p) in enumerate(self.named_parameters()):
            if p.dim() < 2:
                p.fill_(1.0 if name.endswith(".weight") else 0.0)
                continue
            deviation = 0.02
            if name == "wpe.weight":
                deviation /= 2
            elif name.endswith("c_proj.weight"):
                deviation /= math.sqrt(2 * self.config.n_layer)
            values = deviation * RandomNumbers(seed, INIT, place).normal(np.arange(p.numel()))
            p.copy_(torch.from_numpy(values).view_as(p))

    def forward(self, ids, targets=None):
        x = self.wte(ids) + self.wpe.weight[: ids.size(1)]
        x = F.dropout(x, self.config.dropout if self.training else 0.0)
        for block in self.h:
            x = block(x)
        logits = self.ln_f(x) @ self.wte.weight.t()   # the head is the token embedding
        if targets is None:
            return logits
        return F.cross_entropy(logits.view(-1, logits.size(-1)), targets.masked_fill(targets < 0, -100).view(-1))


def adamw(model, lr, betas=(0.9, 0.99), weight_decay=0.1, **options):
    """AdamW with decay on matrices and embeddings only."""
    matrices = [p for p in model.parameters() if p.dim() >= 2]
    vectors = [p for p in model.parameters() if p.dim() < 2]
    groups = [{"params": matrices, "weight_decay": weight_decay}, {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=lr, betas=betas, eps=1e-8, **options)


def learning_rate(step, steps, lr=1e-3, min_lr=1e-4, warmup=100):
    """stepgpt::schedule: a linear warm-up, then half a cosine."""
    if step < warmup:
        return lr * (step + 1) / (warmup + 1)
    if step >= steps:
        return min_lr
    share = (step - warmup) / (steps - warmup)
    return min_lr + 0.5 * (1 + math.cos(math.pi * share)) * (lr - min_lr)


@torch.no_grad()
def clip_gradients(model, limit):
    """Scales all gradients so that their common norm is at most limit; returns the norm before."""
    norm = math.sqrt(sum(float(p.grad.double().square().sum()) for p in model.parameters()))
    if norm > limit > 0:
        for p in model.parameters():
            p.grad.mul_(limit / norm)
    return norm
