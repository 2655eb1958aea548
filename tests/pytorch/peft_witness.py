"""PEFT as a witness: FOLDER/base is a model of ours, FOLDER/adapter an adapter of ours, FOLDER/ours_logits.safetensors has
ids and the logits that we give with it. Then an adapter of PEFT's for the same base goes to FOLDER/theirs."""
import sys
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import GPT2LMHeadModel

torch.manual_seed(2)
torch.set_num_threads(1)
folder = Path(sys.argv[1])
seen = load_file(folder / "ours_logits.safetensors")


@torch.no_grad()
def logits_of(model):
    return model.eval()(seen["ids"]).logits


base = GPT2LMHeadModel.from_pretrained(folder / "base")
plain = logits_of(base)
ours = PeftModel.from_pretrained(base, folder / "adapter")
logits = logits_of(ours)
print(f"ours differs by {(logits - seen['logits']).abs().max().item():.3e}")
print(f"adapter changes {(logits - plain).abs().max().item():.3e}")

base = GPT2LMHeadModel.from_pretrained(folder / "base")
theirs = get_peft_model(base, LoraConfig(r=3, lora_alpha=9, target_modules=["c_attn", "mlp.c_proj"], use_rslora=True,
                                         fan_in_fan_out=True, task_type="CAUSAL_LM"))
for name, parameter in theirs.named_parameters():
    if "lora_" in name:
        torch.nn.init.normal_(parameter, 0, 0.1)
theirs.save_pretrained(folder / "theirs")
save_file({"logits": logits_of(theirs).contiguous()}, folder / "theirs_logits.safetensors")
