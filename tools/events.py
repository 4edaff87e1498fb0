"""Send a folder's events to a deployed model and compare the answers with the expected ones.

    python events.py API_URL FOLDER/events
    python events.py --first FOLDER/events    print the body of the first good request

An event is one JSON file:

    {"request": {"method": "POST", "path": "/predict", "body": {…}},
     "answer": {"status": 200, "body": {…}},
     "tolerance": {"prediction": 1e-5},          relative, for the numbers below that key
     "ignore": ["request_id"]}                   keys whose value differs from call to call

The path is the API's own, from its root. Exit status 1 if any answer differs; the differences are printed.
"""

from __future__ import annotations

import http.client
import json
import math
import sys
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TIMEOUT = 35.0


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


def send(api_url: str, request: dict[str, Any]) -> tuple[int, Any]:
    url = urllib.parse.urlsplit(api_url)
    connection = connect(url)
    body = json.dumps(request["body"]) if "body" in request else None
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


def main(api_url: str, folder: str) -> int:
    paths = sorted(Path(folder).glob("*.json"))
    if not paths:
        print(f"no events in {folder}", file=sys.stderr)
        return 1
    failed = 0
    for path in paths:
        event = json.loads(path.read_text())
        began = time.monotonic()
        try:
            found = compare(event, *send(api_url, event["request"]))
        except (OSError, http.client.HTTPException) as error:
            found = [f"no answer: {error}"]
        took = (time.monotonic() - began) * 1000
        print(f"          {'differs' if found else 'as expected':<12} {path.stem} ({took:.0f} ms)", file=sys.stderr)
        for line in found:
            print(f"              {line}", file=sys.stderr)
        failed += bool(found)
    return 1 if failed else 0


def first(folder: str) -> None:
    events = [json.loads(path.read_text()) for path in sorted(Path(folder).glob("*.json"))]
    good = [event for event in events if "body" in event["request"] and event["answer"]["status"] == 200]
    print(json.dumps(good[0]["request"]["body"]) if good else "{}")


if __name__ == "__main__":
    if sys.argv[1] == "--first":
        first(sys.argv[2])
        sys.exit()
    sys.exit(main(sys.argv[1], sys.argv[2]))
