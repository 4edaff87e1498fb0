"""Some rows of a batch, asked again as the address is asked: past the gateway, in the gateway's own form."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from tools.batch import pictures, texts
from tools.batch.chunks import Chunk
from tools.batch.plan import Plan
from tools.batch.results import Row
from tools.batch.store import Store
from tools.releases.events import Unanswered
from tools.releases.invocation import Version

SIZE = 20
# Of an event, in which a body is base64 and more stands around it.
MOST_EVENT = 6 * 1024 * 1024 - 4096
# Another one each time.
OF_A_REQUEST = "request_id"


@dataclass
class Sample:
    """Of rows that come one after another, some, each as likely as any other."""

    rows: list[tuple[Row, bytes]] = field(default_factory=list)
    _chance: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311

    def wanted(self, row: int) -> int | None:
        """The place that this row takes; none if it is left out."""
        if row < SIZE:
            return row
        place = self._chance.randrange(row + 1)
        return place if place < SIZE else None

    def take(self, place: int, row: Row, body: bytes) -> None:
        """What no event of the address's can carry, a chunk may answer all the same."""
        if len(body) * 4 / 3 > MOST_EVENT:
            return
        self.rows[place : place + 1] = [(row, body)]


def body(store: Store, chunk: Chunk, row: Row) -> bytes:
    """What the function was given as this row."""
    [(form, where)] = chunk.inputs.items()
    place = row["row"] - chunk.first
    if form == "objects":
        with store.open(where["keys"][place]) as opened:
            return opened.read()
    if form == "pieces":
        start = where["start"] + sum(where["sizes"][:place])
        with store.open(where["key"], start, start + where["sizes"][place]) as opened:
            return opened.read()
    with store.open(where["key"], where["start"], where["end"]) as opened:
        for _ in range(place):
            opened.readline()
        return opened.readline().rstrip(b"\n")


def differing(plan: Plan, rows: list[tuple[Row, bytes]]) -> list[str]:
    """The rows that the address answers otherwise."""
    version = Version(plan.function, plan.version)
    return [why for row, content in rows if (why := _difference(version, plan, row, content))]


def _difference(version: Version, plan: Plan, row: Row, content: bytes) -> str:
    kind = "application/json"
    if plan.form != "lines":
        kind = pictures.kind(str(row["input"]))
    request = {"method": "POST", "path": plan.path, "content": content, "headers": {"content-type": kind}}
    try:
        status, said = version(request)
    except Unanswered as error:
        return f"row {row['row']}: the address does not answer: {error}"
    wanted = (row.get("status", 200), row.get("output", row.get("error")))
    if (status, _compared(said)) == (wanted[0], _compared(wanted[1])):
        return ""
    in_batch, by_address = texts.shown(str(wanted[1])), texts.shown(str(said))
    return f"row {row['row']}: {in_batch} in the batch, and by the address, with status {status}, {by_address}"


def _compared(said: Any) -> Any:
    return {name: value for name, value in said.items() if name != OF_A_REQUEST} if isinstance(said, dict) else said
