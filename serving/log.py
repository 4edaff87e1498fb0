"""Writes one line of JSON per request to stdout, which CloudWatch reads as log and as metrics.

Of the caller's data it holds the method and the path, truncated, and never a body or a query. The metrics are in
CloudWatch's embedded metric format.

A record is one line in every viewer: characters that end a line or change the direction of text are escaped, and its
length is bounded.
"""

import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from serving.requests.errors import writable

_NAMESPACE = "serving"
_LONGEST_PATH = 200
_LONGEST_MESSAGE, _LONGEST_TRACEBACK = 1000, 12_000
# Characters that JSON leaves unescaped: DEL, the C1 control characters, line and paragraph separators, those without a
# width, and those that control the direction of text.
_UNSEEN = (
    *(0x7F, *range(0x80, 0xA0), 0xAD, 0x061C, *range(0x200B, 0x2010), *range(0x2028, 0x202F)),
    *(*range(0x2060, 0x2070), 0xFEFF, *range(0xFFF9, 0xFFFC)),
)
_ESCAPES = {number: f"\\u{number:04x}" for number in _UNSEEN}
# The metrics that are also reported per version, because a canary deployment compares two versions. Only these,
# because each combination of dimensions is billed as another metric.
_BY_VERSION = ("server_error", "total_ms")


# Lambda freezes a function as soon as it has answered, so it must flush every line. A server flushes periodically.
flushes = True


class Entry(msgspec.Struct):
    """The log entry of one request."""

    model: str
    version: str  # of the model
    function: str
    function_version: str
    request_id: str
    method: str
    path: str
    status: int = 0
    phases: dict[str, float] = {}  # milliseconds
    counts: dict[str, int] = {}
    is_cold: bool = False
    is_measured: bool = False
    # The counts to report as metrics for an entry that is not a request.
    measures: tuple[str, ...] = ()
    code: str | None = None
    traceback: str | None = None


def write(entry: Entry) -> None:
    """Print the entry."""
    output(as_record(entry))


def say(level: str, message: str, **more: object) -> None:
    """Print a line about something other than a request."""
    output({"level": level, "message": cut(writable(message), _LONGEST_MESSAGE), **more})


def current_traceback() -> str:
    """The traceback of the exception being handled."""
    import traceback

    return traceback.format_exc()


def line(record: Any) -> str:
    """`record` as JSON, with every character escaped that could be taken for the end of the line."""
    text = msgspec.json.encode(record).decode()
    return text if text.isascii() and "\x7f" not in text else text.translate(_ESCAPES)


def cut(text: str, most: int) -> str:
    """The text or, if it is too long, its beginning and its end."""
    if len(text) <= most:
        return text
    return f"{text[: most // 2]} … {len(text) - most} characters … {text[-most // 2 :]}"


def _print(record: dict[str, Any]) -> None:
    # A single call, so that no other output comes between the line and its end.
    sys.stdout.write(line(record) + "\n")
    if flushes:
        sys.stdout.flush()


# Replaced during local development, where a person reads the output.
output: Callable[[dict[str, Any]], None] = _print


def as_record(entry: Entry) -> dict[str, Any]:
    numbers: dict[str, float] = {
        "cold_start": int(entry.is_cold),
        "client_error": int(400 <= entry.status < 500),
        "server_error": int(entry.status >= 500),
        **{f"{name}_ms": value for name, value in entry.phases.items()},
        **entry.counts,
    }
    record: dict[str, Any] = {
        "level": "ERROR" if entry.traceback else "INFO",
        "model": entry.model,
        "version": entry.version,
        "function": entry.function,
        "function_version": entry.function_version,
        "request_id": entry.request_id,
        "method": writable(entry.method[:20]),
        "path": writable(entry.path[:_LONGEST_PATH]),
        "status": entry.status,
        "code": entry.code,
        **numbers,
    }
    if entry.traceback:
        record["traceback"] = writable(cut(entry.traceback, _LONGEST_TRACEBACK))
    if entry.is_measured:
        by_version = _directive(["function", "function_version"], _BY_VERSION)
        record["_aws"] = _metrics(_directive(["function"], numbers), by_version)
    elif entry.measures:
        record["_aws"] = _metrics(_directive(["function"], entry.measures))
    return record


def _metrics(*directives: dict[str, Any]) -> dict[str, Any]:
    return {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": list(directives)}


def _directive(dimensions: list[str], names: Iterable[str]) -> dict[str, Any]:
    metrics = [{"Name": name, "Unit": "Milliseconds" if name.endswith("_ms") else "Count"} for name in names]
    return {"Namespace": _NAMESPACE, "Dimensions": [dimensions], "Metrics": metrics}
