"""Makes fixtures/random: what PyTorch draws on the CPU from seed 7.

    python make_random_fixtures.py

draws.safetensors: one sequence of draws from one torch.Generator, in this order; short and long
ones, because the engine draws 16 numbers and more in another way than fewer.

    normal.short [5], normal.long [100]       torch.randn
    uniform.short [5], uniform.long [100]     torch.rand
    double [7]                                torch.rand, float64
    permutation [50]                          torch.randperm
    integers [20]                             torch.randint(0, 1000)
    bernoulli [200]                           bernoulli_(0.3)
    exponential [30]                          exponential_(2.0)
    normal.again [3]                          torch.randn, to see that the draws before took as many
    default [4]                               torch.rand after torch.manual_seed(7)
"""

import torch

import fixtures

g = torch.Generator().manual_seed(7)
draws = {
    "normal.short": torch.randn(5, generator=g),
    "normal.long": torch.randn(100, generator=g),
    "uniform.short": torch.rand(5, generator=g),
    "uniform.long": torch.rand(100, generator=g),
    "double": torch.rand(7, generator=g, dtype=torch.float64),
    "permutation": torch.randperm(50, generator=g),
    "integers": torch.randint(0, 1000, (20,), generator=g),
    "bernoulli": torch.empty(200).bernoulli_(0.3, generator=g),
    "exponential": torch.empty(30).exponential_(2.0, generator=g),
    "normal.again": torch.randn(3, generator=g),
}
torch.manual_seed(7)
draws["default"] = torch.rand(4)
fixtures.write("random", "draws", draws, {"seed": 7})
