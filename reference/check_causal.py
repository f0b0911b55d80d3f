"""Checks that transformers reads a language model's folder that Proteus wrote, and computes the same.

    proteus tune --task causal-lm --data TEXT --output FOLDER --json > tuned.json
    proteus generate --model FOLDER --prompt "…" --json > written.json
    python check_causal.py FOLDER TEXT tuned.json written.json

Compares the perplexity of the held-out end of TEXT (the last tenth of its tokens, in whole blocks) to
1e-4, and the greedy continuations token for token.
"""

import json
import math
import sys

import torch
import transformers

folder, text_file, tuned_file, written_file = sys.argv[1:]
tuned = json.load(open(tuned_file))
written = json.load(open(written_file))
net = transformers.AutoModelForCausalLM.from_pretrained(folder).eval()
tokenizer = transformers.AutoTokenizer.from_pretrained(folder)

lines = open(text_file, encoding="utf-8").read().splitlines()
ids = tokenizer("\n".join(lines) + "\n", add_special_tokens=False)["input_ids"]
held = ids[round(len(ids) * 0.9) :]
context = tuned["context"]
blocks = (len(held) - 1) // context
x = torch.tensor(held[: blocks * context]).reshape(blocks, context)
y = torch.tensor(held[1 : blocks * context + 1]).reshape(blocks, context)
with torch.no_grad():
    losses = [torch.nn.functional.cross_entropy(net(a[None]).logits[0], b) for a, b in zip(x, y)]
perplexity = math.exp(torch.stack(losses).mean())
print(f"perplexity: transformers {perplexity:.6f}, Proteus {tuned['after']:.6f}")
assert abs(perplexity / tuned["after"] - 1) < 1e-4

for w in written["texts"]:
    prompt = tokenizer(w["prompt"], return_tensors="pt", add_special_tokens=False)
    n = len(tokenizer(w["text"], add_special_tokens=False)["input_ids"])
    out = net.generate(**prompt, max_new_tokens=n, do_sample=False, pad_token_id=tokenizer.eos_token_id)
    text = tokenizer.decode(out[0, prompt["input_ids"].shape[1] :], skip_special_tokens=True)
    print(f"{w['prompt']!r} -> {text!r}")
    assert text == w["text"], f"Proteus: {w['text']!r}"
print("equal")
