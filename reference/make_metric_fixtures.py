"""Makes fixtures/metric: scikit-learn's metrics of logits against classes, and of values.

    python make_metric_fixtures.py

classes.safetensors (float64): logits [300,7], target [300]; class 5 is never a target, class 6
neither a target nor predicted. Results: accuracy, top.2, top.3, macro_f1, precision [7], recall [7]
(0 where undefined), confusion [7,7] (row: target, column: predicted), nll, brier (sum over the
classes of the squared error of the probability, mean over the samples), ece (15 bins of equal width,
closed on the right).

values.safetensors (float64): prediction [50,3], target [50,3], mae, mse.
"""

import numpy as np
import torch
from sklearn import metrics

import fixtures

random = np.random.default_rng(3)
K = 7
target = random.integers(0, 5, 300)
logits = random.normal(size=(300, K)) * 2
logits[np.arange(300), target] += 1.5
logits[:, 6] = -20
p = np.exp(logits - logits.max(1, keepdims=True))
p /= p.sum(1, keepdims=True)
predicted = p.argmax(1)
labels = np.arange(K)
precision, recall, _, _ = metrics.precision_recall_fscore_support(target, predicted, labels=labels, zero_division=0)

# scikit-learn has no calibration error: the definition of Guo et al. (2017), written out
confidence, hit = p.max(1), predicted == target
edges = np.linspace(0, 1, 16)
ece = 0
for low, high in zip(edges[:-1], edges[1:]):
    inside = (confidence > low) & (confidence <= high)
    if inside.any():
        ece += inside.mean() * abs(hit[inside].mean() - confidence[inside].mean())

fixtures.write("metric", "classes", {key: torch.as_tensor(np.asarray(value)) for key, value in {
    "logits": logits,
    "target": target,
    "accuracy": metrics.accuracy_score(target, predicted),
    "top.2": metrics.top_k_accuracy_score(target, logits, k=2, labels=labels),
    "top.3": metrics.top_k_accuracy_score(target, logits, k=3, labels=labels),
    "macro_f1": metrics.f1_score(target, predicted, average="macro", zero_division=0),
    "precision": precision,
    "recall": recall,
    "confusion": metrics.confusion_matrix(target, predicted, labels=labels),
    "nll": metrics.log_loss(target, p, labels=labels),
    "brier": metrics.brier_score_loss(target, p, labels=labels, scale_by_half=False),
    "ece": ece,
}.items()}, {})

value = random.normal(size=(50, 3))
other = value + random.normal(size=(50, 3)) * 0.3
fixtures.write("metric", "values", {key: torch.as_tensor(np.asarray(x)) for key, x in {
    "prediction": other,
    "target": value,
    "mae": metrics.mean_absolute_error(value, other),
    "mse": metrics.mean_squared_error(value, other),
}.items()}, {})
