"""NumPy's and Pillow's own files, with what is in them, for the readers in core.data.

Files:
  fixtures/data/arrays.npz        one array a case, stored
  fixtures/data/deflated.npz      f4 and i8 again, deflated
  fixtures/data/*.npy             header versions 2 and 3, big-endian, pickled objects
  fixtures/data/expected.safetensors  the arrays of arrays.npz by name, in C order
  fixtures/data/images/           gray, colour, palette, transparent and JPEG images
  fixtures/data/images.safetensors    <name>.rgb and <name>.gray as Pillow decodes them, uint8;
                                  colour.small: colour.png resized to 7 x 5 (bilinear)
"""

import io
import zipfile

import numpy as np
import torch
from PIL import Image

import fixtures

ROOT = fixtures.ROOT / "data"


def arrays():
    random = np.random.RandomState(11)
    base = random.randint(0, 100, (3, 4, 2))
    kinds = {k: base.astype(k) for k in ["f8", "f4", "f2", "i8", "i4", "i2", "i1", "u1", "u2", "u4", "u8"]}
    kinds["f4"] = random.randn(3, 4, 2).astype("f4")
    kinds["i2"] = (base - 50).astype("i2")
    kinds["bool"] = base % 2 == 0
    kinds["big_f8"] = random.randn(5).astype(">f8")
    kinds["big_i2"] = (random.randint(-30000, 30000, (2, 3))).astype(">i2")
    kinds["fortran"] = np.asfortranarray(random.randn(2, 3, 4).astype("f4"))
    kinds["fortran_big"] = np.asfortranarray(random.randint(-1000, 1000, (3, 2)).astype(">i4"))
    kinds["scalar"] = np.float64(2.5)
    kinds["empty"] = np.zeros((0, 3), "f4")
    return kinds


def npy(array, version, **more):
    out = io.BytesIO()
    np.lib.format.write_array(out, array, version=version, **more)
    return out.getvalue()


def write_npz(name, arrays, compression):
    # not np.savez: it stores the time
    with zipfile.ZipFile(ROOT / name, "w", compression) as z:
        for key, array in arrays.items():
            z.writestr(zipfile.ZipInfo(key + ".npy"), npy(np.asanyarray(array), (1, 0)), compression)


def plain(array):
    array = np.asanyarray(array)
    native = array.astype(array.dtype.newbyteorder("="), order="C")
    return torch.from_numpy(native.reshape(array.shape).copy())


def images():
    y, x = np.mgrid[0:12, 0:16]
    colour = np.stack([x * 16, y * 20, (x * y) % 256], -1).astype(np.uint8)
    gray = ((x * 13 + y * 7) % 256).astype(np.uint8)
    rgb = Image.fromarray(colour)
    return {
        "colour.png": rgb,
        "gray.png": Image.fromarray(gray),
        "alpha.png": Image.fromarray(np.dstack([colour, (255 - y * 10).astype(np.uint8)])),
        "gray_alpha.png": Image.fromarray(np.dstack([gray, (255 - y * 10).astype(np.uint8)]), "LA"),
        "palette.png": rgb.quantize(16),
        "photo.jpg": Image.fromarray(np.stack([x * 10 + 40, y * 12 + 50, x * 5 + y * 5 + 30], -1).astype(np.uint8)),
        "gray.jpg": Image.fromarray((x * 9 + y * 5).astype(np.uint8)),
    }


def main():
    (ROOT / "images").mkdir(parents=True, exist_ok=True)
    all_arrays = arrays()
    write_npz("arrays.npz", all_arrays, zipfile.ZIP_STORED)
    write_npz("deflated.npz", {k: all_arrays[k] for k in ["f4", "i8"]}, zipfile.ZIP_DEFLATED)
    for version in (2, 3):
        (ROOT / f"version{version}.npy").write_bytes(npy(all_arrays["f4"], (version, 0)))
    (ROOT / "pickled.npy").write_bytes(npy(np.array([{"a": 1}, None], object), (1, 0)))
    (ROOT / "complex.npy").write_bytes(npy(np.zeros(2, "c8"), (1, 0)))
    (ROOT / "record.npy").write_bytes(npy(np.zeros(2, [("a", "f4"), ("b", "i4")]), (1, 0)))
    (ROOT / "text.npy").write_bytes(npy(np.array(["one", "two"]), (1, 0)))
    fixtures.write("data", "expected", {k: plain(a) for k, a in all_arrays.items()}, {}, numpy=np.__version__)

    pixels = {}
    for name, image in images().items():
        path = ROOT / "images" / name
        if name.endswith("jpg"):
            image.save(path, quality=95, subsampling=0)
        else:
            image.save(path)
        decoded = Image.open(path)
        rgb = np.asarray(decoded.convert("RGB"))
        pixels[name + ".rgb"] = torch.from_numpy(rgb.copy()).permute(2, 0, 1)
        pixels[name + ".gray"] = torch.from_numpy(np.asarray(decoded.convert("L")).copy())[None]
    small = Image.open(ROOT / "images" / "colour.png").resize((7, 5), Image.BILINEAR)
    pixels["colour.small"] = torch.from_numpy(np.asarray(small).copy()).permute(2, 0, 1)
    fixtures.write("data", "images", pixels, {})


if __name__ == "__main__":
    main()
