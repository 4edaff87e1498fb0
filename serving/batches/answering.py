"""Answers a chunk's inputs, each as the API would answer it.

Single inputs take the path of a request, from its route on. A folder with `predict_many` gets many at once; inputs
that it does not answer take the path of a request after all, so that every error is the same as in the API.
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

# Queries to what `predict` would return for each, in order, or the `Invalid` that it would raise.
Many = Callable[[list[Any]], Sequence[Any]]
# What `predict_many` returns for an input that takes the path of a request.
_ALONE = (Refused, Response)


class Folder(Protocol):
    """What a batch needs from a handler."""

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
    """Answers inputs and counts them. `name` is the prefix of each input's request id, in its error and in the log."""

    def __init__(self, folder: Folder, name: str, first: int, version: str, check_time: Callable[[int], None]) -> None:
        self._folder = folder
        self._name = name
        self._version = version
        self._check_time = check_time
        self._encode = msgspec.json.Encoder(enc_hook=plain).encode_lines
        self._row = self._first = first
        self._has_said_why = False
        # Whether the last input spent most of its time on fetching.
        self._waits = False
        self.failed = 0
        # The total of its lines.
        self._ms = 0.0
        # The number of inputs that `predict_many` did not answer, if the folder has it.
        self.alone = 0
        self.phases: dict[str, float] = {}
        self.traceback: str | None = None

    @property
    def inputs(self) -> int:
        """The number of inputs answered."""
        return self._row - self._first

    @property
    def tally(self) -> dict[str, object]:
        """The totals of its lines."""
        return {"inputs": self.inputs, "failed": self.failed, "ms": round(self._ms, 3)}

    def lines(self, contents: Sequence[bytes]) -> bytes:
        """The answers to JSON bodies, one line each."""
        first, many = self._row, self._folder.many
        lines = self._many(many, first, contents) if many else self._encode(self._one_by_one(first, contents))
        self._row = first + len(contents)
        return lines

    def body(self, given: Body | Refused) -> bytes:
        """The answer to a body of any type, as a line."""
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
        except Exception:  # At least one of them cannot be encoded as JSON.
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
        """Answer inputs one by one as long as they only compute. Once one has waited for a fetch, use threads."""
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
        """The response and the log entry for an input. Safe to call from any thread."""
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
        """A line for each input that `predict_many` answered, and None for the others."""
        started = perf_counter()
        with Clock(self._name) as clock:
            places, queries = self._queries(contents)
            answers = self._answers(many, queries)
        ms = round((perf_counter() - started) * 1e3 / len(contents), 4)
        self._add(clock.milliseconds())
        lines: list[Line | None] = [None] * len(contents)
        for place, answer in zip(places, answers, strict=False):
            if not isinstance(answer, _ALONE):
                lines[place] = Line(first + place, output=answer, ms=ms, version=self._version)
                self._ms += ms
        return lines

    def _queries(self, contents: Sequence[bytes]) -> tuple[list[int], list[Any]]:
        """The valid queries, preceded by their indices."""
        read, most = self._folder.endpoint.reader.from_json, self._folder.max_bytes
        places, queries = [], []
        with timer("decode"):
            for place, content in enumerate(contents):
                if len(content) > most:
                    continue
                try:
                    queries.append(read(content))
                except Exception:  # noqa: S112
                    # answered alone, which says why
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
    """Turn garbage collection off: among many queries, which are all in use, it would take a tenth of their time."""
    was_looking = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_looking:
            gc.enable()


def media_type(taken: Sequence[str], given: Body) -> str:
    """The media type in S3 if it is accepted, or else JSON if the body looks like it, or else another accepted type."""
    group = given.content_type.partition("/")[0] + "/*"
    if given.content_type in taken or group in taken:
        return given.content_type
    if given.content.lstrip()[:1] in (b"{", b"["):
        return JSON
    return next((type_ for type_ in taken if type_ != JSON), JSON)
