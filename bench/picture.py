"""A synthetic picture with the size and detail of a photograph, the same on every machine.

It follows the dead leaves model: large and small ellipses that cover each other have the statistics of photographs,
edges included. Fading light, a lens-like blur and sensor grain are added. It also compresses like a photograph.
"""

from __future__ import annotations

import hashlib
import io
import math
import random
from pathlib import Path

WIDTH, HEIGHT = 1546, 1213
SEED = 20
LEAVES = 6000
QUALITY = 90


def jpeg() -> bytes:
    from PIL import Image, ImageChops, ImageDraw, ImageFilter

    chance = random.Random(SEED)  # noqa: S311
    picture = Image.new("RGB", (WIDTH, HEIGHT), (96, 110, 120))
    draw = ImageDraw.Draw(picture)
    for _ in range(LEAVES):
        # Half the radius, eight times as many.
        radius = min(600.0, 7.0 / math.sqrt(1.0 - chance.random()))
        x, y = chance.uniform(-radius, WIDTH + radius), chance.uniform(-radius, HEIGHT + radius)
        stretch = chance.uniform(0.4, 1.0)
        light = chance.uniform(20, 235)
        colour = tuple(round(min(255, max(0, light + chance.gauss(0, 22)))) for _ in range(3))
        draw.ellipse((x - radius, y - radius * stretch, x + radius, y + radius * stretch), fill=colour)
    fading = Image.linear_gradient("L").rotate(90).resize((WIDTH, HEIGHT)).point(lambda value: 150 + value * 105 // 255)
    picture = ImageChops.multiply(picture, Image.merge("RGB", [fading] * 3))
    picture = picture.filter(ImageFilter.GaussianBlur(1.4))
    noise = Image.frombytes("RGB", (WIDTH, HEIGHT), chance.randbytes(WIDTH * HEIGHT * 3))
    picture = Image.blend(picture, noise.filter(ImageFilter.GaussianBlur(0.8)), 0.05)
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=QUALITY)
    return written.getvalue()


def cached(folder: Path) -> Path:
    """The picture as a file in `folder`, named by a hash of this module."""
    key = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:16]
    file = folder / f"picture-{key}.jpg"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        partial = file.with_suffix(".partial")
        partial.write_bytes(jpeg())
        partial.rename(file)
    return file
