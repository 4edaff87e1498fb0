"""Measures one point: starts it, sends the folder's events, then more requests until the figures are stable."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from tools.releases import events, invocation
from tools.releases.event_files import Events
from tools.tuning.container import Container, Limits
from tools.tuning.points import Point
from tools.tuning.rows import Figures, Outcome, Row
from tools.tuning.subjects import Died, Subject

OK = 200


@dataclass(frozen=True)
class Patience:
    """How long to measure a point: as many requests as a p99 needs, fewer if each takes long."""

    least: int = 10
    most: int = 300
    seconds: float = 7.0
    # After this many requests, stop once the last fifty change the median by less than a fiftieth.
    settled: int = 150
    # Short starts are repeated.
    colds: int = 3
    cold_seconds: float = 3.0


def measure(point: Point, limits: Limits, asked: Events, patience: Patience) -> Row:
    try:
        with Container(point, limits) as container:
            container.wait()
            cold = _first(container, asked)
            return row_of(
                container, point, asked, patience, lambda: [cold, *_colds(point, limits, asked, cold, patience)]
            )
    except Died as death:
        return Row(point, Outcome.DIED, reason=str(death))


def row_of(subject: Subject, point: Point, asked: Events, patience: Patience, starts: Callable[[], list[float]]) -> Row:
    """The row of a subject that has started. `starts` measures cold starts, once the answers are right."""
    found = [each for each in events.answers(_living(subject), asked) if each.found is not None]
    if subject.died:
        raise subject.died
    wrong = [(each.name, each.found) for each in found if each.found]
    if wrong:
        details = tuple(f"{name}: {line}" for name, lines in wrong for line in lines or ())
        reason = f"answers differently: {details[0]}"
        return Row(point, Outcome.REFUSED, None, reason, len(found), len(wrong), details)
    named = {each.name for each in found}
    good = [event["request"] for name, event in asked.items() if name in named and is_prediction(event)]
    if not good:
        return Row(point, Outcome.REFUSED, reason=_unasked(asked), asked=len(found))
    warm = _warm(subject, good, patience)
    return Row(point, Outcome.MEASURED, Figures.of(warm, starts()), asked=len(found))


def _unasked(asked: Events) -> str:
    """Why none of the events measures a prediction."""
    others = sorted({events.meant_for(event) for event in asked.values() if is_prediction(event)})
    return "has no event with a prediction" + (f": those of its folder are for {', '.join(others)}" if others else "")


def is_prediction(event: dict[str, Any]) -> bool:
    return bool(event["request"]["method"] == "POST" and event["answer"]["status"] == OK)


def _living(subject: Subject) -> events.Ask:
    """Sends nothing more to a subject that has died, so that no event waits in vain."""

    def ask(request: dict[str, Any]) -> tuple[int, Any]:
        if subject.died:
            raise events.Unanswered(str(subject.died))
        try:
            return subject(request)
        except Died as death:
            raise events.Unanswered(str(death)) from None

    return ask


def first_request(asked: Events) -> dict[str, Any]:
    predictions = [event for event in asked.values() if is_prediction(event)]
    plain = [event for event in predictions if "when" not in event]
    event = next(iter(plain or predictions), None)
    return dict(event["request"]) if event else {"method": "GET", "path": "/health"}


def _first(container: Container, asked: Events) -> float:
    """The milliseconds of a start with its first answer. The events check later whether answers are right."""
    began = time.monotonic()
    try:
        container(first_request(asked))
    except events.Unanswered as error:
        raise Died(str(error)) from None
    return (time.monotonic() - began) * 1e3


def _colds(point: Point, limits: Limits, asked: Events, first: float, patience: Patience) -> list[float]:
    found: list[float] = []
    while len(found) + 1 < patience.colds and (first + sum(found)) / 1e3 < patience.cold_seconds:
        with Container(point, limits) as container:
            container.wait()
            found.append(_first(container, asked))
    return found


def _warm(subject: Subject, requests: list[dict[str, Any]], patience: Patience) -> list[float]:
    found: list[float] = []
    payloads = cycle([json.dumps(invocation.event(request)).encode() for request in requests])
    began = time.monotonic()
    while len(found) < patience.most:
        answer, milliseconds = subject.timed(next(payloads))
        if not isinstance(answer, dict) or answer.get("statusCode") != OK:
            raise Died(f"it fails after repeated requests: {json.dumps(answer)[:200]}")
        found.append(milliseconds)
        if len(found) >= patience.least and time.monotonic() - began > patience.seconds:
            break
        if len(found) >= patience.settled and len(found) % 50 == 0 and _is_settled(found):
            break
    return found


def _is_settled(found: list[float]) -> bool:
    return abs(statistics.median(found) / statistics.median(found[:-50]) - 1) < 0.02
