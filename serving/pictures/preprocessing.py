"""Preprocesses a picture as the network's weights were trained: crop, size and colours.

The work is done at the size the network needs. A JPEG can be decoded at a half, a quarter or an eighth of its size;
`prepared` does so as long as twice the needed size remains, because then the answers stay the same.
"""

from typing import TYPE_CHECKING, Literal

import msgspec

from serving.pictures import colours
from serving.pictures.orientation import UPRIGHT, Turn

if TYPE_CHECKING:
    from PIL.Image import Image

# The key of the `Turn` in the `info` of a Pillow image.
TURN = "turn"

# The size to which a JPEG is decoded: this multiple of the needed size, and at least this many pixels, because small
# networks depend on each of them.
_SPARE, _LEAST = 2, 128

# Pictures with a higher ratio of sides are cropped before they are scaled.
_LONGEST = 8


class Preprocessing(msgspec.Struct, frozen=True):
    """The preprocessing that the weights were trained with.

    The picture is scaled until its shorter side is `shorter_side`, and cropped at its centre to width x height.
    The network takes (value - mean) / std of values from 0 to 255; the network's code applies this itself.
    """

    width: int
    height: int
    shorter_side: int
    filter: Literal["nearest", "bilinear", "bicubic", "lanczos"] = "bilinear"
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)


def prepared(image: "Image", how: Preprocessing, *, exact: bool) -> "Image":
    """The part of a picture that the network sees, in RGB and upright."""
    seen = _seen(image, how, exact=exact)
    return seen if seen.mode == "RGB" else seen.convert("RGB")


def _seen(image: "Image", how: Preprocessing, *, exact: bool) -> "Image":
    """The same, but grey pictures stay grey, which is a third of the work."""
    from PIL import Image

    turn: Turn = image.info.get(TURN, UPRIGHT)
    size = image.size
    # The size of the decoded picture. Decoded at a fraction, it need not be a whole number of pixels.
    shown: tuple[float, float] = size
    if image.format == "JPEG" and not exact:
        drafted = image.draft("RGB", _scaled(size, max(how.shorter_side * _SPARE, _LEAST)))
        shown = drafted[1][2:] if drafted else size
    image = colours.flat(image)
    over = image.width - shown[0], image.height - shown[1]
    if turn:
        image = image.transpose(Image.Transpose(turn.transpose))
        if turn.on_its_side:
            size, shown, over = size[::-1], shown[::-1], over[::-1]
    left, top = over[0] * turn.mirrors_x, over[1] * turn.mirrors_y
    method = Image.Resampling[how.filter.upper()]
    if _is_scaled_whole(size, how):
        scaled = _scaled(size, how.shorter_side)
        whole = image.resize(scaled, method, box=(left, top, left + shown[0], top + shown[1]))
        x, y = _middle(scaled, how)
        return whole.crop((x, y, x + how.width, y + how.height))
    # Crop and scale in one step.
    across, down = shown[0] / size[0], shown[1] / size[1]
    part = _part(size, how)
    box = (left + part[0] * across, top + part[1] * down, left + part[2] * across, top + part[3] * down)
    return image.resize((how.width, how.height), method, box=box)


def _scaled(size: tuple[int, int], shorter_side: int) -> tuple[int, int]:
    """The size after scaling, rounded as in torchvision."""
    width, height = size
    if width <= height:
        return shorter_side, int(shorter_side * height / width)
    return int(shorter_side * width / height), shorter_side


def _middle(scaled: tuple[int, int], how: Preprocessing) -> tuple[int, int]:
    return round((scaled[0] - how.width) / 2), round((scaled[1] - how.height) / 2)


def _is_scaled_whole(size: tuple[int, int], how: Preprocessing) -> bool:
    """Whether to scale before cropping, for exactly torchvision's pixels. Scaled, very long pictures would be huge."""
    return how.shorter_side > min(how.width, how.height) and max(size) <= _LONGEST * min(size)


def _part(size: tuple[int, int], how: Preprocessing) -> tuple[float, float, float, float]:
    """The part of the picture that the network will see."""
    width, height = size
    if how.shorter_side <= min(how.width, how.height):
        # Only the excess width or height is cut off. The numbers are those of Keras's load_img.
        wide = max(1, min(height * how.width // how.height, width))
        high = max(1, min(width * how.height // how.width, height))
        left, top = (width - wide) // 2, (height - high) // 2
        return left, top, left + wide, top + high
    scaled = _scaled(size, how.shorter_side)
    x, y = _middle(scaled, how)
    across, down = width / scaled[0], height / scaled[1]
    return x * across, y * down, (x + how.width) * across, (y + how.height) * down
