"""Makes core's and methods' fixtures/lora: networks with PEFT's LoRA, and PEFT's LoRA+ optimizer at work.

    python make_lora_fixtures.py

A folder for each case, as PEFT saves it, with random values in all that is trained; and a
safetensors file: base.<name> the network's state, x, base_y the output without the adapter, y with
it, gradient.<name> of the adapter's tensors for the loss sum(y^2), by PEFT's file names, and where
PEFT can merge, merged.<name> the state after merge_and_unload.

several: three adapters a, b, c on one network, in folders of their names. y.<names> the output with
these active, in this order; rows the output with the adapters ROWS, one for each row.

weighted_<network>: adapters p, q, and what add_weighted_adapter makes of them: y.<type> the output,
<type>.<name> the new adapter's tensors.

plus.safetensors (in methods): text's network, its layer norm and head trained along. target [N];
after.<name>, in PEFT's file names, all trainable parameters after 5 steps of
create_loraplus_optimizer with AdamW and cross entropy from text's weights. Metadata "config" has the
arguments.
"""

import copy
import json
import shutil
import warnings

import torch
from peft import LoraConfig, get_peft_model
from peft.optimizers import create_loraplus_optimizer
from peft.utils import get_peft_model_state_dict
from torch import nn
from transformers.pytorch_utils import Conv1D

import fixtures

ROOT = fixtures.folder_of("core") / "lora"
METHODS = fixtures.folder_of("methods") / "lora"
ROWS = ["a", "b", "__base__", "c", "a"]


class Vision(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 5, 3, stride=2, padding=1)
        self.norm = nn.BatchNorm2d(5)
        self.mix = nn.Conv2d(5, 5, 1)
        self.block = nn.Sequential(nn.Linear(45, 7), nn.ReLU(), nn.Linear(7, 6))
        self.head = nn.Linear(6, 4)

    def forward(self, x):
        return self.head(self.block(self.mix(self.norm(self.conv(x)).relu()).flatten(1)).relu())


class Grouped(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 6, 3, padding=1, groups=2)

    def forward(self, x):
        return self.conv(x)


class Text(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(11, 6)
        self.norm = nn.LayerNorm(6)
        self.fc = nn.Linear(6, 8)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        return self.head(self.fc(self.norm(self.embedding(x).mean(1))).relu())


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln = nn.LayerNorm(8)
        self.c_attn = Conv1D(8, 8)
        self.conv = nn.Conv1d(8, 8, 3, padding=1)
        self.mlp = nn.Linear(8, 8)

    def forward(self, x):
        x = x + self.c_attn(self.ln(x))
        x = x + self.conv(x.transpose(1, 2)).transpose(1, 2)
        return x + self.mlp(x).tanh()


class Blocks(nn.Module):
    def __init__(self):
        super().__init__()
        self.wte = nn.Embedding(11, 8)
        self.h = nn.ModuleList([Block(), Block()])
        self.score = nn.Linear(8, 3)

    def forward(self, x):
        x = self.wte(x)
        for block in self.h:
            x = block(x)
        return self.score(x.mean(1))


def randomise(net):
    """Not the values that layers start with: a zero or one there would hide a mistake."""
    with torch.no_grad():
        for name, p in net.named_parameters():
            p.add_(0.1 * torch.randn_like(p))
        for name, b in net.named_buffers():
            if b.is_floating_point():
                b.add_(0.1 * torch.rand_like(b))
    return net


def state(net, prefix):
    return {f"{prefix}.{k}": v.clone() for k, v in net.state_dict().items()}


def draw(model, adapter="default"):
    with torch.no_grad():
        for name, p in model.named_parameters():
            if f".{adapter}." in name or name.endswith("." + adapter):
                if "magnitude" in name:
                    p.mul_(1 + 0.3 * torch.rand_like(p))
                else:
                    p.normal_(0, 0.5)
            elif p.requires_grad and name.endswith("bias"):
                p.add_(0.3 * torch.randn_like(p))


def save(model, case):
    model.save_pretrained(ROOT / case)
    for file in sorted((ROOT / case).rglob("*")):
        if file.name == "README.md":
            file.unlink()
        elif file.name == "adapter_model.safetensors":
            file.write_bytes(fixtures.sorted_header(file.read_bytes()))
        elif file.name == "adapter_config.json":
            stored = json.loads(file.read_text())
            for key in ("target_modules", "exclude_modules"):
                if isinstance(stored[key], list):
                    stored[key] = sorted(stored[key])  # a set: in another order each time
            file.write_text(json.dumps(stored, indent=2, sort_keys=True))


def adapted(net, case, x, merges=True, **config):
    randomise(net)
    tensors = state(net, "base")
    tensors["x"] = x
    net.eval()
    tensors["base_y"] = net(x)
    config = {"init_lora_weights": True, "lora_dropout": 0.1, **config}
    model = get_peft_model(net, LoraConfig(**config)).eval()
    draw(model)
    y = model(x)
    tensors["y"] = y
    y.square().sum().backward()
    for name, p in model.named_parameters():
        if p.grad is not None:
            tensors[f"gradient.{name.replace('.default', '').replace('.modules_to_save', '')}"] = p.grad
    save(model, case)
    if merges:
        tensors.update(state(copy.deepcopy(model).merge_and_unload(), "merged"))
    fixtures.write("lora", case, tensors, {})
    return model


def several(x):
    net = randomise(Blocks()).eval()
    tensors = {**state(net, "base"), "x": x, "base_y": net(x)}
    model = get_peft_model(net, LoraConfig(r=2, lora_alpha=3, target_modules=["mlp", "c_attn"]), "a")
    model.add_adapter("b", LoraConfig(r=3, lora_alpha=4, use_dora=True, target_modules=["mlp", "conv"]))
    model.add_adapter("c", LoraConfig(r=2, lora_alpha=2, use_rslora=True, target_modules=["wte", "mlp"]))
    for adapter in "abc":
        draw(model, adapter)
    model.eval()
    for active in (["a"], ["b"], ["a", "c"], ["a", "b"], ["b", "a"], ["c", "b", "a"]):
        model.base_model.set_adapter(active)
        tensors["y." + "".join(active)] = model(x)
    # One by one: PEFT does not mix DoRA into a batch.
    rows = []
    for row, adapter in zip(x, ROWS):
        if adapter == "__base__":
            with model.disable_adapter():
                rows.append(model(row[None]))
        else:
            model.base_model.set_adapter(adapter)
            rows.append(model(row[None]))
    tensors["rows"] = torch.cat(rows)
    save(model, "several")
    fixtures.write("lora", "several", tensors, {})


def weighted(case, net, x, targets):
    randomise(net).eval()
    tensors = {**state(net, "base"), "x": x, "base_y": net(x)}
    model = get_peft_model(net, LoraConfig(r=2, lora_alpha=3, target_modules=targets), "p")
    model.add_adapter("q", LoraConfig(r=2, lora_alpha=5, target_modules=targets[:-1]))
    for adapter in "pq":
        draw(model, adapter)
    model.eval()
    save(model, case)
    for kind in ("linear", "cat", "svd"):
        model.base_model.add_weighted_adapter(["p", "q"], [0.7, -0.4], kind, kind)
        model.base_model.set_adapter(kind)
        tensors["y." + kind] = model(x)
        for name, t in get_peft_model_state_dict(model, adapter_name=kind).items():
            tensors[f"{kind}.{name}"] = t
    fixtures.write("lora", case, tensors, {})


def plus(model, x):
    base = model.get_base_model()
    for p in [*base.norm.parameters(), *base.head.parameters()]:
        p.requires_grad_(True)
    target = torch.randint(3, (x.shape[0],))
    config = dict(lr=0.01, loraplus_lr_ratio=4.0, loraplus_weight_decay=0.1, loraplus_lr_embedding=0.002)
    rule = create_loraplus_optimizer(model, torch.optim.AdamW, **config, betas=(0.9, 0.99), eps=1e-8)
    for _ in range(5):
        rule.zero_grad()
        nn.functional.cross_entropy(model(x), target).backward()
        rule.step()
    after = {name.replace(".default", ""): p for name, p in model.named_parameters() if p.requires_grad}
    tensors = {"target": target, **{f"after.{name}": p for name, p in after.items()}}
    fixtures.write("lora", "plus", tensors, config, module="methods")


def main():
    warnings.simplefilter("ignore")
    for folder in (ROOT, METHODS):
        shutil.rmtree(folder, ignore_errors=True)
    torch.manual_seed(3)
    pictures = torch.randn(4, 2, 6, 6)
    words = torch.randint(11, (5, 7))
    adapted(Vision(), "vision", pictures, r=3, lora_alpha=6, target_modules=["conv", "mix", "0", "head"])
    model = adapted(Text(), "text", words, r=2, lora_alpha=3, target_modules=["embedding", "fc"])
    for file in ("adapter_config.json", "adapter_model.safetensors"):
        (METHODS / "text").mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "text" / file, METHODS / "text" / file)
    shutil.copy(ROOT / "text.safetensors", METHODS / "text.safetensors")
    model.zero_grad()
    plus(model, words)
    adapted(
        Blocks(),
        "patterns",
        words,
        r=4,
        lora_alpha=8,
        use_rslora=True,
        fan_in_fan_out=True,
        target_modules=["mlp", "c_attn", "conv"],
        rank_pattern={"h.1.mlp": 2, "c_attn": 3},
        alpha_pattern={"conv": 5, r"h\.\d\.c_attn": 2.5},
    )
    adapted(Vision(), "dora_vision", pictures, r=3, lora_alpha=6, use_dora=True, target_modules=["conv", "mix", "2"])
    adapted(
        Blocks(), "dora_blocks", words, r=3, lora_alpha=6, use_dora=True,
        target_modules=["wte", "mlp", "c_attn", "conv"],
    )
    adapted(Blocks(), "bias_only", words, r=2, lora_alpha=2, bias="lora_only", target_modules=["mlp", "c_attn"])
    adapted(
        Blocks(), "bias_all", words, merges=False, r=2, lora_alpha=2, bias="all",
        target_modules=["mlp", "conv"], modules_to_save=["score"],
    )
    adapted(
        Vision(), "lora_bias", pictures, r=2, lora_alpha=3, lora_bias=True,
        target_modules=["conv", "head"], modules_to_save=["norm", "block"],
    )
    adapted(
        Blocks(), "layers", words, r=2, lora_alpha=3, target_modules=["mlp", "c_attn", "conv"],
        exclude_modules=["h.1.conv"], layers_to_transform=[1], layers_pattern="h", init_lora_weights="gaussian",
    )
    adapted(
        Blocks(), "regex", words, r=2, lora_alpha=3, target_modules=r".*h\.(?P<block>[01])\.(mlp|c_attn)",
        exclude_modules=r".*0\.mlp",
    )
    adapted(Grouped(), "groups", torch.randn(2, 4, 5, 5), merges=False, r=4, lora_alpha=4, target_modules=["conv"])
    several(words)
    weighted("weighted_vision", Vision(), pictures, ["conv", "mix", "0", "2"])
    weighted("weighted_text", Text(), words, ["embedding", "fc", "head"])


if __name__ == "__main__":
    main()
