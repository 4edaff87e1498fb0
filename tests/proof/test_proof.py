"""Some seconds of every kind of hostile case, others each time, and all that was ever found."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest
from hypothesis import strategies as st

from pipeline_runs import ROOT
from proof import hunt, kinds
from proof.kind import Kind, Tally, as_json, of_json
from proof.promises import PROMISES

SECONDS = 2
# Of the cases of a kind, at least this share gets further than the first look.
READ = {"pictures": ("200", "broken_image"), "bodies": ("not_json", "unknown_field"), "origins": ("200",)}


@pytest.mark.parametrize("name", kinds.KINDS)
def test_no_hostile_case_breaks_a_promise(name: str, tmp_path: Path) -> None:
    tally = hunt.hunt(name, random.randrange(1 << 32), 1_000_000, SECONDS)
    assert tally.cases > 200
    assert 0 < tally.memory < 1769 << 20
    for code in READ.get(name, ()):
        assert tally.codes[code] > tally.cases / 100


@pytest.mark.parametrize("file", sorted(hunt.FOUND.glob("*.json")), ids=lambda file: file.stem)
def test_what_was_found_once_is_not_found_again(file: Path) -> None:
    hunt.again(file)


def test_what_breaks_a_promise_is_kept_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = tmp_path / "worker.py"
    source = hunt.WORKER.read_text().replace("parents[2]", f"parents[0] / {str(hunt.HERE.parents[1])!r}")
    worker.write_text(source.replace("kinds.kind(name)", "BROKEN").replace("def main(", BROKEN + "\n\ndef main(", 1))
    monkeypatch.setattr(hunt, "WORKER", worker)
    with pytest.raises(hunt.Found, match=r"ZeroDivisionError"):
        hunt.hunt("envelopes", 1, 100_000, 20, tmp_path)
    [kept] = tmp_path.glob("envelopes-*.json")
    # A small one.
    assert json.loads(kept.read_text())["number"] == 1000


BROKEN = """
from hypothesis import strategies as st
def divide(case):
    return str(1 / (case["number"] < 1000))
BROKEN = Kind("broken", divide, drawn=st.fixed_dictionaries({"number": st.integers(0)}), varied=("number",))
"""


def test_a_slow_case_breaks_a_promise() -> None:
    clock = iter([0, 5, 10, 15])
    slow = Kind("slow", lambda case: "200", drawn=st.none(), clock=lambda: next(clock))
    with pytest.raises(AssertionError, match=r"took 5\.00 s"):
        Tally().watch(slow, None)


SECURITY, PAGE = (ROOT / "SECURITY.md").read_text(), (ROOT / "docs" / "proof.md").read_text()


def test_what_security_promises_is_what_is_tried() -> None:
    section = SECURITY.partition("## What is promised")[2].partition("\n## ")[0]
    promised = [name.rstrip(".") for name in re.findall(r"^- \*\*([^*]+)\*\*", section, re.MULTILINE)]
    assert promised == [promise.name for promise in PROMISES]
    assert {name for promise in PROMISES for name in promise.kinds} == set(kinds.KINDS)
    assert [name for promise in PROMISES for name in promise.suites if not (ROOT / name).exists()] == []


def test_the_page_is_of_a_whole_run_of_all_of_it() -> None:
    promises, cases = (re.findall(r"^\| (.+?) \| (.+) \|$", part, re.MULTILINE) for part in PAGE.split("## Cases"))
    assert [name for name, _ in promises[1:]] == [promise.name for promise in PROMISES]
    rows = {name: int(rest.split(" | ")[1].replace(",", "")) for name, rest in cases[1:]}
    assert rows.keys() == kinds.KINDS.keys()
    assert sum(rows.values()) >= 1_000_000
    for promise, (_, rest) in zip(PROMISES, promises[1:], strict=True):
        hostile, tests, *_ = rest.split(" | ")
        assert (hostile == "-") == (not promise.kinds)
        assert int(tests.replace(",", "")) > 0


@pytest.mark.parametrize("case", [{"a": b"\x89\xff", "b": ["\ud800", None]}, {"sent": [b""]}])
def test_a_case_is_kept_as_it_is(case: object) -> None:
    assert of_json(as_json(case)) == case
