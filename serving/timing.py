"""How long each phase of a request takes, and the `timer` with which a folder names its own."""

from contextvars import ContextVar, Token
from time import perf_counter


class Clock:
    """One request's phases, in seconds."""

    def __init__(self) -> None:
        self.phases: dict[str, float] = {}
        self._started = perf_counter()
        self._inner = 0.0
        self._token: Token[Clock | None]

    def __enter__(self) -> "Clock":
        self._token = _current.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        _current.reset(self._token)

    def milliseconds(self) -> dict[str, float]:
        """Every phase and the total so far, ready for a log line or a header."""
        total = perf_counter() - self._started
        return {name: round(s * 1e3, 3) for name, s in {**self.phases, "total": total}.items()}


class timer:
    """Adds the time spent inside it to the phase `name` of the request being answered.

    A phase does not count the phases inside it, so that they add up: an image that `predict`
    fetches is in `fetch`, not in `predict`. Outside a request it does nothing.
    """

    __slots__ = ("_clock", "_name", "_outer", "_started")

    def __init__(self, name: str) -> None:
        # The name becomes a metric and part of a header.
        if not (name.isascii() and name.isidentifier()):
            raise ValueError(f"A phase is named like a variable, not {name!r}.")
        self._name = name

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


# A context variable and not a global: a threaded server answers several requests at once.
_current: ContextVar[Clock | None] = ContextVar("serving.clock", default=None)
