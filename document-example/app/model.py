"""The loaded model: what the build left, who computes with it, and what is remembered of earlier pictures."""

import os
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

from app.network import facts, picture
from app.network.facts import Facts
from serving import timer
from serving.pictures import decoding
from serving.storage import artefacts

if TYPE_CHECKING:
    from app.memory import Memory

# How long a result is kept.
DAYS = 30


class Network(Protocol):
    """Pixels in, scores out, whoever computes: app.network.litert or app.network.native."""

    def scores(self, pixels: bytes) -> list[float]: ...


class Result(msgspec.Struct, frozen=True):
    """What there is to say about a picture, whoever sent it."""

    scores: list[float]
    photo_hash: str


class Model(NamedTuple):
    facts: Facts
    backend: str
    network: Network
    memory: "Memory[Result] | None"

    def classified(self, content: bytes, *, field: str) -> tuple[Result, bool]:
        """The result, and whether it was known before."""
        if self.memory is None:
            return self._work(content, field), False
        key = f"{self.facts.version}:{sha256(content).hexdigest()}"
        return self.memory.recall(key, lambda: self._work(content, field))

    def _work(self, content: bytes, field: str) -> Result:
        pixels, photo_hash = picture.read(content, field=field)
        with timer("model"):
            # 32-bit numbers: digits after the seventh would be noise.
            return Result([float(f"{score:.7g}") for score in self.network.scores(pixels)], photo_hash)


def load() -> Model:
    found = facts.read(facts.FOLDER)
    backend = os.environ.get("BACKEND", "fast")
    file = os.path.join(facts.FOLDER, found.file)  # noqa: PTH118
    network = read(backend, artefacts.checked(file, found.model_sha256))
    decoding.load()
    return Model(found, backend, network, memory(os.environ.get("TABLE")))


def memory(table: str | None) -> "Memory[Result] | None":
    """Where no table is named, nothing of what asks one is imported."""
    if not table:
        return None
    from app.memory import Memory
    from serving.storage.dynamodb import Table

    return Memory(Table(table), Result, DAYS)


def read(backend: str, file: str) -> Network:
    """Imports only what was asked for: the import is most of the time that a start takes."""
    if backend == "fast":
        from app.network import litert

        return litert.Network(file)
    if backend == "native":
        from app.network import native

        return native.Network(file)
    raise ValueError(f"BACKEND={backend!r} is unknown: it can be 'fast' or 'native'")
