"""Reads FOLDER/ours.safetensors with the safetensors package, prints what is in it, and writes it as theirs.safetensors.

NumPy has no bfloat16: those tensors are printed, but not written."""
import sys
from pathlib import Path

import numpy
from safetensors import deserialize, safe_open
from safetensors.numpy import save_file

folder = Path(sys.argv[1])
with safe_open(folder / "ours.safetensors", framework="np") as file:
    print("format", file.metadata()["format"])
    arrays = {name: file.get_tensor(name) for name in file.keys() if file.get_slice(name).get_dtype() != "BF16"}
for name, tensor in sorted(deserialize((folder / "ours.safetensors").read_bytes())):
    print(name, tensor["dtype"], tensor["shape"], bytes(tensor["data"]).hex())
save_file(arrays, folder / "theirs.safetensors", metadata={"format": "pt"})
