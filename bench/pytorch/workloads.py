"""The workloads of dev.proteus.bench.Computation in PyTorch, as its users write them.

Times one in this process and prints a line of JSON; --check compares its result with the stored
one instead. Weights and data come from the file that the other side wrote with --store.
"""

import argparse
import json
import platform
import re
import resource
import statistics
import sys
import time

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import nn

import networks

ADDITIONS = 1000
ALPHA = 0.5
CORE_LR = 1e-3
NEW_TOKENS = 64
# The step whose result is compared, and the steps after which a workload starts afresh: as in
# Workload.java.
COMPARED = 3
FRESH = 200
TOLERANCE = 1e-4


class MixedBatchNorm(nn.Module):
    """Normalises by a mixture of the source's and the batch's statistics."""

    def __init__(self, source):
        super().__init__()
        self.source = source

    def forward(self, x):
        bn = self.source
        var, mean = torch.var_mean(x, dim=(0, 2, 3), correction=0)
        mean = torch.lerp(mean, bn.running_mean, ALPHA)
        var = torch.lerp(var, bn.running_var, ALPHA)
        if not torch.is_grad_enabled():
            return F.batch_norm(x, mean, var, bn.weight, bn.bias, eps=bn.eps)
        # batch_norm has no gradient for given statistics.
        scale = torch.rsqrt(var + bn.eps) * bn.weight
        shift = bn.bias - mean * scale
        return torch.addcmul(shift[:, None, None], x, scale[:, None, None])


def mix(net):
    for name, child in net.named_children():
        if isinstance(child, nn.BatchNorm2d):
            setattr(net, name, MixedBatchNorm(child))
        else:
            mix(child)


def network(make, values, inplace):
    net = make(inplace)
    prefix = "net."
    state = {k[len(prefix) :]: t for k, t in values.items() if k.startswith(prefix)}
    net.load_state_dict(state)
    return net


def training(values, inplace):
    net = network(networks.small, values, inplace).train()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    x, y = values["input"], values["target"]

    def step():
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
        return torch.tensor(loss.item())

    return step


def adaptation(values, inplace):
    net = network(networks.small, values, inplace).eval().requires_grad_(False)
    mix(net)
    x = values["input"]

    @torch.inference_mode()
    def step():
        return net(x)

    return step


def core_adaptation(values, inplace):
    net = network(networks.small, values, inplace).eval().requires_grad_(False)
    mix(net)
    norms = [m.source for m in net.modules() if isinstance(m, MixedBatchNorm)]
    affine = [p.requires_grad_() for bn in norms for p in bn.parameters()]
    optimizer = torch.optim.Adam(affine, lr=CORE_LR)
    x = values["input"]

    def step():
        optimizer.zero_grad()
        p = F.softmax(net(x), dim=1)
        (1 - p.square().sum(dim=1)).mean().backward()
        optimizer.step()
        with torch.no_grad():
            return net(x)

    return step


def inference(make):
    def start(values, inplace):
        net = network(make, values, inplace).eval()
        x = values["input"]

        @torch.inference_mode()
        def step():
            return net(x)

        return step

    return start


def vit_tiny(inplace):
    import timm  # takes seconds, and the others do not need it

    return timm.create_model("vit_tiny_patch16_224")


def lora_training(values, inplace):
    # Here, so that the other workloads need neither library.
    from peft import LoraConfig, get_peft_model
    from transformers import BertConfig, BertForSequenceClassification

    base = BertForSequenceClassification(
        BertConfig(
            hidden_size=384, num_hidden_layers=6, intermediate_size=1536, num_labels=10,
            hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
        )
    )
    net = get_peft_model(base, LoraConfig(r=8, lora_alpha=8, target_modules=["query", "value"]))
    prefix = "net."
    state = {
        "base_model.model." + re.sub(r"\.default\.(lora_[AB])\.", r".\1.default.", k[len(prefix) :]): t
        for k, t in values.items()
        if k.startswith(prefix)
    }
    net.load_state_dict(state)
    net.train()
    optimizer = torch.optim.AdamW([p for p in net.parameters() if p.requires_grad], lr=1e-3)
    x, y = values["input"], values["target"]

    def step():
        optimizer.zero_grad()
        loss = F.cross_entropy(net(input_ids=x).logits, y)
        loss.backward()
        optimizer.step()
        return torch.tensor(loss.item())

    return step


def additions(values, inplace):
    x = values["input"]
    one = torch.ones(1)

    def step():
        total = x
        for _ in range(ADDITIONS):
            total = total + one
        return total

    return step


def decoding(values, inplace):
    import transformers  # takes seconds, and the others do not need it

    config = transformers.GPT2Config(eos_token_id=None, bos_token_id=None)
    net = network(lambda _: transformers.GPT2LMHeadModel(config), values, inplace).eval()
    x = values["input"]
    mask = torch.ones_like(x)

    @torch.inference_mode()
    def step():
        ids = net.generate(x, attention_mask=mask, do_sample=False, max_new_tokens=NEW_TOKENS, pad_token_id=0)
        return ids[:, x.shape[1] :]

    return step


WORKLOADS = {
    "cnn-train": training,
    "bn-adapt": adaptation,
    "bn-adapt-core": core_adaptation,
    "bn-inference": inference(networks.small),
    "resnet50-infer": inference(networks.resnet50),
    "gpt2-decode": decoding,
    "vit-tiny-infer": inference(vit_tiny),
    "lora-train": lora_training,
    "op-add": additions,
}


def times(start, seconds):
    """Milliseconds of each step, for this long; at least one."""
    end = time.perf_counter() + seconds
    ms = []
    while not ms or time.perf_counter() < end:
        step = start()
        for _ in range(FRESH):
            t = time.perf_counter_ns()
            step()
            ms.append((time.perf_counter_ns() - t) / 1e6)
            if time.perf_counter() >= end:
                break
    return ms


def measure(name, start, variant, threads, seconds):
    times(start, seconds / 2)
    cpu = time.process_time()
    ms = times(start, seconds / 2)
    cpu_ms = (time.process_time() - cpu) * 1e3 / len(ms)
    lower, median, upper = statistics.quantiles(ms, n=4, method="inclusive") if ms[1:] else ms * 3
    return {
        "workload": name,
        "side": variant,
        "threads": threads,
        "steps": len(ms),
        "ms": median,
        "lower": lower,
        "upper": upper,
        "cpuMs": cpu_ms,
        "peakMb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
    }


def check(name, start, expected):
    step = start()
    for _ in range(COMPARED):
        result = step()
    scale = max(1.0, expected.abs().max().item())
    error = (result - expected).abs().max().item() / scale
    print(f"{name}: largest difference {error:.1e}", file=sys.stderr)
    if not error <= TOLERANCE:
        sys.exit(f"{name}: the two sides differ by {error}, more than {TOLERANCE}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=WORKLOADS)
    parser.add_argument("--data", required=True, help="the file that the other side stored")
    parser.add_argument("--threads", type=int, default=1, help="threads of one operator")
    parser.add_argument("--seconds", type=float, default=3, help="how long; half of it warms up")
    parser.add_argument("--inplace", action="store_true", help="ReLU in place")
    parser.add_argument("--check", action="store_true", help="compare the result, time nothing")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    values = load_file(args.data)

    def start():
        return WORKLOADS[args.name](values, args.inplace)

    if args.check:
        check(args.name, start, values["result"])
    else:
        variant = "pytorch-inplace" if args.inplace else "pytorch"
        print(json.dumps(measure(args.name, start, variant, args.threads, args.seconds)))


main()
