"""The server's own log messages: JSON lines like the handler's, in ASCII and of bounded length."""

from __future__ import annotations

import json
import os
import sys
from logging import Formatter, LogRecord
from typing import NoReturn

LONGEST_MESSAGE, LONGEST_TRACEBACK = 1000, 8000


def line(level: str, message: str, traceback: str = "") -> str:
    said: dict[str, object] = {"level": level, "message": _shortened(message, LONGEST_MESSAGE), "process": os.getpid()}
    if traceback:
        said["traceback"] = _shortened(traceback, LONGEST_TRACEBACK)
    return json.dumps(said)


def say(level: str, message: str) -> None:
    print(line(level, message), flush=True)


def fail(message: str) -> NoReturn:
    print(line("ERROR", message), file=sys.stderr, flush=True)
    sys.exit(1)


def _shortened(text: str, limit: int) -> str:
    """The text or, if it is too long, its beginning and its end: a traceback needs both."""
    half = limit // 2
    return text if len(text) <= limit else f"{text[:half]} … {text[-half:]}"


class Line(Formatter):
    """The same format for the log records of uvicorn and asyncio."""

    def format(self, record: LogRecord) -> str:
        traceback = self.formatException(record.exc_info) if record.exc_info else ""
        return line(record.levelname, record.getMessage(), traceback)
