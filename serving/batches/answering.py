"""A chunk's inputs answered, each as the address answers it.

One by one they go the way of a request from its route on. A folder that has `predict_many` is given many at once; what
it does not answer so goes the way of a request after all, so that every error is the address's own.
"""

import gc
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from time import perf_counter
from typing import Any, Protocol

import msgspec

from serving import log
from serving.batches.inputs import AT_ONCE, Body
from serving.batches.results import Line, line_of
from serving.requests.endpoint import Endpoint
from serving.requests.errors import Refused
from serving.requests.messages import JSON, Request, Response, plain
from serving.timing import Clock, timer

# Of some queries, in their order, what `predict` would return or the `Invalid` that it would raise.
Many = Callable[[list[Any]], Sequence[Any]]


class Folder(Protocol):
    """What a batch needs of a handler."""

    @property
    def path(self) -> str: ...

    @property
    def max_bytes(self) -> int: ...

    @property
    def endpoint(self) -> Endpoint[Any, Any]: ...

    @property
    def many(self) -> Many | None: ...

    def answered(self, request: Request, request_id: str) -> tuple[Response, log.Entry]: ...

    def entry(self, request_id: str, method: str, path: str) -> log.Entry: ...

    def taken_start(self) -> dict[str, float]: ...


class Answering:
    """Counts what it answers. `name` begins what each input is called, in its error and in the log."""

    def __init__(self, folder: Folder, name: str, first: int, version: str, check_time: Callable[[int], None]) -> None:
        self._folder = folder
        self._name = name
        self._version = version
        self._check_time = check_time
        self._encode = msgspec.json.Encoder(enc_hook=plain).encode_lines
        self._row = self._first = first
        self._has_said_why = False
        # Whether the last one did more than it computed.
        self._waits = False
        self.failed = 0
        # Of its lines.
        self._ms = 0.0
        # Of a folder with `predict_many`, those that it did not answer.
        self.alone = 0
        self.phases: dict[str, float] = {}
        self.traceback: str | None = None

    @property
    def inputs(self) -> int:
        """How many were answered."""
        return self._row - self._first

    @property
    def tally(self) -> dict[str, object]:
        """What its lines add up to, for whoever wants to know no more of them."""
        return {"inputs": self.inputs, "failed": self.failed, "ms": round(self._ms, 3)}

    def lines(self, contents: Sequence[bytes]) -> bytes:
        """The answers to bodies of JSON, a line each."""
        first, many = self._row, self._folder.many
        lines = self._many(many, first, contents) if many else self._encode(self._one_by_one(first, contents))
        self._row = first + len(contents)
        return lines

    def body(self, given: Body | Refused) -> bytes:
        """The answer to any body, as a line."""
        return self._encode([self._one(self._row, given)])

    def _many(self, many: Many, first: int, contents: Sequence[bytes]) -> bytes:
        self._check_time(self.inputs)
        with _undisturbed():
            lines = self._at_once(many, first, contents)
        answered = [
            line or self._alone(row, content) for row, line, content in zip(count(first), lines, contents, strict=False)
        ]
        try:
            return self._encode(answered)
        except Exception:  # One of them at least cannot be written as JSON.
            return b"".join(map(self._written, answered, contents))

    def _written(self, line: Line, content: bytes) -> bytes:
        try:
            return self._encode([line])
        except Exception:
            return self._encode([self._alone(line.row, content)])

    def _alone(self, row: int, content: bytes) -> Line:
        self.alone += 1
        return self._one(row, Body(content, JSON))

    def _one_by_one(self, first: int, contents: Sequence[bytes]) -> list[Line]:
        """As long as they compute. Those that wait for somebody else's server do so side by side."""
        lines: list[Line] = []
        while len(lines) < len(contents) and not self._waits:
            lines.append(self._one(first + len(lines), Body(contents[len(lines)], JSON)))
        left = [(first + place, Body(contents[place], JSON)) for place in range(len(lines), len(contents))]
        if left:
            with ThreadPoolExecutor(AT_ONCE) as pool:
                answers = pool.map(self._answered, *zip(*left, strict=True))
                lines += [self._line(row, *answer) for (row, _), answer in zip(left, answers, strict=True)]
        return lines

    def _one(self, row: int, given: Body | Refused) -> Line:
        return self._line(row, *self._answered(row, given))

    def _answered(self, row: int, given: Body | Refused) -> tuple[Response, log.Entry]:
        """In any thread."""
        self._check_time(self.inputs)
        return self._folder.answered(self._request(given), f"{self._name}:{row}")

    def _line(self, row: int, response: Response, entry: log.Entry) -> Line:
        self._row = row + 1
        self._add(entry.phases)
        self._ms += entry.phases["total"]
        self._waits = entry.phases.get("fetch", 0.0) > entry.phases["total"] / 2
        self.failed += response.status >= 400
        self.traceback = self.traceback or entry.traceback
        return line_of(row, response, entry.phases["total"], self._version)

    def _request(self, given: Body | Refused) -> Request:
        if isinstance(given, Refused):
            return Request("POST", self._folder.path, refused=given)
        type_ = media_type(self._folder.endpoint.media_types, given)
        return Request("POST", self._folder.path, headers={"content-type": type_}, body=given.content)

    def _at_once(self, many: Many, first: int, contents: Sequence[bytes]) -> list[Line | None]:
        """A line for each that is answered, in its place."""
        started = perf_counter()
        with Clock(self._name) as clock:
            places, queries = self._queries(contents)
            answers = self._answers(many, queries)
        ms = round((perf_counter() - started) * 1e3 / len(contents), 4)
        self._add(clock.milliseconds())
        lines: list[Line | None] = [None] * len(contents)
        for place, answer in zip(places, answers, strict=False):
            if not isinstance(answer, Refused | Response):
                lines[place] = Line(first + place, output=answer, ms=ms, version=self._version)
                self._ms += ms
        return lines

    def _queries(self, contents: Sequence[bytes]) -> tuple[list[int], list[Any]]:
        """Those that can be read, and their places."""
        read, most = self._folder.endpoint.reader.from_json, self._folder.max_bytes
        places, queries = [], []
        with timer("decode"):
            for place, content in enumerate(contents):
                if len(content) > most:
                    continue
                try:
                    queries.append(read(content))
                except Refused:
                    continue
                places.append(place)
        return places, queries

    def _answers(self, many: Many, queries: list[Any]) -> Sequence[Any]:
        if not queries:
            return []
        traceback = None
        try:
            with timer("predict"):
                answers = many(queries)
            if len(answers) == len(queries):
                return answers
            why = f"gave {len(answers)} answers to {len(queries)} queries"
        except Exception as error:
            why, traceback = f"raised {type(error).__name__}", log.current_traceback()
        if not self._has_said_why:
            self._has_said_why = True
            log.say("WARNING", f"predict_many {why}: its queries are answered one by one.", traceback=traceback)
        return []

    def _add(self, phases: dict[str, float]) -> None:
        for name, ms in phases.items():
            if name != "total":
                self.phases[name] = round(self.phases.get(name, 0.0) + ms, 3)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """To look for garbage among many queries, which are all in use, would be a tenth of their time."""
    was_looking = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_looking:
            gc.enable()


def media_type(taken: Sequence[str], given: Body) -> str:
    """What S3 says that a body is, if that is taken here; else what it looks like: JSON, or what else is taken."""
    group = given.content_type.partition("/")[0] + "/*"
    if given.content_type in taken or group in taken:
        return given.content_type
    if given.content.lstrip()[:1] in (b"{", b"["):
        return JSON
    return next((type_ for type_ in taken if type_ != JSON), JSON)
