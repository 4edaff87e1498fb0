"""A stack that began with a log group that was left, and could not take it over, as AWS leaves it.

The local AWS leaves such a stack in ROLLBACK_COMPLETE, which test_stuck knows.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.shell import shell
from pipeline_runs import ROOT, Run
from tools.doctor import stacks

STATES = ("IMPORT_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_FAILED")


def settled(folder: Path, status: str, *outputs: str) -> Run:
    """Whatever is done to the stack is printed, and that deletes it; then what is known of it."""
    script = f"""
        TEMPLATE_LAMBDA=x-dev-lambda PROJECT_LAMBDA=x STAGE=dev OPTIONS=([DEPLOY]=1)
        stack=({" ".join((status, *outputs))})
        cloudformation::stack() {{ if ((${{#stack[@]}})); then printf '%s\\n' "${{stack[@]}}"; fi; }}
        cloudformation::operate() {{ stack=(); echo "$2"; }}
        stack::read x-dev-lambda
        stack::settle x-dev-lambda
        echo "left: $STACK_STATUS"
    """
    return shell(script, folder).checked()


@pytest.mark.parametrize("status", STATES)
def test_what_never_held_anything_is_deleted_and_made_anew(tmp_path: Path, status: str) -> None:
    run = settled(tmp_path, status)
    assert run.stdout == "delete-stack\nleft: \n"
    assert f"warning: stack x-dev-lambda is in {status}: an import failed" in run.stderr
    assert "it is deleted and made anew" in run.stderr


@pytest.mark.parametrize("status", STATES)
def test_what_was_whole_before_somebodys_import_is_never_deleted(tmp_path: Path, status: str) -> None:
    assert settled(tmp_path, status, "ApiUrl=https://x", "LiveVersion=3").stdout == f"left: {status}\n"


def test_the_doctor_knows_every_state_that_is_settled() -> None:
    text = (ROOT / "lib" / "aws" / "stack.sh").read_text()
    cases = re.search(r"^stack::settle\(\).*?^}", text, re.MULTILINE | re.DOTALL)
    assert cases
    named = re.findall(r"\b[A-Z]+_[A-Z_]+\b(?=[*| )])", cases[0])
    assert set(named) - {"STACK_STATUS"} == stacks.SETTLED
