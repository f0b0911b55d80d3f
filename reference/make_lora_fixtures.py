"""Makes methods' fixtures/lora: networks with PEFT's LoRA, and PEFT's LoRA+ optimizer at work.

    python make_lora_fixtures.py

vision/, text/: adapter folders as PEFT saves them, with random A and B. vision.safetensors and
text.safetensors: base.<name> the network's state, x, base_y the logits without the adapter, y with
it, merged.<name> the state after merge_and_unload.

plus.safetensors: text's network, its layer norm and head trained along. target [N]; after.<name>, in
PEFT's file names, all trainable parameters after 5 steps of create_loraplus_optimizer with AdamW and
cross entropy from text's weights. Metadata "config" has the arguments.
"""

import copy
import json
import shutil

import torch
from peft import LoraConfig, get_peft_model
from peft.optimizers import create_loraplus_optimizer
from torch import nn

import fixtures

FOLDER = fixtures.folder_of("methods") / "lora"


class Vision(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 5, 3, stride=2, padding=1)
        self.block = nn.Sequential(nn.Linear(45, 7), nn.ReLU(), nn.Linear(7, 6))
        self.head = nn.Linear(6, 4)

    def forward(self, x):
        return self.head(self.block(self.conv(x).relu().flatten(1)).relu())


class Text(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(11, 6)
        self.norm = nn.LayerNorm(6)
        self.fc = nn.Linear(6, 8)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        return self.head(self.fc(self.norm(self.embedding(x).mean(1))).relu())


def adapted(net, case, x, **config):
    base = {f"base.{k}": v.clone() for k, v in net.state_dict().items()}
    base_y = net(x)
    model = get_peft_model(net, LoraConfig(init_lora_weights=True, lora_dropout=0.1, **config)).eval()
    with torch.no_grad():
        for name, p in model.named_parameters():
            if "lora_" in name:
                p.normal_(0, 0.5)
    y = model(x)
    folder = FOLDER / case
    model.save_pretrained(folder)
    (folder / "README.md").unlink()
    tensors = (folder / "adapter_model.safetensors").read_bytes()
    (folder / "adapter_model.safetensors").write_bytes(fixtures.sorted_header(tensors))
    stored = json.loads((folder / "adapter_config.json").read_text())
    stored["target_modules"] = sorted(stored["target_modules"])  # a set: in another order each time
    (folder / "adapter_config.json").write_text(json.dumps(stored, indent=2, sort_keys=True) + "\n")
    return model, {**base, "x": x, "base_y": base_y, "y": y}


def write(case, model, tensors, config):
    merged = {f"merged.{k}": v for k, v in model.merge_and_unload().state_dict().items()}
    fixtures.write("lora", case, {**tensors, **merged}, config, module="methods")


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


if __name__ == "__main__":
    shutil.rmtree(FOLDER, ignore_errors=True)
    torch.manual_seed(3)
    x = torch.randn(4, 2, 6, 6)
    model, tensors = adapted(Vision(), "vision", x, r=3, lora_alpha=6, target_modules=["conv", "0", "head"])
    write("vision", model, tensors, {})
    x = torch.randint(11, (5, 7))
    model, tensors = adapted(Text(), "text", x, r=2, lora_alpha=3, target_modules=["embedding", "fc"])
    write("text", copy.deepcopy(model), tensors, {})
    plus(model, x)
