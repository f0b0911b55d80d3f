"""Makes fixtures/nn: torch.nn layers and losses (and GPT-2's Conv1D), forward and backward.

    python make_nn_fixtures.py

Keys of a case, float32 unless PyTorch wants integers or booleans:

    param.<name>    parameters and buffers before the forward pass, randomised
    in.<i>          arguments of forward; metadata "inputs" names them
    out.<i>         results in train mode (layers with state) or at all (the others)
    gout.0          random cotangent
    gparam.<name>   gradients of sum(out.0 * gout.0), train mode
    gin.<i>         the same for each floating-point input
    after.<name>    buffers after that one forward pass
    eval.<i>        results in eval mode, computed after the train forward, that is with the buffers
                    of after.<name>; only where eval differs from train

Metadata: "type" is the torch.nn class, "config" its constructor arguments as JSON.
"""

import json
import zlib

import torch
from torch import nn
from transformers.pytorch_utils import Conv1D

import fixtures


def randomise(module):
    """Values that no mistake can hide behind: no zeros, no ones, positive variances."""
    with torch.no_grad():
        for name, tensor in module.state_dict().items():
            if name.endswith("num_batches_tracked"):
                tensor.fill_(4)
            elif tensor.dim() >= 2:
                tensor.copy_(torch.randn(tensor.shape) / (tensor.numel() / tensor.shape[0]) ** 0.5)
            elif name.endswith("running_var") or name == "weight":
                tensor.copy_(0.5 + torch.rand(tensor.shape))
            else:
                tensor.copy_(0.3 * torch.randn(tensor.shape))


def flat(outputs):
    """Outputs as a flat list: (out, (h, c)) is out, h, c; None is dropped."""
    if outputs is None:
        return []
    if isinstance(outputs, torch.Tensor):
        return [outputs]
    return [tensor for output in outputs for tensor in flat(output)]


def seed(case):
    torch.manual_seed(zlib.crc32(case.encode()))  # so that a new case leaves the others as they are


def record(case, module, config, inputs, call=None, names=("input",)):
    """Runs one case and writes it. call(module, *inputs) is by default module(*inputs)."""
    call = call or (lambda m, *xs: m(*xs))
    tensors = {f"param.{k}": v.clone() for k, v in module.state_dict().items()}
    buffers = dict(module.named_buffers())
    for i, x in enumerate(inputs):
        tensors[f"in.{i}"] = x.clone()
        if x.is_floating_point():
            x.requires_grad_()

    module.train()
    outputs = flat(call(module, *inputs))
    for i, y in enumerate(outputs):
        tensors[f"out.{i}"] = y
    tensors["gout.0"] = torch.randn(outputs[0].shape)
    (outputs[0] * tensors["gout.0"]).sum().backward()
    for i, x in enumerate(inputs):
        if x.grad is not None:
            tensors[f"gin.{i}"] = x.grad
    for name, parameter in module.named_parameters():
        tensors[f"gparam.{name}"] = parameter.grad
    if any("running" in name for name in buffers):
        tensors.update({f"after.{k}": v.clone() for k, v in buffers.items()})
        module.eval()
        for i, y in enumerate(flat(call(module, *inputs))):
            tensors[f"eval.{i}"] = y
    assert len(names) == len(inputs), case
    fixtures.write("nn", case, tensors, config, type=type(module).__name__, inputs=json.dumps(names))


def layer(case, type, config, *shapes, scale=1.0, call=None, names=("input",)):
    """A case whose inputs are normal tensors of these shapes."""
    seed(case)
    module = type(**config)
    randomise(module)
    record(case, module, config, [scale * torch.randn(s) for s in shapes], call, names)


def linear():
    layer("linear", nn.Linear, dict(in_features=5, out_features=3), [2, 4, 5])
    layer("linear_transposed", Conv1D, dict(nf=3, nx=5), [2, 4, 5])
    layer("linear_nobias", nn.Linear, dict(in_features=5, out_features=3, bias=False), [4, 5])


def convolutions():
    def conv(case, type, shape, **config):
        layer(case, type, config, shape)

    conv("conv1d", nn.Conv1d, [2, 3, 9], in_channels=3, out_channels=4, kernel_size=3)
    conv("conv1d_dilated", nn.Conv1d, [2, 3, 11], in_channels=3, out_channels=4, kernel_size=3, padding=2, dilation=2)
    conv("conv2d", nn.Conv2d, [2, 3, 7, 6], in_channels=3, out_channels=4, kernel_size=3)
    conv("conv2d_stride_pad", nn.Conv2d, [2, 3, 9, 8],
         in_channels=3, out_channels=4, kernel_size=[3, 5], stride=[2, 1], padding=[1, 2])
    conv("conv2d_groups", nn.Conv2d, [2, 4, 6, 6], in_channels=4, out_channels=6, kernel_size=3, groups=2)
    conv("conv2d_depthwise", nn.Conv2d, [2, 4, 6, 6],
         in_channels=4, out_channels=4, kernel_size=3, padding=1, groups=4, bias=False)
    conv("conv2d_dilated", nn.Conv2d, [2, 3, 8, 8],
         in_channels=3, out_channels=4, kernel_size=3, padding=2, dilation=2)
    # an even kernel width: 'same' then pads one more on the right
    conv("conv2d_same", nn.Conv2d, [2, 3, 6, 7], in_channels=3, out_channels=4, kernel_size=[3, 4], padding="same")
    conv("conv2d_reflect", nn.Conv2d, [2, 3, 6, 7],
         in_channels=3, out_channels=4, kernel_size=[3, 5], padding=[1, 2], padding_mode="reflect")
    conv("convtranspose1d", nn.ConvTranspose1d, [2, 3, 5],
         in_channels=3, out_channels=4, kernel_size=3, stride=2, padding=1)
    conv("convtranspose2d", nn.ConvTranspose2d, [2, 3, 5, 4],
         in_channels=3, out_channels=4, kernel_size=3, stride=2, padding=1, output_padding=1)
    conv("convtranspose2d_groups", nn.ConvTranspose2d, [2, 4, 5, 4],
         in_channels=4, out_channels=6, kernel_size=3, stride=2, groups=2)


def embeddings():
    def embed(case, **config):
        seed(case)
        module = nn.Embedding(**config)
        randomise(module)  # the padding row too: forward returns it like any other, without gradient
        record(case, module, config, [torch.tensor([[1, 2, 6, 1], [0, 3, 2, 0]])])

    embed("embedding", num_embeddings=7, embedding_dim=4)
    embed("embedding_padding", num_embeddings=7, embedding_dim=4, padding_idx=2)


def norms():
    layer("batchnorm1d", nn.BatchNorm1d, dict(num_features=5), [6, 5])
    layer("batchnorm1d_3d", nn.BatchNorm1d, dict(num_features=5), [3, 5, 4])
    layer("batchnorm2d", nn.BatchNorm2d, dict(num_features=3), [4, 3, 5, 4])
    layer("batchnorm2d_noaffine", nn.BatchNorm2d, dict(num_features=3, affine=False), [4, 3, 5, 4])
    # num_batches_tracked is 4 before, so the new batch weighs 1/5
    layer("batchnorm2d_momentum_none", nn.BatchNorm2d, dict(num_features=3, momentum=None), [4, 3, 5, 4])
    layer("layernorm", nn.LayerNorm, dict(normalized_shape=8), [3, 4, 8])
    layer("layernorm_nobias", nn.LayerNorm, dict(normalized_shape=8, bias=False), [3, 4, 8])
    layer("layernorm_2dims", nn.LayerNorm, dict(normalized_shape=[3, 5], eps=1e-3), [4, 3, 5])
    layer("groupnorm", nn.GroupNorm, dict(num_groups=2, num_channels=6), [3, 6, 4, 5])
    layer("instancenorm1d", nn.InstanceNorm1d, dict(num_features=3), [2, 3, 7])
    layer("instancenorm2d_affine", nn.InstanceNorm2d, dict(num_features=3, affine=True), [2, 3, 4, 5])
    layer("instancenorm2d_track", nn.InstanceNorm2d,
          dict(num_features=3, affine=True, track_running_stats=True), [2, 3, 4, 5])
    layer("rmsnorm", nn.RMSNorm, dict(normalized_shape=8, eps=1e-6), [3, 4, 8])


def pooling():
    layer("maxpool1d", nn.MaxPool1d, dict(kernel_size=2), [2, 3, 9])
    layer("maxpool2d", nn.MaxPool2d, dict(kernel_size=2), [2, 3, 7, 6])
    layer("maxpool2d_overlap", nn.MaxPool2d, dict(kernel_size=3, stride=2, padding=1), [2, 3, 7, 8])
    layer("avgpool1d", nn.AvgPool1d, dict(kernel_size=3, stride=2), [2, 3, 9])
    for include in (True, False):
        layer(f"avgpool2d_{'include' if include else 'exclude'}_pad", nn.AvgPool2d,
              dict(kernel_size=3, stride=2, padding=1, count_include_pad=include), [2, 3, 7, 8])
    layer("adaptiveavgpool1d", nn.AdaptiveAvgPool1d, dict(output_size=4), [2, 3, 9])
    layer("adaptiveavgpool2d", nn.AdaptiveAvgPool2d, dict(output_size=[3, 2]), [2, 3, 7, 5])
    layer("adaptivemaxpool2d", nn.AdaptiveMaxPool2d, dict(output_size=[3, 2]), [2, 3, 7, 5])


def activations():
    def act(case, type, scale=3.0, **config):
        layer(case, type, config, [4, 10], scale=scale)

    act("relu", nn.ReLU)
    act("relu6", nn.ReLU6, scale=6.0)
    act("leakyrelu", nn.LeakyReLU, negative_slope=0.2)
    layer("prelu", nn.PReLU, dict(num_parameters=3), [2, 3, 5], scale=3.0)
    act("elu", nn.ELU, alpha=1.3)
    act("selu", nn.SELU)
    act("celu", nn.CELU, alpha=0.7)
    act("gelu", nn.GELU)
    act("gelu_tanh", nn.GELU, approximate="tanh")
    act("silu", nn.SiLU)
    act("mish", nn.Mish)
    act("hardswish", nn.Hardswish)
    act("hardsigmoid", nn.Hardsigmoid)
    act("sigmoid", nn.Sigmoid)
    act("tanh", nn.Tanh)
    act("softplus", nn.Softplus, scale=15.0)  # some above the threshold of 20
    act("softsign", nn.Softsign)
    act("softmax", nn.Softmax, dim=-1)
    act("logsoftmax", nn.LogSoftmax, dim=-1)
    act("glu", nn.GLU, dim=-1)


def attention():
    """Batch 2, 5 queries, 5 or 6 keys, width 8, 2 heads. Only the output is kept, not the weights."""
    config = dict(embed_dim=8, num_heads=2, batch_first=True)
    layer("mha_self", nn.MultiheadAttention, config, [2, 5, 8],
          call=lambda m, x: m(x, x, x, need_weights=False), names=["query = key = value"])
    layer("mha_cross", nn.MultiheadAttention, config | dict(kdim=6, vdim=7), [2, 5, 8], [2, 6, 6], [2, 6, 7],
          call=lambda m, q, k, v: m(q, k, v, need_weights=False), names=["query", "key", "value"])

    def masked(case, argument, mask, keys):
        seed(case)
        module = nn.MultiheadAttention(**config)
        randomise(module)
        query, key, value = torch.randn(2, 5, 8), torch.randn(2, keys, 8), torch.randn(2, keys, 8)
        if mask is None:  # added to the scores: causal, and random where it lets through
            mask = torch.randn(5, 5).masked_fill(torch.ones(5, 5).triu(1).bool(), -torch.inf)
        record(case, module, config, [query, key, value, mask],
               lambda m, q, k, v, x: m(q, k, v, need_weights=False, **{argument: x.detach()}),
               ["query", "key", "value", argument])

    masked("mha_mask", "attn_mask", None, 5)
    padding = torch.tensor([[0, 0, 0, 1, 1, 1], [1, 0, 0, 0, 0, 0]]).bool()  # true: ignored
    masked("mha_padding", "key_padding_mask", padding, 6)


def recurrent():
    """Outputs: sequence, h_n and, for the LSTM, c_n."""
    one = dict(input_size=3, hidden_size=4, batch_first=True)
    two = one | dict(num_layers=2, bidirectional=True)
    layer("lstm", nn.LSTM, one, [2, 5, 3])
    layer("gru", nn.GRU, one, [2, 5, 3])
    layer("lstm_2layer_bi", nn.LSTM, two, [2, 5, 3], [4, 2, 4], [4, 2, 4],
          call=lambda m, x, h, c: m(x, (h, c)), names=["input", "h_0", "c_0"])
    layer("gru_2layer_bi", nn.GRU, two, [2, 5, 3], [4, 2, 4], names=["input", "h_0"])


def resampling():
    layer("pixelshuffle", nn.PixelShuffle, dict(upscale_factor=2), [2, 8, 3, 4])
    layer("upsample_nearest", nn.Upsample, dict(scale_factor=2, mode="nearest"), [2, 3, 4, 3])
    layer("upsample_bilinear", nn.Upsample, dict(scale_factor=2, mode="bilinear"), [2, 3, 4, 3])


def losses():
    def loss(case, type, make, **config):
        seed(case)
        inputs = make()
        tensors = {k: torch.tensor(v) if k == "weight" else v for k, v in config.items()}
        record(case, type(**tensors), config, inputs, names=["input", "target"])

    def classes():
        return [2 * torch.randn(6, 5), torch.tensor([1, 0, 4, 2, 2, 3])]

    def reals():  # differences on both sides of the thresholds below
        return [2 * torch.randn(6, 4), torch.randn(6, 4)]

    def log_probabilities(target):
        return lambda: [torch.randn(6, 5).log_softmax(-1), target()]

    loss("cross_entropy", nn.CrossEntropyLoss, classes)
    loss("cross_entropy_smoothing", nn.CrossEntropyLoss, classes, label_smoothing=0.1)
    loss("cross_entropy_weight_ignore", nn.CrossEntropyLoss, classes,
         weight=[0.5, 1.0, 2.0, 0.25, 1.5], ignore_index=2)
    loss("bce_with_logits", nn.BCEWithLogitsLoss, lambda: [3 * torch.randn(6, 4), torch.rand(6, 4)])
    loss("mse", nn.MSELoss, reals)
    loss("smooth_l1", nn.SmoothL1Loss, reals, beta=0.5)
    loss("huber", nn.HuberLoss, reals, delta=0.7)
    loss("kl_div", nn.KLDivLoss, log_probabilities(lambda: torch.randn(6, 5).softmax(-1)), reduction="batchmean")
    loss("nll", nn.NLLLoss, log_probabilities(lambda: torch.tensor([1, 0, 4, 2, 2, 3])))


if __name__ == "__main__":
    for family in (linear, convolutions, embeddings, norms, pooling, activations, attention, recurrent,
                   resampling, losses):
        family()
