"""Tells selfies, identity documents and anything else apart."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from math import exp
from typing import Annotated
from uuid import UUID, uuid4

import msgspec
from msgspec import Meta

import serving
from app.model import Model, load
from app.network import facts
from app.network.classes import CLASSES

EXAMPLE = os.path.join(os.path.dirname(__file__), "example.jpg")  # noqa: PTH118, PTH120
EXAMPLES = os.path.join(os.path.dirname(__file__), "examples")  # noqa: PTH118, PTH120
DEMONSTRATION = "Trained on pictures that a program drew, to show how this works. Use it for nothing real."


class Query(msgspec.Struct, forbid_unknown_fields=True):
    """A picture and the identifier of the lead it belongs to."""

    input_photo: Annotated[bytes, Meta(description="The picture, as base64")]
    lead_id: Annotated[
        str, Meta(min_length=1, max_length=128, description="Comes back with the answer, and is not kept")
    ] = msgspec.field(name="leadId")


class Scores(msgspec.Struct):
    """The network's raw scores (logits)."""

    selfie_score: float
    document_score: float
    invalid_score: float


class Probabilities(msgspec.Struct):
    """The softmax of the scores."""

    selfie_probability: float
    document_probability: float
    invalid_probability: float


class Prediction(msgspec.Struct):
    raw_prediction: Scores
    probabilities: Probabilities
    class_predicted: str


class Answer(msgspec.Struct, rename="camel"):
    lead_id: str
    photo_hash: str
    prediction: Prediction
    # The id under which the log records this request.
    request_id: str
    timestamp: str
    # Whether the result comes from an earlier request with the same picture.
    cached: bool


class Nothing(msgspec.Struct):
    pass


class Pong(msgspec.Struct):
    ping: str = msgspec.field(name="Ping", default="Pong")


def predict(model: Model, query: Query) -> Answer:
    result, cached = model.classified(query.input_photo, field="input_photo")
    probabilities = softmax(result.scores)
    return Answer(
        lead_id=query.lead_id,
        photo_hash=result.photo_hash,
        prediction=Prediction(
            raw_prediction=Scores(*result.scores),
            probabilities=Probabilities(*probabilities),
            class_predicted=CLASSES[probabilities.index(max(probabilities))],
        ),
        request_id=request_id(),
        timestamp=datetime.now(UTC).isoformat(timespec="milliseconds"),
        cached=cached,
    )


def softmax(scores: Sequence[float]) -> list[float]:
    highest = max(scores)
    powers = [exp(score - highest) for score in scores]
    return [power / sum(powers) for power in powers]


def request_id() -> str:
    try:
        return str(UUID(serving.request_id()))
    except ValueError:  # a gateway may use ids that are not UUIDs
        return str(uuid4())


def ping(_: Model, __: Nothing) -> Pong:
    return Pong()


def about(model: Model) -> dict[str, str]:
    found = {"version": model.facts.version, "backend": model.backend, "weights": model.facts.name}
    return found | {"note": DEMONSTRATION} if model.facts.name == "demonstration" else found


def examples(_: Model) -> dict[str, Query]:
    """Example requests, keyed by title."""
    pictures = {"A selfie": "selfie.jpg", "A document": "document.jpg", "Neither": "neither.jpg"}
    return {title: Query(facts.content(f"{EXAMPLES}/{file}"), "lead-1") for title, file in pictures.items()}


def warm_up() -> Query:
    """The request predicted before a snapshot. Its picture is always new, so that the network runs and becomes warm."""
    from serving import snapstart

    return Query(snapstart.picture() + os.urandom(8), "warm-up")


handler = serving.Handler(
    load,
    predict,
    path="/classifier",
    title="Selfie, document or neither",
    description="A small network of Keras, served by LiteRT.",
    license="Apache-2.0",
    example=Query(facts.content(EXAMPLE), "lead-1"),
    examples=examples,
    about=about,
    warm_up=warm_up,
)
handler.add("GET", "/health_check", ping, summary="Whether anybody is there", is_model=False)
