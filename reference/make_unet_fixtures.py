"""Makes models' fixtures/unet: small networks of the published U-Net's parts and forward pass.

    python make_unet_fixtures.py PYTORCH_UNET     # a clone of github.com/milesial/Pytorch-UNet

<case>.safetensors: state.<name> with random weights and statistics, x, y, the logits in inference
mode. Metadata "config" is the config.json, "parameters" the number of parameters of the published
sizes with 3 channels and 2 classes.
"""

import sys

sys.path.insert(0, sys.argv[1])

import torch
from torch import nn
from unet import UNet
from unet.unet_parts import DoubleConv, Down, OutConv, Up

import fixtures


class Small(UNet):
    """The published forward pass over other widths."""

    def __init__(self, channels, classes, widths, bilinear):
        nn.Module.__init__(self)
        half = 2 if bilinear else 1
        a, b, c, d, e = widths
        self.inc = DoubleConv(channels, a)
        self.down1, self.down2, self.down3 = Down(a, b), Down(b, c), Down(c, d)
        self.down4 = Down(d, e // half)
        self.up1, self.up2 = Up(e, d // half, bilinear), Up(d, c // half, bilinear)
        self.up3, self.up4 = Up(c, b // half, bilinear), Up(b, a, bilinear)
        self.outc = OutConv(a, classes)


def without_norm(net):
    """The same with identities for the norms, and biases for the convolutions."""
    for parent in list(net.modules()):
        if isinstance(parent, DoubleConv):
            layers = []
            for layer in parent.double_conv:
                if isinstance(layer, nn.Conv2d):
                    layer = nn.Conv2d(layer.in_channels, layer.out_channels, 3, padding=1)
                if not isinstance(layer, nn.BatchNorm2d):
                    layers.append(layer)
            parent.double_conv = nn.Sequential(*layers)
    return net


def case(name, bilinear, norm, size):
    widths = [2, 4, 8, 16, 32]
    net = Small(3, 2, widths, bilinear)
    net = (net if norm else without_norm(net)).eval()
    with torch.no_grad():
        for key, value in net.state_dict().items():
            if value.is_floating_point() and value.ndim == 1:
                value.copy_(0.5 + torch.rand(value.shape))
    x = torch.randn(2, 3, *size)
    tensors = {f"state.{k}": v for k, v in net.state_dict().items()} | {"x": x, "y": net(x)}
    config = dict(model_type="unet", num_channels=3, num_classes=2, hidden_sizes=widths, bilinear=bilinear,
                  batch_norm=norm)
    parameters = sum(p.numel() for p in UNet(3, 2, bilinear).parameters())
    fixtures.write("unet", name, tensors, config, module="models", parameters=str(parameters))


if __name__ == "__main__":
    torch.manual_seed(11)
    case("transposed", bilinear=False, norm=True, size=(32, 32))
    case("bilinear", bilinear=True, norm=True, size=(32, 48))
    case("odd", bilinear=False, norm=True, size=(37, 26))
    case("bilinear_odd_no_norm", bilinear=True, norm=False, size=(19, 29))
