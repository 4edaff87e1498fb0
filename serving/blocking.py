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
_admit: ContextVar[Callable[[], object]] = ContextVar("serving.admit", default=lambda: None)


def before() -> None:
    """Announce that this request is about to block. Further calls have no effect."""
    _give_way.get()()


def before_stranger() -> None:
    """The same for a wait whose length others decide, such as for an address that the caller has chosen.

    A server refuses the request if too many wait for strangers already.
    """
    _admit.get()()
    before()


def run(
    give_way: Callable[[], object], work: Callable[[], Result], admit: Callable[[], object] = lambda: None
) -> Result:
    """The result of `work`; while it runs, `before` calls `give_way`, and `before_stranger` calls `admit` first."""
    gives_way, admits = _give_way.set(give_way), _admit.set(admit)
    try:
        return work()
    finally:
        _give_way.reset(gives_way)
        _admit.reset(admits)
