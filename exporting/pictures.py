"""Pictures for comparing answers: photographs and digits, noise, and the same pictures at many sizes."""

import io
import random
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from exporting.chosen import PICTURES

# The sizes of the noise pictures: square, landscape, portrait, and one smaller than a network's input.
NOISE = ((500, 500), (640, 360), (333, 500), (20, 31))
SEED = 3
# Longer sides, chosen between the sizes at which the JPEG decoder changes its fraction, and far beyond them.
SIZES = (300, 449, 640, 1000, 1546, 3000)
QUALITY = 90


def all_kinds() -> Iterator[tuple[str, bytes]]:
    """The names and contents of all pictures, and of noise."""
    for path in sorted(PICTURES.glob("*/*.jpg")):
        yield path.name, path.read_bytes()
    chance = random.Random(SEED)  # noqa: S311
    for width, height in NOISE:
        file = io.BytesIO()
        Image.frombytes("RGB", (width, height), chance.randbytes(width * height * 3)).save(file, "PNG")
        yield f"noise of {width} x {height}", file.getvalue()


def at_many_sizes(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.glob("*.jpg")):
        with Image.open(path) as picture:
            for size in SIZES:
                scale = size / max(picture.size)
                width, height = (max(1, round(side * scale)) for side in picture.size)
                file = io.BytesIO()
                scaled = picture.convert("RGB").resize((width, height), Image.Resampling.BICUBIC)
                scaled.save(file, "JPEG", quality=QUALITY)
                yield f"{path.name} at {width} x {height}", file.getvalue()
