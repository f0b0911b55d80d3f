"""Makes models' fixtures/vision: small image networks of transformers, timm and torchvision.

    python make_vision_fixtures.py

vit/<case>.safetensors: state.<name>, the tensors of the published file (what save_pretrained of
transformers, save_for_hf of timm or state_dict of torchvision gives); x, images; y, the last hidden
state of a base model, else the logits; pooled, if there is a pooler. Inference mode.

clip/<case>.safetensors: the same; x of text encoders is the ids [B,T], masked_y the output for ids
and mask; y of encoders with a projection the projected vectors; y of the whole the logits per image
for images x and texts ids.
 Metadata
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


def clip_case(name, cls, config, run):
    seed(name)
    net = stir(cls(config))
    tensors, stored = saved(net.save_pretrained)
    with torch.no_grad():
        tensors |= run(net)
    fixtures.write("vision/clip", name, tensors, stored, module="models", type=cls.__name__)


def clip():
    hf = transformers
    shape = dict(hidden_size=12, num_hidden_layers=2, num_attention_heads=3, intermediate_size=20, projection_dim=5)
    text = shape | dict(vocab_size=30, max_position_embeddings=9, eos_token_id=28)
    vision = shape | dict(image_size=12, patch_size=4, num_channels=2)
    seed("texts")
    # 29 is above the end of text, so that the two rules of pooling differ.
    ids = torch.tensor([[27, 3, 29, 28, 28, 28, 28], [27, 5, 6, 7, 4, 9, 28], [27, 28, 1, 28, 3, 2, 29]])
    mask = torch.tensor([[1, 1, 1, 1, 0, 0, 0], [1, 1, 1, 1, 1, 1, 1], [1, 1, 0, 0, 0, 0, 0]])
    x = torch.randn(3, 2, 12, 12)

    def of_text(net):
        out, masked = net(ids), net(ids, attention_mask=mask)
        return {"x": ids, "mask": mask, "y": out[0], "masked_y": masked[0]} | (
            {"pooled": out.pooler_output} if "pooler_output" in out else {}
        )

    def of_image(net):
        out = net(x)
        return {"x": x, "y": out[0]} | ({"pooled": out.pooler_output} if "pooler_output" in out else {})

    def of_both(net):
        out = net(input_ids=ids, attention_mask=mask, pixel_values=x)
        text, image = net.get_text_features(ids, attention_mask=mask), net.get_image_features(x)
        return {"x": x, "ids": ids, "mask": mask, "logits": out.logits_per_image, "text": text.pooler_output,
                "y": image.pooler_output}

    clip_case("text", hf.CLIPTextModel, hf.CLIPTextConfig(**text), of_text)
    early = hf.CLIPTextConfig(**text | dict(eos_token_id=2, hidden_act="gelu"))
    clip_case("text_early", hf.CLIPTextModel, early, of_text)
    clip_case("text_projection", hf.CLIPTextModelWithProjection, hf.CLIPTextConfig(**text), of_text)
    clip_case("vision", hf.CLIPVisionModel, hf.CLIPVisionConfig(**vision), of_image)
    clip_case("vision_projection", hf.CLIPVisionModelWithProjection, hf.CLIPVisionConfig(**vision), of_image)
    both = hf.CLIPConfig(text_config=text, vision_config=vision | dict(hidden_size=8, num_attention_heads=2),
                         projection_dim=6, logit_scale_init_value=1.5)
    clip_case("clip", hf.CLIPModel, both, of_both)
    both = hf.CLIPConfig(text_config=text, vision_config=vision, num_labels=3)
    clip_case("classify", hf.CLIPForImageClassification, both, of_image)


if __name__ == "__main__":
    vit()
    clip()
