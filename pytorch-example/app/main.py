"""Says what is in a picture."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import serving
from app.network import facts
from serving.pictures import classification, decoding, samples
from serving.storage import artefacts


class Network(Protocol):
    """Pixels in, probabilities out: the interface of app.network.onnx and app.network.native."""

    def predict(self, pixels: bytes) -> Sequence[float]: ...


class Model(NamedTuple):
    facts: facts.Facts
    classes: classification.Classes
    backend: str
    network: Network


def load() -> Model:
    known = facts.read(facts.FOLDER)
    backend = os.environ.get("BACKEND", "fast")
    file = artefacts.checked(facts.FOLDER / known.file, known.model_sha256)
    network = open_network(backend, file, known)
    decoding.load()
    return Model(known, known.classes, backend, network)


def open_network(backend: str, file: Path, known: facts.Facts) -> Network:
    """The network of the given back end. Only that back end is imported: imports are most of a cold start."""
    if backend == "fast":
        from app.network import onnx

        return onnx.Network(file, known.preprocessing)
    if backend == "native":
        from app.network import native

        return native.Network(file, known)
    raise ValueError(f"BACKEND={backend!r} is unknown: it can be 'fast' or 'native'")


def predict(model: Model, query: classification.Query) -> classification.Answer:
    classification.check(model.classes, query)
    picture, field = classification.picture(query)
    pixels = decoding.pixels(picture, model.facts.preprocessing, field=field, exact=model.facts.exact)
    with serving.timer("model"):
        scores = model.network.predict(pixels)
    return classification.answer(model.classes, scores, query)


def warm_up() -> classification.Query:
    """The request predicted before a snapshot, when the example's address may be unreachable."""
    from serving import snapstart

    return classification.Query(data=snapstart.picture(), n_predictions=1)


handler = serving.Handler(
    load,
    predict,
    title=lambda model: model.facts.page.title,
    description=lambda model: model.facts.page.description,
    license="Apache-2.0",
    example=lambda model: samples.example(model.facts.pictures),
    examples=lambda model: samples.examples(model.facts.pictures),
    body_readers=classification.READERS,
    about=lambda model: {
        "version": model.facts.model_sha256[:12],
        "backend": model.backend,
        "weights": model.facts.name,
        "note": model.facts.page.note,
    },
    warm_up=warm_up,
)
