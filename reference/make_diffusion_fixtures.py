"""Makes models' fixtures/diffusion: diffusers' U-Nets, schedulers and sampling loops at work.

    python make_diffusion_fixtures.py

unet/<case>.safetensors: state.<name> with random weights, x, t, the conditions labels, states and
mask where the network takes them, and y. Metadata "config" is the config.json.

scheduler/<case>.safetensors: left, the table alphas_cumprod; timesteps of 5 steps; x and output,
given to each; noise.<i> and result.<i> of step i; images, e, t, noisy and velocity of adding noise.
Metadata "config" is the scheduler_config.json, "eta" DDIM's.

loop/<case>.safetensors: state.<name>, noise, labels, unconditional labels, and y after 5 steps of DDIM
with guidance. Metadata "config" is {unet, scheduler, scale}.
"""

import json

import torch
from diffusers import DDIMScheduler, DDPMScheduler, UNet2DConditionModel, UNet2DModel

import fixtures

SMALL = dict(sample_size=16, block_out_channels=(8, 12), norm_num_groups=4, layers_per_block=1)
PLAIN = dict(down_block_types=("DownBlock2D", "AttnDownBlock2D"), up_block_types=("AttnUpBlock2D", "UpBlock2D"))
CROSS = dict(down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
             up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"), cross_attention_dim=8, attention_head_dim=4)


def random(net):
    """Other weights than those of a fresh network, whose norms do nothing."""
    with torch.no_grad():
        for p in net.parameters():
            if p.ndim == 1:
                p.add_(0.2 * torch.randn(p.shape))
    return net.eval()


def config_of(part):
    config = json.loads(part.to_json_string())
    config.pop("_name_or_path", None)
    return config


def unet(name, kind, size=(16, 16), labels=None, states=None, mask=None, **config):
    net = random(kind(**SMALL | config))
    x = torch.randn(2, net.config.in_channels, *size)
    t = torch.tensor([3, 741])
    given = dict(labels=labels, states=states, mask=mask)
    args = dict(class_labels=labels)
    if states is not None:
        args |= dict(encoder_hidden_states=states, encoder_attention_mask=mask)
    with torch.no_grad():
        y = net(x, t, **args).sample
    tensors = {f"state.{k}": v for k, v in net.state_dict().items()}
    tensors |= {"x": x, "t": t, "y": y} | {k: v for k, v in given.items() if v is not None}
    fixtures.write("diffusion/unet", name, tensors, config_of(net), module="models")


def unets():
    labels = torch.tensor([4, 1])
    states = torch.randn(2, 5, 8)
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0]])
    unet("plain", UNet2DModel, **PLAIN)
    unet("as_ddpm", UNet2DModel, **PLAIN, in_channels=1, out_channels=1, attention_head_dim=None, downsample_padding=0,
         flip_sin_to_cos=False, freq_shift=1, norm_eps=1e-6, center_input_sample=True)
    unet("class_table_scale_shift", UNet2DModel, labels=labels, num_class_embeds=6, attention_head_dim=4,
         resnet_time_scale_shift="scale_shift", downsample_type="resnet", upsample_type="resnet",
         down_block_types=("AttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "AttnUpBlock2D"))
    unet("class_timestep_no_attention", UNet2DModel, labels=labels, class_embed_type="timestep", add_attention=False,
         down_block_types=("ResnetDownsampleBlock2D", "DownBlock2D"),
         up_block_types=("ResnetUpsampleBlock2D", "UpBlock2D"), mid_block_scale_factor=2.0, act_fn="gelu")
    unet("no_middle", UNet2DModel, **PLAIN, mid_block_type=None, in_channels=5, out_channels=2)
    unet("middle_norm_three_levels", UNet2DModel, attn_norm_num_groups=2, resnet_time_scale_shift="scale_shift",
         block_out_channels=(4, 8, 8), layers_per_block=2, time_embedding_dim=12,
         down_block_types=("DownBlock2D", "AttnDownBlock2D", "DownBlock2D"),
         up_block_types=("UpBlock2D", "AttnUpBlock2D", "UpBlock2D"))
    unet("cross", UNet2DConditionModel, states=states, **CROSS)
    unet("cross_linear", UNet2DConditionModel, states=states, mask=mask, labels=labels, num_class_embeds=6,
         **CROSS | dict(attention_head_dim=[2, 4], block_out_channels=(4, 12)), use_linear_projection=True,
         transformer_layers_per_block=[2, 1])
    unet("cross_odd_image", UNet2DConditionModel, size=(15, 13), states=states, labels=labels,
         class_embed_type="timestep", **CROSS, mid_block_type="UNetMidBlock2D", in_channels=5, out_channels=3)
    unet("cross_lists", UNet2DConditionModel, states=states, layers_per_block=[1, 2], cross_attention_dim=8,
         attention_head_dim=2, down_block_types=("AttnDownBlock2D", "CrossAttnDownBlock2D"),
         up_block_types=("CrossAttnUpBlock2D", "AttnUpBlock2D"), resnet_time_scale_shift="scale_shift", act_fn="mish",
         block_out_channels=(4, 8), time_embedding_dim=20, mid_block_type=None)


def scheduler(name, kind, eta=None, steps=5, **config):
    s = kind(**config)
    s.set_timesteps(steps)
    shape = (2, 2, 4, 4)
    x, output = torch.randn(shape), torch.randn(shape)
    tensors = {"left": s.alphas_cumprod, "timesteps": s.timesteps, "x": x, "output": output}
    for i, t in enumerate(s.timesteps):
        tensors[f"noise.{i}"] = torch.randn(shape, generator=torch.Generator().manual_seed(i))
        args = {} if eta is None else {"eta": eta}
        tensors[f"result.{i}"] = s.step(output, t, x, generator=torch.Generator().manual_seed(i), **args).prev_sample
    images, e, t = torch.randn(shape), torch.randn(shape), torch.tensor([0, s.config.num_train_timesteps - 1])
    tensors |= {"images": images, "e": e, "t": t, "noisy": s.add_noise(images, e, t),
                "velocity": s.get_velocity(images, e, t)}
    fixtures.write("diffusion/scheduler", name, tensors, config_of(s), module="models", eta=str(eta or 0))


def schedulers():
    for prediction in ["epsilon", "sample", "v_prediction"]:
        for clip in [True, False]:
            label = f"{prediction}_{'clipped' if clip else 'free'}"
            shared = dict(prediction_type=prediction, clip_sample=clip)
            scheduler(f"ddpm_{label}", DDPMScheduler, **shared, variance_type="fixed_large" if clip else "fixed_small")
            scheduler(f"ddim_{label}", DDIMScheduler, **shared, eta=0.0 if clip else 0.7)
    for spacing in ["leading", "trailing", "linspace"]:
        for schedule in ["linear", "scaled_linear", "squaredcos_cap_v2"]:
            shared = dict(timestep_spacing=spacing, beta_schedule=schedule)
            scheduler(f"ddpm_{spacing}_{schedule}", DDPMScheduler, **shared, num_train_timesteps=97, beta_end=0.1)
            scheduler(f"ddim_{spacing}_{schedule}", DDIMScheduler, **shared, eta=1.0, num_train_timesteps=97)
    scheduler("ddim_latent", DDIMScheduler, eta=0.0, beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear",
              clip_sample=False, set_alpha_to_one=False, steps_offset=1)
    scheduler("ddim_range", DDIMScheduler, eta=0.3, clip_sample_range=0.6, set_alpha_to_one=False)
    scheduler("ddpm_one_step", DDPMScheduler, steps=1, timestep_spacing="linspace")


def loop():
    net = random(UNet2DModel(**SMALL, **PLAIN, in_channels=1, out_channels=1, num_class_embeds=4))
    s = DDIMScheduler()
    s.set_timesteps(5)
    labels, unconditional, scale = torch.tensor([0, 2]), torch.tensor([3, 3]), 2.5
    noise = torch.randn(2, 1, 16, 16)
    x = noise
    with torch.no_grad():
        for t in s.timesteps:
            without, with_ = net(torch.cat([x, x]), t, class_labels=torch.cat([unconditional, labels])).sample.chunk(2)
            x = s.step(without + scale * (with_ - without), t, x).prev_sample
    tensors = {f"state.{k}": v for k, v in net.state_dict().items()}
    tensors |= {"noise": noise, "labels": labels, "unconditional": unconditional, "y": x}
    config = dict(unet=config_of(net), scheduler=config_of(s), scale=scale)
    fixtures.write("diffusion/loop", "ddim_guided", tensors, config, module="models")


if __name__ == "__main__":
    torch.manual_seed(17)
    unets()
    schedulers()
    loop()
