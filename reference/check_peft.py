"""Checks that adapter folders go from Python's PEFT to Proteus and back with the same outputs.

    python check_peft.py write DIR
    mvn -pl models -am test -Dquick -Dtest=PeftExchangeTest -Dsurefire.failIfNoSpecifiedTests=false -Dproteus.peft=DIR
    python check_peft.py read DIR

    python check_peft.py store

write: tiny BERT, GPT-2, Llama (transformers) and ResNet networks with random weights in
DIR/<network>/model, and for each case of CASES an adapter with random values in
DIR/<network>/python/<case>, with its input x and output y in <case>.safetensors next to it. The Java
test compares these, and writes its own to DIR/<network>/java. read: loads those with PEFT, compares, and
prints a table; exit code 1 if an output differs by more than 1e-4 of the largest. store: writes the
cases STORED to models' fixtures/peft, which the Java test reads where it is given no folder.
"""

import copy
import json
import pathlib
import shutil
import sys
import warnings

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    BertConfig,
    BertForSequenceClassification,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
)

import fixtures

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "bench" / "pytorch"))
import networks  # noqa: E402

TOLERANCE = 1e-4
PT = {"format": "pt"}
BERT = dict(
    vocab_size=50, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
    max_position_embeddings=32, num_labels=3,
)
GPT2 = dict(vocab_size=50, n_embd=16, n_layer=2, n_head=2, n_positions=32)
LLAMA = dict(
    vocab_size=50, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1,
    intermediate_size=32, max_position_embeddings=32, tie_word_embeddings=False,
)
SEQ, LM = dict(task_type="SEQ_CLS"), dict(task_type="CAUSAL_LM")
CASES = {
    "bert": {
        "plain": dict(**SEQ, target_modules=["query", "value"]),
        "head": dict(**SEQ, target_modules=["query"], modules_to_save=["pooler"]),
        "patterns": dict(
            r=4, use_rslora=True, target_modules=["query", "dense"],
            rank_pattern={r"layer.1.attention.self.query": 2, "pooler.dense": 3}, alpha_pattern={"dense": 5},
        ),
        "dora": dict(**SEQ, use_dora=True, target_modules=["query", "output.dense"]),
        "embedding": dict(target_modules=["word_embeddings", "key"]),
        "dora_embedding": dict(use_dora=True, target_modules=["word_embeddings", "key"]),
        "bias_only": dict(bias="lora_only", target_modules=["query"]),
        "bias_all": dict(**SEQ, bias="all", target_modules=["query"]),
        "lora_bias": dict(lora_bias=True, target_modules=["value"]),
        "all_linear": dict(**SEQ, target_modules="all-linear"),
        "regex": dict(target_modules=r".*layer\.\d\.attention.*\.(query|value)", exclude_modules=["0.attention.self.value"]),
        "layers": dict(target_modules=["query", "dense"], layers_to_transform=[1], layers_pattern="layer"),
    },
    "gpt2": {
        "plain": dict(**LM, target_modules=["c_attn"]),
        "dora": dict(**LM, use_dora=True, fan_in_fan_out=True, target_modules=["c_attn", "c_proj"]),
        "bias_only": dict(**LM, bias="lora_only", fan_in_fan_out=True, target_modules=["c_fc"]),
        "embedding": dict(**LM, target_modules=["wte", "c_fc"]),
        "all_linear": dict(**LM, use_rslora=True, target_modules="all-linear"),
        "untied_head": dict(**LM, target_modules=["c_fc"], modules_to_save=["ln_f"]),
    },
    "llama": {
        "plain": dict(**LM, target_modules=["q_proj", "v_proj"]),
        "embedding": dict(**LM, target_modules=["embed_tokens", "q_proj"]),
        "head": dict(**LM, target_modules="all-linear", modules_to_save=["lm_head"]),
    },
    "resnet": {
        "plain": dict(target_modules=["conv1", "conv2"]),
        "dora": dict(use_dora=True, target_modules=["conv2", "downsample.0"], rank_pattern={"layer2.0.conv2": 2}),
        "head": dict(target_modules=["conv1"], modules_to_save=["fc", "layer3.0.bn1"]),
        "bias_all": dict(target_modules=["conv2"], bias="all"),
    },
}
STORED = {"bert": ["plain", "bias_all", "dora"], "gpt2": ["dora", "embedding"], "llama": ["embedding", "head"]}


def base(name, folder):
    if name == "resnet":
        net = networks.small(False)
        net.load_state_dict(load_file(folder / "model.safetensors"))
        return net.eval()
    kind = AutoModelForSequenceClassification if name == "bert" else AutoModelForCausalLM
    return kind.from_pretrained(folder).eval()


def fresh(name):
    if name == "resnet":
        net = networks.small(False)
        for m in net.modules():
            if isinstance(m, nn.BatchNorm2d):
                m.running_mean.normal_(0, 0.3)
                m.running_var.uniform_(0.5, 2)
        return net
    kinds = {
        "bert": lambda: BertForSequenceClassification(BertConfig(**BERT)),
        "gpt2": lambda: GPT2LMHeadModel(GPT2Config(**GPT2)),
        "llama": lambda: LlamaForCausalLM(LlamaConfig(**LLAMA)),
    }
    return kinds[name]()


def randomise(net):
    with torch.no_grad():
        for p in net.parameters():
            p.add_(0.1 * torch.randn_like(p))


def example(name):
    return torch.randn(3, 1, 28, 28) if name == "resnet" else torch.randint(1, 50, (3, 9))


def output(model, x):
    with torch.no_grad():
        y = model(x)
    return y if isinstance(y, torch.Tensor) else y.logits


def tidy(folder):
    """The same bytes each time."""
    for file in sorted(folder.rglob("*")):
        if file.name == "README.md":
            file.unlink()
        elif file.suffix == ".safetensors":
            file.write_bytes(fixtures.sorted_header(file.read_bytes()))
        elif file.name == "adapter_config.json":
            stored = json.loads(file.read_text())
            for key in ("target_modules", "exclude_modules"):
                if isinstance(stored[key], list):
                    stored[key] = sorted(stored[key])
            stored["base_model_name_or_path"] = None
            file.write_text(json.dumps(stored, indent=2, sort_keys=True))


def write(root, cases):
    torch.manual_seed(5)
    for name, cases in cases.items():
        folder = root / name / "model"
        folder.mkdir(parents=True)
        net = fresh(name)
        randomise(net)
        if name == "resnet":
            save_file(net.state_dict(), folder / "model.safetensors", PT)
        else:
            net.save_pretrained(folder)
        x = example(name)
        save_file({"x": x, "y": output(net.eval(), x)}, root / name / "base.safetensors", PT)
        for case, config in cases.items():
            config = {"r": 3, "lora_alpha": 4, **config}
            model = get_peft_model(base(name, folder), LoraConfig(**config)).eval()
            with torch.no_grad():
                for key, p in model.named_parameters():
                    if p.requires_grad:
                        p.copy_(p * (1 + 0.2 * torch.rand_like(p)) if "magnitude" in key else p + 0.2 * torch.randn_like(p))
            target = root / name / "python" / case
            model.save_pretrained(target)
            save_file({"x": x, "y": output(model, x)}, target.parent / f"{case}.safetensors", PT)


def read(root):
    worst = 0
    for name in CASES:
        for file in sorted((root / name / "java").glob("*.safetensors")):
            tensors = load_file(file)
            net = base(name, root / name / "model")
            before = output(net, tensors["x"])
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                model = PeftModel.from_pretrained(copy.deepcopy(net), file.parent / file.stem).eval()
            told = [str(w.message) for w in caught if "missing" in str(w.message) or "unexpected" in str(w.message)]
            y = output(model, tensors["x"])
            scale = tensors["y"].abs().max().item()
            error = (y - tensors["y"]).abs().max().item() / scale
            change = (y - before).abs().max().item() / scale
            worst = max(worst, error, 1 if told or change < 1e-3 else 0)
            print(f"{name:8} {file.stem:16} difference {error:.1e}, change {change:.2f} {' '.join(told)}")
    sys.exit(worst > TOLERANCE)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    action = sys.argv[1]
    stored = {name: {case: CASES[name][case] for case in cases} for name, cases in STORED.items()}
    root = fixtures.folder_of("models") / "peft" if action == "store" else pathlib.Path(sys.argv[2])
    if action == "read":
        read(root)
    else:
        shutil.rmtree(root, ignore_errors=True)
        write(root, CASES if action == "write" else stored)
        tidy(root)
