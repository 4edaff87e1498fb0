"""What all classifiers of pictures share: the request, the classes, the answer.

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

# A phone's photograph has 5 MB. The rest of what a function has time for is the model's.
PICTURE = Limits(accept="image/*", max_bytes=20 * 1024 * 1024, seconds=10.0)


class Query(msgspec.Struct, forbid_unknown_fields=True):
    """One picture, by its address or itself, and how many classes to name."""

    input_url: Annotated[
        str | UnsetType, Meta(description="The address of a picture", extra_json_schema={"format": "uri"})
    ] = UNSET
    data: Annotated[bytes | UnsetType, Meta(description="The picture itself, as base64")] = UNSET
    # A float that is whole, because for JSON Schema 5.0 is an integer too.
    n_predictions: Annotated[float, Meta(ge=1, multiple_of=1, description="How many classes to name, best first")] = 5


def picture(query: Query) -> tuple[bytes, str]:
    """The picture that `query` is about, and the field it came in."""
    if query.data is not UNSET and query.input_url is not UNSET:
        raise Invalid("Give the picture once: input_url or data, not both.", field="data", code="two_images")
    if query.data is not UNSET:
        return query.data, "data"
    if query.input_url is UNSET:
        message = "There is no picture: give input_url, data, or the picture itself as the body."
        raise Invalid(message, field="input_url", code="missing_field")
    # With what it needs of the network, more to import than a picture takes to classify.
    from serving.fetching.fetch import fetch

    return fetch(query.input_url, PICTURE, field="input_url").body, "input_url"


def _of_body(body: bytes) -> Query:
    if not body:
        raise Invalid("There is no body; a picture was expected.", code="no_body")
    return Query(data=body)


# For bodies that are the picture. The parameters are those of a query without any.
READERS = dict.fromkeys(MEDIA_TYPES, _of_body)


class Classes(msgspec.Struct, frozen=True):
    """What the network's outputs mean, in their order."""

    labels: list[str]
    # Of each class a name that no other class has: WordNet's for ImageNet, else its number.
    categories: list[str]

    @property
    def has_background(self) -> bool:
        return self.labels[0].lower() == "background"

    @property
    def count(self) -> int:
        """How many classes can be answered."""
        return len(self.labels) - self.has_background

    def best(self, scores: Sequence[float], n: int) -> list[tuple[int, float]]:
        """The classes with the `n` highest scores, best first; of equals the first.

        Networks with one output more than there are classes have a first one for "none of these",
        which is nobody's answer.
        """
        first = 1 if self.has_background else 0
        shift = len(scores) - len(self.labels)
        numbers = range(first + shift, len(scores))
        return [(number - shift, scores[number]) for number in nlargest(n, numbers, key=scores.__getitem__)]


# A class and its percentage, for each class that was asked for.
Answer = list[tuple[str, float]]


def check(classes: Classes, query: Query) -> None:
    """What only the loaded model knows: how many classes there are to name."""
    if query.n_predictions > classes.count:
        message = f"n_predictions must be from 1 to {classes.count}, the number of classes."
        raise Invalid(message, field="n_predictions", code="out_of_range")


def answer(classes: Classes, scores: Sequence[float], query: Query) -> Answer:
    """The classes asked for, best first."""
    best = classes.best(scores, int(query.n_predictions))
    return [(classes.labels[number], round(score * 100, 2)) for number, score in best]
