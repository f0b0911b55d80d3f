"""Makes methods' fixtures/domain from the authors' DANN and scikit-learn's linear SVM.

    python make_dann_fixtures.py DOMAIN_ADVERSARIAL_NEURAL_NETWORK

with a clone of github.com/GRAAL-Research/domain_adversarial_neural_network (74eec5e0ae06). All float64.

dann.safetensors, dann_plain.safetensors (lambda 0), dann_validated.safetensors (stops early):
    x [n,2]  y [n]  target [m,2]  valid_x, valid_y (validated only)
    draws                    the target example of each step
    start.w start.v          the other weights start at 0
    at1.*, at10.*            w b v c u d after so many passes
    best.*                   w b v c of the best pass (validated only)
    Metadata: "config" hidden, lambda, lr, passes; pass and risk of the best (validated only).

svm.safetensors: x [n,4], the last column 1; t [n] of -1 and 1; w.<i> for C = c.<i> (LinearSVC).

pad.safetensors: source, target, and distance.<case> by the authors' compute_proxy_distance.
"""

import importlib.util
import pathlib
import sys

import numpy as np
import torch
from sklearn.datasets import make_moons
from sklearn.svm import LinearSVC

import fixtures

SEED = 42


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def moons(n, seed, turned=False, noise=0.05):
    x, y = make_moons(n, noise=noise, random_state=seed)
    x = 2 * (x - x.mean(axis=0))
    if turned:
        a = 35 * np.pi / 180
        x = x @ np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])
    return x, y


def tensor(a):
    return torch.tensor(np.array(a))


def weights(prefix, algo, names="WbVcUd"):
    return {f"{prefix}.{n.lower()}": tensor(np.atleast_1d(getattr(algo, n)).astype(float)) for n in names}


def fit(dann, passes, x, y, target, *validation, hidden, weight, rate):
    """Runs the authors' code and notes its draws."""
    draws = []
    randint = np.random.randint

    def noting(n):
        draws.append(randint(n))
        return draws[-1]

    np.random.randint = noting
    algo = dann(rate, hidden, weight, passes, seed=SEED)
    algo.fit(x, y, target, *validation)
    np.random.randint = randint
    return algo, draws


def shallow(dann, case, weight, passes=10, validate=False):
    noise = 0.35 if validate else 0.05
    x, y = moons(20, 1, noise=noise)
    target, _ = moons(16, 2, True)
    settings = dict(hidden=5, weight=weight, rate=0.05)
    validation = moons(30, 3, noise=noise) if validate else ()
    algo, draws = fit(dann, passes, x, y, target, *validation, **settings)
    np.random.seed(SEED)
    tensors = {"x": tensor(x), "y": tensor(y), "target": tensor(target), "draws": tensor(np.array(draws, dtype=np.int64)),
               "start.w": tensor(algo.random_init(2, 5)), "start.v": tensor(algo.random_init(5, 2))}
    config = {"hidden": 5, "lambda": weight, "lr": 0.05, "passes": passes}
    if validate:
        tensors |= {"valid_x": tensor(validation[0]), "valid_y": tensor(validation[1])} | weights("best", algo, "WbVc")
        config |= {"pass": int(algo.nb_iter), "risk": float(algo.valid_risk)}
        print(case, "best", algo.nb_iter, "of", len(draws) / 20, "risk", algo.valid_risk)
    else:
        for at in (1, 10):
            tensors |= weights(f"at{at}", fit(dann, at, x, y, target, **settings)[0])
    fixtures.write("domain", case, tensors, config, type="DANN", module="methods")


def svm():
    random = np.random.RandomState(5)
    x = np.hstack((random.randn(60, 3), np.ones((60, 1))))
    t = np.sign(x @ np.array([1, -1, 0.5, 0.2]) + random.randn(60))
    tensors = {"x": tensor(x), "t": tensor(t)}
    for i, c in enumerate([1e-3, 0.1, 10]):
        model = LinearSVC(C=c, loss="squared_hinge", dual=False, fit_intercept=False, tol=1e-14, max_iter=100000).fit(x, t)
        tensors |= {f"c.{i}": torch.tensor(c, dtype=torch.float64), f"w.{i}": tensor(model.coef_[0])}
    fixtures.write("domain", "svm", tensors, {}, type="LinearSVC", module="methods")


def pad(amazon):
    random = np.random.RandomState(6)
    source, target = random.randn(80, 3), random.randn(80, 3)
    tensors = {"source": tensor(source), "target": tensor(target)}
    for case, shift in (("0", 0.0), ("1", 1.0), ("8", 8.0)):
        distance = amazon.compute_proxy_distance(source, target + shift)
        print("PAD", shift, distance)
        tensors[f"distance.{case}"] = torch.tensor(distance, dtype=torch.float64)
    fixtures.write("domain", "pad", tensors, {}, type="compute_proxy_distance", module="methods")


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    sys.path.insert(0, str(folder))
    dann = load(folder / "DANN.py").DANN
    shallow(dann, "dann", 1.0)
    shallow(dann, "dann_plain", 0.0)
    shallow(dann, "dann_validated", 1.0, passes=120, validate=True)
    svm()
    pad(load(folder / "experiments_amazon.py"))
