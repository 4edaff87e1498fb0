"""The loaded model: the files the build wrote, and the back end that runs them."""

import os
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from app.network import facts
from app.network.facts import Facts
from app.network.values import Scores
from app.settings import Settings
from serving import timer
from serving.pictures import decoding
from serving.pictures.classification import Classes
from serving.storage import artefacts


class Network(Protocol):
    """Pixels in, scores out: the interface of app.network.litert and app.network.native."""

    def scores(self, pictures: Sequence[bytes]) -> list[Scores]: ...


class Model(NamedTuple):
    facts: Facts
    backend: str
    network: Network
    classes: Classes
    settings: Settings

    def pixels(self, picture: bytes, field: str, allowance: decoding.Allowance | None = None) -> bytes:
        facts = self.facts
        return decoding.pixels(picture, facts.preprocessing, field=field, exact=facts.exact, allowance=allowance)

    def scores(self, pictures: Sequence[bytes]) -> list[Scores]:
        """A score for each class, for each picture given as pixels."""
        with timer("model"):
            return self.network.scores(pictures)


def load() -> Model:
    folder = facts.FOLDER
    found = facts.read(folder)
    settings = Settings()
    backend = os.environ.get("BACKEND", "fast")
    network = read(backend, model_file(f"{folder}/{found.file}", found), found, settings)
    decoding.load()
    return Model(found, backend, network, found.classes, settings)


def model_file(baked: str, found: Facts) -> str:
    """The model file in the image or, if the image was built without it, the one in the bucket."""
    folder = os.environ.get("MODEL_S3_URI")
    if not folder:
        return artefacts.checked(baked, found.model_sha256)
    from pathlib import Path

    from serving.storage import s3

    if Path(baked).exists():
        return artefacts.checked(baked, found.model_sha256)
    return str(s3.model(folder, found.model_sha256 + Path(baked).suffix, found.model_sha256))


def read(backend: str, file: str, found: Facts, settings: Settings) -> Network:
    """The network of the given back end. Only that back end is imported: imports are most of a cold start."""
    if backend == "fast":
        from app.network import litert

        return litert.Network(file, found.preprocessing, softmax=found.softmax, batch=settings.batch)
    if backend == "native":
        from pathlib import Path

        from app.network import native

        return native.Network(Path(file), found.architecture, found.preprocessing, len(found.labels))
    raise ValueError(f"BACKEND={backend!r} is unknown: it can be 'fast' or 'native'")
