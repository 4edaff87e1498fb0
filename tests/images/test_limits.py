"""Every folder's image under all of Lambda's limits at once: it answers its events, whatever it was sent before, and
ends whenever it is told to."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

import contained
import hostile_requests
from built_images import HOST, build
from contained import Contained
from pipeline_runs import FOLDERS, ROOT
from tools.releases import event_files, invocation

pytestmark = pytest.mark.usefixtures("deployed")  # which makes the base image

# Of bytes, which no event is beyond.
LONGEST = 6 << 20
# A time limit of Lambda's may be 29; and the machine may have other things to do.
SECONDS = 8
BUILDERS = "cc gcc c++ g++ clang cpp ld as ar make cmake ninja cargo rustc go git svn hg gdb strace"
HEALTH = invocation.event({"method": "GET", "path": "/health"})


def image(folder: Path) -> str:
    return build(folder, HOST, buildkit=False)


def asked(container: Contained, folder: Path) -> dict[str, dict[str, Any]]:
    """The events that are for the model as it is in there."""
    facts = invocation.body(container.answer(HEALTH))
    events = event_files.read_all(folder / "events")
    return {name: event for name, event in events.items() if event.get("when", {}).items() <= facts.items()}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_an_image_answers_its_events_within_all_limits_at_once(folder: Path) -> None:
    with Contained(image(folder)) as container:
        events = asked(container, folder)
        answers = container.ask(invocation.event(event["request"]) for event in events.values())
        found = {
            name: contained.differing(event, answer)
            for (name, event), (_, answer) in zip(events.items(), answers, strict=True)
        }
        assert events
        assert {name: differences for name, differences in found.items() if differences} == {}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_after_every_hostile_case_the_same_container_answers_its_event(folder: Path) -> None:
    with Contained(image(folder)) as container:
        path, event = hostile_requests.golden(folder, asked(container, folder))
        good = invocation.event(event["request"])
        sent = [(name, case) for name, case in hostile_requests.cases(path, event) if len(json.dumps(case)) < LONGEST]
        assert contained.differing(event, container.answer(good)) == []
        processes = container.processes()
        answers = list(container.ask(each for _, case in sent for each in (case, good)))
        assert container.processes() == processes
    for (name, _), (seconds, answer), (_, after) in zip(sent, answers[::2], answers[1::2], strict=True):
        assert hostile_requests.is_none_of_ours(answer), (name, answer)
        assert contained.differing(event, after) == [], name
        assert seconds < SECONDS, name


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_nothing_in_an_image_builds_or_can_be_written(folder: Path) -> None:
    program = f"for name in {BUILDERS}; do command -v $name; done; find / -xdev ! -type l -writable 2>/dev/null"
    how = ["--rm", "--network", "none", "--user", "993:990", "--entrypoint", "sh"]
    found = subprocess.run(["docker", "run", *how, image(folder), "-c", program], capture_output=True, text=True)
    # Where everybody may write on any Debian. On Lambda only the first of them can be.
    assert set(found.stdout.split()) - {"/dev/console"} == {"/tmp", "/var/tmp", "/run/lock"}


@pytest.mark.parametrize("moment", ["at its start", "at its first request", "at any request", "between requests"])
@pytest.mark.parametrize("words", [(), ("serve",)], ids=["function", "server"])
def test_an_image_ends_whenever_it_is_told_to_and_starts_again(words: tuple[str, ...], moment: str) -> None:
    with Contained(image(ROOT / "pytorch-example"), *words) as container:
        if moment in ("at any request", "between requests"):
            assert container.answer(HEALTH)
        if "request" in moment.split():
            container.say([HEALTH] * 10_000)
        # Each time another moment.
        time.sleep(random.uniform(0, 0.4))
        state = container.stop()
        assert (state.status, state.was_killed_for_memory) in ((0, False), (128 + signal.SIGTERM, False))
        assert "Traceback" not in container.log()
        container.start()
        assert container.answer(HEALTH)
