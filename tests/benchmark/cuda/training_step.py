"""A training step of a GPT on a GPU: stepgpt beside PyTorch (bf16, torch.compile, each of its attention backends), in turn.

    python3 training_step.py --program build/gpu/bin/benchmark_cuda_training_step [--small]

Both sides have the same sizes, batch and element type. Each configuration is measured in two rounds, ours and then theirs,
so that a drift of the card touches both; a figure is the better round's median step. The last column is ours divided by
PyTorch's best. Exit code 77: there is no GPU here.
"""

import argparse
import subprocess
import sys
import time

try:
    import torch
    from torch import nn
    from torch.nn import functional as F
    from torch.nn.attention import SDPBackend, sdpa_kernel
except ImportError:
    print("skipped: no PyTorch here")
    sys.exit(77)

#           name                       L   H   C    T     V      B   dropout
MODELS = [("GPT-2 124M, B 64", 12, 12, 768, 1024, 50304, 64, 0.0),
          ("baby GPT, B 64", 6, 6, 384, 256, 65, 64, 0.2)]
SMALL = [("GPT-2 124M, B 8", 12, 12, 768, 1024, 50304, 8, 0.0), MODELS[1]]
BACKENDS = {"flash": SDPBackend.FLASH_ATTENTION, "cuDNN": SDPBackend.CUDNN_ATTENTION,
            "efficient": SDPBackend.EFFICIENT_ATTENTION}


class Block(nn.Module):
    def __init__(self, C, H, dropout):
        super().__init__()
        self.H, self.dropout = H, dropout
        self.ln_1, self.ln_2 = nn.LayerNorm(C), nn.LayerNorm(C)
        self.c_attn, self.attn_proj = nn.Linear(C, 3 * C), nn.Linear(C, C)
        self.c_fc, self.mlp_proj = nn.Linear(C, 4 * C), nn.Linear(4 * C, C)

    def forward(self, x):
        B, T, C = x.shape
        q, k, v = (part.view(B, T, self.H, C // self.H).transpose(1, 2) for part in self.c_attn(self.ln_1(x)).split(C, 2))
        z = F.scaled_dot_product_attention(q, k, v, is_causal=True, dropout_p=self.dropout)
        x = x + F.dropout(self.attn_proj(z.transpose(1, 2).reshape(B, T, C)), self.dropout)
        return x + F.dropout(self.mlp_proj(F.gelu(self.c_fc(self.ln_2(x)), approximate="tanh")), self.dropout)


class GPT(nn.Module):
    def __init__(self, L, H, C, T, V, dropout):
        super().__init__()
        self.wte, self.wpe, self.dropout = nn.Embedding(V, C), nn.Embedding(T, C), dropout
        self.h = nn.ModuleList(Block(C, H, dropout) for _ in range(L))
        self.ln_f = nn.LayerNorm(C)

    def forward(self, ids, targets):
        x = F.dropout(self.wte(ids) + self.wpe.weight[: ids.shape[1]], self.dropout)
        for block in self.h:
            x = block(x)
        logits = F.linear(self.ln_f(x), self.wte.weight)
        return F.cross_entropy(logits.view(-1, logits.shape[-1]), targets.view(-1))


def pytorch_step(L, H, C, T, V, B, dropout, backend, steps):
    """The median seconds of a step."""
    torch.manual_seed(1)
    model = GPT(L, H, C, T, V, dropout).cuda()
    rule = torch.optim.AdamW(model.parameters(), lr=3e-4, betas=(0.9, 0.99), weight_decay=0.1, fused=True)
    ids, targets = (torch.randint(V, (B, T), device="cuda") for _ in range(2))
    loss_of = torch.compile(model)
    times = []
    with sdpa_kernel(backend):
        for i in range(5 + steps):
            torch.cuda.synchronize()
            start = time.perf_counter()
            rule.zero_grad(set_to_none=True)
            with torch.autocast("cuda", dtype=torch.bfloat16):
                loss = loss_of(ids, targets)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            rule.step()
            loss.item()
            torch.cuda.synchronize()
            if i >= 5:
                times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2]


def our_step(program, L, H, C, T, V, B, dropout, steps):
    command = [program] + [str(x) for x in (L, H, C, T, V, B, dropout, steps)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        return None, done.stdout.strip() or f"ended with {done.returncode}"
    return float(done.stdout.split()[1]), ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--small", action="store_true", help="GPT-2 with 8 sequences: for a card of 16 GB")
    parser.add_argument("--steps", type=int, default=20, help="timed steps a round")
    options = parser.parse_args()
    if not torch.cuda.is_available():
        print("skipped: no GPU here")
        return 77
    print(f"{torch.cuda.get_device_name()}, PyTorch {torch.__version__}")
    torch.backends.cuda.matmul.allow_tf32 = True       # what a PyTorch user would set
    failed = False
    for name, *sizes in SMALL if options.small else MODELS:
        tokens = sizes[3] * sizes[5]
        best, ours = {}, None
        for _ in range(2):
            seconds, complaint = our_step(options.program, *sizes, options.steps)
            if seconds is None:
                print(f"{name}: stepgpt: {complaint}")
                failed = True
                break
            ours = min(ours or seconds, seconds)
            for backend, which in BACKENDS.items():
                try:
                    torch._dynamo.reset()
                    seconds = pytorch_step(*sizes, which, options.steps)
                    best[backend] = min(best.get(backend, seconds), seconds)
                except Exception as complaint:  # a backend that cannot do this shape is no opponent
                    print(f"{name}: PyTorch, {backend}: {str(complaint).splitlines()[0][:100]}")
                torch.cuda.empty_cache()
        if ours is None or not best:
            continue
        print(f"{name:20} stepgpt    {ours * 1e3:9.2f} ms {tokens / ours:12,.0f} tokens/s")
        for backend, seconds in sorted(best.items(), key=lambda item: item[1]):
            print(f"{'':20} {backend:10} {seconds * 1e3:9.2f} ms {tokens / seconds:12,.0f} tokens/s   ours / its {seconds / ours:.2f}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
