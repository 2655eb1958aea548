"""llama.cpp as a witness: FOLDER/NAME.gguf with FOLDER/NAME.json, {"prompts": [[ids]], "written": [[ids]], "texts": [texts]}.

Reads each file, writes behind each prompt, always the likeliest token, and prints how many of its texts are ours, and how many
texts it cuts into the same ids. Its GELU is a table of 16-bit floats: where it chooses another token, it prints by how much its
logit lies above that of ours."""
import itertools
import json
import sys
from pathlib import Path

from llama_cpp import Llama

folder = Path(sys.argv[1])
for path in sorted(folder.glob("*.gguf")):
    ours = json.loads(path.with_suffix(".json").read_text())
    model = Llama(str(path), n_ctx=128, n_threads=1, type_k=0, type_v=0, logits_all=True, verbose=False)     # float32 in its cache
    same = cut = 0
    gap = 0.0
    for prompt, written, text in zip(ours["prompts"], ours["written"], ours["texts"]):
        model.reset()
        theirs = list(itertools.islice(model.generate(prompt, temp=0), len(written)))
        same += theirs == written
        cut += model.tokenize(text.encode(), add_bos=False) == prompt
        for k, (a, b) in enumerate(zip(theirs, written)):
            if a != b:
                logits = model.scores[len(prompt) + k - 1]
                gap = max(gap, float(logits[a] - logits[b]))
                break
    print(f"{path.stem} wrote {same} of {len(ours['prompts'])}, cut {cut}, gap {gap:.4f}")
