#!/usr/bin/env python3
"""The table of whole training steps: ours, PyTorch's eager and compiled, in turn, and the ratio of medians.

    python tests/benchmark/step_table.py [--ours build/release/bin/benchmark_step] [--names A B C] [--rounds 3]
                                         [--seconds 4] [--threads 1 2] [--bf16] [--python PYTHON]

PYTHON is one that has torch (default: STEPGPT_PYTHON, else this one). Every round visits every contender, each a process
of its own: so none meets the other's threads, and a drift of the machine touches all. PyTorch gets an allocator that
keeps its memory (MALLOC_*), which it needs to be fast with large tensors. A column `cpu` beside the time of the clock says
how many milliseconds of processor time a step took: another program on the machine lengthens the first, hardly the second.

MKL as PyTorch ships it keeps below AVX-512 on processors that are not Intel's. What it could do there is seen with a library
whose only function is `int mkl_serv_intel_cpu_true(void) { return 1; }`, built by `cc -shared -fPIC` and named in LD_PRELOAD.
Two cores of a Zen 5, ours ahead of the faster of eager and compiled: A 2.59, B 2.34, C 2.30 times as shipped; 1.56, 1.16 and
1.13 with it.
"""

import argparse
import os
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KEEP_MEMORY = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "1000000000000", "MALLOC_TOP_PAD_": "100000000"}


def figures(command, more_environment):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")} | more_environment
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    words = done.stdout.splitlines()[0].split()
    return {key: float(value) for key, value in zip(words[1::2], words[2::2])}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ours", default=str(ROOT / "build/release/bin/benchmark_step"))
    parser.add_argument("--python", default=os.environ.get("STEPGPT_PYTHON", sys.executable))
    parser.add_argument("--names", nargs="+", default=["A", "B", "C"])
    parser.add_argument("--threads", nargs="+", type=int, default=[2, 1])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--bf16", action="store_true", help="also with products of bf16, ours and PyTorch's (autocast)")
    parser.add_argument("--without-compile", action="store_true", help="eager only")
    wish = parser.parse_args()

    torch_step = [wish.python, str(ROOT / "tests/pytorch/step.py")]
    contenders = {"ours": [wish.ours], "eager": torch_step}
    if not wish.without_compile:
        contenders["compiled"] = torch_step + ["--compile"]
    if wish.bf16:
        contenders |= {f"{who} bf16": command + ["--bf16"] for who, command in contenders.items()}
    print(f"{'':15} {'threads':>7} {'median ms':>10} {'min ms':>9} {'cpu ms':>9} {'tokens/s':>9} {'peak MB':>8} {'ratio':>6} "
          f"{'cpu ratio':>9}")
    for name in wish.names:
        for threads in wish.threads:
            seen = {who: [] for who in contenders}
            for _ in range(wish.rounds):
                for who, command in contenders.items():
                    arguments = [name, "--threads", str(threads), "--seconds", str(wish.seconds)]
                    seen[who].append(figures(command + arguments, {} if who.startswith("ours") else KEEP_MEMORY))
            mean = lambda who, what: statistics.median(f[what] for f in seen[who])
            for who in contenders:
                print(f"{name} {who:13} {threads:7} {mean(who, 'median_ms'):10.2f} {min(f['min_ms'] for f in seen[who]):9.2f} "
                      f"{mean(who, 'cpu_ms'):9.2f} {mean(who, 'tokens_s'):9.0f} {mean(who, 'peak_mb'):8.0f} "
                      f"{mean(who, 'median_ms') / mean('ours', 'median_ms'):6.2f} "
                      f"{mean(who, 'cpu_ms') / mean('ours', 'cpu_ms'):9.2f}", flush=True)


if __name__ == "__main__":
    main()
