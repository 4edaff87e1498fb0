"""The loaded model: the files the build wrote, the back end that runs them, and the cache of earlier results."""

import os
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

from app.network import facts, picture
from app.network.facts import Facts
from serving import timer
from serving.pictures import decoding
from serving.runtimes.session import rounded
from serving.storage import artefacts

if TYPE_CHECKING:
    from app.memory import Memory

# How long a result is kept.
DAYS = 30


class Network(Protocol):
    """Pixels in, scores out: the interface of app.network.litert and app.network.native."""

    def scores(self, pixels: bytes) -> list[float]: ...


class Result(msgspec.Struct, frozen=True):
    """The part of an answer that depends on the picture alone."""

    scores: list[float]
    photo_hash: str


class Model(NamedTuple):
    facts: Facts
    backend: str
    network: Network
    memory: "Memory[Result] | None"

    def classified(self, content: bytes, *, field: str) -> tuple[Result, bool]:
        """The result, and whether it came from the cache."""
        if self.memory is None:
            return self._work(content, field), False
        key = f"{self.facts.version}:{sha256(content).hexdigest()}"
        return self.memory.recall(key, lambda: self._work(content, field))

    def _work(self, content: bytes, field: str) -> Result:
        pixels, photo_hash = picture.read(content, field=field)
        with timer("model"):
            return Result(rounded(self.network.scores(pixels)), photo_hash)


def load() -> Model:
    found = facts.read(facts.FOLDER)
    backend = os.environ.get("BACKEND", "fast")
    file = os.path.join(facts.FOLDER, found.file)  # noqa: PTH118
    network = read(backend, artefacts.checked(file, found.model_sha256))
    decoding.load()
    return Model(found, backend, network, memory(os.environ.get("TABLE")))


def memory(table: str | None) -> "Memory[Result] | None":
    """The cache, or None if no table is configured; then its modules are not imported either."""
    if not table:
        return None
    from app.memory import Memory
    from serving.storage.dynamodb import Table

    return Memory(Table(table), Result, DAYS)


def read(backend: str, file: str) -> Network:
    """The network of the given back end. Only that back end is imported: imports are most of a cold start."""
    if backend == "fast":
        from app.network import litert

        return litert.Network(file)
    if backend == "native":
        from app.network import native

        return native.Network(file)
    raise ValueError(f"BACKEND={backend!r} is unknown: it can be 'fast' or 'native'")
