"""Makes methods' fixtures/norm and fixtures/optim from the official code of RMSNorm, LAMB and Layca.

    python make_norm_optim_fixtures.py RMSNORM LAYER_ROTATION

with clones of github.com/bzhangGo/rmsnorm and github.com/ispgroupucl/layer-rotation-tools. LAMB is
TensorFlow Addons', which the paper's abstract points to. Needs an environment of its own: torch as in
requirements.txt, tensorflow-cpu 2.15.1, tensorflow-addons 0.23.0.

norm/<rmsnorm case>.safetensors, float64:
    in.0  param.weight  param.bias (some)  out.0  gout.0  gin.0  gparam.weight  gparam.bias
    Metadata: "type" rmsnorm_torch or rmsnorm_tensorflow, "config" d, p (absent: all), eps, bias.

optim/<lamb or layca case>.safetensors, float64:
    start.<i>  grad.<i> [steps, shape...]  at1.<i>  at10.<i>  at50.<i>
    Parameter 0 is a matrix, 1 a bias, 2 a convolution, 3 (lamb only) zeros.
    Metadata: "type" LAMB or layca, "config" its arguments; layca's step is that of SGD with momentum.
"""

import importlib.util
import pathlib
import sys

import numpy as np
import tensorflow as tf
import tensorflow_addons as tfa
import torch

import fixtures

STEPS = 50


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rmsnorm_torch(official):
    for case, config in {
        "rmsnorm": dict(d=8),
        "rmsnorm_bias": dict(d=8, bias=True),
        "rmsnorm_partial": dict(d=50, p=0.0625, bias=True),
        "rmsnorm_large_eps": dict(d=8, eps=0.1),
    }.items():
        torch.manual_seed(7)
        module = official.RMSNorm(**config).double()
        with torch.no_grad():
            for p in module.parameters():
                p.copy_(0.5 + torch.rand_like(p))
        x = torch.randn(3, 4, config["d"], dtype=torch.float64, requires_grad=True)
        y = module(x)
        g = torch.randn_like(y)
        y.backward(g)
        tensors = {"in.0": x, "out.0": y, "gout.0": g, "gin.0": x.grad,
                   "param.weight": module.scale, "gparam.weight": module.scale.grad}
        if config.get("bias"):
            tensors |= {"param.bias": module.offset, "gparam.bias": module.offset.grad}
        write("norm", case, tensors, {"eps": 1e-8} | config, type="rmsnorm_torch")


def rmsnorm_tensorflow(official):
    """The other place of eps; its module is of TensorFlow 1."""
    official.tf = tf.compat.v1
    for case, config in {
        "rmsnorm_inside": dict(eps=0.1),
        "rmsnorm_inside_partial": dict(eps=0.1, p=0.3, bias=True),
    }.items():
        rng = np.random.default_rng(8)
        d = 9
        x, g = rng.normal(size=[3, 4, d]), rng.normal(size=[3, 4, d])
        weight, bias = 0.5 + rng.random(d), rng.random(d)
        with tf.Graph().as_default(), tf.compat.v1.Session() as session:
            # the official function makes float32 variables; a getter gives it float64 constants
            given = {"scale": tf.constant(weight), "offset": tf.constant(bias)}
            scope = tf.compat.v1.variable_scope("f", custom_getter=lambda getter, name, **_: given[name.split("/")[-1]])
            inputs = tf.constant(x)
            with scope:
                y = official.rms_norm(inputs, **config)
            names = ["scale", "offset"] if config.get("bias") else ["scale"]
            grads = tf.gradients(y, [inputs] + [given[n] for n in names], tf.constant(g))
            y, *grads = session.run([y, *grads])
        tensors = {"in.0": x, "out.0": y, "gout.0": g, "gin.0": grads[0],
                   "param.weight": weight, "gparam.weight": grads[1]}
        if config.get("bias"):
            tensors |= {"param.bias": bias, "gparam.bias": grads[2]}
        write("norm", case, tensors, {"d": d} | config, type="rmsnorm_tensorflow")


def write(folder, case, tensors, config, **more):
    tensors = {k: torch.as_tensor(v) for k, v in tensors.items()}
    fixtures.write(folder, case, tensors, config, module="methods", **more)


def trajectory(case, names, starts, make_step, config, type):
    rng = np.random.default_rng(9)
    grads = [10 ** -(2 * rng.random(s.shape)) * rng.normal(size=[STEPS, *s.shape]) for s in starts]
    tensors = {f"start.{i}": s for i, s in enumerate(starts)} | {f"grad.{i}": g for i, g in enumerate(grads)}
    variables = [tf.Variable(s, name=n) for s, n in zip(starts, names)]
    step = make_step(variables)
    for t in range(STEPS):
        step([tf.constant(g[t]) for g in grads])
        if t + 1 in (1, 10, 50):
            tensors |= {f"at{t + 1}.{i}": v.numpy() for i, v in enumerate(variables)}
    write("optim", case, tensors, config, type=type)


def starts(zeros):
    rng = np.random.default_rng(10)
    shapes = [rng.normal(size=[4, 3]), rng.normal(size=[5]), rng.normal(size=[3, 2, 2, 2])]
    return shapes + ([np.zeros([3, 2])] if zeros else [])


def lamb():
    names = ["dense/kernel", "dense/bias", "conv/kernel", "zeros/kernel"]
    for case, config in {
        "lamb": dict(learning_rate=0.01),
        "lamb_decay": dict(learning_rate=0.01, beta_1=0.8, beta_2=0.95, epsilon=1e-3, weight_decay=0.1),
        "lamb_excluded": dict(learning_rate=0.01, weight_decay=0.1, exclude_from_weight_decay=["bias"]),
    }.items():
        def make(variables):
            rule = tfa.optimizers.LAMB(**config)
            return lambda grads: rule.apply_gradients(zip(grads, variables))

        filled = dict(beta_1=0.9, beta_2=0.999, weight_decay=0.0) | config
        # Keras keeps hyper-parameters in float32, but epsilon
        filled = {k: float(np.float32(v)) if isinstance(v, float) else v for k, v in filled.items()}
        filled["epsilon"] = config.get("epsilon", 1e-6)
        trajectory(case, names, starts(zeros=True), make, filled, "LAMB")


def layca(official):
    """The step is v of Keras' SGD with momentum, as the official optimizers hand it to layca."""
    names = ["dense/kernel", "dense/bias", "conv/kernel"]
    for case, config in {"layca_sgd": dict(lr=3.0**-3, momentum=0.0), "layca_momentum": dict(lr=3.0**-3, momentum=0.9)}.items():
        def make(variables):
            velocity = [np.zeros(v.shape) for v in variables]

            def step(grads):
                for i, (v, g) in enumerate(zip(variables, grads)):
                    velocity[i] = config["momentum"] * velocity[i] - config["lr"] * g.numpy()
                    v.assign(official.layca(v, tf.constant(-velocity[i]), config["lr"]))

            return step

        trajectory(case, names, starts(zeros=False), make, config, "layca")


if __name__ == "__main__":
    rmsnorm, rotation = map(pathlib.Path, sys.argv[1:])
    rmsnorm_torch(load(rmsnorm / "rmsnorm_torch.py"))
    rmsnorm_tensorflow(load(rmsnorm / "rmsnorm_tensorflow.py"))
    lamb()
    layca(load(rotation / "tensorflow/layer_rotation_control.py"))
