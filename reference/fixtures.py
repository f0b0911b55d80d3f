"""What the fixture scripts share: where fixtures go and how one is written."""

import json
import pathlib
import struct

import torch
from safetensors.torch import save



def folder_of(module):
    return pathlib.Path(__file__).resolve().parent.parent / module / "src/test/resources/fixtures"


ROOT = folder_of("core")
TORCH = "2.10.0"

if torch.__version__.split("+")[0] != TORCH:
    raise SystemExit(f"fixtures are made with torch {TORCH}, this is {torch.__version__}: see README.md")
torch.set_num_threads(1)


def write(folder, case, tensors, config, module="core", **more):
    """Writes fixtures/<folder>/<case>.safetensors of a module; config (as JSON) and more are its metadata."""
    metadata = {"case": case, "torch": TORCH, "config": json.dumps(config), **more}
    # clone: safetensors refuses tensors that share memory
    data = {key: value.detach().clone().contiguous() for key, value in tensors.items()}
    for key, value in data.items():
        assert not value.is_floating_point() or not value.isnan().any(), f"{case}: NaN in {key}"
    path = folder_of(module) / folder / f"{case}.safetensors"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(sorted_header(save(data, metadata)))


def sorted_header(file):
    """safetensors writes metadata in a random order; sorted, the same fixture is the same bytes."""
    length = struct.unpack("<Q", file[:8])[0]
    header = json.loads(file[8 : 8 + length])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + file[8 + length :]
