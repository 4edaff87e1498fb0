"""Callers notice nothing of a release: fifty requests a second, while versions come, are tried, go and come back.

The requests are sent when they are due, whatever the answers before them take. The stage under load is prod, run
against the local AWS as in test_aws_stages, because a promotion needs a second stage that it comes from. Which
version answered is read from the function's own log.
"""

from __future__ import annotations

import itertools
import json
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

from bench.figures import quantile
from clients import client
from pipeline.test_aws_stages import surroundings
from pipeline.versions import REQUEST, Model
from pipeline_runs import Home
from tools.releases import event_files, events, gate_records
from tools.watching import logs

pytestmark = pytest.mark.alone

REQUESTS_PER_SECOND = 50
# Enough that a request which is due finds one of them idle, even when a second's requests all wait.
THREADS = 64
# The local AWS turns away what is more than this at once. Each may start a container, and a machine where a
# thousand of them start is of no use to anybody.
AT_ONCE = THREADS + 16
# After so many wrong answers the load ends, for the same reason: what is to be known is known.
TOO_MANY_WRONG = 100
PREDICTION = 14.73906
SLICE_SECONDS = 15
# Method, path and status of a request.
Kind = tuple[str, str, int]


@dataclass(frozen=True)
class Sent:
    """One request: at what second of the load it was due, how late it went out, how long after that it was answered."""

    due: float
    late: float
    took: float
    status: int
    body: Any

    @property
    def right(self) -> bool:
        if self.status != 200 or not isinstance(self.body, dict):
            return False
        return math.isclose(self.body.get("prediction", math.nan), PREDICTION, rel_tol=1e-5)


class Load:
    """Requests on schedule, from entering it until leaving it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._numbers, self._wrong = itertools.count(), itertools.count(1)
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._send) for _ in range(THREADS)]
        self.sent: list[Sent] = []

    def __enter__(self) -> Load:
        self._began = time.monotonic()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    @property
    def given_up(self) -> bool:
        return self._stopped.is_set()

    def _send(self) -> None:
        while True:
            due = next(self._numbers) / REQUESTS_PER_SECOND
            if self._stopped.wait(max(0.0, due - self.seconds)):
                return
            began = self.seconds
            try:
                status, body = events.send(self._url, {"method": "POST", "path": "/predict", "body": REQUEST})
            except events.NO_ANSWER as error:
                status, body = 0, repr(error)
            sent = Sent(due, began - due, self.seconds - due, status, body)
            self.sent.append(sent)
            if not sent.right and next(self._wrong) == TOO_MANY_WRONG:
                self._stopped.set()


@dataclass
class Story:
    """What was released under load, and what came of it."""

    sent: list[Sent]
    rate: float
    entries: list[tuple[float, dict[str, Any]]]
    passed: dict[str, gate_records.Record]
    asked: Counter[Kind]
    live: list[str]
    steps: list[tuple[str, float]] = field(default_factory=list)

    def step(self, second: float) -> str:
        return next((name for name, until in self.steps if second < until), "after")


def figures(name: str, sent: list[Sent], seconds: float) -> str:
    if not sent:
        return f"{name}: no request was answered in {seconds:.0f} s"
    took = sorted(request.took * 1000 for request in sent)
    wrong = sum(not request.right for request in sent)
    return (
        f"{name}: {len(sent)} requests in {seconds:.0f} s, {len(sent) / seconds:.1f} a second, {wrong} not right; "
        f"p50 {quantile(took, 50):.0f} ms, p99 {quantile(took, 99):.0f} ms, slowest {took[-1]:.0f} ms; "
        f"sent late by {max(request.late for request in sent) * 1000:.0f} ms at most"
    )


def entries(home: Home, function: str, since: float) -> list[tuple[float, dict[str, Any]]]:
    """What the function wrote about each request, once, with the time.

    Asked for in slices of time: of more than ten thousand lines the local AWS gives the first ones only.
    """
    found: dict[str, tuple[float, dict[str, Any]]] = {}
    read, group = client(home.port, "logs"), f"/aws/lambda/{function}"
    for start in range(int(since), int(time.time()) + 1, SLICE_SECONDS):
        until = (start + SLICE_SECONDS) * 1000 - 1
        events = read.filter_log_events(logGroupName=group, startTime=start * 1000, endTime=until)["events"]
        assert len(events) < 10_000
        for event in events:
            entry = logs.entry_in(str(event["message"]).strip())
            if entry:
                found.setdefault(entry["request_id"], (event["timestamp"] / 1000, entry))
    return sorted(found.values(), key=lambda pair: pair[0])


def kept(home: Home, bucket: str) -> dict[str, gate_records.Record]:
    storage = client(home.port, "s3")
    found = {}
    for item in storage.list_objects_v2(Bucket=bucket, Prefix=gate_records.PREFIX).get("Contents", []):
        if item["Key"].endswith(".json"):
            record = gate_records.Record(
                **json.loads(storage.get_object(Bucket=bucket, Key=item["Key"])["Body"].read())
            )
            found[record.version] = record
    return found


def asked_by_the_gate(folder: Path) -> Counter[Kind]:
    read = [event_files.read(path) for path in folder.glob("*.json")]
    return Counter((event["request"]["method"], event["request"]["path"], event["answer"]["status"]) for event in read)


def releases(load: Load, model: Model, run: Callable[..., str]) -> Iterator[tuple[str, float]]:
    """All that can be released, one after the other: what it was, and at what second of the load it ended."""
    folder = str(model.folder)
    for name, changes, arguments in (
        ("deploy", True, ("-p", folder, "-d")),
        ("canary", True, ("-p", folder, "-d", "--canary", "50", "--for", "0.3")),
        ("rollback", False, ("--rollback",)),
        ("rollback again", False, ("--rollback",)),
        ("promotion", False, ("--promote", "dev")),
    ):
        if changes:
            model.change()
        if load.given_up:
            return
        began, before = load.seconds, len(load.sent)
        run(*arguments)
        print(figures(name, load.sent[before:], load.seconds - began), flush=True)
        yield name, load.seconds


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with Home(tmp_path_factory.mktemp("load") / "home") as home:
        model = Model.new(home, tmp_path_factory.mktemp("model"), "loaded-example")
        # Which starts the local AWS.
        model.run("-r", env={"LAMBDA_ACCOUNT_CONCURRENCY": str(AT_ONCE)}).checked()
        env = {
            stage: surroundings(home.port, stage, model.name) | {"AWS_REGION": "us-east-1"} for stage in ("dev", "prod")
        }
        folder = str(model.folder)
        live = []
        began_at = time.time()

        def prod(*arguments: str) -> str:
            said = model.run(*arguments, stage="prod", env=env["prod"]).checked().stdout
            live.append(model.live("prod"))
            return said

        model.change()
        model.run("-r", "-p", folder, "-d", stage="dev", env=env["dev"]).checked()
        model.change()
        url = prod("-r", "-p", folder, "-d").splitlines()[-1].removeprefix("API_URL=")
        with Load(url) as load:
            steps = list(releases(load, model, prod))
            seconds = load.seconds
        made = Story(
            load.sent,
            len(load.sent) / seconds,
            entries(home, f"{model.name}-prod", began_at),
            kept(home, f"{model.name}-prod-000000000000-us-east-1"),
            asked_by_the_gate(model.folder / "events"),
            live,
            steps,
        )
        print(figures("all", load.sent, seconds))
        yield made
        for stage in ("prod", "dev"):
            model.run("-x", "-y", stage=stage, env=env[stage]).checked()
        model.run("-x", "-y").checked()


def test_every_request_is_answered_right_while_versions_change(story: Story) -> None:
    assert story.live == ["1", "2", "3", "2", "3", "4"]
    wrong = [request for request in story.sent if not request.right]
    assert [(story.step(request.due), request.status, request.body) for request in wrong] == []


def test_no_request_is_answered_by_a_version_before_it_has_passed_its_gate(story: Story) -> None:
    early: dict[str, Counter[Kind]] = {}
    for when, entry in story.entries:
        version = entry["function_version"]
        record = story.passed[version]
        assert record.passed
        if when < datetime.fromisoformat(record.when).timestamp():
            early.setdefault(version, Counter())[(entry["method"], entry["path"], entry["status"])] += 1
    # All that a version was asked until then is what its gate asked, each event once.
    assert {version: kinds - story.asked for version, kinds in early.items() if kinds - story.asked} == {}


def test_the_load_was_what_it_says(story: Story) -> None:
    assert story.rate > 0.98 * REQUESTS_PER_SECOND


def test_the_log_knows_every_request_and_all_four_versions(story: Story) -> None:
    answered = Counter(entry["function_version"] for _, entry in story.entries)
    assert set(answered) == {"1", "2", "3", "4"}
    assert sum(answered.values()) >= len(story.sent)
