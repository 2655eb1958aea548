"""The gguf package as a witness: FOLDER/*.gguf against FOLDER/model.safetensors, the same model in our own names.

Prints every key with its value, and for each file the largest difference of a tensor."""
import sys
from pathlib import Path

import gguf
import numpy
from safetensors.numpy import load_file

folder = Path(sys.argv[1])
weights = load_file(folder / "model.safetensors")
for path in sorted(folder.glob("*.gguf")):
    reader = gguf.GGUFReader(path)
    for field in reader.fields.values():
        value = field.contents()
        print(path.stem, field.name, len(value) if isinstance(value, list) and len(value) > 40 else value)
    blocks = int(reader.fields["gpt2.block_count"].contents())
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.GPT2, blocks)
    tensors = {tensor.name: tensor for tensor in reader.tensors}
    worst = 0.0
    for name, ours in weights.items():
        theirs = tensors.pop(names.get_name(name, try_suffixes=(".weight", ".bias")))
        data = gguf.quants.dequantize(theirs.data, theirs.tensor_type)
        if ours.ndim == 2 and name.startswith("h."):
            ours = ours.T
        assert data.shape == ours.shape, (name, data.shape, ours.shape)
        worst = max(worst, float(numpy.abs(data - ours).max()))
        print(path.stem, theirs.name, theirs.tensor_type.name, list(map(int, theirs.shape)))
    assert not tensors, tensors
    print(path.stem, f"differs by {worst:.3e}")
