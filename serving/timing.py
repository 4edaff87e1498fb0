"""Facts about the request being answered, for folders to use: its id, the duration of its phases, and counters."""

from contextvars import ContextVar, Token
from time import perf_counter


class Clock:
    """The phases of one request, in seconds, and its counters."""

    def __init__(self, request_id: str = "") -> None:
        self.request_id = request_id
        self.phases: dict[str, float] = {}
        self.counts: dict[str, int] = {}
        self._started = perf_counter()
        self._inner = 0.0
        self._token: Token[Clock | None]

    def __enter__(self) -> "Clock":
        self._token = _current.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        _current.reset(self._token)

    def milliseconds(self) -> dict[str, float]:
        """The duration of every phase and the total so far, rounded for a log line or a header."""
        total = perf_counter() - self._started
        return {name: round(s * 1e3, 3) for name, s in {**self.phases, "total": total}.items()}


class timer:
    """Adds the time spent inside it to the phase `name` of the request being answered.

    A phase excludes the phases nested in it, so that they add up: an image that `predict`
    fetches counts in `fetch`, not in `predict`. Outside a request it does nothing.
    """

    __slots__ = ("_clock", "_name", "_outer", "_started")

    def __init__(self, name: str) -> None:
        self._name = _checked(name)

    def __enter__(self) -> None:
        self._clock = _current.get()
        if self._clock:
            self._outer, self._clock._inner = self._clock._inner, 0.0
            self._started = perf_counter()

    def __exit__(self, *_: object) -> None:
        if self._clock:
            elapsed = perf_counter() - self._started
            phases = self._clock.phases
            phases[self._name] = phases.get(self._name, 0.0) + elapsed - self._clock._inner
            self._clock._inner = self._outer + elapsed


def count(name: str) -> None:
    """Increment the counter `name` in the log line of the request being answered, and so in the metrics."""
    if clock := _current.get():
        clock.counts[_checked(name)] = clock.counts.get(name, 0) + 1


def request_id() -> str:
    """The id of the request being answered, as in the log; empty outside a request."""
    clock = _current.get()
    return clock.request_id if clock else ""


def _checked(name: str) -> str:
    # The name becomes the name of a metric and part of a header.
    if not (name.isascii() and name.isidentifier()):
        raise ValueError(f"The name {name!r} must be an ASCII identifier.")
    return name


# A context variable rather than a global: a threaded server answers several requests at once.
_current: ContextVar[Clock | None] = ContextVar("serving.clock", default=None)
