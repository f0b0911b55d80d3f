"""Makes methods' fixtures/lines with the authors' scaling function.

    git clone https://github.com/wang-kee/LiNeS
    python make_lines_fixtures.py LiNeS

<case>.safetensors: base.<name>; tuned.<i>.<name>; fused.<name>, the base plus what LiNeS_scaling of
src/eval/eval.py makes of the merged task vector: for "single" the one there is, for "sum" the sum of
three, for "elect" per element the sum of those with the sign of the sum (merged.<name>). Metadata
"config": alpha and beta as handed to that function, and num_blocks.
"""

import ast
import copy
import pathlib
import sys
from types import SimpleNamespace

import torch

import fixtures

BLOCKS = 12


def official(clone):
    """The one function, without the datasets and models that its file imports."""
    source = (pathlib.Path(clone) / "src/eval/eval.py").read_text()
    body = [n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef) and n.name == "LiNeS_scaling"]
    space = {"copy": copy}
    exec(compile(ast.Module(body, []), "eval.py", "exec"), space)
    return space["LiNeS_scaling"]


def state():
    names = {"model.visual.conv1.weight": [3, 2], "model.visual.proj": [2, 2], "model.visual.ln_post.bias": [3]}
    for i in range(BLOCKS):
        names[f"model.visual.transformer.resblocks.{i}.attn.in_proj_weight"] = [3, 2]
        names[f"model.visual.transformer.resblocks.{i}.ln_1.weight"] = [3]
    return {name: torch.randn(shape) for name, shape in names.items()}


def norm(vectors):
    return sum(v.abs().sum().item() for v in vectors.values())


def case(name, scaling, n, beta, elect=False, alpha=None):
    base = state()
    tuned = [{k: v + 0.1 * torch.randn(v.shape) for k, v in base.items()} for _ in range(n)]
    taus = [{k: t[k] - v for k, v in base.items()} for t in tuned]
    summed = {k: sum(tau[k] for tau in taus) for k in base}
    merged = summed
    if elect:
        merged = {k: sum(tau[k] * (tau[k].sign() == summed[k].sign()) for tau in taus) for k in base}
    if alpha is None:
        alpha = norm(summed) / norm(merged) / n  # evaluate(), for several tasks
    scaled = scaling(SimpleNamespace(vector=merged), alpha, beta, BLOCKS).vector
    tensors = {f"base.{k}": v for k, v in base.items()}
    for i, t in enumerate(tuned):
        tensors |= {f"tuned.{i}.{k}": v for k, v in t.items()}
    tensors |= {f"fused.{k}": v + scaled[k] for k, v in base.items()}
    tensors |= {f"merged.{k}": v for k, v in merged.items()} if elect else {}
    config = dict(alpha=alpha, beta=beta, num_blocks=BLOCKS)
    fixtures.write("lines", name, tensors, config, module="methods")


if __name__ == "__main__":
    torch.manual_seed(7)
    scaling = official(sys.argv[1])
    case("single", scaling, 1, beta=0.7, alpha=0.3)
    case("sum", scaling, 3, beta=0.4)
    case("elect", scaling, 3, beta=0.6, elect=True)
