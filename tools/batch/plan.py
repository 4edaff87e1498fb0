"""What a batch is: written when all of its input is in the bucket, and never changed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from tools.batch import places
from tools.batch.store import Store, read


@dataclass(frozen=True)
class Plan:
    batch: str
    source: str
    output: str
    form: str  # lines, pieces or objects
    count: int
    bytes: int
    chunk: int
    chunks: int
    concurrency: int
    function: str
    version: str
    path: str  # of the model's address
    memory_mb: int
    architecture: str
    region: str
    input_ms: float  # as tried
    chunk_ms: float  # beside its inputs, as tried
    when: str

    def save(self, store: Store) -> None:
        store.put(places.plan(self.batch), json.dumps(asdict(self), indent=1).encode())

    @staticmethod
    def load(store: Store, batch: str) -> Plan:
        """KeyError if there is no such batch, or not all of its input is there."""
        said: dict[str, Any] = json.loads(read(store, places.plan(batch)))
        return Plan(**said)
