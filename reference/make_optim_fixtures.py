"""Makes fixtures/optim: 100 steps of PyTorch's optimizers, schedules, gradient clipping.

    python make_optim_fixtures.py

<optimizer case>.safetensors in float32, <optimizer case>_f64.safetensors in float64:

    start.<i>                  three parameters: [4,3], [5], [2,2,2]
    grad.<i>                   [100, shape...]: the gradient of each step, whatever the parameters are
    at1.<i> at10.<i> at100.<i> parameters after so many steps

    Metadata: "type" the torch.optim class, "config" its arguments as JSON, "groups" (one case only) a
    JSON list of {"params": [indices], overriding arguments}.

schedules.safetensors, float64: lr.<schedule> [100], the rate that step i uses (scheduler.step() is
called after it); momentum.onecycle and momentum.onecycle_three likewise; metric.plateau, what
ReduceLROnPlateau sees after step i. Metadata "config" maps each schedule to its arguments,
"base_lr" is the optimizer's rate.

clip.safetensors, float32: before.<i> gradients; <clip>.after.<i>, and <clip>.total (the norm before
clipping) for the two norms. Metadata "config" maps each clip to its arguments.
"""

import json

import torch
from torch import optim
from torch.nn.utils import clip_grad_norm_, clip_grad_value_
from torch.optim import lr_scheduler as schedule

import fixtures

SHAPES = [[4, 3], [5], [2, 2, 2]]
STEPS = 100


def optimizer(case, type, groups=None, **config):
    torch.manual_seed(11)  # the same parameters and gradients for all cases
    start = [torch.randn(shape, dtype=torch.float64) for shape in SHAPES]
    # scales from 0.01 to 1, so that the second moments matter
    grad = [10 ** -(2 * torch.rand(shape, dtype=torch.float64)) * torch.randn([STEPS, *shape], dtype=torch.float64)
            for shape in SHAPES]
    more = {} if groups is None else {"groups": json.dumps(groups)}
    for dtype, suffix in [(torch.float32, ""), (torch.float64, "_f64")]:
        parameters = [torch.nn.Parameter(x.to(dtype)) for x in start]
        gradients = [g.to(dtype) for g in grad]
        tensors = {f"start.{i}": x.detach().clone() for i, x in enumerate(parameters)}
        tensors |= {f"grad.{i}": g for i, g in enumerate(gradients)}
        arranged = parameters if groups is None else [
            {**group, "params": [parameters[i] for i in group["params"]]} for group in groups]
        rule = type(arranged, **config)  # on CPU this is the plain loop, not the fused kernel
        for step in range(STEPS):
            for parameter, gradient in zip(parameters, gradients):
                parameter.grad = gradient[step].clone()
            rule.step()
            if step + 1 in (1, 10, 100):
                tensors |= {f"at{step + 1}.{i}": x.detach().clone() for i, x in enumerate(parameters)}
        fixtures.write("optim", case + suffix, tensors, config, type=type.__name__, **more)


def optimizers():
    optimizer("sgd", optim.SGD, lr=0.1)
    optimizer("sgd_momentum", optim.SGD, lr=0.1, momentum=0.9)
    optimizer("sgd_nesterov_wd", optim.SGD, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01)
    optimizer("sgd_dampening", optim.SGD, lr=0.1, momentum=0.9, dampening=0.5)
    adam = dict(lr=0.01, betas=[0.9, 0.99], eps=1e-8)
    optimizer("adam", optim.Adam, **adam)
    optimizer("adam_wd", optim.Adam, **adam, weight_decay=0.1)
    optimizer("adam_amsgrad", optim.Adam, **adam, amsgrad=True)
    optimizer("adamw", optim.AdamW, **adam, weight_decay=0.1)
    optimizer("adamw_amsgrad", optim.AdamW, **adam, weight_decay=0.1, amsgrad=True)
    optimizer("rmsprop", optim.RMSprop, lr=0.01, alpha=0.99, eps=1e-8)
    optimizer("rmsprop_centered_momentum", optim.RMSprop,
              lr=0.01, alpha=0.9, eps=1e-8, weight_decay=0.01, momentum=0.9, centered=True)
    optimizer("adagrad", optim.Adagrad, lr=0.1, eps=1e-10)
    optimizer("adagrad_decay", optim.Adagrad,
              lr=0.1, lr_decay=0.05, weight_decay=0.01, initial_accumulator_value=0.1, eps=1e-10)
    optimizer("groups_adamw", optim.AdamW, **adam, weight_decay=0.1,
              groups=[{"params": [0]}, {"params": [1, 2], "lr": 0.001, "weight_decay": 0.0}])


def schedules():
    base = 0.1
    tensors, configs = {}, {}

    def follow(name, make, config, metric=None):
        rule = optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=base, momentum=0.9)
        scheduler = make(rule)
        rates, momenta = [], []
        for step in range(STEPS):
            rates.append(rule.param_groups[0]["lr"])
            momenta.append(rule.param_groups[0]["momentum"])
            rule.step()
            scheduler.step() if metric is None else scheduler.step(metric[step])
        tensors[f"lr.{name}"] = torch.tensor(rates, dtype=torch.float64)
        configs[name] = config
        return momenta

    def simple(name, type, **config):
        return follow(name, lambda rule: type(rule, **config), config)

    simple("step", schedule.StepLR, step_size=30, gamma=0.1)
    simple("multistep", schedule.MultiStepLR, milestones=[20, 50, 80], gamma=0.3)
    simple("exponential", schedule.ExponentialLR, gamma=0.97)
    simple("cosine", schedule.CosineAnnealingLR, T_max=100, eta_min=0.001)
    simple("linear", schedule.LinearLR, start_factor=0.1, end_factor=1.0, total_iters=10)
    simple("polynomial", schedule.PolynomialLR, total_iters=80, power=2.0)

    warmup = dict(start_factor=0.1, end_factor=1.0, total_iters=10)
    cosine = dict(T_max=90, eta_min=0.001)
    follow("sequential", lambda rule: schedule.SequentialLR(
        rule, [schedule.LinearLR(rule, **warmup), schedule.CosineAnnealingLR(rule, **cosine)], milestones=[10]),
        {"linear": warmup, "cosine": cosine, "milestones": [10]})

    momenta = simple("onecycle", schedule.OneCycleLR, max_lr=0.1, total_steps=100, pct_start=0.3,
                     anneal_strategy="cos", div_factor=25.0, final_div_factor=1e4, three_phase=False,
                     cycle_momentum=True, base_momentum=0.85, max_momentum=0.95)
    tensors["momentum.onecycle"] = torch.tensor(momenta, dtype=torch.float64)
    momenta = simple("onecycle_three", schedule.OneCycleLR, max_lr=0.1, total_steps=100, pct_start=0.25,
                     anneal_strategy="linear", div_factor=10.0, final_div_factor=100.0, three_phase=True,
                     cycle_momentum=True, base_momentum=0.8, max_momentum=0.9)
    tensors["momentum.onecycle_three"] = torch.tensor(momenta, dtype=torch.float64)

    # a loss that falls, gets stuck twice, and wobbles
    torch.manual_seed(13)
    metric = torch.cat([torch.linspace(2, 1, 20), torch.full([30], 1.0), torch.linspace(0.9, 0.6, 15),
                        torch.full([35], 0.6)]).double() + 0.02 * torch.rand(STEPS, dtype=torch.float64)
    tensors["metric.plateau"] = metric
    plateau = dict(mode="min", factor=0.5, patience=5, threshold=0.02, threshold_mode="rel", cooldown=2, min_lr=0.004)
    follow("plateau", lambda rule: schedule.ReduceLROnPlateau(rule, **plateau), plateau, metric.tolist())

    fixtures.write("optim", "schedules", tensors, configs, base_lr=str(base))


def clipping():
    torch.manual_seed(17)
    before = [torch.randn(shape) for shape in SHAPES]
    tensors = {f"before.{i}": g for i, g in enumerate(before)}
    clips = {
        "norm2": dict(max_norm=1.0, norm_type=2.0),
        "norminf": dict(max_norm=0.5, norm_type="inf"),
        "loose": dict(max_norm=100.0, norm_type=2.0),  # nothing to clip
        "value": dict(clip_value=0.5),
    }
    for name, config in clips.items():
        parameters = [torch.nn.Parameter(torch.zeros_like(g)) for g in before]
        for parameter, g in zip(parameters, before):
            parameter.grad = g.clone()
        if name == "value":
            clip_grad_value_(parameters, **config)
        else:
            tensors[f"{name}.total"] = clip_grad_norm_(parameters, **config | {"norm_type": float(config["norm_type"])})
        tensors |= {f"{name}.after.{i}": p.grad for i, p in enumerate(parameters)}
    fixtures.write("optim", "clip", tensors, clips)


if __name__ == "__main__":
    optimizers()
    schedules()
    clipping()
