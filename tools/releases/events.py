"""Send a folder's events to a deployed model and compare the answers with the expected ones.

    python tools releases.events API_URL FOLDER/events
    python tools releases.events --first FOLDER/events    print the body of the first good request

tools/releases/gate.py does the same with a version that has no address yet.

An event is one JSON file:

    {"request": {"method": "POST", "path": "/predict", "body": {…}},
     "answer": {"status": 200, "body": {…}},
     "tolerance": {"prediction": 1e-5},          relative, for the numbers below that key
     "ignore": ["request_id"],                   keys whose value differs from call to call
     "when": {"weights": "digits"}}              sent only to a model whose /health says so

In a body, {"$file": "seven.png"} is the file beside the event, as base64; "body_file": "seven.png" instead of
"body" is a body that is the file. The path is the API's own, from its root. Exit status 1 if any answer
differs; the differences are printed.
"""

from __future__ import annotations

import base64
import http.client
import json
import math
import sys
import time
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

TIMEOUT = 35.0

Ask = Callable[[dict[str, Any]], tuple[int, Any]]


class Unanswered(Exception):
    """Whoever was asked failed before it could answer."""


NO_ANSWER = (OSError, http.client.HTTPException, Unanswered)


def differences(expected: Any, actual: Any, tolerance: float, at: str) -> Iterator[str]:
    """Every place where the two differ, each a line."""
    numbers = [not isinstance(value, bool) and isinstance(value, int | float) for value in (expected, actual)]
    if all(numbers) and tolerance:
        if not math.isclose(expected, actual, rel_tol=tolerance):
            yield f"{at}: expected {expected} within {tolerance:g}, got {actual}"
    elif isinstance(expected, dict) and isinstance(actual, dict):
        for key in [*expected, *(key for key in actual if key not in expected)]:
            if key not in actual:
                yield f"{at}.{key}: missing"
            elif key not in expected:
                yield f"{at}.{key}: not expected, got {actual[key]!r}"
            else:
                yield from differences(expected[key], actual[key], tolerance, f"{at}.{key}")
    elif isinstance(expected, list) and isinstance(actual, list):
        if len(expected) != len(actual):
            yield f"{at}: expected {len(expected)} items, got {len(actual)}"
        for index, (left, right) in enumerate(zip(expected, actual, strict=False)):
            yield from differences(left, right, tolerance, f"{at}[{index}]")
    elif type(expected) is not type(actual) or expected != actual:
        yield f"{at}: expected {expected!r}, got {actual!r}"


def compare(event: dict[str, Any], status: int, body: Any) -> list[str]:
    answer = event["answer"]
    if status != answer["status"]:
        return [f"status: expected {answer['status']}, got {status}: {body}"]
    expected = answer["body"]
    if not isinstance(expected, dict) or not isinstance(body, dict):
        return list(differences(expected, body, event.get("tolerance", {}).get("", 0), "body"))
    ignored = set(event.get("ignore", []))
    found: list[str] = []
    for key in [*expected, *(key for key in body if key not in expected)]:
        if key not in ignored:
            part = [{name: side[name]} if name in side else {} for side in (expected, body) for name in [key]]
            found += differences(part[0], part[1], event.get("tolerance", {}).get(key, 0), "body")
    return found


def connect(url: urllib.parse.SplitResult) -> http.client.HTTPConnection:
    # Names below .localhost are this machine by definition; not every resolver knows.
    host = url.hostname or ""
    address = "127.0.0.1" if host.endswith(".localhost") else host
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    return kind(address, url.port, timeout=TIMEOUT)


def read(path: Path) -> dict[str, Any]:
    """The event, with the files that it names: in a body as base64, as a body as they are."""
    event: dict[str, Any] = json.loads(path.read_text(), object_hook=lambda value: _file_in(value, path.parent))
    if name := event["request"].pop("body_file", None):
        event["request"]["content"] = (path.parent / name).read_bytes()
    return event


def _file_in(value: dict[str, Any], folder: Path) -> Any:
    return base64.b64encode((folder / value["$file"]).read_bytes()).decode() if value.keys() == {"$file"} else value


def send(api_url: str, request: dict[str, Any]) -> tuple[int, Any]:
    url = urllib.parse.urlsplit(api_url)
    connection = connect(url)
    body = json.dumps(request["body"]) if "body" in request else request.get("content")
    headers = {"Host": url.netloc, "Content-Type": "application/json"} | request.get("headers", {})
    try:
        connection.request(request["method"], request["path"], body, headers)
        response = connection.getresponse()
        content = response.read()
    finally:
        connection.close()
    try:
        return response.status, json.loads(content)
    except ValueError:
        return response.status, content.decode(errors="replace")


def health(ask: Ask) -> dict[str, Any]:
    """What the model says of itself."""
    try:
        _, facts = ask({"method": "GET", "path": "/health"})
    except NO_ANSWER:
        facts = None
    return facts if isinstance(facts, dict) else {}


def failures(ask: Ask, folder: Path) -> tuple[int, int]:
    """How many events were answered otherwise than expected, and how many were sent. Each is told on stderr."""
    failed = sent = 0
    facts: dict[str, Any] | None = None
    for path in sorted(folder.glob("*.json")):
        event = read(path)
        if "when" in event:
            facts = health(ask) if facts is None else facts
            if not event["when"].items() <= facts.items():
                print(f"          {'not meant':<12} {path.stem}: it is for {event['when']}", file=sys.stderr)
                continue
        sent += 1
        began = time.monotonic()
        try:
            found = compare(event, *ask(event["request"]))
        except NO_ANSWER as error:
            found = [f"no answer: {error}"]
        took = (time.monotonic() - began) * 1000
        print(f"          {'differs' if found else 'as expected':<12} {path.stem} ({took:.0f} ms)", file=sys.stderr)
        for line in found:
            print(f"              {line}", file=sys.stderr)
        failed += bool(found)
    if not sent:
        print(f"no events for this model in {folder}", file=sys.stderr)
    return failed, sent


def main(api_url: str, folder: str) -> int:
    failed, sent = failures(lambda request: send(api_url, request), Path(folder))
    return 1 if failed or not sent else 0


def first(folder: str) -> None:
    events = [read(path) for path in sorted(Path(folder).glob("*.json"))]
    good = [event for event in events if "body" in event["request"] and event["answer"]["status"] == 200]
    print(json.dumps(good[0]["request"]["body"]) if good else "{}")


if __name__ == "__main__":
    if sys.argv[1] == "--first":
        first(sys.argv[2])
        sys.exit()
    sys.exit(main(sys.argv[1], sys.argv[2]))
