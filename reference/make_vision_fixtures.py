"""Makes models' fixtures/vision: small image networks of transformers, timm and torchvision.

    python make_vision_fixtures.py

vit/<case>.safetensors: state.<name>, the tensors of the published file (what save_pretrained of
transformers, save_for_hf of timm or state_dict of torchvision gives); x, images; y, the last hidden
state of a base model, else the logits; pooled, if there is a pooler. Inference mode.

clip/<case>.safetensors: the same; x of text encoders is the ids [B,T], masked_y the output for ids
and mask; y of encoders with a projection the projected vectors; y of the whole the logits per image
for images x and texts ids.

resnet/, mobilenet/: y, the logits. Metadata "state": names and shapes, of which formula() gives the
values (but for counters, which are 0), in their order; "size": height and width of the images.
 Metadata
"type": the class or the function, "config": config.json as the library wrote it.
"""

import json
import math
import pathlib
import tempfile
import zlib

import timm
import torch
import torchvision
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


def formula(k, name, shape):
    """Values of the k-th tensor of a network that is too large to be stored: of hashed(k, 0..)."""
    n = math.prod(shape)
    i = torch.arange(1, n + 1, dtype=torch.float64)
    u = torch.frac(torch.sin(12.9898 * i + 78.233 * k) * 43758.5453).abs()
    if len(shape) > 1:
        u = (u - 0.5) * math.sqrt(12 * 2 * shape[0] / n)
    elif not name.endswith(("weight", "running_var")):
        u = u - 0.5
    else:
        u = 0.5 + u
    return u.reshape(shape).float()


def by_formula(family, name, net, size, stored, source):
    state = net.state_dict()
    shapes = [[key, list(t.shape)] for key, t in state.items() if not key.endswith("num_batches_tracked")]
    net.load_state_dict({key: formula(k, key, shape) for k, (key, shape) in enumerate(shapes)}, strict=False)
    x = formula(-1, "weight", [2, 3, size, size])
    with torch.no_grad():
        y = net.eval()(x)
    y = y if isinstance(y, torch.Tensor) else y.logits
    print(name, y.std().item())
    fixtures.write(f"vision/{family}", name, {"y": y}, stored, module="models", type=source,
                   state=json.dumps(shapes), size=str(size))


def resnet():
    def timm_case(name, model, **arguments):
        net = timm.create_model(model, num_classes=5, **arguments)
        by_formula("resnet", name, net, 40, saved(folder_of_timm(net))[1], model)

    thin = dict(channels=(16, 24, 32, 40), layers=(2, 1, 1, 1))
    timm_case("timm_18", "resnet18", channels=(16, 24, 32, 40))
    timm_case("timm_50", "resnet50", **thin)
    timm_case("timm_50d", "resnet50d", **thin)
    timm_case("timm_26t", "resnet26t", **thin)
    timm_case("timm_50s", "resnet50s", **thin)
    timm_case("timm_18d", "resnet18d", channels=(16, 24, 32, 40))
    timm_case("timm_wide", "wide_resnet50_2", **thin)
    timm_case("timm_next", "resnext50_32x4d", layers=(1, 1, 1, 1), channels=(64, 128, 64, 64))
    timm_case("timm_next_d", "resnext50d_32x4d", layers=(1, 1, 1, 1), channels=(64, 64, 64, 64))

    def torchvision_case(name, model, block, layers, **arguments):
        net = torchvision.models.resnet.ResNet(block, layers, num_classes=5, **arguments)
        stored = {"architecture": model, "num_classes": 5, "model_args": {"layers": layers}}
        by_formula("resnet", name, net, 40, stored, model)

    blocks = torchvision.models.resnet
    torchvision_case("torchvision_34", "resnet34", blocks.BasicBlock, [1, 1, 1, 1])
    torchvision_case("torchvision_next", "resnext50_32x4d", blocks.Bottleneck, [1, 1, 1, 1], groups=32, width_per_group=4)

    def transformers_case(name, **arguments):
        config = transformers.ResNetConfig(num_labels=5, embedding_size=16, depths=[2, 1, 1], **arguments)
        net = transformers.ResNetForImageClassification(config)
        stored = saved(net.save_pretrained)[1]
        by_formula("resnet", name, net, 40, stored, "ResNetForImageClassification")

    transformers_case("transformers_bottleneck", hidden_sizes=[32, 48, 64])
    transformers_case("transformers_basic", hidden_sizes=[16, 24, 32], layer_type="basic")


def mobilenet():
    for model in ["mobilenetv3_small_050", "mobilenetv3_small_075", "mobilenetv3_small_100", "mobilenetv3_large_075",
                  "mobilenetv3_large_100"]:
        net = timm.create_model(model, num_classes=5)
        by_formula("mobilenet", model, net, 48, saved(folder_of_timm(net))[1], model)
    for model in ["mobilenet_v3_small", "mobilenet_v3_large"]:
        net = getattr(torchvision.models, model)(num_classes=5)
        by_formula("mobilenet", model, net, 48, {"architecture": model, "num_classes": 5}, model)


def preprocessing():
    """images/<case>: bytes of a tall and a wide image, and what the processors make of them."""
    seed("images")
    smooth = torch.nn.functional.interpolate(torch.rand(2, 3, 7, 9), size=(40, 40), mode="bicubic").clamp(0, 1)
    images = {"tall": smooth[:1, :, :, :27].mul(255).round().byte(), "wide": smooth[1:, :, :25].mul(255).round().byte()}
    small = {"height": 16, "width": 12}
    processors = {
        "vit": transformers.ViTImageProcessor(size=small),
        "vit_bicubic": transformers.ViTImageProcessor(size={"height": 48, "width": 50}, resample=3, do_normalize=False),
        "deit": transformers.DeiTImageProcessor(size={"height": 18, "width": 20}, crop_size={"height": 16, "width": 15}),
        "clip": transformers.CLIPImageProcessor(size={"shortest_edge": 16}, crop_size={"height": 15, "width": 16}),
        "convnext": transformers.ConvNextImageProcessor(size={"shortest_edge": 14}, crop_pct=0.875),
        "plain": transformers.ViTImageProcessor(do_resize=False, image_mean=[0.1, 0.2, 0.3], image_std=[0.5, 0.6, 0.7]),
    }
    for name, processor in processors.items():
        with tempfile.TemporaryDirectory() as folder:
            processor.save_pretrained(folder)
            stored = json.loads((pathlib.Path(folder) / "preprocessor_config.json").read_text())
        made = {f"{k}_y": processor(v[0], return_tensors="pt").pixel_values for k, v in images.items()}
        fixtures.write("vision/images", name, images | made, stored, module="models", type="preprocessor_config")
    for name, arguments in {
        "timm_center": dict(crop_pct=0.875, interpolation="bicubic"),
        "timm_squash": dict(crop_pct=0.9, crop_mode="squash", interpolation="bilinear"),
        "timm_oblong": dict(crop_pct=1.0, interpolation="bicubic", input_size=(3, 16, 12)),
    }.items():
        cfg = dict(input_size=(3, 15, 15), mean=(0.4, 0.5, 0.6), std=(0.2, 0.3, 0.4)) | arguments
        transform = timm.data.create_transform(**cfg)
        pil = {k: torchvision.transforms.functional.to_pil_image(v[0]) for k, v in images.items()}
        made = {f"{k}_y": transform(v)[None] for k, v in pil.items()}
        fixtures.write("vision/images", name, images | made, {"pretrained_cfg": cfg}, module="models", type="timm")


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


def folder_of_timm(net):
    return lambda folder: save_for_hf(net, folder, safe_serialization=True)


def of_timm(family, name, model, x, **arguments):
    seed(name)
    net = stir(timm.create_model(model, **arguments))
    tensors, stored = saved(folder_of_timm(net))
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
    resnet()
    mobilenet()
    preprocessing()
