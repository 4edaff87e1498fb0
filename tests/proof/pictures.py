"""Pictures broken where it hurts, as the body of a request or in it."""

from __future__ import annotations

import base64
import functools
import random
from typing import Any

import msgspec
from PIL import Image

import serving
from picture_mutants import mutant, seeds
from proof.kind import Kind, handled, word
from serving.pictures import classification, decoding
from serving.pictures.preprocessing import Preprocessing, prepared

HOW = Preprocessing(224, 224, 256)
HTTP = {"rawPath": "/predict", "requestContext": {"http": {"method": "POST"}}, "isBase64Encoded": True}


class Seen(msgspec.Struct):
    bytes: int


def predict(_: None, query: classification.Query) -> Seen:
    """Both of the ways in which a picture is used."""
    picture, field = classification.picture(query)
    return Seen(decoding.opened(picture, _used, field=field))


def _used(image: Image.Image) -> int:
    image.convert("L").resize((8, 8), Image.Resampling.LANCZOS)
    return len(prepared(image, HOW, exact=True).tobytes())


@functools.cache
def handler() -> serving.Handler[None]:
    return serving.Handler(lambda: None, predict, name="pictures", body_readers=classification.READERS)


@functools.cache
def sound() -> Any:
    return seeds()


def made(chance: random.Random) -> dict[str, Any]:
    return {"as_body": chance.random() < 0.5, "picture": mutant(chance, *chance.choice(sound()))}


def check(case: dict[str, Any]) -> str:
    content = base64.b64encode(case["picture"]).decode()
    event: dict[str, Any] = {"data": content}
    if case["as_body"]:
        event = {**HTTP, "headers": {"content-type": "image/jpeg"}, "body": content}
    return word(handled(handler(), event)[1])


KIND = Kind("pictures", check, made=made)
