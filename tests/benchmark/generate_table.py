#!/usr/bin/env python3
"""Writing with a GPT-2 of 124M weights, ours, transformers and llama.cpp in turn: seconds to load, tokens a second, the ratio.

    python tests/benchmark/generate_table.py [--python PYTHON] [--model FOLDER] [--rounds 3] [--tokens 100] [--threads 2 1]

PYTHON is one that has torch and transformers (default: STEPGPT_PYTHON, else this one), and perhaps llama-cpp-python. Without
--model one of random weights is made. All take the likeliest token each time, in float32, with a cache of keys and values; the
same ids must come out.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    figures, ids = done.stdout.splitlines()[-2:]
    words = figures.split()
    return {key: float(value) for key, value in zip(words[1::2], words[2::2])}, ids.split()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ours", default=str(ROOT / "build/release/bin/benchmark_generate"))
    parser.add_argument("--python", default=os.environ.get("STEPGPT_PYTHON", sys.executable))
    parser.add_argument("--model")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tokens", type=int, default=100)
    parser.add_argument("--threads", nargs="+", type=int, default=[2, 1])
    wish = parser.parse_args()
    theirs = [wish.python, str(ROOT / "tests/pytorch/generate.py")]
    with tempfile.TemporaryDirectory() as made:
        model = wish.model or made
        if not wish.model:
            subprocess.run(theirs + [model, "--make"], check=True)
        sides = {"ours": [wish.ours, model], "transformers": theirs + [model]}
        if subprocess.run([wish.python, "-c", "import llama_cpp"], capture_output=True).returncode == 0:
            file = str(Path(made) / "model.gguf")
            subprocess.run([wish.ours, model, "--gguf", file], check=True)
            sides["llama.cpp"] = [wish.python, str(ROOT / "tests/pytorch/generate_llama.py"), file]
        print(f"{'':13} {'threads':>7} {'load s':>7} {'tokens/s':>9} {'peak MB':>8} {'ratio':>6}")
        for threads in wish.threads:
            seen = {who: [] for who in sides}
            written = {}
            for _ in range(wish.rounds):
                for who, command in sides.items():
                    figures, written[who] = run(command + ["--threads", str(threads), "--tokens", str(wish.tokens)])
                    seen[who].append(figures)
            median = lambda who, what: statistics.median(f[what] for f in seen[who])
            for who in seen:
                print(f"{who:13} {threads:7} {median(who, 'load_s'):7.2f} {median(who, 'tokens_s'):9.2f} "
                      f"{median(who, 'peak_mb'):8.0f} {median('ours', 'tokens_s') / median(who, 'tokens_s'):6.2f}", flush=True)
            same = all(ids == written["ours"] for ids in written.values())
            print(f"              the same {wish.tokens} tokens" if same else "              NOT the same tokens")


if __name__ == "__main__":
    main()
