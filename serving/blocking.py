"""Where a request says that it will wait for somebody else.

A server lets requests take turns, so that they do not fight for a processor. Whoever waits for a network needs none,
and says so here, before: then the next one need not wait for that too. On Lambda, where a request is alone, nobody
listens.
"""

from collections.abc import Callable
from contextvars import ContextVar
from typing import TypeVar

Result = TypeVar("Result")

_give_way: ContextVar[Callable[[], object]] = ContextVar("serving.give_way", default=lambda: None)


def before() -> None:
    """Called before a request waits. Calling it again does nothing more."""
    _give_way.get()()


def run(give_way: Callable[[], object], work: Callable[[], Result]) -> Result:
    """The result of `work`, in which `before` calls `give_way`."""
    token = _give_way.set(give_way)
    try:
        return work()
    finally:
        _give_way.reset(token)
