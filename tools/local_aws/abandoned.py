"""Ends a local AWS whose clone was deleted: nobody knows of it any more, so nobody could stop it.

The lock that it holds is a file in its home (tools/local_aws/process.py). If that file is gone or replaced, there is
nothing left to serve, and no state is saved.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

from ministack.core import persistence

LOOK_SECONDS = 5.0


def watch(lock: Path) -> None:
    held = _identity(lock)
    threading.Thread(target=_end_without, args=(lock, held), daemon=True).start()


def _end_without(lock: Path, held: tuple[int, int] | None) -> None:
    while _identity(lock) == held:
        time.sleep(LOOK_SECONDS)
    persistence.PERSIST_STATE = False
    os.kill(os.getpid(), signal.SIGTERM)


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
        return found.st_dev, found.st_ino
    except OSError:
        return None
