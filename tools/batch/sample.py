"""Some rows of a batch, asked again as the address is asked: past the gateway, in the gateway's own form."""

from __future__ import annotations

import json
import random
from typing import Any

from msgspec import UNSET, Raw, UnsetType

from tools.batch import pictures, texts
from tools.batch.plan import Plan
from tools.batch.results import Done, Row
from tools.batch.store import Store, read
from tools.releases.events import Unanswered
from tools.releases.invocation import Version

SIZE = 20
# Of an event, in which a body is base64 and more stands around it.
MOST_EVENT = 6 * 1024 * 1024 - 4096
# Another one each time.
OF_A_REQUEST = "request_id"


class Sample:
    """Of so many rows, some by chance: the same each time, and other ones in another batch."""

    def __init__(self, batch: str, count: int) -> None:
        chosen = random.Random(batch).sample(range(count), min(SIZE, count))  # noqa: S311
        self._wanted = sorted(chosen, reverse=True)
        self.rows: list[tuple[Row, bytes]] = []

    def take(self, store: Store, done: Done) -> None:
        """Of the chunk that comes next. What no event of the address's can carry, a chunk may answer all the same."""
        while self._wanted and self._wanted[-1] < done.chunk.first + done.chunk.count:
            place = self._wanted.pop() - done.chunk.first
            if not done.is_done:
                continue
            content = body(store, done, place)
            if len(content) * 4 / 3 <= MOST_EVENT:
                self.rows.append((done.rows[place].copied(), content))


def body(store: Store, done: Done, place: int) -> bytes:
    """What the function was given as this row."""
    [(form, where)] = done.chunk.inputs.items()
    if form == "lines":
        return done.bodies[place]
    if form == "objects":
        return read(store, where["keys"][place])
    start = where["start"] + sum(where["sizes"][:place])
    with store.open(where["key"], start, start + where["sizes"][place]) as opened:
        return opened.read()


def differing(plan: Plan, rows: list[tuple[Row, bytes]]) -> list[str]:
    """The rows that the address answers otherwise."""
    version = Version(plan.function, plan.version)
    return [why for row, content in rows if (why := _difference(version, plan, row, content))]


def _difference(version: Version, plan: Plan, row: Row, content: bytes) -> str:
    kind = "application/json"
    if plan.form != "lines":
        kind = pictures.kind(_value(row.input))
    request = {"method": "POST", "path": plan.path, "content": content, "headers": {"content-type": kind}}
    try:
        status, said = version(request)
    except Unanswered as error:
        return f"row {row.row}: the address does not answer: {error}"
    # a result keeps the status of what failed alone
    is_same = status == row.status if row.output is UNSET else status < 400
    answer = _value(row.error if row.output is UNSET else row.output)
    if is_same and _compared(said) == _compared(answer):
        return ""
    in_batch, by_address = texts.shown(str(answer)), texts.shown(str(said))
    return f"row {row.row}: {in_batch} in the batch, and by the address, with status {status}, {by_address}"


def _value(said: Raw | UnsetType) -> Any:
    return json.loads(bytes(said)) if said else None


def _compared(said: Any) -> Any:
    return {name: value for name, value in said.items() if name != OF_A_REQUEST} if isinstance(said, dict) else said
