"""What cannot be done is refused before anything is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.faults import assert_explained, steps
from pipeline_runs import Home

EXAMPLE = "xgboost-example"


@pytest.fixture(scope="module")
def ready(home: Home) -> Home:
    """A home whose AWS runs: a refused run has nothing to start."""
    home.run("-s", "local", "-m", EXAMPLE, "-r").checked()
    return home


def assert_refused(
    home: Home, folder: Path | str, what: str, why: str, following: str, env: dict[str, str] | None = None
) -> None:
    run = home.run("-s", "local", "-r", "-p", str(folder), "-d", env=env)
    assert_explained(run, what, why, following)
    assert steps(run) == []


def test_a_missing_stage_is_wrong_usage(ready: Home) -> None:
    assert_explained(ready.run("-r"), "no stage", following="pipeline.sh -h", status=2)


def test_an_unknown_stage_is_wrong_usage(ready: Home) -> None:
    assert_explained(ready.run("-s", "test", "-r"), "unknown stage: test", following="pipeline.sh -h", status=2)


def test_an_unknown_option_is_wrong_usage(ready: Home) -> None:
    assert_explained(ready.run("-s", "local", "--deploy"), "--deploy", following="pipeline.sh -h", status=2)


@pytest.mark.parametrize("missing", ["Dockerfile", "app/main.py"])
def test_a_folder_that_lacks_a_file_is_refused_before_anything_is_done(
    ready: Home, folder_copy: Path, missing: str
) -> None:
    (folder_copy / missing).unlink()
    assert_refused(ready, folder_copy, "is not a model folder", f"no {missing}", "-p PATH")


def test_a_template_that_cannot_be_read_is_refused_before_anything_is_done(ready: Home, folder_copy: Path) -> None:
    (folder_copy / "template.yaml").write_text("Resources: [\n")
    assert_refused(ready, folder_copy, "template.yaml cannot be used", "line 2", "mend it")


@pytest.mark.parametrize(
    "name",
    [
        "my_model-example",
        "My-model",
        "a--b",
        "model-",
        "1st-model",
        "x",
        "a" * 42,
    ],
)
def test_a_name_that_aws_would_refuse_is_refused_before_anything_is_done(
    ready: Home, folder_copy: Path, name: str
) -> None:
    folder = folder_copy.rename(folder_copy.parent / name)
    assert_refused(ready, folder, f"a model cannot be called {name}", "single hyphens", "rename the folder")
    said = (f"a model cannot be called {name}", "single hyphens", "export another PROJECT_LAMBDA")
    assert_refused(ready, EXAMPLE, *said, env={"PROJECT_LAMBDA": name})


def test_a_setting_that_names_the_model_is_refused(ready: Home, folder_copy: Path) -> None:
    """It would be one more place, and the wrong one as soon as a folder is copied."""
    (folder_copy / "model.env").write_text("MEMORY_LAMBDA=512\nPROJECT_LAMBDA=another-example\n")
    assert_refused(ready, folder_copy, "line 2 of", "PROJECT_LAMBDA=another-example", "rename the folder")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ARCHITECTURE_LAMBDA", "mips"),
        ("MEMORY_LAMBDA", "1GB"),
        ("TIMEOUT_LAMBDA", "0"),
    ],
)
def test_a_size_that_aws_would_refuse_is_refused_before_anything_is_done(ready: Home, name: str, value: str) -> None:
    assert_refused(ready, EXAMPLE, f"{name}={value} cannot be used", "it must be", "model.env", env={name: value})


def test_a_folder_that_is_not_there_is_refused(ready: Home) -> None:
    assert_explained(ready.run("-s", "local", "-p", "no-such-example"), "no folder no-such-example", "", "-p PATH")
