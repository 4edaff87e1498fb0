"""From a picture as strangers send it to the pixels that a network takes.

A picture is hostile until proved otherwise: its header may promise what no memory holds, its data may end
early, and decoders raise whatever they like. All of that becomes an `Invalid` about the field it came in.

The work is done at the size the network needs. A JPEG can be decoded at a half, a quarter or an eighth of its
size; `pixels` lets it, as long as twice the size that is needed remains, for then the answers stay the same.
"""

from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

import msgspec

from serving.requests.errors import Invalid
from serving.timing import timer

if TYPE_CHECKING:
    from PIL.Image import Image

Made = TypeVar("Made")

# 50 million pixels are 200 MB once they are decoded.
MOST_PIXELS = 50_000_000
MEDIA_TYPES = ("image/jpeg", "image/png", "image/webp", "image/bmp", "image/gif")

# How much more than needed a JPEG is decoded to, and to how many pixels at least: where a network takes few, each
# of them counts.
_SPARE, _LEAST = 2, 128

# Pictures longer than this are cut before they are scaled.
_LONGEST = 8


class Preprocessing(msgspec.Struct, frozen=True):
    """What the weights were trained on.

    The picture is scaled until its shorter side is `shorter_side`, and cut at its centre to width x height.
    The network takes (value - mean) / std of values from 0 to 255, which is for the network's side to do.
    """

    width: int
    height: int
    shorter_side: int
    filter: Literal["nearest", "bilinear", "bicubic", "lanczos"] = "bilinear"
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)


def pixels(picture: bytes, how: Preprocessing, *, field: str | None, exact: bool = False) -> bytes:
    """`picture` as rows of RGB bytes, height x width x 3. `exact` decodes a JPEG in full."""
    return opened(picture, lambda image: prepared(image, how, exact=exact).tobytes(), field=field)


def opened(picture: bytes, make: Callable[["Image"], Made], *, field: str | None) -> Made:
    """What `make` makes of a picture that was looked at and not yet decoded; what goes wrong is an `Invalid`."""
    with timer("decode"):
        try:
            return make(_opened(picture, field))
        except (Invalid, MemoryError):
            raise
        except Exception as error:
            # Decoders raise what they like on data that is made to break them: OSError, ValueError, struct.error …
            said = "ends too early" if _is_about_an_end(error) else "cannot be decoded"
            raise Invalid(f"{_named(field)} {said}.", field=field, code="broken_image") from None


def load() -> None:
    """Import the decoder of most pictures in Lambda's initialisation, not while the first request waits."""
    from PIL import JpegImagePlugin  # noqa: F401


def _opened(picture: bytes, field: str | None) -> "Image":
    if not picture:
        raise Invalid(f"{_named(field)} is empty.", field=field, code="not_an_image")
    image = _with_decoder(picture)
    if image is None:
        wanted = "JPEG, PNG, WebP, BMP or GIF"
        raise Invalid(f"{_named(field)} is not a {wanted} image.", field=field, code="not_an_image")
    width, height = image.size
    if width < 1 or height < 1:
        raise Invalid(f"{_named(field)} is an image of {width} x {height} pixels.", field=field, code="broken_image")
    if width * height > MOST_PIXELS:
        raise Invalid(
            f"{_named(field)} is an image of {width} x {height} pixels; the most taken is {MOST_PIXELS:,}.",
            field=field,
            code="image_too_large",
        )
    # Of a GIF the first frame is taken, as everywhere. Who sends another animation has sent a film.
    if image.format != "GIF" and getattr(image, "is_animated", False):
        raise Invalid(f"{_named(field)} is animated; send one picture.", field=field, code="animated_image")
    return image


def _with_decoder(picture: bytes) -> "Image | None":
    """Looks at the first bytes itself: asking each decoder in turn would import them all."""
    file = BytesIO(picture)
    if picture.startswith(b"\xff\xd8\xff"):
        from PIL import JpegImagePlugin

        return JpegImagePlugin.JpegImageFile(file)
    if picture.startswith(b"\x89PNG\r\n\x1a\n"):
        from PIL import PngImagePlugin

        return PngImagePlugin.PngImageFile(file)
    if picture.startswith(b"RIFF") and picture[8:12] == b"WEBP":
        from PIL import WebPImagePlugin

        return WebPImagePlugin.WebPImageFile(file)
    if picture.startswith(b"BM"):
        from PIL import BmpImagePlugin

        return BmpImagePlugin.BmpImageFile(file)
    if picture.startswith((b"GIF87a", b"GIF89a")):
        from PIL import GifImagePlugin

        return GifImagePlugin.GifImageFile(file)
    return None


def prepared(image: "Image", how: Preprocessing, *, exact: bool) -> "Image":
    """The part of a picture that the network sees, in RGB and upright."""
    seen = _seen(image, how, exact=exact)
    return seen if seen.mode == "RGB" else seen.convert("RGB")


def _seen(image: "Image", how: Preprocessing, *, exact: bool) -> "Image":
    """The same; grey is grey, for that is a third of the work."""
    from PIL import Image

    size, turn = image.size, _orientation(image)
    # How large the picture is once it is decoded: at a fraction of its size, not a whole number of pixels.
    shown: tuple[float, float] = size
    if image.format == "JPEG" and not exact:
        drafted = image.draft("RGB", _scaled(size, max(how.shorter_side * _SPARE, _LEAST)))
        shown = drafted[1][2:] if drafted else size
    image = _decoded(image)
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
    # One step from the part that is wanted to the size that is wanted.
    across, down = shown[0] / size[0], shown[1] / size[1]
    part = _part(size, how)
    box = (left + part[0] * across, top + part[1] * down, left + part[2] * across, top + part[3] * down)
    return image.resize((how.width, how.height), method, box=box)


def _scaled(size: tuple[int, int], shorter_side: int) -> tuple[int, int]:
    """As torchvision counts it."""
    width, height = size
    if width <= height:
        return shorter_side, int(shorter_side * height / width)
    return int(shorter_side * width / height), shorter_side


def _middle(scaled: tuple[int, int], how: Preprocessing) -> tuple[int, int]:
    return round((scaled[0] - how.width) / 2), round((scaled[1] - how.height) / 2)


def _is_scaled_whole(size: tuple[int, int], how: Preprocessing) -> bool:
    """As torchvision does it, whose pixels these are then exactly. But of a line it would make a wall."""
    return how.shorter_side > min(how.width, how.height) and max(size) <= _LONGEST * min(size)


def _part(size: tuple[int, int], how: Preprocessing) -> tuple[float, float, float, float]:
    """The part of the picture that the network will see."""
    width, height = size
    if how.shorter_side <= min(how.width, how.height):
        # Nothing but what is too wide or too high is cut off. The numbers are those of Keras's load_img.
        wide = max(1, min(height * how.width // how.height, width))
        high = max(1, min(width * how.height // how.width, height))
        left, top = (width - wide) // 2, (height - high) // 2
        return left, top, left + wide, top + high
    scaled = _scaled(size, how.shorter_side)
    x, y = _middle(scaled, how)
    across, down = width / scaled[0], height / scaled[1]
    return x * across, y * down, (x + how.width) * across, (y + how.height) * down


class _Turn(NamedTuple):
    """What puts a picture upright: Pillow's number for it, and what becomes of the sides."""

    transpose: int = 0
    on_its_side: bool = False
    mirrors_x: bool = False
    mirrors_y: bool = False

    def __bool__(self) -> bool:
        return self != _UPRIGHT


_UPRIGHT = _Turn()
_ORIENTATION = 0x0112
# By EXIF's orientation.
_TURNS = {
    2: _Turn(0, mirrors_x=True),
    3: _Turn(3, mirrors_x=True, mirrors_y=True),
    4: _Turn(1, mirrors_y=True),
    5: _Turn(5, on_its_side=True),
    6: _Turn(4, on_its_side=True, mirrors_x=True),
    7: _Turn(6, on_its_side=True, mirrors_x=True, mirrors_y=True),
    8: _Turn(2, on_its_side=True, mirrors_y=True),
}


def _orientation(image: "Image") -> _Turn:
    # Reading the notes of a picture is work, so only where there are any.
    if "exif" not in image.info:
        return _UPRIGHT
    try:
        return _TURNS.get(image.getexif().get(_ORIENTATION, 1), _UPRIGHT)
    except Exception:  # the picture is good, only its notes are not
        return _UPRIGHT


def _decoded(image: "Image") -> "Image":
    """Grey or RGB, whatever the file holds. What shows through is white."""
    from PIL import Image

    if image.mode.startswith("I"):  # 16 bit grey
        notes = image.info
        image = image.convert("I").point(lambda value: value / 257).convert("RGB")
        image.info = {name: note for name, note in notes.items() if name != "transparency"}
    if image.has_transparency_data:
        seen = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen)
    if image.mode in ("RGB", "L"):
        image.load()  # convert() would copy it
        return image
    return image.convert("RGB")


def _is_about_an_end(error: Exception) -> bool:
    text = str(error).lower()
    return isinstance(error, EOFError) or "truncated" in text or "unexpected end" in text


def _named(field: str | None) -> str:
    return field or "The body"
