"""What somebody sees who sits before it: a word at once, how long it takes, what he may have meant, short digests."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.shell import shell
from pipeline_runs import ROOT, Home
from tools.command.nearest import nearest

DIGEST = "0123456789ab" + "c" * 52


def on_a_terminal(script: str, folder: Path) -> str:
    """What stderr shows there."""
    ours, theirs = pty.openpty()
    shell(script, folder, stderr=theirs).checked()
    os.close(theirs)
    shown = b""
    # Linux has no end of a terminal, but an error.
    with contextlib.suppress(OSError):
        while part := os.read(ours, 4096):
            shown += part
    os.close(ours)
    return shown.decode()


@pytest.mark.alone
@pytest.mark.parametrize("venv", ["there", "not there"])
def test_the_first_word_comes_within_a_fifth_of_a_second(home: Home, tmp_path: Path, venv: str) -> None:
    env = home.environment({} if venv == "there" else {"PIPELINE_HOME": str(tmp_path / "home")})
    took = []
    for _ in range(3):
        began = time.monotonic()
        command = home.command("-s", "local", "-r", "-p", "xgboost-example", "-d", "-n")
        with subprocess.Popen(command, env=env, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as run:
            assert run.stderr
            assert run.stderr.readline() == b"pipeline  xgboost-example at stage local\n"
            took.append(time.monotonic() - began)
            run.terminate()
    assert min(took) < 0.2


def test_a_long_step_shows_how_long_it_takes_and_what_it_does(tmp_path: Path) -> None:
    work = "say::begin x; say::while \"$RUN_DIR/log\" bash -c 'echo every letter of it; sleep 1.5'"
    shown = on_a_terminal(work, tmp_path)
    assert "   0 s  every letter of it" in shown
    assert "   1 s  every letter of it" in shown
    assert shown.endswith("\r\x1b[K")


def test_a_stack_that_is_waited_for_shows_its_state_and_how_long_it_takes(tmp_path: Path) -> None:
    work = """
    say::begin x
    POLLING_MOST=600 LEFT=3
    stack::look() { LEFT=$((LEFT - 1)); STACK_STATUS=UPDATE_IN_PROGRESS; if ((LEFT == 0)); then STACK_STATUS=DONE; fi; }
    stack::follow any
    """
    shown = on_a_terminal(work, tmp_path)
    assert "   0 s  UPDATE_IN_PROGRESS" in shown
    assert shown.endswith("\r\x1b[K")


@pytest.mark.parametrize(("auth", "tries"), [("none", 1), ("iam", 0)])
def test_who_sits_there_is_told_what_to_do_with_the_address(tmp_path: Path, auth: str, tries: int) -> None:
    (tmp_path / "events").mkdir()
    request = {"method": "POST", "path": "/predict", "body": {"text": "it's"}}
    event = {"request": request, "answer": {"status": 200, "body": {}}}
    (tmp_path / "events" / "one.json").write_text(json.dumps(event))
    stack = "STACK_OUTPUTS=([ApiUrl]=http://h/m/predict [ApiRoot]=http://h/m); address::need() { :; }"
    told = on_a_terminal(
        f"""{stack}; OPTIONS[DEPLOY]=1 STAGE=dev AUTH_LAMBDA={auth} MODEL={tmp_path}
        python() {{ {sys.executable} "$@"; }}; address::print""",
        tmp_path,
    )
    assert "http://h/m/\r\n" in told
    assert f"bash pipeline.sh -s dev -m {tmp_path} --status" in told
    pasted = re.findall(r"curl (http://h/m/predict .*)\r", told)
    assert len(pasted) == tries
    for line in pasted:
        assert json.loads(shlex.split(line)[-1]) == {"text": "it's"}


def test_where_there_is_no_terminal_nothing_moves(tmp_path: Path) -> None:
    work = "say::begin x; say::while \"$RUN_DIR/log\" bash -c 'echo at work'; say::progress at work; say::progress_ends"
    assert shell(work, tmp_path).checked().stderr == "pipeline  x\n"


def test_digests_are_told_by_twelve_characters(tmp_path: Path) -> None:
    whole = f"sha256:{DIGEST}"
    told = f'say::step image "x@{whole}"; say::result "pushed {whole} and {whole}"; say::note "{whole}."'
    said = shell(told, tmp_path).checked().stderr
    assert said.count("sha256:0123456789ab") == 4
    assert "abc" not in said


@pytest.mark.parametrize(
    ("size", "said"),
    [(1, "1 kB"), (4_321, "5 kB"), (999_999, "1000 kB"), (1_000_000, "1.0 MB"), (51_669_214, "51.6 MB")],
)
def test_sizes_are_told_in_words_of_people(tmp_path: Path, size: int, said: str) -> None:
    assert shell(f"say::size {size}", tmp_path).checked().stdout == said


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (["-s", "local", "--verison"], "did you mean --versions? "),
        (["-s", "local", "--promte"], "did you mean --promote? "),
        (["-s", "local", "--deploy"], "did you mean -d? "),
        (["-s", "local", "--dry-run"], "did you mean -n? "),
        (["-s", "local", "--nothing-like-it"], ""),
        (["-s", "local", "-z"], ""),
        (["-s", "production", "-r"], "did you mean prod? "),
        (["-s", "staging", "-r"], "did you mean stage? "),
        (["-s", "loca", "-r"], "did you mean local? "),
        (["-s", "test", "-r"], ""),
    ],
)
def test_what_was_mistyped_gets_a_suggestion(home: Home, arguments: list[str], advice: str) -> None:
    run = home.run(*arguments)
    assert run.status == 2
    assert run.stderr.splitlines()[-1] == f"  next: {advice}bash pipeline.sh -h"


@pytest.mark.parametrize("folder", ["xgboost-exmaple", "./xgboost-exmaple", str(ROOT / "xgboost-exmaple") + "/"])
def test_a_folder_that_was_mistyped_gets_a_suggestion(home: Home, folder: str) -> None:
    run = home.run("-s", "local", "-p", folder)
    assert "did you mean xgboost-example? " in run.stderr
    assert "did you mean" not in home.run("-s", "local", "-p", "nothing-like-it").stderr


def test_without_python_nothing_is_suggested_and_nothing_else_is_lost(tmp_path: Path) -> None:
    run = shell("python3() { return 127; }; options::parse --verison", tmp_path)
    assert (run.status, run.stderr) == (2, "error: unknown option: --verison\n  next: bash pipeline.sh -h\n")


def test_of_several_words_the_nearest_is_meant() -> None:
    assert nearest("--version", ["--versions", "--verbose"]) == "--versions"
    assert nearest("x", ["--xyz"]) == ""


def test_the_help_is_whole_at_80_columns_and_has_three_examples(home: Home) -> None:
    said = home.run("-h").checked().stdout
    assert max(map(len, said.splitlines())) <= 80
    assert len(re.findall(r"^  bash pipeline\.sh -s ", said, re.MULTILINE)) == 3
