"""The server's own log messages: JSON lines like the handler's, in ASCII and of bounded length."""

from __future__ import annotations

import json
import os
import sys
from logging import Formatter, LogRecord
from typing import NoReturn

from serving.log import cut

LONGEST_MESSAGE, LONGEST_TRACEBACK = 1000, 8000


def line(level: str, message: str, traceback: str = "") -> str:
    said: dict[str, object] = {"level": level, "message": cut(message, LONGEST_MESSAGE), "process": os.getpid()}
    if traceback:
        said["traceback"] = cut(traceback, LONGEST_TRACEBACK)
    return json.dumps(said)


def say(level: str, message: str) -> None:
    print(line(level, message), flush=True)


def fail(message: str) -> NoReturn:
    print(line("ERROR", message), file=sys.stderr, flush=True)
    sys.exit(1)


class Line(Formatter):
    """The same format for the log records of uvicorn and asyncio."""

    def format(self, record: LogRecord) -> str:
        traceback = self.formatException(record.exc_info) if record.exc_info else ""
        return line(record.levelname, record.getMessage(), traceback)
