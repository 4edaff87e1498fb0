"""Decodes a picture once for both its uses: the network's input and the average hash."""

from typing import TYPE_CHECKING

from app.network.classes import PREPROCESSING
from serving.pictures import decoding, preprocessing

if TYPE_CHECKING:
    from PIL.Image import Image

_HASH_SIDE = 8


def read(picture: bytes, *, field: str) -> tuple[bytes, str]:
    """The pixels and the hash."""

    def both(image: "Image") -> tuple[bytes, str]:
        # The hash comes first: like other implementations, it uses the file's own pixels at full resolution.
        hashed = average_hash(image)
        return preprocessing.prepared(image, PREPROCESSING, exact=True).tobytes(), hashed

    return decoding.opened(picture, both, field=field)


def average_hash(image: "Image") -> str:
    """The average hash, 64 bits in hex: a bit for each pixel of the 8 x 8 grey picture, set if lighter than average.

    It equals imagehash's average_hash() bit for bit. Similar pictures differ in few bits.
    """
    from PIL.Image import Resampling

    shades = image.convert("L").resize((_HASH_SIDE, _HASH_SIDE), Resampling.LANCZOS).tobytes()
    total = sum(shades)
    bits = "".join("1" if shade * len(shades) > total else "0" for shade in shades)
    return f"{int(bits, 2):0{len(bits) // 4}x}"
