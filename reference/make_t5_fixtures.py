"""Makes models' fixtures/t5: small T5 and T5 v1.1 models of transformers, with random weights.

    python make_t5_fixtures.py

<case>.safetensors: state.<name>, the state dict; ids and mask of a padded source; y, the last hidden
state of an encoder, or the decoder's for target and target_mask, or the logits for them; labels and
shifted, what the decoder is given for them; generated, 12 new tokens by greedy search with the end
token, and padding after it. Inference mode. Metadata "type": the class, "config": its config.json.

buckets.safetensors: <bidirectional>_<buckets>_<max distance> for the distances -300 .. 300.
"""

import torch
import transformers
from transformers.models.t5.modeling_t5 import T5Attention

import fixtures

SHAPE = dict(vocab_size=40, d_model=16, d_kv=6, d_ff=24, num_layers=2, num_heads=4,
             relative_attention_num_buckets=8, relative_attention_max_distance=12, decoder_start_token_id=0)
NEW_TOKENS = 12


def mask_of(lengths, longest):
    return (torch.arange(longest)[None] < torch.tensor(lengths)[:, None]).long()


def case(name, cls, config, untied=False):
    net = cls(config).eval()
    with torch.no_grad():
        # Strong, lest greedy search repeat one token for ever; but weak where softmax would make much of
        # float32's rounding.
        for key, value in net.named_parameters():
            value.add_((0.1 if key.endswith((".q.weight", ".k.weight")) else 0.7) * torch.randn(value.shape))
        if untied:
            # This version of transformers ties new networks, and keeps heads of files that differ.
            net.lm_head.weight = torch.nn.Parameter(torch.randn(net.lm_head.weight.shape))
    mask = mask_of([17, 9, 4], 17)
    ids = torch.randint(2, 40, mask.shape) * mask
    target_mask = mask_of([7, 7, 4], 7)
    target = torch.randint(2, 40, target_mask.shape) * target_mask
    tensors = {"ids": ids, "mask": mask}
    with torch.no_grad():
        if cls is transformers.T5EncoderModel:
            tensors["y"] = net(ids, attention_mask=mask)[0]
        else:
            tensors |= {"target": target, "target_mask": target_mask}
            tensors["y"] = net(ids, attention_mask=mask, decoder_input_ids=target, decoder_attention_mask=target_mask)[0]
        if cls is transformers.T5ForConditionalGeneration:
            labels = target.masked_fill(target_mask == 0, -100)
            tensors |= {"labels": labels, "shifted": net._shift_right(labels)}
            # The end token is one that greedy search writes in one text but not in all.
            free = net.generate(ids, attention_mask=mask, max_new_tokens=NEW_TOKENS, do_sample=False,
                                eos_token_id=None)[:, 1:]
            end = next(t for t in free[:, 3:].flatten().tolist() if not all(t in row for row in free.tolist()))
            tensors["end"] = torch.tensor([end])
            tensors["generated"] = net.generate(ids, attention_mask=mask, max_new_tokens=NEW_TOKENS, do_sample=False,
                                                eos_token_id=end, pad_token_id=0)[:, 1:]
    tensors |= {f"state.{k}": v for k, v in net.state_dict().items()}
    saved = config.to_diff_dict() | {"architectures": [cls.__name__]}
    fixtures.write("t5", name, tensors, saved, module="models", type=cls.__name__)


def buckets():
    distances = torch.arange(-300, 301)
    tensors = {}
    for both in (True, False):
        for n, most in ((32, 128), (8, 12), (16, 1000)):
            key = f"{str(both).lower()}_{n}_{most}"
            tensors[key] = T5Attention._relative_position_bucket(distances, both, n, most)
    fixtures.write("t5buckets", "buckets", tensors, {}, module="models")


if __name__ == "__main__":
    torch.manual_seed(3)
    # Generation with a decoder of another depth fails in this version of transformers.
    deeper = transformers.T5Config(**SHAPE, num_decoder_layers=3)
    t5 = transformers.T5Config(**SHAPE)
    v1_1 = transformers.T5Config(**SHAPE, feed_forward_proj="gated-gelu", tie_word_embeddings=False)
    case("t5", transformers.T5Model, deeper)
    case("t5_encoder", transformers.T5EncoderModel, transformers.T5Config(**SHAPE))
    case("t5_generation", transformers.T5ForConditionalGeneration, t5)
    case("v1_1", transformers.T5Model, v1_1)
    case("v1_1_generation", transformers.T5ForConditionalGeneration, v1_1, untied=True)
    case("gated_silu", transformers.T5ForConditionalGeneration,
         transformers.T5Config(**SHAPE, feed_forward_proj="gated-silu"))
    buckets()
