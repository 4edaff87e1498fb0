"""--json: what a person reads, for programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.shell import shell
from pipeline_runs import Home
from tools.command import output_as_json

HERE = ("-s", "local", "-m", "xgboost-example")


def test_outputs_are_an_object(home: Home, deployed: str) -> None:
    found = json.loads(home.run(*HERE, "-o", "--json").checked().stdout)
    lines = home.run(*HERE, "-o").checked().stdout.splitlines()
    assert found == dict(line.split("=", 1) for line in lines)
    assert found["API_URL"] == deployed


def test_versions_are_a_list_with_whole_digests(home: Home, deployed: str) -> None:
    versions = json.loads(home.run(*HERE, "--versions", "--json").checked().stdout)
    # Other tests deploy this model too.
    (live,) = [version for version in versions if version["state"] == "live"]
    assert (live["gate"]["passed"], live["gate"]["failed"]) == (True, 0)
    assert {len(version["digest"]) for version in versions} == {len("sha256:") + 64}


def test_the_status_is_an_object_and_nothing_else_is_on_stdout(home: Home, deployed: str) -> None:
    found = json.loads(home.run(*HERE, "-d", "--status", "--json").checked().stdout)
    assert (found["model"], found["stage"], found["address"]) == ("xgboost-example", "local", deployed)
    assert found["live"]["state"] == "live"
    assert found["canary"] is None
    assert found["previous"] is None or found["previous"]["number"] != found["live"]["number"]
    assert found["last_hour"].keys() >= {"requests", "server_errors", "p99"}


def test_what_is_not_deployed_prints_nothing(home: Home, deployed: str) -> None:
    run = home.run(*HERE, "-o", "--json", env={"PROJECT_LAMBDA": "never-deployed"})
    assert (run.status, run.stdout) == (1, "")


def test_of_all_models_each_has_its_place(tmp_path: Path) -> None:
    for name, status, said in (
        ("a", "0 1500", '{"KEY": "value"}'),
        ("b", "1 20", ""),
        ("c", "0 1", "API_URL=http://c\n"),
    ):
        (tmp_path / f"{name}.status").write_text(status)
        (tmp_path / f"{name}.out").write_text(said)
    assert {name: output_as_json.model(tmp_path, name) for name in "abc"} == {
        "a": {"exit_status": 0, "seconds": 1.5, "output": {"KEY": "value"}},
        "b": {"exit_status": 1, "seconds": 0.02, "output": {}},
        "c": {"exit_status": 0, "seconds": 0.001, "output": {"API_URL": "http://c"}},
    }


@pytest.mark.parametrize(
    ("typed", "handed_on"),
    [("-s local --all -o --json", "-m F -s local -o --json"), ("-s local --all -d --json", "-m F -s local -d")],
)
def test_a_model_of_all_is_asked_for_json_where_it_has_some(tmp_path: Path, typed: str, handed_on: str) -> None:
    script = f'options::parse {typed}; fleet::flags F; echo "${{flags[*]}}"'
    assert shell(script, tmp_path).checked().stdout.strip() == handed_on


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(["-t", "--json"], "--json goes with"), (["-o", "--status", "--json"], "--json is one document")],
)
def test_json_of_nothing_or_of_two_things_is_wrong_usage(home: Home, arguments: list[str], says: str) -> None:
    run = home.run("-s", "local", *arguments)
    assert (run.status, run.stdout) == (2, "")
    assert says in run.stderr
