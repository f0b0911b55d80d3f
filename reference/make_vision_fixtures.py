"""Makes models' fixtures/vision: small image networks of transformers, timm and torchvision.

    python make_vision_fixtures.py

vit/<case>.safetensors: state.<name>, the tensors of the published file (what save_pretrained of
transformers, save_for_hf of timm or state_dict of torchvision gives); x, images; y, the last hidden
state of a base model, else the logits; pooled, if there is a pooler. Inference mode. Metadata
"type": the class or the function, "config": config.json as the library wrote it.
"""

import json
import pathlib
import tempfile
import zlib

import timm
import torch
import transformers
from safetensors.torch import load_file
from timm.models import save_for_hf

import fixtures


def seed(name):
    """Each case has its own numbers, whatever comes before it."""
    torch.manual_seed(zlib.crc32(name.encode()))


def stir(net):
    """Away from what initialisation makes equal: norms' ones, biases' zeros."""
    with torch.no_grad():
        for value in net.parameters():
            value.add_(0.2 * torch.randn(value.shape))
        for name, value in net.named_buffers():
            if name.endswith("running_mean"):
                value.add_(0.2 * torch.randn(value.shape))
            elif name.endswith("running_var"):
                value.mul_(1 + torch.rand(value.shape))
    return net.eval()


def saved(save):
    """The tensors and the configuration of a folder."""
    with tempfile.TemporaryDirectory() as folder:
        save(folder)
        config = json.loads((pathlib.Path(folder) / "config.json").read_text())
        state = load_file(pathlib.Path(folder) / "model.safetensors")
    return {f"state.{k}": v for k, v in state.items()}, config


def hugging_face(family, name, cls, config, x, **more):
    seed(name)
    net = stir(cls(config))
    tensors, stored = saved(net.save_pretrained)
    with torch.no_grad():
        out = net(x)
    tensors |= {"x": x, "y": out[0]}
    if getattr(out, "pooler_output", None) is not None:
        tensors["pooled"] = out.pooler_output
    fixtures.write(f"vision/{family}", name, tensors, stored, module="models", type=cls.__name__)


def of_timm(family, name, model, x, **arguments):
    seed(name)
    net = stir(timm.create_model(model, **arguments))
    tensors, stored = saved(lambda folder: save_for_hf(net, folder, safe_serialization=True))
    with torch.no_grad():
        y = net(x)
    fixtures.write(f"vision/{family}", name, tensors | {"x": x, "y": y}, stored, module="models", type=model)


def vit():
    shape = dict(hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=24, image_size=12,
                 patch_size=4, num_channels=2, num_labels=3)
    seed("x")
    x = torch.randn(3, 2, 12, 12)
    hf = transformers
    hugging_face("vit", "vit", hf.ViTModel, hf.ViTConfig(**shape), x)
    odd = shape | dict(qkv_bias=False, hidden_act="gelu_new", layer_norm_eps=1e-6, pooler_output_size=5, pooler_act="relu")
    hugging_face("vit", "vit_odd", hf.ViTModel, hf.ViTConfig(**odd), x)
    hugging_face("vit", "vit_classify", hf.ViTForImageClassification, hf.ViTConfig(**shape), x)
    hugging_face("vit", "deit", hf.DeiTModel, hf.DeiTConfig(**shape), x)
    hugging_face("vit", "deit_classify", hf.DeiTForImageClassification, hf.DeiTConfig(**shape), x)
    hugging_face("vit", "deit_teacher", hf.DeiTForImageClassificationWithTeacher, hf.DeiTConfig(**shape), x)
    small = dict(embed_dim=16, depth=2, num_heads=4, img_size=12, patch_size=4, in_chans=2, num_classes=3)
    of_timm("vit", "timm_vit", "vit_tiny_patch16_224", x, **small)
    of_timm("vit", "timm_avg", "vit_small_patch16_224", x, **small, global_pool="avg", mlp_ratio=2.5, qkv_bias=False)
    of_timm("vit", "timm_registers", "vit_base_patch16_224", x, **small, reg_tokens=3, class_token=False,
            global_pool="avg", fc_norm=False, no_embed_class=True)
    of_timm("vit", "timm_deit", "deit_tiny_patch16_224", x, **small)
    of_timm("vit", "timm_distilled", "deit_tiny_distilled_patch16_224", x, **small)
    of_timm("vit", "timm_deit3", "deit3_small_patch16_224", x[:, :, :8], **small | dict(img_size=(8, 12)))
    of_timm("vit", "timm_headless", "vit_tiny_patch16_224", x, **small | dict(num_classes=0))


if __name__ == "__main__":
    vit()
