"""One whole training step of GPT-2 in PyTorch: what benchmark_step measures, by the other side.

    python step.py A|B|C [--compile] [--bf16] [--threads N] [--seconds S]     one line of figures, as benchmark_step's
    python step.py --sizes L,H,C,T,B,V ...

The model is gpt2.py's; AdamW is fused, gradients are clipped by foreach. Variables that make PyTorch's allocator keep its
memory are set by step_table.py, which runs both sides in turn.
"""

import argparse
import resource
import statistics
import time

import torch

from gpt2 import GPT, Config, adamw

SIZES = {"A": "4,4,128,64,12,65", "B": "6,6,384,256,16,65", "C": "12,12,768,64,4,50257"}


def peak_megabytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("name", nargs="?", choices=SIZES)
    parser.add_argument("--sizes")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--bf16", action="store_true", help="autocast")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=5)
    wish = parser.parse_args()
    L, H, C, T, B, V = map(int, (wish.sizes or SIZES[wish.name]).split(","))

    torch.set_num_threads(wish.threads)
    torch.manual_seed(1)
    x = torch.ones(64, 64)
    (x @ x).sum().item()                     # the library's own memory is not the step's
    before = peak_megabytes()

    with torch.device("meta"):
        config = Config(vocab_size=V, block_size=T, n_layer=L, n_head=H, n_embd=C)
        GPT.initialise, initialise = lambda self, seed: None, GPT.initialise
        model = GPT(config)
        GPT.initialise = initialise
    model = model.to_empty(device="cpu")
    with torch.no_grad():
        for name, p in model.named_parameters():
            p.normal_(0, 0.02) if p.dim() >= 2 else p.fill_(1.0 if name.endswith(".weight") else 0.0)
    rule = adamw(model, 1e-4, fused=True)
    ids, targets = torch.randint(V, (2, B, T))
    run = torch.compile(model) if wish.compile else model

    def step():
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=wish.bf16):
            loss = run(ids, targets)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0, foreach=True)
        rule.step()
        rule.zero_grad(set_to_none=True)
        return loss

    for _ in range(3):
        step()
    seconds, processor, sum_of_seconds = [], [], 0.0
    while sum_of_seconds < wish.seconds or len(seconds) < 3:
        began, worked = time.perf_counter(), time.process_time()
        loss = step()
        seconds.append(time.perf_counter() - began)
        processor.append(time.process_time() - worked)
        sum_of_seconds += seconds[-1]
    median = statistics.median(seconds)
    print(f"{wish.name or wish.sizes} threads {wish.threads} steps {len(seconds)} median_ms {1e3 * median:.3f} "
          f"min_ms {1e3 * min(seconds):.3f} cpu_ms {1e3 * statistics.median(processor):.3f} tokens_s {B * T / median:.0f} peak_mb {peak_megabytes() - before:.0f} "
          f"loss {loss.item():.6f}", flush=True)


if __name__ == "__main__":
    main()
