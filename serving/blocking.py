"""Lets a request announce that it is about to block on I/O.

A server makes requests take turns on the processor. A request that waits for the network needs no processor, so it
gives up its turn first, and the next request can run meanwhile. On Lambda, which runs one request at a time, this
does nothing.
"""

from collections.abc import Callable
from contextvars import ContextVar
from typing import TypeVar

Result = TypeVar("Result")

_give_way: ContextVar[Callable[[], object]] = ContextVar("serving.give_way", default=lambda: None)


def before() -> None:
    """Announce that this request is about to block. Further calls have no effect."""
    _give_way.get()()


def run(give_way: Callable[[], object], work: Callable[[], Result]) -> Result:
    """The result of `work`; while it runs, `before` calls `give_way`."""
    token = _give_way.set(give_way)
    try:
        return work()
    finally:
        _give_way.reset(token)
