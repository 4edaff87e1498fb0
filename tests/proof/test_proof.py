"""Some seconds of every kind of hostile case, others each time, and all that was ever found."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import strategies as st

from proof import hunt, kinds
from proof.kind import Kind, Tally, as_json, of_json

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


@pytest.mark.parametrize("case", [{"a": b"\x89\xff", "b": ["\ud800", None]}, {"sent": [b""]}])
def test_a_case_is_kept_as_it_is(case: object) -> None:
    assert of_json(as_json(case)) == case
