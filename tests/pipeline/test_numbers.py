"""A number that AWS would refuse in the middle of a deployment is refused before anything is built."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.faults import assert_explained
from pipeline.shell import shell
from pipeline_runs import ROOT, Run
from tools.doctor import account
from tools.doctor.checks import Asked
from tools.local_aws import handlers
from tools.stacks import model

FOLDER = ROOT / "xgboost-example"
DAYS = handlers.schema("AWS::Logs::LogGroup")["properties"]["RetentionInDays"]["enum"]


def checked(folder: Path, **settings: str) -> Run:
    script = (
        f"MODEL={FOLDER}; model_folder::read $ROOT/defaults.env; say::again() {{ echo again; }}; model_folder::check"
    )
    return shell(script, folder, {"PROJECT_LAMBDA": "x", "STAGE": "dev"} | settings)


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("MEMORY_LAMBDA", "127", "from 128 to 10240"),
        ("MEMORY_LAMBDA", "10241", "from 128 to 10240"),
        ("MEMORY_LAMBDA", "08", "from 128 to 10240"),
        ("TIMEOUT_LAMBDA", "30", "from 1 to 29"),
        ("LOG_DAYS_LAMBDA", "45", "such as 30"),
        ("LOG_DAYS_LAMBDA", "0", "such as 30"),
    ],
)
def test_what_is_beyond_is_refused(tmp_path: Path, name: str, value: str, what: str) -> None:
    assert_explained(checked(tmp_path, **{name: value}), f"{name}={value} cannot be used", what, "mend")


def test_what_is_within_is_taken(tmp_path: Path) -> None:
    for least, most in (("128", "1"), ("10240", "29")):
        checked(tmp_path, MEMORY_LAMBDA=least, TIMEOUT_LAMBDA=most, LOG_DAYS_LAMBDA="3653").checked()


def test_the_days_are_those_of_cloudwatch_in_the_template_and_in_the_settings() -> None:
    parameter = model.read(FOLDER)["Parameters"]["LogDays"]
    checks = (ROOT / "lib" / "steps" / "model_folder.sh").read_text()
    named = re.search(r"must LOG_DAYS_LAMBDA '([0-9|]+)'", checks)
    assert named
    assert [int(days) for days in named[1].split("|")] == parameter["AllowedValues"] == sorted(DAYS)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("LogDays=45", "Parameters.LogDays: 45 is none of 1, 3, 5"),
        ("MemorySize=100", "Parameters.MemorySize: 100 is not between 128 and 10240"),
        ("LiveVersion=newest", r"Parameters.LiveVersion: newest does not match none\|"),
    ],
)
def test_the_stacks_own_parameters_are_held_to_what_it_says_of_them(tmp_path: Path, given: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        model.main(str(FOLDER), str(tmp_path / "template.yaml"), str(tmp_path / "parameters"), given)


@pytest.mark.parametrize(
    ("memory", "stage", "state"), [("3008", "dev", "ok"), ("3009", "dev", "warning"), ("10240", "local", "ok")]
)
def test_the_doctor_says_what_a_new_account_may_not_have(memory: str, stage: str, state: str) -> None:
    asked = Asked("x", stage, str(FOLDER), "eu-central-1", {"MEMORY_LAMBDA": memory})
    assert account.memory(asked).state == state
