"""Makes methods' fixtures/res2net: small networks of timm's Bottle2neck blocks.

    python make_res2net_fixtures.py

<case>.safetensors: state.<name> with random weights and statistics, x, features, the output of the
last stage, and y, the logits, in inference mode. Metadata "config": stage widths and depths, scale,
base_width, cardinality, and deep, whether stem and shortcuts are those of the "d" variants.
"""

import torch
from timm.models.res2net import Bottle2neck
from timm.models.resnet import ResNet

import fixtures


def case(name, widths, depths, scale, base_width, cardinality, deep, size):
    extra = dict(stem_type="deep", avg_down=True) if deep else {}
    net = ResNet(Bottle2neck, depths, num_classes=5, channels=widths, base_width=base_width, cardinality=cardinality,
                 stem_width=4 if deep else 64, block_args=dict(scale=scale), **extra).eval()
    with torch.no_grad():
        for key, value in net.state_dict().items():
            if value.is_floating_point() and value.ndim == 1:
                value.copy_(0.5 + torch.rand(value.shape))
    x = torch.randn(2, 3, size, size)
    tensors = {f"state.{k}": v for k, v in net.state_dict().items()}
    tensors |= {"x": x, "features": net.forward_features(x).mean((2, 3)), "y": net(x)}
    config = dict(widths=widths, depths=depths, scale=scale, base_width=base_width, cardinality=cardinality, deep=deep)
    fixtures.write("res2net", name, tensors, config, module="methods")


if __name__ == "__main__":
    torch.manual_seed(5)
    case("s4", [8, 8, 8, 8], [2, 2, 1, 1], scale=4, base_width=26, cardinality=1, deep=False, size=32)
    case("s3_cardinality2_d", [8, 8, 8, 8], [2, 2, 1, 1], scale=3, base_width=16, cardinality=2, deep=True, size=33)
    case("s1", [8, 8, 8, 8], [1, 2, 1, 1], scale=1, base_width=32, cardinality=1, deep=False, size=32)
