"""Makes fixtures/io: files of the official safetensors writer.

    python make_io_fixtures.py

dtypes.safetensors: <dtype>, [2, 3], the values 0 .. 5 (bool: 0 1 0 1 0 1) in each dtype, named as in the
header; "scalar", [] float32, 2.5; "empty", [0, 3] float32. Metadata "config": the names' torch dtypes.
"""

import torch

import fixtures

DTYPES = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn, "F8_E5M2": torch.float8_e5m2,
    "I64": torch.int64, "I32": torch.int32, "I16": torch.int16, "I8": torch.int8,
    "U64": torch.uint64, "U32": torch.uint32, "U16": torch.uint16, "U8": torch.uint8, "BOOL": torch.bool,
}

if __name__ == "__main__":
    values = torch.arange(6).reshape(2, 3)
    tensors = {name: (values % 2 if name == "BOOL" else values.float() if "F8" in name else values).to(dtype)
               for name, dtype in DTYPES.items()}
    tensors |= {"scalar": torch.tensor(2.5), "empty": torch.zeros(0, 3)}
    fixtures.write("io", "dtypes", tensors, {name: str(dtype) for name, dtype in DTYPES.items()})
