"""MNIST's 60,000 training pictures: the published files, or a single `.npz` file.

None of them is in the repository. They are downloaded only on request.
"""

import argparse
import gzip
import hashlib
import sys
import urllib.request
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from training.digits import Digits, Pixels

PUBLISHED = "https://ossci-datasets.s3.amazonaws.com/mnist"
IMAGES, LABELS = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"
SHA256 = {
    IMAGES: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    LABELS: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
}
TIMEOUT = 60.0
# The length of the published files' headers: a magic number and the sizes.
IMAGES_HEADER, LABELS_HEADER = 16, 8
SIDE = 28
HELD_OUT = 10_000
SPLIT_SEED = 42


def add_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--mnist",
        type=Path,
        required=True,
        metavar="PATH",
        help=f"a folder with {IMAGES} and {LABELS}, which --download downloads from {PUBLISHED} if they are missing; "
        "or an .npz file with `images` and `labels`",
    )
    parser.add_argument("--download", action="store_true", help="download missing files (10 MB)")


def given(options: argparse.Namespace) -> Digits:
    """The digits that the command line names. Exits with one line that says why if they cannot be read."""
    try:
        return read(options.mnist, download=options.download)
    except (OSError, EOFError, ValueError, KeyError, BadZipFile) as error:
        sys.exit(f"train: {options.mnist} gives no digits to learn from: {error}")


def read(path: Path, *, download: bool = False) -> Digits:
    """The digits as grey 28 x 28 pictures of light strokes on black, in the order of the files."""
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as arrays:
            pictures, labels = arrays["images"], arrays["labels"]
    else:
        contents = {name: _content(path / name, download=download) for name in SHA256}
        pictures = np.frombuffer(contents[IMAGES], np.uint8, offset=IMAGES_HEADER).reshape(-1, SIDE, SIDE)
        labels = np.frombuffer(contents[LABELS], np.uint8, offset=LABELS_HEADER)
    if pictures.dtype != np.uint8 or pictures.shape != (len(labels), SIDE, SIDE):
        raise ValueError(f"{len(labels)} labels, and pictures of {pictures.shape} {pictures.dtype}")
    return Digits(_light_on_dark(pictures), labels.astype(np.int64))


def split(digits: Digits) -> tuple[Digits, Digits]:
    """The digits to train with, and those held out: 10,000, or a sixth if there are fewer than 60,000 digits."""
    order = np.random.default_rng(SPLIT_SEED).permutation(len(digits.labels))
    first = min(HELD_OUT, len(order) // 6)
    return digits.chosen(order[first:]), digits.chosen(order[:first])


def _light_on_dark(pictures: Pixels) -> Pixels:
    """The pictures, inverted if their background is light. Most of a picture is background."""
    return 255 - pictures if pictures.mean() > 127 else pictures


def _content(file: Path, *, download: bool) -> bytes:
    if download and not file.exists():
        _fetch(file)
    content = file.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256[file.name]:
        raise ValueError(f"{file.name} has the sha256 {found}, the published one {SHA256[file.name]}")
    return gzip.decompress(content)


def _fetch(file: Path) -> None:
    print(f"train: {PUBLISHED}/{file.name}", file=sys.stderr)
    with urllib.request.urlopen(f"{PUBLISHED}/{file.name}", timeout=TIMEOUT) as answer:  # noqa: S310
        content = answer.read()
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    partial.write_bytes(content)
    partial.rename(file)


def sha256(*parts: Digits) -> str:
    """The hash of all pictures and labels, which tells whether another training had the same data."""
    found = hashlib.sha256()
    for part in parts:
        found.update(part.pictures.tobytes())
        found.update(part.labels.tobytes())
    return found.hexdigest()
