"""Makes models' fixtures/bert: small text encoders of transformers, with random weights.

    python make_bert_fixtures.py

<case>.safetensors: state.<name>, the state dict; ids, mask and types of a batch with padding and
pairs; y, the last hidden state of a base model, else the logits; pooled, if there is a pooler; alone,
y for the first ids without mask and types. Inference mode. Metadata "type": the class, "config": its
config.json.
"""

import torch
import transformers

import fixtures

BERT = dict(vocab_size=50, hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=24,
            max_position_embeddings=16, type_vocab_size=2)
ROBERTA = BERT | dict(type_vocab_size=1, layer_norm_eps=1e-5)
DISTIL = dict(vocab_size=50, dim=16, n_layers=2, n_heads=4, hidden_dim=24, max_position_embeddings=16)


def batch(pad, types):
    """Three texts of 9, 6 and 1 tokens; the first and the second are pairs."""
    ids = torch.randint(5, 50, (3, 9))
    mask = torch.ones_like(ids)
    mask[1, 6:] = 0
    mask[2, 1:] = 0
    second = torch.zeros_like(ids)
    if types > 1:
        second[0, 5:] = 1
        second[1, 4:6] = 1
    return ids.masked_fill(mask == 0, pad), mask, second


def case(name, cls, config):
    net = cls(config).eval()
    with torch.no_grad():
        # Away from what initialisation makes equal: norms' ones, biases' zeros.
        for key, value in net.named_parameters():
            value.add_(0.2 * torch.randn(value.shape))
    ids, mask, types = batch(config.pad_token_id, getattr(config, "type_vocab_size", 0))
    more = {} if config.model_type == "distilbert" else {"token_type_ids": types}
    with torch.no_grad():
        out = net(ids, attention_mask=mask, **more)
        alone = net(ids[:1])[0]
    tensors = {f"state.{k}": v for k, v in net.state_dict().items()}
    tensors |= {"ids": ids, "mask": mask, "types": types, "y": out[0], "alone": alone}
    if getattr(out, "pooler_output", None) is not None:
        tensors["pooled"] = out.pooler_output
    saved = config.to_diff_dict() | {"architectures": [cls.__name__]}
    fixtures.write("bert", name, tensors, saved, module="models", type=cls.__name__)


if __name__ == "__main__":
    torch.manual_seed(11)
    bert = transformers.BertConfig(**BERT)
    case("bert", transformers.BertModel, bert)
    case("bert_gelu_new", transformers.BertModel, transformers.BertConfig(**BERT, hidden_act="gelu_new"))
    case("bert_sequence", transformers.BertForSequenceClassification, transformers.BertConfig(**BERT, num_labels=3))
    case("bert_token", transformers.BertForTokenClassification, transformers.BertConfig(**BERT, num_labels=5))
    case("bert_masked_lm", transformers.BertForMaskedLM, bert)
    case("bert_masked_lm_untied", transformers.BertForMaskedLM,
         transformers.BertConfig(**BERT, tie_word_embeddings=False))
    roberta = transformers.RobertaConfig(**ROBERTA)
    case("roberta", transformers.RobertaModel, roberta)
    case("roberta_sequence", transformers.RobertaForSequenceClassification,
         transformers.RobertaConfig(**ROBERTA, num_labels=3))
    case("roberta_token", transformers.RobertaForTokenClassification, roberta)
    case("roberta_masked_lm", transformers.RobertaForMaskedLM, roberta)
    distil = transformers.DistilBertConfig(**DISTIL)
    case("distilbert", transformers.DistilBertModel, distil)
    case("distilbert_sequence", transformers.DistilBertForSequenceClassification,
         transformers.DistilBertConfig(**DISTIL, num_labels=3))
    case("distilbert_token", transformers.DistilBertForTokenClassification, distil)
    case("distilbert_masked_lm", transformers.DistilBertForMaskedLM, distil)
