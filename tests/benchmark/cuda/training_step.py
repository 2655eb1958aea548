"""A training step of a GPT on a GPU in bf16: stepgpt beside PyTorch, eager and compiled, with its attention backends.

    python3 training_step.py --program build/gpu/bin/benchmark_cuda_training_step [--small] [--seconds 150]

Both sides have the same sizes, batch and element type; PyTorch may also round GPT-2's vocabulary up to 50304, as its
users do. After eager, which takes seconds, variants are tried in the order of their promise until the time given is
over: one that is still compiling then is given up. Then ours is measured once more, so that a drift of the card shows.
A figure is the median step. Lines appear as they are measured; the last of a model is ours divided by PyTorch's best.
Exit code 77: there is no GPU here.
"""

import argparse
import gc
import os
import re
import signal
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
GPT2 = ("GPT-2 124M, B 64", 12, 12, 768, 1024, 50257, 64, 0.0)
GPT2_SMALL = ("GPT-2 124M, B 8", 12, 12, 768, 1024, 50257, 8, 0.0)
BABY = ("baby GPT, B 64", 6, 6, 384, 256, 65, 64, 0.2)

FLASH, CUDNN, EFFICIENT = SDPBackend.FLASH_ATTENTION, SDPBackend.CUDNN_ATTENTION, SDPBackend.EFFICIENT_ATTENTION
# of PyTorch: the mode of torch.compile (None: eager), the attention, the vocabulary if it is not the model's
VARIANTS = {GPT2[0]: [(None, FLASH, 50304), ("default", FLASH, 50304), ("default", CUDNN, 50304),
                      ("default", FLASH, None), ("max-autotune", FLASH, 50304), ("reduce-overhead", FLASH, 50304)],
            BABY[0]: [(None, FLASH, None), ("default", FLASH, None), ("reduce-overhead", FLASH, None),
                      ("default", EFFICIENT, None), ("max-autotune", FLASH, None)]}
VARIANTS[GPT2_SMALL[0]] = VARIANTS[GPT2[0]]


class Block(nn.Module):
    def __init__(self, C, H, dropout):
        super().__init__()
        self.H, self.dropout = H, dropout
        self.ln_1, self.ln_2 = nn.LayerNorm(C), nn.LayerNorm(C)
        self.c_attn, self.attn_proj = nn.Linear(C, 3 * C), nn.Linear(C, C)
        self.c_fc, self.mlp_proj = nn.Linear(C, 4 * C), nn.Linear(4 * C, C)

    def forward(self, x):
        B, T, C = x.shape
        qkv = self.c_attn(self.ln_1(x)).split(C, 2)
        q, k, v = (part.view(B, T, self.H, C // self.H).transpose(1, 2) for part in qkv)
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


def pytorch_step(L, H, C, T, V, B, dropout, mode, backend, steps):
    """The median seconds of a step."""
    torch.manual_seed(1)
    model = GPT(L, H, C, T, V, dropout).cuda()
    rule = torch.optim.AdamW(model.parameters(), lr=3e-4, betas=(0.9, 0.99), weight_decay=0.1, fused=True)
    ids, targets = (torch.randint(V, (B, T), device="cuda") for _ in range(2))
    loss_of = torch.compile(model, mode=mode) if mode else model
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
    """The median seconds of a step and how many kinds of product cuBLASLt left to us; or None and what went wrong."""
    command = [program] + [str(x) for x in (L, H, C, T, V, B, dropout, steps)]
    done = subprocess.run(command, capture_output=True, text=True)
    found = re.search(r"^seconds (\S+).* by_hand (\d+)", done.stdout, re.MULTILINE)
    return (float(found[1]), int(found[2])) if found else (None, done.stdout.strip() or f"ended with {done.returncode}")


def in_time(until, work):
    """work(), or a TimeoutError once it is `until`: a compiler that looks for the best kernel takes minutes."""
    def give_up(*_):
        raise TimeoutError("given up, the time was over")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, max(until - time.monotonic(), 0.001))
    try:
        return work()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def forget():
    """Gives back what a variant held, the memory of its CUDA graphs too: the next, or ours, wants the whole card."""
    torch._dynamo.reset()
    gc.collect()
    torch.cuda.empty_cache()


def compare(model, program, steps, until):
    """Prints a line for each figure; false if ours failed."""
    name, L, H, C, T, V, B, dropout = model

    def line(who, seconds, remark=""):
        print(f"{name:20} {who:48} {seconds * 1e3:9.2f} ms {B * T / seconds:12,.0f} tokens/s{remark}", flush=True)

    def measure_ours():
        seconds, said = our_step(program, L, H, C, T, V, B, dropout, steps)
        if seconds is None:
            print(f"{name:20} stepgpt: {said}", flush=True)
        else:
            line("stepgpt", seconds, f"; {said} kinds of product not by cuBLASLt" if said else "")
        return seconds

    ours = measure_ours()
    if ours is None:
        return False
    best = None
    for mode, backend, vocabulary in VARIANTS[name]:
        who = f"PyTorch {mode or 'eager'}, {backend.name.lower()}, V {vocabulary or V}"
        if time.monotonic() > until:
            print(f"{name:20} {who}: not measured, the time was over", flush=True)
            continue
        try:
            sizes = (L, H, C, T, vocabulary or V, B, dropout)
            seconds = in_time(until, lambda: pytorch_step(*sizes, mode, backend, steps))
            line(who, seconds)
            best = min(best or seconds, seconds)
        except Exception as complaint:      # one that cannot do this shape is no opponent
            print(f"{name:20} {who}: {(str(complaint) or repr(complaint)).splitlines()[0][:100]}", flush=True)
        forget()
    again = measure_ours()
    if best:
        print(f"{name:20} ours is {best / min(ours, again or ours):.2f} times the best of PyTorch's\n", flush=True)
    return again is not None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--small", action="store_true", help="GPT-2 with 8 sequences: for a card of 16 GB")
    parser.add_argument("--steps", type=int, default=20, help="timed steps a figure")
    parser.add_argument("--seconds", type=float, default=1e9, help="for all variants of PyTorch together")
    options = parser.parse_args()
    if not torch.cuda.is_available():
        required = os.environ.get("STEPGPT_REQUIRE_GPU", "0") not in ("", "0")
        print("FAILED: no GPU here" if required else "skipped: no GPU here")
        return 1 if required else 77
    print(f"{torch.cuda.get_device_name()}, PyTorch {torch.__version__}", flush=True)
    torch.backends.cuda.matmul.allow_tf32 = True       # what a PyTorch user would set
    start = time.monotonic()
    models = [BABY, GPT2_SMALL if options.small else GPT2]
    right = [compare(model, options.program, options.steps, start + options.seconds * (i + 1) / len(models))
             for i, model in enumerate(models)]
    return 0 if all(right) else 1


if __name__ == "__main__":
    sys.exit(main())
