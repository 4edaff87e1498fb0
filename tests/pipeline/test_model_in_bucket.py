"""MODEL_S3_URI: the model goes to the bucket and not into the image, and the function finds it there."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from pipeline.faults import assert_explained, steps
from pipeline_runs import FOLDERS, ROOT, Home, copy_of
from tools.releases import comparison, event_files, events
from tools.stacks import model

URI = "s3://${BUCKET}/models"


def reads_it(folder: Path) -> bool:
    return any("MODEL_S3_URI" in source.read_text() for source in (folder / "app").rglob("*.py"))


ABLE = [folder for folder in FOLDERS if reads_it(folder)]
assert ABLE


@pytest.fixture(params=ABLE, ids=lambda folder: folder.name)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Under a name of its own: the model that others test stays in its image."""
    copied = copy_of(request.param, tmp_path / "bucket-example")
    with (copied / "model.env").open("a") as settings:
        settings.write(f"MODEL_S3_URI={URI}\n")
    return copied


def test_the_function_takes_its_model_from_the_bucket(home: Home, folder: Path) -> None:
    run = home.run("-s", "local", "-r", "-p", str(folder), "-d").checked()
    bucket = "bucket-example-local-000000000000-us-east-1"
    keys = [found["Key"] for found in home.aws("s3api", "list-objects-v2", "--bucket", bucket)["Contents"]]
    [model] = [key for key in keys if key.startswith("models/")]

    image = dict(line.split("=", 1) for line in home.run("-s", "local", "-m", str(folder), "-o").stdout.splitlines())
    inside = subprocess.check_output(
        ["docker", "run", "--rm", "--entrypoint", "ls", image["IMAGE_URI"], "/var/task/model"], text=True
    ).split()
    assert inside == ["model.json"]

    # Its name is its sha256, which is the version that the model says it is.
    status, health = events.send(run.api_url, {"method": "GET", "path": "/health"})
    assert status == 200
    assert Path(model).stem.startswith(health["version"])
    # All that it answers, it answers as from its image.
    answers = {
        path.stem: event_files.read(path) for path in (folder / "events").glob("*.json") if path.stem != "health"
    }
    compared = 0
    for name, event in answers.items():
        if event.get("when", {}).items() <= health.items():
            assert comparison.compare(event, *events.send(run.api_url, event["request"])) == [], name
            compared += event["answer"]["status"] == 200
    assert compared


def test_it_may_read_its_model_and_nothing_else_in_the_bucket(folder: Path) -> None:
    role = model.read(folder)["Resources"]["FunctionRole"]["Properties"]
    [policy] = [found.value[1] for found in role["Policies"][1:] if found.value[0] == "ModelIsInBucket"]
    text = json.dumps(policy, default=lambda tagged: tagged.value)
    assert "s3:GetObject" in text
    assert "${ModelUri" in text or "ModelUri" in text
    assert "s3:*" not in text
    assert '"*"' not in text


def test_the_image_alone_is_refused_with_the_reason(home: Home, folder: Path) -> None:
    run = home.run("-s", "local", "-p", str(folder), "--rie")
    assert run.status == 1
    assert "takes its model from a bucket" in run.stderr


def test_without_the_bucket_the_next_step_is_named(home: Home, folder: Path) -> None:
    env = {"PROJECT_LAMBDA": "bucketless-example", "TEMPLATE_REGISTRY": "none", "TEMPLATE_LAMBDA": "none"}
    run = home.run("-s", "local", "-p", str(folder), env=env)
    assert run.status == 1
    assert "there is no bucket bucketless-example-local-000000000000-us-east-1" in run.stderr


@pytest.mark.parametrize("uri", ["https://bucket/models", "s3://bucket", "models"])
def test_what_is_no_place_in_a_bucket_is_refused(home: Home, folder: Path, uri: str) -> None:
    run = home.run("-s", "local", "-p", str(folder), env={"MODEL_S3_URI": uri})
    assert run.status == 1
    assert "s3://BUCKET/FOLDER" in run.stderr


def test_a_folder_that_cannot_says_so(home: Home, tmp_path: Path) -> None:
    folder = copy_of(ROOT / "xgboost-example", tmp_path / "bucket-unable")
    run = home.run("-s", "local", "-r", "-p", str(folder), "-d", env={"MODEL_S3_URI": URI})
    assert_explained(run, "bucket-unable exports no model", "no requirements-export.txt", "take MODEL_S3_URI out of")
    assert "registry" not in steps(run)
