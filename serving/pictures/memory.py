"""How much memory there is for pictures, and whose turn it is to use it.

On Lambda a process answers one request at a time. A server decodes what came by address side by side, in several
processes, of which each has its share.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Condition, Lock

from serving import blocking

_MEBI = 1 << 20
# Kept free of pictures: the request that holds one, the network's own tensors, what Python frees late.
_RESERVE = 48 * _MEBI
# However little there is: with less, no photograph would ever be taken.
_LEAST = 64 * _MEBI
# The limits of a container's memory, by versions 2 and 1 of the kernel's interface.
_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


class Room:
    """So many bytes, held by whoever needs them; who comes later waits for who came before."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._held = 0
        self._changed = Condition()
        # Held by the one whose turn is next, so that what is small does not pass what is large for ever.
        self._next = Lock()

    @contextmanager
    def holding(self, need: int) -> Iterator[None]:
        """Call it with no more than `size`, and not from within itself."""
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
    """This process's, less what it holds already, its model above all."""
    return Room(max(_LEAST, limit() // _processes() - _resident() - _RESERVE))


def limit() -> int:
    """The memory of the function, the container or the machine, whichever is least."""
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
    """Those that share it: a function is alone, a server tells its workers how many they are."""
    return 1 if os.environ.get("AWS_LAMBDA_RUNTIME_API") else int(os.environ.get("WORKERS") or 1)


def _resident() -> int:
    with open("/proc/self/statm") as file:  # noqa: PTH123
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
