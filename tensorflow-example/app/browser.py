"""GET /handler?imagelink=…: an address that a person opens in a browser.

Any page may link to it, with any content in the query. So the answer is JSON that no browser renders as a page, and
it echoes nothing of the query.
"""

import os
from typing import Annotated

import msgspec
from msgspec import Meta

from app.model import Model
from app.network import facts
from serving.pictures.classification import PICTURE

BEST = 5
EXAMPLE = os.path.join(os.path.dirname(__file__), "example.jpg")  # noqa: PTH118, PTH120


class Link(msgspec.Struct):
    # If empty, the folder's own example is used.
    imagelink: Annotated[str, Meta(description="The address of a picture", extra_json_schema={"format": "uri"})] = ""


class Texts(msgspec.Struct, rename={"best": "return"}):
    best: str
    all: list[str]


def predict(model: Model, query: Link) -> Texts:
    [scores] = model.scores([model.pixels(_picture(query), "imagelink")])
    count = min(BEST, model.classes.count)
    texts = [f"{model.classes.labels[n]} (score = {score:.5f})" for n, score in model.classes.best(scores, count)]
    return Texts(texts[0], texts)


def _picture(query: Link) -> bytes:
    if not query.imagelink:
        return facts.content(EXAMPLE)
    from serving.fetching.fetch import fetch

    return fetch(query.imagelink, PICTURE, field="imagelink").body
