"""Makes the data sets bundled in the core jar, as gzip IDX files.

    python make_data.py /usr/share/datasets/fashion-mnist

The argument is the folder with the four original Fashion-MNIST IDX files (Debian package
dataset-fashion-mnist). UCI digits come from scikit-learn.
"""

import argparse
import gzip
import hashlib
import pathlib
import struct

import numpy as np
from sklearn.datasets import load_digits

DATA = pathlib.Path(__file__).resolve().parent.parent / "core/src/main/resources/dev/proteus/core/data"
SEED = 1708  # of the draw from Fashion-MNIST; RandomState, because its stream is frozen for good
TRAIN_PER_CLASS = 1000
TEST_PER_CLASS = 200


def read_idx(path):
    with gzip.open(path) as file:
        raw = file.read()
    zero, kind, rank = struct.unpack(">HBB", raw[:4])
    if zero != 0 or kind != 8:
        raise ValueError(f"{path}: not an IDX file of unsigned bytes")
    shape = struct.unpack(f">{rank}I", raw[4 : 4 + 4 * rank])
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * rank).reshape(shape)


def write_idx(name, array):
    assert array.dtype == np.uint8
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    # mtime 0: the same bytes each time
    (DATA / name).write_bytes(gzip.compress(header + array.tobytes(), 9, mtime=0))


def stratified(labels, per_class, random):
    """Indices of per_class items of each class, without repetition, shuffled."""
    picks = [random.permutation(np.flatnonzero(labels == c))[:per_class] for c in range(10)]
    return random.permutation(np.concatenate(picks))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("fashion", type=pathlib.Path, help="folder with the Fashion-MNIST IDX files")
    fashion = parser.parse_args().fashion
    DATA.mkdir(parents=True, exist_ok=True)

    digits = load_digits()
    write_idx("digits-images-idx3-ubyte.gz", digits.images.astype(np.uint8))  # values 0..16
    write_idx("digits-labels-idx1-ubyte.gz", digits.target.astype(np.uint8))

    random = np.random.RandomState(SEED)
    for source, name, per_class in [("train", "train", TRAIN_PER_CLASS), ("t10k", "test", TEST_PER_CLASS)]:
        images = read_idx(fashion / f"{source}-images-idx3-ubyte.gz")
        labels = read_idx(fashion / f"{source}-labels-idx1-ubyte.gz")
        picked = stratified(labels, per_class, random)
        write_idx(f"fashion-{name}-images-idx3-ubyte.gz", images[picked])
        write_idx(f"fashion-{name}-labels-idx1-ubyte.gz", labels[picked])

    sums = [f"{hashlib.sha256(f.read_bytes()).hexdigest()}  {f.name}\n" for f in sorted(DATA.glob("*.gz"))]
    (DATA / "SHA256SUMS").write_text("".join(sums))


if __name__ == "__main__":
    main()
