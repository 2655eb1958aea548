"""Ten steps of fine-tuning in PyTorch, from the model in FOLDER/base on the batches in FOLDER/batches.safetensors.

Prints the loss of each step. AdamW as nanoGPT sets it up: matrices and embeddings decay, the rest does not; the
gradient's norm is clipped to 1.
"""
import pathlib
import sys

import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

folder = pathlib.Path(sys.argv[1])
model = AutoModelForCausalLM.from_pretrained(folder / "base", dtype=torch.float32)
model.train()
model.config.use_cache = False
decays = [p for p in model.parameters() if p.dim() >= 2]
others = [p for p in model.parameters() if p.dim() < 2]
rule = torch.optim.AdamW([{"params": decays, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}],
                         lr=1e-3, betas=(0.9, 0.99), eps=1e-8)
for ids in load_file(folder / "batches.safetensors")["ids"]:
    rule.zero_grad()
    logits = model(ids[:, :-1]).logits
    loss = torch.nn.functional.cross_entropy(logits.reshape(-1, logits.shape[-1]), ids[:, 1:].reshape(-1))
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    rule.step()
    print(f"loss {loss.item():.7f}")
