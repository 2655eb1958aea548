"""Byte pairs: our speed beside tiktoken's and tokenizers', in turn, on your texts.

    cmake --preset release -D STEPGPT_BUILD_BENCHMARKS=ON && cmake --build --preset release --target benchmark_tokens
    python3 tests/benchmark/tokens.py encode vocab.bpe TEXT...      GPT-2's merges; pip install tiktoken tokenizers
    python3 tests/benchmark/tokens.py train 5000,50257 TEXT...

Every round visits every contender, so that a drift of the machine touches all of them; a figure is the median of the
rounds, and what counts is the ratio to the faster of the others (above 1: ours is faster). The others are given the text
in each way that they have, and the fastest is taken: whole, or in parts of 64 kB that are cut where no token goes across.
Their work from text to ids in their own memory is timed as they offer it; ours too. The ids, and the merges, are compared.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import tiktoken
import tokenizers
from tokenizers import models, pre_tokenizers, trainers

PATTERN = r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""
ROOT = pathlib.Path(__file__).resolve().parents[2]


def seconds(work):
    begin = time.perf_counter()
    result = work()
    return time.perf_counter() - begin, result


def parts_of(text, size=1 << 16):
    """The text cut before line ends that follow something else: no token goes across."""
    parts, begin = [], 0
    while begin < len(text):
        end = begin + size
        while end < len(text) and not (text[end] == "\n" and not text[end - 1].isspace()):
            end += 1
        parts.append(text[begin:end])
        begin = end
    return parts


class Ours:
    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, *words):
        print(*words, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline().split()
        return float(answer[0]), answer[1:]


def byte_alphabet():
    """GPT-2's characters for bytes: those that print stand for themselves, the others follow from U+0100 on."""
    printing = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printing]
    return {**{byte: chr(byte) for byte in printing}, **{byte: chr(256 + i) for i, byte in enumerate(others)}}


def their_encoders(merges_file):
    text = pathlib.Path(merges_file).read_text()
    lines = [line.split(" ") for line in text.splitlines() if line and not line.startswith("#version")]
    alphabet = byte_alphabet()
    spelled = [*alphabet.values(), *(left + right for left, right in lines)]
    byte_of = {character: byte for byte, character in alphabet.items()}
    ranks = {bytes(byte_of[c] for c in piece): rank for rank, piece in enumerate(spelled)}
    fast = tiktoken.Encoding("gpt2", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens={})
    pairs = tokenizers.Tokenizer(models.BPE(vocab={p: i for i, p in enumerate(spelled)}, merges=[tuple(l) for l in lines]))
    pairs.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return fast, pairs


def report(what, times, ratio_of):
    middle = {name: statistics.median(t) for name, t in times.items()}
    shown = ", ".join(f"{name} {t:.3f} s" for name, t in middle.items())
    others = [t for name, t in middle.items() if name != "ours"]
    print(f"{what}: {shown}; {ratio_of}: {min(others) / middle['ours']:.2f}", flush=True)


def encode(ours, merges_file, path, rounds):
    text = pathlib.Path(path).read_bytes().decode()
    parts = parts_of(text)
    fast, pairs = their_encoders(merges_file)
    expected = fast.encode_ordinary(text)
    for threads in (1, 2):
        times = {}
        for _ in range(rounds):
            os.environ["TOKENIZERS_PARALLELISM"] = "true" if threads > 1 else "false"   # tokenizers asks at every call
            ways = {
                "ours": lambda: ours.ask("encode", merges_file, path, threads)[0],
                "tiktoken parts": lambda: seconds(lambda: fast.encode_ordinary_batch(parts, num_threads=threads))[0],
                "tokenizers parts": lambda: seconds(lambda: pairs.encode_batch_fast(parts, add_special_tokens=False))[0],
            }
            if threads == 1:
                ways["tiktoken whole"] = lambda: seconds(lambda: fast.encode_to_numpy(text, disallowed_special=()))[0]
            for name, way in ways.items():
                times.setdefault(name, []).append(way())
        count = int(ours.ask("encode", merges_file, path, threads)[1][0])
        same = count == len(expected) and sum(len(e.ids) for e in pairs.encode_batch_fast(parts)) == count
        report(f"encode {os.path.basename(path)}, {len(text.encode()) / 1e6:.1f} MB, {threads} threads"
               f"{'' if same else ', OTHER IDS'}", times, "times the faster of the others")


def train(ours, vocab_size, path, rounds):
    text = pathlib.Path(path).read_bytes().decode()
    parts = parts_of(text)
    os.environ["TOKENIZERS_PARALLELISM"] = "true"
    times, merges = {"ours": [], "tokenizers": []}, {}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            times["ours"].append(ours.ask("train", vocab_size, path, 2, f"{folder}/merges.txt")[0])
            merges["ours"] = pathlib.Path(folder, "merges.txt").read_text().splitlines()[1:]
            pairs = tokenizers.Tokenizer(models.BPE())
            pairs.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
            trainer = trainers.BpeTrainer(vocab_size=vocab_size, min_frequency=2, show_progress=False,
                                          initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
            times["tokenizers"].append(seconds(lambda: pairs.train_from_iterator(parts, trainer))[0])
            pairs.model.save(folder)
            merges["tokenizers"] = pathlib.Path(folder, "merges.txt").read_text().splitlines()[1:]
    same = merges["ours"] == merges["tokenizers"]
    report(f"train {vocab_size} on {os.path.basename(path)}, {len(text.encode()) / 1e6:.1f} MB, 2 threads, "
           f"{len(merges['ours'])} merges{', the same' if same else ', OTHER MERGES'}", times, "times tokenizers")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("what", choices=["encode", "train"])
    options.add_argument("with_what", help="encode: merges file; train: vocabulary sizes, with commas between")
    options.add_argument("texts", nargs="+", help="files of UTF-8")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--program", default=str(ROOT / "build/release/bin/benchmark_tokens"))
    chosen = options.parse_args()
    ours = Ours(chosen.program)
    for path in chosen.texts:
        if chosen.what == "encode":
            encode(ours, chosen.with_what, path, chosen.rounds)
        else:
            for size in chosen.with_what.split(","):
                train(ours, int(size), path, chosen.rounds)


if __name__ == "__main__":
    sys.exit(main())
