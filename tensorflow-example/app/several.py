"""POST /v1/predict: several pictures at once, each as an address or as data."""

from collections.abc import Sequence
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
    fetched = _fetched(model, query.images, end - SECONDS_FOR_THE_MODEL)
    pixels = []
    allowance = decoding.Allowance(MOST_SECONDS_OF_DECODING)
    for index, picture in enumerate(query.images):
        field = f"images[{index}].{'data' if picture.url is UNSET else 'url'}"
        if monotonic() > end - SECONDS_FOR_SCORES:
            raise serving.Invalid(f"{field} cannot be decoded in time.", field=field, code="image_too_complex")
        # pop() frees each download once it has been decoded.
        if index in fetched:
            pixels.append(model.pixels(fetched.pop(index), field, allowance))
        elif picture.data is not UNSET:
            pixels.append(model.pixels(picture.data, field, allowance))
    return Classes([_best(model, scores) for scores in model.scores(pixels)])


def _check(index: int, picture: Picture) -> None:
    if (picture.url is UNSET) == (picture.data is UNSET):
        field = f"images[{index}]"
        if picture.url is UNSET:
            raise serving.Invalid(f"{field} has no picture: give url or data.", field=field, code="missing_field")
        raise serving.Invalid(f"{field} has two pictures: give url or data, not both.", field=field, code="two_images")


def _fetched(model: Model, pictures: Sequence[Picture], deadline: float) -> dict[int, bytes]:
    """The downloaded pictures, keyed by their index in the request. An address given several times is fetched once."""
    urls = {index: picture.url for index, picture in enumerate(pictures) if picture.url is not UNSET}
    if not urls:
        return {}
    blocking.before()
    # Imported only here: this import takes longer than classifying the pictures.
    from concurrent.futures import ThreadPoolExecutor

    def fetched(url: str) -> bytes | serving.Invalid:
        from serving.fetching.fetch import fetch

        seconds = min(float(model.settings.timeout), deadline - monotonic())
        limits = Limits(accept="image/*", max_bytes=MOST_BYTES, seconds=max(seconds, 0.001))
        try:
            return fetch(url, limits).body
        except serving.Invalid as error:
            return error

    different = list(dict.fromkeys(urls.values()))
    # The timer is started here: it belongs to the request's context, which the threads do not share.
    with serving.timer("fetch"), ThreadPoolExecutor(min(model.settings.threads, len(different))) as pool:
        by_url = dict(zip(different, pool.map(fetched, different), strict=True))
    found = {index: by_url[url] for index, url in urls.items()}
    errors = {index: error for index, error in found.items() if isinstance(error, serving.Invalid)}
    if errors:
        raise serving.Invalid(
            "One or more images could not be downloaded.",
            field=", ".join(f"images[{index}].url" for index in errors),
            code=next(iter(errors.values())).code,
        )
    return {index: content for index, content in found.items() if isinstance(content, bytes)}


def _best(model: Model, scores: Sequence[float]) -> Class:
    [(number, score)] = model.classes.best(scores, 1)
    return Class(round(score, 4), model.classes.categories[number], model.classes.labels[number])
