"""Who is told when an alarm rings is somebody whom it can tell, or that is known before anything is built."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.faults import assert_explained
from pipeline.shell import shell
from pipeline_runs import Run

TOPIC = "arn:aws:sns:{}:111122223333:ours"
# What stands after the check in deploy::check would ask AWS.
CHECK = "deploy::fill() { echo checked; exit; }; say::again() { echo again; }; deploy::check"


def check(folder: Path, told: str) -> Run:
    return shell(f"REGION=eu-central-1; {CHECK}", folder, {"ALARMS_LAMBDA": told})


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-2"])
def test_a_topic_of_another_region_is_refused(tmp_path: Path, region: str) -> None:
    told = TOPIC.format(region)
    assert_explained(
        check(tmp_path, told), f"ALARMS_LAMBDA={told} cannot be used in eu-central-1", "its own region", "again"
    )


@pytest.mark.parametrize("told", [TOPIC.format("eu-central-1"), "ops@example.com", ""])
def test_one_of_this_region_is_taken_and_so_is_an_address(tmp_path: Path, told: str) -> None:
    assert check(tmp_path, told).checked().stdout == "checked\n"
