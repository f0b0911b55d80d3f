"""Makes models' fixtures/causal: small causal language models of transformers, with random weights, and
what they write.

    python make_causal_fixtures.py

<case>.safetensors: state.<name>, the state dict; ids and mask of a batch padded on the right; y, the
output (hidden states, logits) for it; alone, the output for the first ids without a mask. A language
model has prompt and prompt_mask, a batch padded on the left, and what generate makes of it, without the
prompt: greedy; penalised, greedy with a repetition penalty; stopped, greedy with the second token of the first
text's continuation as the end, and 0 as padding. Inference mode. Metadata "type": the class, "config": its config.json.

logits.safetensors: logits and ids, and what transformers' processors make of them.
"""

import copy

import torch
import transformers
from transformers.generation import logits_process as processors

import fixtures

VOCAB = 60
PENALTY = 1.3

GPT2 = dict(vocab_size=VOCAB, n_positions=32, n_embd=16, n_layer=2, n_head=4)
LLAMA = dict(vocab_size=VOCAB, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4,
             num_key_value_heads=2, max_position_embeddings=64)


def generate(net, ids, mask, **more):
    net = copy.deepcopy(net)  # with dynamic rotary scaling a network remembers longer texts
    more = dict(do_sample=False, max_new_tokens=10, eos_token_id=None, pad_token_id=0) | more
    return net.generate(ids, attention_mask=mask, **more)[:, ids.shape[1]:]


def randomise(net):
    """Away from what initialisation makes equal or nearly so: no ones, no zeros, no flat logits."""
    with torch.no_grad():
        for key, value in net.named_parameters():
            value.add_(0.3 * torch.randn(value.shape))


def case(name, cls, config):
    torch.manual_seed(5)
    net = cls(config).eval()
    randomise(net)
    ids = torch.randint(1, VOCAB, (3, 9))
    mask = torch.ones_like(ids)
    mask[1, 6:] = 0
    mask[2, 1:] = 0
    ids = ids * mask
    with torch.no_grad():
        y = copy.deepcopy(net)(ids, attention_mask=mask)[0]
        alone = copy.deepcopy(net)(ids[:1])[0]
    tensors = {f"state.{k}": v for k, v in net.state_dict().items()}
    if config.tie_word_embeddings:
        tensors.pop("state.lm_head.weight", None)
    tensors |= {"ids": ids, "mask": mask, "y": y, "alone": alone}
    if hasattr(net, "lm_head"):
        ids = torch.randint(1, VOCAB, (3, 7))
        mask = torch.ones_like(ids)
        mask[1, :4] = 0
        mask[2, :2] = 0
        ids = ids * mask
        greedy = generate(net, ids, mask)
        tensors |= {"prompt": ids, "prompt_mask": mask, "greedy": greedy}
        tensors["penalised"] = generate(net, ids, mask, repetition_penalty=PENALTY)
        tensors["stopped"] = generate(net, ids, mask, eos_token_id=greedy[0, 1].item())
    saved = config.to_diff_dict() | {"architectures": [cls.__name__]}
    fixtures.write("causal", name, tensors, saved, module="models", type=cls.__name__)


def family(prefix, name, config):
    """The three networks of a configuration."""
    case(name, getattr(transformers, f"{prefix}ForCausalLM"), config)
    case(f"{name}_base", getattr(transformers, f"{prefix}Model"), config)
    config.pad_token_id = 0
    config.num_labels = 3
    case(f"{name}_classifier", getattr(transformers, f"{prefix}ForSequenceClassification"), config)


def gpt2():
    def config(**more):
        return transformers.GPT2Config(**GPT2, **more)

    case("gpt2", transformers.GPT2LMHeadModel, config())
    case("gpt2_untied", transformers.GPT2LMHeadModel, config(tie_word_embeddings=False, n_inner=20))
    case("gpt2_scaled", transformers.GPT2LMHeadModel,
         config(scale_attn_by_inverse_layer_idx=True, activation_function="relu"))
    case("gpt2_base", transformers.GPT2Model, config())
    case("gpt2_classifier", transformers.GPT2ForSequenceClassification, config(pad_token_id=0, num_labels=3))


def llama():
    def rope(name, **parameters):
        config = transformers.LlamaConfig(**LLAMA | dict(rope_parameters=dict(rope_theta=500.0, **parameters)))
        case(name, transformers.LlamaForCausalLM, config)

    family("Llama", "llama", transformers.LlamaConfig(**LLAMA))
    case("llama_tied", transformers.LlamaForCausalLM, transformers.LlamaConfig(**LLAMA, tie_word_embeddings=True))
    case("llama_bias", transformers.LlamaForCausalLM, transformers.LlamaConfig(
        **LLAMA | dict(attention_bias=True, mlp_bias=True, head_dim=6, num_key_value_heads=4)))
    rope("llama_linear", rope_type="linear", factor=4.0)
    rope("llama_llama3", rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
         original_max_position_embeddings=16)
    rope("llama_yarn", rope_type="yarn", factor=4.0, original_max_position_embeddings=16)
    rope("llama_yarn_scaled", rope_type="yarn", factor=4.0, original_max_position_embeddings=16, beta_fast=4.0,
         beta_slow=2.0, mscale=0.8, mscale_all_dim=0.5, truncate=False)
    # longer than the training at once, and growing past it while writing
    short = LLAMA | dict(rope_parameters=dict(rope_type="dynamic", factor=3.0, rope_theta=500.0))
    for length in (6, 12):
        config = transformers.LlamaConfig(**short | dict(max_position_embeddings=length))
        case(f"llama_dynamic_{length}", transformers.LlamaForCausalLM, config)


def mistral():
    # a window shorter than the prompt, and none
    family("Mistral", "mistral", transformers.MistralConfig(**LLAMA, sliding_window=4))
    case("mistral_full", transformers.MistralForCausalLM, transformers.MistralConfig(**LLAMA, sliding_window=None))


def qwen():
    family("Qwen2", "qwen2", transformers.Qwen2Config(**LLAMA))
    case("qwen2_window", transformers.Qwen2ForCausalLM, transformers.Qwen2Config(
        **LLAMA, use_sliding_window=True, sliding_window=3, max_window_layers=1))
    family("Qwen3", "qwen3", transformers.Qwen3Config(**LLAMA, head_dim=8, tie_word_embeddings=True))
    case("qwen3_layer_types", transformers.Qwen3ForCausalLM, transformers.Qwen3Config(
        **LLAMA, head_dim=8, use_sliding_window=True, sliding_window=3, attention_bias=True,
        layer_types=["sliding_attention", "full_attention"]))


def logits():
    torch.manual_seed(3)
    logits = 3 * torch.randn(4, 30)
    logits[0, 7] = logits[0].max()  # two that are equally large
    ids = torch.randint(0, 30, (4, 6))
    top_p = processors.TopPLogitsWarper(0.8)
    of = {
        # temperature, top-k, top-p, in the order of generate
        "together": lambda i, x: top_p(i, processors.TopKLogitsWarper(12)(i, processors.TemperatureLogitsWarper(1.7)(i, x))),
        "top_k": processors.TopKLogitsWarper(5),
        "top_k_all": processors.TopKLogitsWarper(50),
        "top_p": top_p,
        "top_p_one": processors.TopPLogitsWarper(0.01),
        "penalty": processors.RepetitionPenaltyLogitsProcessor(PENALTY),
    }
    made = {name: process(ids, logits.clone()) for name, process in of.items()}
    fixtures.write("sampling", "logits", {"logits": logits, "ids": ids} | made, {}, module="models")


if __name__ == "__main__":
    gpt2()
    llama()
    mistral()
    qwen()
    logits()
