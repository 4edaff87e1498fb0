"""Who works when: requests take turns, and none of them makes the others wait for long.

A model keeps a processor busy, so two requests at once take each twice the time and more memory. But what a request
will take is not known before, and a stranger may have made it to take long. So whoever has worked for TURN_SECONDS
goes on beside the others, and so does whoever waits for a network (serving/server/blocking.py). All work is on threads
of its own: the one that listens is always free to answer what asks no model, /health for one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from serving.server import blocking

Result = TypeVar("Result")

TURN_SECONDS = 0.05
# So many at once, most of them waiting for somebody else.
THREADS = 64


class Turns:
    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, "request")
        self._turn = asyncio.Semaphore()

    async def run(self, work: Callable[[], Result]) -> Result:
        await self._turn.acquire()
        loop = asyncio.get_running_loop()
        end = _once(self._turn.release)
        clock = loop.call_later(TURN_SECONDS, end)
        try:
            return await loop.run_in_executor(
                self._threads, blocking.run, partial(loop.call_soon_threadsafe, end), work
            )
        finally:
            clock.cancel()
            end()


def _once(function: Callable[[], None]) -> Callable[[], None]:
    done = False

    def calling() -> None:
        nonlocal done
        if not done:
            done = True
            function()

    return calling
