"""Makes methods' fixtures/binary from the PyTorch port of XNOR-Net.

    python make_xnor_fixtures.py XNOR_NET_PYTORCH

with a clone of github.com/jiecaoyu/XNOR-Net-PyTorch (ebccb503b2f9). Its MNIST/util.py is run as it is;
only the surrounding model is made here. All float64.

xnor_conv.safetensors, xnor_linear.safetensors:
    start      weight of the middle one of three layers
    latent     after centring and clamping
    effective  alpha sign(W)
    gradient   of the effective weight, random
    latent_gradient   what updateBinaryGradWeight makes of it

xnor_sign.safetensors: in  out  gout  gin of BinActive, with inputs at -1 and 1 but not at 0.
"""

import importlib.util
import pathlib
import sys

import torch
from torch import nn

import fixtures


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def weights(util, case, layer):
    torch.manual_seed(3)
    model = nn.Sequential(nn.Linear(2, 2), layer, nn.Linear(2, 2)).double()
    weight = layer.weight
    weight.data = torch.randn_like(weight) * 0.8  # some beyond 1, so that the clamp is at work
    tensors = {"start": weight.data.clone()}
    binary = util.BinOp(model)
    binary.binarization()
    tensors["latent"] = binary.saved_params[0].clone()
    tensors["effective"] = weight.data.clone()
    tensors["gradient"] = torch.randn_like(weight)
    weight.grad = tensors["gradient"].clone()
    binary.restore()
    binary.updateBinaryGradWeight()
    tensors["latent_gradient"] = weight.grad.clone()
    fixtures.write("binary", case, tensors, {}, type="BinOp", module="methods")


def sign(models):
    torch.manual_seed(4)
    x = torch.cat([torch.randn(40, dtype=torch.float64), torch.tensor([-1.0, 1.0], dtype=torch.float64)])
    gradient = torch.randn_like(x)

    class Context:
        def save_for_backward(self, *tensors):
            self.saved_tensors = tensors

    # an old-style Function, which today's autograd does not run: its two methods are called by hand
    context = Context()
    out = models.BinActive.forward(context, x)
    gin = models.BinActive.backward(context, gradient)
    fixtures.write("binary", "xnor_sign", {"in": x, "out": out, "gout": gradient, "gin": gin}, {}, type="BinActive", module="methods")


if __name__ == "__main__":
    source = pathlib.Path(sys.argv[1]) / "MNIST"
    util = load(source / "util.py")
    weights(util, "xnor_conv", nn.Conv2d(4, 6, 3))
    weights(util, "xnor_linear", nn.Linear(7, 5))
    sign(load(source / "models/LeNet_5.py"))
