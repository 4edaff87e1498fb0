"""POST /v1/predict: several pictures at once, each as an address or as data."""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from time import monotonic
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

import serving
from app.model import Model
from serving import blocking
from serving.fetching.fetch_limits import Limits
from serving.pictures import decoding

MOST_PICTURES = 16
MOST_BYTES = 10 * 1024 * 1024
# The part of the function's timeout that is reserved for decoding and classifying.
SECONDS_FOR_THE_MODEL = 4.0
# The part of it that is left once the last picture's turn has come, for decoding that one and for classifying all.
SECONDS_FOR_SCORES = 2.0
# The most processor time for decoding all pictures, as estimated: sixteen photographs of 12 megapixels take 5 s.
MOST_SECONDS_OF_DECODING = 6.0

# The pixels of a picture, given the field in which it came.
Decode = Callable[[str, bytes], bytes]

EXAMPLE = {"images": [{"url": "https://upload.wikimedia.org/wikipedia/commons/3/34/Samoyed.jpg"}]}


class Picture(msgspec.Struct, forbid_unknown_fields=True):
    """One picture, as an address or as data."""

    url: Annotated[
        str | UnsetType, Meta(description="The address of a picture", extra_json_schema={"format": "uri"})
    ] = UNSET
    data: Annotated[bytes | UnsetType, Meta(description="The picture itself, as base64")] = UNSET


class Pictures(msgspec.Struct, forbid_unknown_fields=True):
    images: Annotated[list[Picture], Meta(min_length=1, max_length=MOST_PICTURES)]


class Class(msgspec.Struct):
    score: float
    category: str
    name: str


class Classes(msgspec.Struct):
    images: list[Class]


def predict(model: Model, query: Pictures) -> Classes:
    end = monotonic() + model.settings.function_seconds
    for index, picture in enumerate(query.images):
        _check(index, picture)
    allowance = decoding.Allowance(MOST_SECONDS_OF_DECODING)

    def decode(field: str, content: bytes) -> bytes:
        if monotonic() > end - SECONDS_FOR_SCORES:
            raise serving.Invalid(f"{field} cannot be decoded in time.", field=field, code="image_too_complex")
        return model.pixels(content, field, allowance)

    pixels: dict[int, bytes] = {}
    # An address given several times is fetched and decoded once.
    places: dict[str, list[int]] = {}
    for index, picture in enumerate(query.images):
        if picture.url is not UNSET:
            places.setdefault(picture.url, []).append(index)
        elif picture.data is not UNSET:
            pixels[index] = decode(f"images[{index}].data", picture.data)
    pixels |= _fetched(model, places, end - SECONDS_FOR_THE_MODEL, decode)
    return Classes([_best(model, scores) for scores in model.scores([pixels[index] for index in sorted(pixels)])])


def _check(index: int, picture: Picture) -> None:
    if (picture.url is UNSET) == (picture.data is UNSET):
        field = f"images[{index}]"
        if picture.url is UNSET:
            raise serving.Invalid(f"{field} has no picture: give url or data.", field=field, code="missing_field")
        raise serving.Invalid(f"{field} has two pictures: give url or data, not both.", field=field, code="two_images")


def _fetched(model: Model, places: dict[str, list[int]], deadline: float, decode: Decode) -> dict[int, bytes]:
    """The pixels of what the addresses lead to, by the indices at which they stand in the request."""
    pixels: dict[int, bytes] = {}
    errors: dict[int, serving.Invalid] = {}
    refused = None
    with closing(_downloads(model, list(places), deadline)) as downloads:
        for url, content in downloads:
            if isinstance(content, serving.Invalid):
                errors.update(dict.fromkeys(places[url], content))
            elif not errors and not refused:
                try:
                    pixels.update(dict.fromkeys(places[url], decode(f"images[{places[url][0]}].url", content)))
                except serving.Invalid as error:
                    refused = error
    if errors:
        raise serving.Invalid(
            "One or more images could not be downloaded.",
            field=", ".join(f"images[{index}].url" for index in sorted(errors)),
            code=errors[min(errors)].code,
        )
    if refused:
        raise refused
    return pixels


def _downloads(model: Model, urls: list[str], deadline: float) -> Generator[tuple[str, bytes | serving.Invalid]]:
    """The content of each address, in the order in which they arrive.

    A download is begun only where no more than a few are held that have not been taken: sixteen may have 160 MB.
    """
    if not urls:
        return
    blocking.before_stranger()
    # Imported only here: this import takes longer than classifying the pictures.
    from concurrent.futures import ThreadPoolExecutor, as_completed
    from threading import Semaphore

    from serving.fetching.fetch import fetch

    threads = min(model.settings.threads, len(urls))
    room = Semaphore(threads + 1)

    def fetched(url: str) -> tuple[str, bytes | serving.Invalid]:
        room.acquire()
        seconds = min(float(model.settings.timeout), deadline - monotonic())
        limits = Limits(accept="image/*", max_bytes=MOST_BYTES, seconds=max(seconds, 0.001))
        try:
            return url, fetch(url, limits).body
        except serving.Invalid as error:
            return url, error

    with ThreadPoolExecutor(threads) as pool:
        arriving = as_completed([pool.submit(fetched, url) for url in urls])
        try:
            for _ in urls:
                # The timer is started here: it belongs to the request's context, which the threads do not share.
                with serving.timer("fetch"):
                    each = next(arriving).result()
                yield each
                room.release()
        finally:
            # Those that nobody takes any more must end, too.
            room.release(len(urls))


def _best(model: Model, scores: Sequence[float]) -> Class:
    [(number, score)] = model.classes.best(scores, 1)
    return Class(round(score, 4), model.classes.categories[number], model.classes.labels[number])
