"""What a forked process is at: it writes into memory that the one who forked it reads."""

from __future__ import annotations

import mmap
import struct
import time

import pytest

HEAD = struct.Struct("dH")
SIZE = 4096


class Watched:
    """The test that runs, since when, and the one that failed."""

    def __init__(self) -> None:
        self._running, self._failed = (mmap.mmap(-1, SIZE) for _ in range(2))

    def forget(self) -> None:
        for page in (self._running, self._failed):
            _write(page, "")

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        _write(self._running, nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            _write(self._failed, report.nodeid)

    @property
    def running(self) -> tuple[str, float]:
        """Its name, none before the first one, and the seconds since it began."""
        name, began = _read(self._running)
        return name, time.monotonic() - began

    @property
    def failed(self) -> str:
        return _read(self._failed)[0]


def _write(page: mmap.mmap, name: str) -> None:
    said = name.encode()[: SIZE - HEAD.size]
    page[: HEAD.size + len(said)] = HEAD.pack(time.monotonic(), len(said)) + said


def _read(page: mmap.mmap) -> tuple[str, float]:
    began, length = HEAD.unpack_from(page)
    return page[HEAD.size : HEAD.size + length].decode(errors="ignore"), began
