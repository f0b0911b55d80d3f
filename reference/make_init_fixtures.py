"""Makes fixtures/init: the values PyTorch gives to new layers, and its init functions.

    python make_init_fixtures.py

Each case seeds the default generator with 7, constructs one module (keys param.<name>, metadata
"type" its torch.nn class) or fills one [6,4] tensor (key param.weight, "type" the function in
torch.nn.init). "config" holds the arguments as JSON. With a generator seeded alike, the Java side
must match bit for bit.

Which draws PyTorch makes, in order, all in float32:

    Linear, Conv*       weight ~ U(-b, b), b = gain(sqrt 5) * sqrt(3) / sqrt(fan_in), then
                        bias ~ U(-c, c), c = 1 / sqrt(fan_in).
                        Mathematically b = c; in floating point it can differ in the last bit, as
                        PyTorch gets b by kaiming_uniform_(a=sqrt 5): keep its order of operations,
                        std = sqrt(2 / (1 + a^2)) / sqrt(fan_in), b = sqrt(3) * std.
                        fan_in = weight.size(1) * kernel elements; a transposed convolution's weight
                        is [in, out / groups, ...], so its "fan_in" counts output channels.
    Embedding           weight ~ N(0, 1); then the padding_idx row, if any, is zeroed.
    MultiheadAttention  out_proj is constructed first, as a Linear: weight, then bias (drawn, and
                        overwritten with 0 below). Then in_proj_weight [3E, E] by xavier_uniform_ in
                        one draw (or q_, k_, v_proj_weight in turn where kdim or vdim differ).
                        in_proj_bias and out_proj.bias are set to 0.
    LSTM, GRU           every parameter ~ U(-1/sqrt(hidden), 1/sqrt(hidden)), layer by layer
                        (each direction in turn): weight_ih, weight_hh, bias_ih, bias_hh.
    BatchNorm, PReLU    no draw: weight 1 and bias 0; slope 0.25.

    kaiming_normal_     one normal_(0, std); xavier_normal_ too.
    kaiming_uniform_    one uniform_(-b, b), b = sqrt(3) * std; xavier_uniform_ too.
    trunc_normal_       one uniform_(2l - 1, 2u - 1), with l and u the normal CDF at the bounds a and
                        b in standard units; then erfinv_, times std * sqrt 2, plus mean, clamp.
    orthogonal_         one normal_(0, 1) of [rows, cols]; transposed if rows < cols; Q of its QR
                        decomposition times the signs of R's diagonal (LAPACK: the same libtorch build
                        is needed for equal bits); transposed back; times gain.

normal_ draws otherwise for 16 elements and more (blocks of 8 pairs) than for fewer (one by one), and
so uses up the generator otherwise: call it on the whole tensor, never in parts.
"""

import torch
from torch import nn

import fixtures

SEED = 7


def module(case, type, **config):
    torch.manual_seed(SEED)
    state = type(**config).state_dict()
    fixtures.write("init", case, {f"param.{k}": v for k, v in state.items()}, config, type=type.__name__)


def function(name, **config):
    weight = torch.empty(6, 4)
    torch.manual_seed(SEED)
    getattr(nn.init, name)(weight, **config)
    fixtures.write("init", name.rstrip("_"), {"param.weight": weight}, config, type=name)


if __name__ == "__main__":
    module("linear", nn.Linear, in_features=5, out_features=3)
    module("conv1d", nn.Conv1d, in_channels=3, out_channels=4, kernel_size=5)
    module("conv2d", nn.Conv2d, in_channels=4, out_channels=6, kernel_size=3, groups=2)
    module("convtranspose2d", nn.ConvTranspose2d, in_channels=4, out_channels=6, kernel_size=3, groups=2)
    module("embedding", nn.Embedding, num_embeddings=7, embedding_dim=4)
    module("embedding_padding", nn.Embedding, num_embeddings=7, embedding_dim=4, padding_idx=2)
    module("mha", nn.MultiheadAttention, embed_dim=8, num_heads=2)
    module("mha_cross", nn.MultiheadAttention, embed_dim=8, num_heads=2, kdim=6, vdim=7)
    module("lstm", nn.LSTM, input_size=4, hidden_size=5, num_layers=2)
    module("gru", nn.GRU, input_size=4, hidden_size=5, num_layers=2, bidirectional=True)
    module("batchnorm2d", nn.BatchNorm2d, num_features=3)
    module("prelu", nn.PReLU, num_parameters=3)
    function("kaiming_normal_", a=0, mode="fan_out", nonlinearity="relu")
    function("kaiming_uniform_", a=5**0.5)
    function("xavier_uniform_", gain=1.0)
    function("xavier_normal_", gain=1.0)
    function("trunc_normal_", std=0.02)
    function("orthogonal_", gain=1.0)
