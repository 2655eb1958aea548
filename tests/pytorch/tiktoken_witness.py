"""tiktoken as a witness: the ids in FOLDER/ids are its own for FOLDER/texts, with the ranks of FOLDER/gpt2.tiktoken.

A text is its kind ('t' text, 'p' one piece of any bytes), its length and its bytes; its ids are their count and they.
"""
import base64
import pathlib
import struct
import sys

import tiktoken

PATTERN = r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""


def main(folder):
    lines = [line.split() for line in (folder / "gpt2.tiktoken").read_bytes().splitlines()]
    ranks = {base64.b64decode(piece): int(rank) for piece, rank in lines}
    encoding = tiktoken.Encoding("gpt2", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens={})
    texts, ids = (folder / "texts").read_bytes(), (folder / "ids").read_bytes()
    text_at = id_at = number = 0
    while text_at < len(texts):
        kind, length = struct.unpack_from("<cI", texts, text_at)
        text = texts[text_at + 5:text_at + 5 + length]
        (count,) = struct.unpack_from("<I", ids, id_at)
        ours = list(struct.unpack_from(f"<{count}i", ids, id_at + 4))
        theirs = encoding.encode_ordinary(text.decode()) if kind == b"t" else encoding._encode_single_piece(text)
        if ours != theirs:
            sys.exit(f"text {number}, {text[:200]!r}: ours {ours[:50]}, tiktoken's {theirs[:50]}")
        text_at, id_at, number = text_at + 5 + length, id_at + 4 + 4 * count, number + 1
    print(f"{number} equal")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
