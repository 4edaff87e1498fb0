"""What all picture classifiers share: the request, the classes, the answer.

{"input_url": "https://…/dog.jpg", "n_predictions": 5}  →  [["Samoyed", 83.03], …]
"""

from collections.abc import Sequence
from heapq import nlargest
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from serving.fetching.fetch_limits import Limits
from serving.pictures.decoding import MEDIA_TYPES
from serving.requests.errors import Invalid

# A phone's photograph has 5 MB. The rest of the function's time is for the model.
PICTURE = Limits(accept="image/*", max_bytes=20 * 1024 * 1024, seconds=10.0)


class Query(msgspec.Struct, forbid_unknown_fields=True):
    """One picture, as an address or as data, and how many classes to name."""

    input_url: Annotated[
        str | UnsetType, Meta(description="The address of a picture", extra_json_schema={"format": "uri"})
    ] = UNSET
    data: Annotated[bytes | UnsetType, Meta(description="The picture itself, as base64")] = UNSET
    # A float with a whole value, because for JSON Schema 5.0 is an integer too.
    n_predictions: Annotated[float, Meta(ge=1, multiple_of=1, description="How many classes to name, best first")] = 5


def picture(query: Query) -> tuple[bytes, str]:
    """The picture of a query, and the field it came in."""
    if query.data is not UNSET and query.input_url is not UNSET:
        raise Invalid("Give the picture once: input_url or data, not both.", field="data", code="two_images")
    if query.data is not UNSET:
        return query.data, "data"
    if query.input_url is UNSET:
        message = "There is no picture: give input_url, data, or the picture itself as the body."
        raise Invalid(message, field="input_url", code="missing_field")
    # Imported only here: this import takes longer than classifying a picture.
    from serving.fetching.fetch import fetch

    return fetch(query.input_url, PICTURE, field="input_url").body, "input_url"


def _of_body(body: bytes) -> Query:
    if not body:
        raise Invalid("There is no body; a picture was expected.", code="no_body")
    return Query(data=body)


# Readers of bodies that are the picture itself. The other fields have their defaults.
READERS = dict.fromkeys(MEDIA_TYPES, _of_body)


class Classes(msgspec.Struct, frozen=True):
    """The classes of the network's outputs, in order."""

    labels: list[str]
    # A unique name for each class: WordNet's for ImageNet, otherwise its number.
    categories: list[str]

    @property
    def has_background(self) -> bool:
        return self.labels[0].lower() == "background"

    @property
    def count(self) -> int:
        """The number of classes without the background."""
        return len(self.labels) - self.has_background

    def best(self, scores: Sequence[float], n: int) -> list[tuple[int, float]]:
        """The classes with the `n` highest scores, best first; among equals, the first comes first.

        The first output of networks with one output more than classes means "none of these", and is never an answer.
        """
        first = 1 if self.has_background else 0
        shift = len(scores) - len(self.labels)
        numbers = range(first + shift, len(scores))
        return [(number - shift, scores[number]) for number in nlargest(n, numbers, key=scores.__getitem__)]


# Pairs of a class and its percentage.
Answer = list[tuple[str, float]]


def check(classes: Classes, query: Query) -> None:
    """Refuse a query for more classes than the loaded model has."""
    if query.n_predictions > classes.count:
        message = f"n_predictions must be from 1 to {classes.count}, the number of classes."
        raise Invalid(message, field="n_predictions", code="out_of_range")


def answer(classes: Classes, scores: Sequence[float], query: Query) -> Answer:
    """The requested number of classes, best first."""
    best = classes.best(scores, int(query.n_predictions))
    return [(classes.labels[number], round(score * 100, 2)) for number, score in best]
