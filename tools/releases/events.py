"""Send a folder's events to a deployed model and compare the answers with the expected ones.

    python tools releases.events API_URL FOLDER/events
    python tools releases.events --first FOLDER/events    print the body of the first good request
    python tools releases.events --check FOLDER/events    print the digest of them, or what is wrong with them

tools/releases/gate.py does the same with a version that has no address yet. Exit status 1 if an answer differs or an
event is unusable; the differences are printed.
"""

from __future__ import annotations

import http.client
import json
import sys
import time
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tools.releases import authorization, comparison, event_files
from tools.releases.event_files import Events

TIMEOUT = 35.0

Ask = Callable[[dict[str, Any]], tuple[int, Any]]


class Unanswered(Exception):
    """The target failed before it could answer."""


NO_ANSWER = (OSError, http.client.HTTPException, Unanswered)


def connect(url: urllib.parse.SplitResult, timeout: float | None = TIMEOUT) -> http.client.HTTPConnection:
    # Names below .localhost always mean this machine, but not every resolver knows them.
    host = url.hostname or ""
    address = "127.0.0.1" if host.endswith(".localhost") else host
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    return kind(address, url.port, timeout=timeout)


def root(path: str) -> str:
    """The prefix of all paths of the API, from its root, which ends with a slash, or from the model's own path."""
    return path.rpartition("/")[0]


def send(api_url: str, request: dict[str, Any], timeout: float | None = TIMEOUT) -> tuple[int, Any]:
    url = urllib.parse.urlsplit(api_url)
    target = root(url.path) + request["path"]
    connection = connect(url, timeout)
    body = json.dumps(request["body"]) if "body" in request else request.get("content")
    headers = {"Host": url.netloc, "Content-Type": "application/json"} | request.get("headers", {})
    headers |= authorization.headers(request["method"], url, target, body)
    try:
        connection.request(request["method"], target, body, headers)
        response = connection.getresponse()
        content = response.read()
    finally:
        connection.close()
    try:
        return response.status, json.loads(content)
    except ValueError:
        return response.status, content.decode(errors="replace")


def health(ask: Ask) -> dict[str, Any]:
    """The model's answer at /health."""
    try:
        _, facts = ask({"method": "GET", "path": "/health"})
    except NO_ANSWER:
        facts = None
    return facts if isinstance(facts, dict) else {}


class Asked(NamedTuple):
    name: str
    # The differences from the expected answer, one per line; None for an event that is not meant for this model.
    found: list[str] | None
    milliseconds: float = 0.0


def answers(ask: Ask, events: Events) -> Iterator[Asked]:
    """Send each event in turn, and compare the answer."""
    facts: dict[str, Any] | None = None
    for name, event in events.items():
        if "when" in event:
            facts = health(ask) if facts is None else facts
            if not event["when"].items() <= facts.items():
                yield Asked(name, None)
                continue
        yield _asked(ask, name, event)


def meant_for(event: dict[str, Any]) -> str:
    return " and ".join(f"{name} {value}" for name, value in event.get("when", {}).items())


def failures(ask: Ask, events: Events) -> tuple[int, int]:
    """How many answers differ from the expected ones, and how many events were sent. Reports each on stderr."""
    failed = sent = 0
    for name, found, milliseconds in answers(ask, events):
        if found is None:
            print(f"          {'not meant':<12} {name}: it is for {meant_for(events[name])}", file=sys.stderr)
            continue
        sent += 1
        failed += bool(found)
        print(f"          {'differs' if found else 'as expected':<12} {name} ({milliseconds:.0f} ms)", file=sys.stderr)
        for line in found:
            print(f"              {line}", file=sys.stderr)
    if not sent:
        print("          there are no events for this model", file=sys.stderr)
    return failed, sent


def _asked(ask: Ask, name: str, event: dict[str, Any]) -> Asked:
    began = time.monotonic()
    try:
        found = comparison.compare(event, *ask(event["request"]))
    except NO_ANSWER as error:
        found = [f"no answer: {error}"]
    return Asked(name, found, (time.monotonic() - began) * 1000)


def main(api_url: str, folder: str) -> int:
    failed, sent = failures(lambda request: send(api_url, request), event_files.read_all(Path(folder)))
    return 1 if failed or not sent else 0


def first(folder: Path) -> str:
    events = event_files.read_all(folder)
    good = [event for event in events.values() if "body" in event["request"] and event["answer"]["status"] == 200]
    return json.dumps(good[0]["request"]["body"]) if good else "{}"


def run(what: str, folder: str) -> int:
    if what == "--first":
        print(first(Path(folder)))
        return 0
    if what == "--check":
        found = list(event_files.problems(Path(folder)))
        print(*(found or [event_files.digest(Path(folder))]), sep="\n", file=sys.stderr if found else sys.stdout)
        return bool(found)
    return main(what, folder)


if __name__ == "__main__":
    try:
        sys.exit(run(*sys.argv[1:]))
    except event_files.Broken as problem:
        sys.exit(str(problem))
