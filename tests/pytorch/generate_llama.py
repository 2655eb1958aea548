"""A GPT-2 writes in llama.cpp: what benchmark_generate measures, by another side.

    python generate_llama.py MODEL.gguf [--threads N] [--tokens N]      one line of figures; the ids that were written
"""

import argparse
import itertools
import resource
import time

from llama_cpp import Llama


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--tokens", type=int, default=100)
    wish = parser.parse_args()
    began = time.perf_counter()
    model = Llama(wish.file, n_ctx=1024, n_threads=wish.threads, n_threads_batch=wish.threads, type_k=0, type_v=0, verbose=False)
    loaded = time.perf_counter() - began
    prompt = [37 * i % model.n_vocab() for i in range(16)]
    written = model.generate(prompt, temp=0)
    first = next(written)                                      # reading the prompt is not counted
    began = time.perf_counter()
    ids = [first, *itertools.islice(written, wish.tokens - 1)]
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"llama.cpp threads {wish.threads} load_s {loaded:.3f} tokens_s {(wish.tokens - 1) / seconds:.2f} peak_mb {peak:.0f}")
    print(*ids)


if __name__ == "__main__":
    main()
