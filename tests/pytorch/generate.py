"""A GPT-2 writes in transformers: what benchmark_generate measures, by the other side.

    python generate.py FOLDER [--threads N] [--tokens N]      one line of figures; the ids that were written
    python generate.py FOLDER --make                          writes a GPT-2 of 124M random weights there
"""

import argparse
import resource
import time

import torch
from transformers import GPT2Config, GPT2LMHeadModel


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--make", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--tokens", type=int, default=100)
    wish = parser.parse_args()
    torch.set_num_threads(wish.threads)
    if wish.make:
        torch.manual_seed(1)
        model = GPT2LMHeadModel(GPT2Config())
        with torch.no_grad():
            for parameter in model.parameters():      # larger than at the start of training: one token is clearly likeliest
                torch.nn.init.normal_(parameter, parameter.mean().item(), 0.1)
        model.save_pretrained(wish.folder)
        return
    began = time.perf_counter()
    model = GPT2LMHeadModel.from_pretrained(wish.folder).eval()
    loaded = time.perf_counter() - began
    V = model.config.vocab_size
    prompt = torch.tensor([[37 * i % V for i in range(16)]])
    options = dict(do_sample=False, use_cache=True, eos_token_id=None, pad_token_id=0, attention_mask=torch.ones_like(prompt))
    with torch.inference_mode():
        model.generate(prompt, max_new_tokens=2, **options)
        began = time.perf_counter()
        model.generate(prompt, max_new_tokens=1, **options)
        reading = time.perf_counter() - began
        began = time.perf_counter()
        ids = model.generate(prompt, max_new_tokens=wish.tokens, **options)[0, 16:]
        seconds = time.perf_counter() - began - reading
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"transformers threads {wish.threads} load_s {loaded:.3f} tokens_s {(wish.tokens - 1) / seconds:.2f} peak_mb {peak:.0f}")
    print(*ids.tolist())


if __name__ == "__main__":
    main()
