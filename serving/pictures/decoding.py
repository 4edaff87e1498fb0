"""Decodes untrusted pictures to the pixels that a network takes.

Any picture may be hostile: its header may promise more than fits in memory, its data may end early or take hours to
decode, and decoders may raise any exception. All of this becomes an `Invalid` about the field it came in.

A decoder cannot be interrupted. So its time and memory are estimated first, and a picture that would need too much is
refused.
"""

from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, TypeVar

import msgspec

from serving.pictures import formats, memory, orientation
from serving.pictures.formats import MEDIA_TYPES as MEDIA_TYPES
from serving.pictures.orientation import Turn
from serving.pictures.plain import MOST_PIXELS as MOST_PIXELS
from serving.pictures.plain import MOST_SIDE, NotTaken, Plain, broken
from serving.pictures.preprocessing import TURN, prepared
from serving.pictures.preprocessing import Preprocessing as Preprocessing
from serving.requests.errors import Invalid
from serving.timing import timer

if TYPE_CHECKING:
    from PIL.Image import Image

Made = TypeVar("Made")

# The most processor time for one picture.
MOST_SECONDS = 1.0
# The cost per pixel of turning a picture upright: see plain.py.
_MEMORY_OF_TURN, _WORK_OF_TURN = 4.0, 8.0


class Allowance:
    """The processor time that several pictures may take together."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds

    def spend(self, seconds: float) -> None:
        if seconds > self._left:
            raise NotTaken("image_too_complex", "would take too long to decode together with the images before it")
        self._left -= seconds


def pixels(
    picture: bytes,
    how: Preprocessing,
    *,
    field: str | None,
    exact: bool = False,
    allowance: Allowance | None = None,
) -> bytes:
    """`picture` as rows of RGB bytes, height x width x 3. `exact` decodes JPEGs at full size."""
    return opened(picture, lambda image: prepared(image, how, exact=exact).tobytes(), field=field, allowance=allowance)


def opened(
    picture: bytes, make: Callable[["Image"], Made], *, field: str | None, allowance: Allowance | None = None
) -> Made:
    """The result of `make` for a picture that was checked but is not yet decoded. Raises `Invalid` on any error."""
    with timer("decode"):
        try:
            return _made(picture, make, allowance)
        except Invalid:
            raise
        except NotTaken as why:
            code, reason = why.code, why.reason
        except MemoryError:
            code, reason = "image_too_large", "takes more memory to decode than there is"
        except Exception as error:
            # Decoders raise anything on malformed data: OSError, ValueError, struct.error …
            code, reason = "broken_image", "ends too early" if _is_about_an_end(error) else "cannot be decoded"
        raise Invalid(f"{field or 'The body'} {reason}.", field=field, code=code)


def load() -> None:
    """Import the JPEG decoder, which most pictures need, in Lambda's initialisation phase."""
    from PIL import JpegImagePlugin  # noqa: F401

    from serving.pictures.formats import jpeg  # noqa: F401


def reduced(picture: bytes) -> tuple[formats.Format, Plain, Turn]:
    """The picture's format, its reduced content with the cost of decoding it, and the turn that puts it upright."""
    if not picture:
        raise NotTaken("not_an_image", "is empty")
    format_ = formats.of(picture)
    if format_ is None:
        raise NotTaken("not_an_image", "is not a JPEG, PNG, WebP, BMP or GIF image")
    plain = format_.reduced(picture)
    turn = orientation.of(plain.notes)
    if turn:
        memory, work = plain.memory + _MEMORY_OF_TURN, plain.work + _WORK_OF_TURN
        plain = msgspec.structs.replace(plain, memory=memory, work=work)
    return format_, plain, turn


def _made(picture: bytes, make: Callable[["Image"], Made], allowance: Allowance | None) -> Made:
    format_, plain, turn = reduced(picture)
    _check(plain)
    if allowance:
        allowance.spend(plain.seconds)
    with memory.room().holding(plain.need):
        image = format_.decoder(BytesIO(plain.content))
        if image.size != (plain.width, plain.height):
            raise broken()
        image.info[TURN] = turn
        return make(image)


def _check(plain: Plain) -> None:
    size = f"is an image of {plain.width} x {plain.height} pixels"
    if plain.pixels < 1:
        raise broken(size)
    if max(plain.width, plain.height) > MOST_SIDE:
        raise NotTaken("image_too_large", f"{size}; the longest side taken has {MOST_SIDE:,}")
    if plain.pixels > MOST_PIXELS:
        raise NotTaken("image_too_large", f"{size}; the most taken is {MOST_PIXELS:,}")
    if plain.seconds > MOST_SECONDS:
        raise NotTaken("image_too_complex", f"{size}, which in its form would take too long to decode")
    if plain.need > memory.room().size:
        raise NotTaken("image_too_large", f"{size}, which in its form take more memory to decode than there is")


def _is_about_an_end(error: Exception) -> bool:
    text = str(error).lower()
    return isinstance(error, EOFError | IndexError) or "truncated" in text or "unexpected end" in text
