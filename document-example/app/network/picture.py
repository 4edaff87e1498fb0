"""What is read from a picture, in one decoding: what the network sees of it, and its average hash."""

from typing import TYPE_CHECKING

from app.network.classes import PREPROCESSING
from serving.pictures import decoding, preprocessing

if TYPE_CHECKING:
    from PIL.Image import Image

_HASH_SIDE = 8


def read(picture: bytes, *, field: str) -> tuple[bytes, str]:
    """The pixels and the hash."""

    def both(image: "Image") -> tuple[bytes, str]:
        # First the hash: it is of the file's own pixels, of a JPEG all of them, as others compute it too.
        hashed = average_hash(image)
        return preprocessing.prepared(image, PREPROCESSING, exact=True).tobytes(), hashed

    return decoding.opened(picture, both, field=field)


def average_hash(image: "Image") -> str:
    """64 bits in hex, row by row: where the picture, 8 x 8 and grey, is lighter than on average.

    To the bit what imagehash's average_hash() gives. Alike pictures differ in few bits.
    """
    from PIL.Image import Resampling

    shades = image.convert("L").resize((_HASH_SIDE, _HASH_SIDE), Resampling.LANCZOS).tobytes()
    total = sum(shades)
    bits = "".join("1" if shade * len(shades) > total else "0" for shade in shades)
    return f"{int(bits, 2):0{len(bits) // 4}x}"
