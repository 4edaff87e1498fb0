"""The memory budget for pictures, and whose turn it is to use it.

On Lambda a process answers one request at a time. A server may decode several pictures at once, and in several
processes, each of which has its share.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Condition, Lock

from serving import blocking

_MEBI = 1 << 20
# Kept free of decoded pictures: for the request itself, the network's tensors, and memory that Python frees late.
_RESERVE = 48 * _MEBI
# The least budget, even if memory is short: with less, every photograph would be refused.
_LEAST = 64 * _MEBI
# The container's memory limit, in cgroup v2 and v1.
_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


class Room:
    """A budget of bytes. Holders get their share in the order in which they ask."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._held = 0
        self._changed = Condition()
        # Held by the next in line, so that small requests cannot overtake a large one for ever.
        self._next = Lock()

    @contextmanager
    def holding(self, need: int) -> Iterator[None]:
        """Hold `need` bytes of the budget, at most `size`. Not reentrant."""
        if self._held + need > self.size or self._next.locked():
            blocking.before()
        with self._next, self._changed:
            self._changed.wait_for(lambda: self._held + need <= self.size)
            self._held += need
        try:
            yield
        finally:
            with self._changed:
                self._held -= need
                self._changed.notify()


@cache
def room() -> Room:
    """The budget of this process: its share, less what it already uses, above all for the model."""
    return Room(max(_LEAST, limit() // _processes() - _resident() - _RESERVE))


def limit() -> int:
    """The memory of the function, the container or the machine, whichever is the least."""
    limits = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    if function := os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"):
        limits.append(int(function) * _MEBI)
    for name in _LIMITS:
        try:
            with open(name) as file:  # noqa: PTH123  (pathlib takes 5 ms to import)
                limits.append(int(file.read()))
        except (OSError, ValueError):  # "max"
            continue
    return min(limits)


def _processes() -> int:
    """The number of processes that share the memory: one in a function; a server tells its workers."""
    return 1 if os.environ.get("AWS_LAMBDA_RUNTIME_API") else int(os.environ.get("WORKERS") or 1)


def _resident() -> int:
    with open("/proc/self/statm") as file:  # noqa: PTH123
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
