"""Schedules requests: they take turns, and none makes the others wait for long.

A model keeps a processor busy, so two requests at once each take twice as long and use more memory. But the duration
of a request is not known in advance, and an attacker may have made it long. So one thread works through the requests,
beside the listening thread, which stays free for requests that do not run the model, such as /health. If a request
takes longer than TURN_SECONDS, or waits for the network (serving/blocking.py), another thread goes on with the others.
Addresses that callers name may be slow on purpose, so some threads are never spent on waiting for them.

With a pool of the standard library, threads would wait for the listening thread to hand over each request.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from typing import Any, TypeVar

from serving import blocking
from serving.server.refusals import busy

Result = TypeVar("Result")

TURN_SECONDS = 0.05
# The most threads at once; most of them wait for I/O.
THREADS = 64
# The most of them that wait for callers' addresses.
WAITING = 48
NEVER = float("inf")


class Turns:
    def __init__(self) -> None:
        self._jobs: SimpleQueue[tuple[Callable[[], Any], asyncio.Future[Any]]] = SimpleQueue()
        self._open = 0
        self._clock: asyncio.TimerHandle | None = None
        self._lock = threading.Lock()
        self._threads = 0
        # The thread that takes the next request, and when it began its current one.
        self._next: threading.Thread | None = None
        self._began = NEVER
        self._waiting: set[threading.Thread] = set()

    async def run(self, work: Callable[[], Result]) -> Result:
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        if self._next is None:
            self._begin_thread()
        self._jobs.put((work, future))
        self._open += 1
        if self._clock is None:
            self._look(future.get_loop())
        try:
            return await future
        finally:
            self._open -= 1
            if not self._open and self._clock:
                self._clock.cancel()
                self._clock = None

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Check periodically, while any request is open, whether the current one has used up its turn."""
        thread = self._next
        if thread and time.monotonic() - self._began >= TURN_SECONDS:
            self._give_way(thread)
        self._clock = loop.call_later(TURN_SECONDS / 2, self._look, loop)

    def _give_way(self, thread: threading.Thread) -> None:
        """Let another thread take the next request, if it was this one's turn and there may be one more."""
        with self._lock:
            if self._next is thread and self._threads < THREADS:
                self._begin_thread()

    def _admit(self, me: threading.Thread) -> None:
        """Refuse the request that `me` runs if too many wait for callers' addresses already."""
        with self._lock:
            if me not in self._waiting and len(self._waiting) >= WAITING:
                raise busy("Too many requests are waiting for other servers. Try again, or send the data itself.")
            self._waiting.add(me)

    def _begin_thread(self) -> None:
        self._threads += 1
        self._began = NEVER
        self._next = threading.Thread(target=self._work, name="request", daemon=True)
        self._next.start()

    def _work(self) -> None:
        me = threading.current_thread()
        while self._next is me:
            work, future = self._jobs.get()
            self._note(me, time.monotonic())
            settle = _done(future, partial(blocking.run, partial(self._give_way, me), work, partial(self._admit, me)))
            self._note(me, NEVER)
            future.get_loop().call_soon_threadsafe(settle)
        with self._lock:
            self._threads -= 1

    def _note(self, me: threading.Thread, began: float) -> None:
        with self._lock:
            self._waiting.discard(me)
            if self._next is me:
                self._began = began


def _done(future: asyncio.Future[Any], work: Callable[[], Any]) -> Callable[[], None]:
    """Do the work; return a function that sets its result on the future, unless that is already done.

    It must be called in the future's event loop.
    """
    try:
        settle = partial(future.set_result, work())
    except Exception as error:
        settle = partial(future.set_exception, error)
    return lambda: None if future.done() else settle()
