"""transformers as a witness for model folders.

FOLDER/ours is a model of ours, FOLDER/ours_logits.safetensors has ids and the logits that we give for them: both must be
read and agreed with. Then models of GPT-2's layout with random weights are written to FOLDER/theirs/NAME, each with
logits.safetensors beside its weights, for us to do the same."""
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoTokenizer, GPT2Config, GPT2LMHeadModel

torch.manual_seed(1)
torch.set_num_threads(1)
folder = Path(sys.argv[1])


@torch.no_grad()
def logits_of(model, ids):
    return model.float().eval()(ids).logits


ours, report = AutoModelForCausalLM.from_pretrained(folder / "ours", output_loading_info=True)
assert not any(report[kind] for kind in ("missing_keys", "unexpected_keys", "mismatched_keys")), report
seen = load_file(folder / "ours_logits.safetensors")
worst = (logits_of(ours, seen["ids"]) - seen["logits"]).abs().max().item()
print(f"ours {worst:.3e}")
tokenizer = AutoTokenizer.from_pretrained(folder / "ours")
ids = tokenizer.encode("ab \U0001F600\u20ac\n<|endoftext|>")
print("tokens", ids, repr(tokenizer.decode(ids)), "end", tokenizer.eos_token_id, ours.generation_config.eos_token_id)

shapes = {
    "float32": dict(vocab_size=97, n_positions=16, n_layer=3, n_head=4, n_embd=32),
    "float16": dict(vocab_size=31, n_positions=8, n_layer=1, n_head=1, n_embd=24),
    "bfloat16": dict(vocab_size=300, n_positions=33, n_layer=2, n_head=5, n_embd=40),
    "sharded": dict(vocab_size=64, n_positions=16, n_layer=4, n_head=2, n_embd=48),
    "base": dict(vocab_size=64, n_positions=16, n_layer=2, n_head=2, n_embd=16),
    "untied": dict(vocab_size=64, n_positions=16, n_layer=2, n_head=2, n_embd=16, tie_word_embeddings=False),
}
for name, shape in shapes.items():
    model = GPT2LMHeadModel(GPT2Config(**shape))
    for parameter in model.parameters():      # biases and gains too
        torch.nn.init.normal_(parameter, parameter.mean().item(), 0.1)
    model.to(getattr(torch, name, torch.float32))
    where = folder / "theirs" / name
    saved = model.transformer if name == "base" else model
    saved.save_pretrained(where, max_shard_size="20KB" if name == "sharded" else "1GB")
    ids = torch.randint(shape["vocab_size"], (1000 if name == "float32" else 5, shape["n_positions"]))
    save_file({"ids": ids, "logits": logits_of(model, ids).contiguous()}, where / "logits.safetensors")
    print(name, *sorted(path.name for path in where.iterdir()))
