"""Makes fixtures/io: checkpoints as torch.save and torch.onnx.export write them.

    python make_checkpoint_fixtures.py

Each file has a twin <name>.safetensors with the tensors that it holds.

module.bin: the state dict of a module with a buffer and two parameters that are tied.
dtypes.bin: [2, 3], the values 0 .. 5 (bool: 0 1 0 1 0 1) in each dtype, named as safetensors does, of which
    some come by _rebuild_tensor_v3.
views.bin: views of one storage (a part, transposed, every other column, repeated without memory), a Parameter,
    a scalar, an empty tensor.
training.bin: a state dict under "state_dict", beside other things.
protocol5.bin: as module.bin, by the newest pickle protocol.
legacy.bin: a state dict in the format before torch 1.6; code.bin: a pickle that would run a program.
network.onnx: an embedding and two linear layers, the second of which is called with a bias.
"""

import os
import pickle

import torch
from safetensors.torch import save

import fixtures
from make_io_fixtures import DTYPES

FOLDER = fixtures.folder_of("core") / "io"


class Module(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.words = torch.nn.Embedding(5, 4)
        self.query = torch.nn.Linear(4, 3)
        self.norm = torch.nn.BatchNorm1d(3)
        self.out = torch.nn.Linear(3, 2)

    def forward(self, ids):
        return self.out(self.query(self.words(ids)))


class Code:
    def __reduce__(self):
        return os.system, ("true",)


def twin(name, tensors):
    data = {key: value.detach().clone().contiguous() for key, value in tensors.items()}
    (FOLDER / f"{name}.safetensors").write_bytes(fixtures.sorted_header(save(data, {"torch": fixtures.TORCH})))


def write(name, content, tensors, **options):
    torch.save(content, FOLDER / f"{name}.bin", **options)
    twin(name, tensors)


def export(module):
    # Only functions of onnxscript need the onnx package, and there are none here.
    from torch.onnx._internal.torchscript_exporter import onnx_proto_utils

    onnx_proto_utils._add_onnxscript_fn = lambda model, *_: model
    ids = torch.zeros(1, 2, dtype=torch.int64)
    torch.onnx.export(module, (ids,), str(FOLDER / "network.onnx"), dynamo=False, input_names=["ids"],
                      dynamic_axes={"ids": [0, 1]})


if __name__ == "__main__":
    torch.manual_seed(0)
    module = Module().eval()
    tied = torch.nn.Sequential(torch.nn.Embedding(3, 4), torch.nn.Linear(4, 3), torch.nn.BatchNorm1d(3))
    tied[1].weight = tied[0].weight
    write("module", tied.state_dict(), tied.state_dict())
    write("protocol5", tied.state_dict(), tied.state_dict(), pickle_protocol=pickle.HIGHEST_PROTOCOL)
    values = torch.arange(6).reshape(2, 3)
    dtypes = {name: (values % 2 if name == "BOOL" else values.float() if "F8" in name else values).to(dtype)
              for name, dtype in DTYPES.items()}
    # The twin is dtypes.safetensors, which make_io_fixtures.py writes.
    torch.save(dtypes, FOLDER / "dtypes.bin")
    base = torch.arange(24, dtype=torch.float32).reshape(4, 6)
    views = {"part": base[1:3], "transposed": base.t(), "columns": base[:, ::2], "repeated": base[0, :1].expand(2, 3),
             "parameter": torch.nn.Parameter(base[3, 2:]), "scalar": torch.tensor(2.5), "empty": torch.zeros(0, 3),
             "half": torch.arange(3).half(), "none": base[4:]}
    write("views", views, views)
    write("training", {"epoch": 3, "args": ["--lr", 0.1, None, True, (1, 2)], "state_dict": module.state_dict(),
                       "best": {"loss": 1e-3}, "step": 2**40}, module.state_dict())
    torch.save(module.state_dict(), FOLDER / "legacy.bin", _use_new_zipfile_serialization=False)
    torch.save({"weight": torch.ones(1), "run": Code()}, FOLDER / "code.bin")
    export(module)
    twin("network", {k: v for k, v in module.state_dict().items() if not k.startswith("norm")})
