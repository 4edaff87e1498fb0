"""One line of JSON per request on stdout, which CloudWatch reads as log and as metrics.

Of what a caller sent it holds the method and the path, cut short, and never a body or a query. The
metrics are in CloudWatch's "embedded metric format".

A line is a line to whoever reads it: whatever ends or turns round a line elsewhere is escaped, and its length is
bounded.
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
# What is not ASCII's own, which JSON escapes: DEL, the second set of control characters, the ends of lines and
# paragraphs, and all that turns the direction of text.
_UNSEEN = (0x7F, *range(0x80, 0xA0), 0x061C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A), 0xFEFF)
_ESCAPES = {number: f"\\u{number:04x}" for number in _UNSEEN}
# What is watched while two versions share the requests, so it is told apart by version too. Each further
# dimension is billed as metrics of its own, so it is no more than that.
_BY_VERSION = ("server_error", "total_ms")


# A function is frozen as soon as it has answered, so its lines must be out by then. A server flushes by the clock.
flushes = True


class Entry(msgspec.Struct):
    """What there is to say about one request."""

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
    # What becomes metrics where it is no request.
    measures: tuple[str, ...] = ()
    code: str | None = None
    traceback: str | None = None


def write(entry: Entry) -> None:
    """Print the entry."""
    output(as_record(entry))


def say(level: str, message: str, **more: object) -> None:
    """A line about something else than a request."""
    output({"level": level, "message": cut(writable(message), _LONGEST_MESSAGE), **more})


def current_traceback() -> str:
    """Of the exception that is being handled."""
    import traceback

    return traceback.format_exc()


def line(record: Any) -> str:
    """`record` as JSON without anything that could be taken for the end of the line."""
    text = msgspec.json.encode(record).decode()
    return text if text.isascii() and "\x7f" not in text else text.translate(_ESCAPES)


def cut(text: str, most: int) -> str:
    """Of a long text the beginning and the end."""
    if len(text) <= most:
        return text
    return f"{text[: most // 2]} … {len(text) - most} characters … {text[-most // 2 :]}"


def _print(record: dict[str, Any]) -> None:
    # In one call, so that no other output gets between the line and its end.
    sys.stdout.write(line(record) + "\n")
    if flushes:
        sys.stdout.flush()


# A developer is told in words instead.
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
