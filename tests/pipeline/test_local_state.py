"""What a MiniStack has left behind is mended before the next one starts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools.local_aws import saved_state

SAME_PORT = (4566, 4566)


def save(state: Path, service: str, payload: dict[str, object]) -> Path:
    state.mkdir(exist_ok=True)
    path = state / f"{service}.json"
    path.write_text(json.dumps({"__ministack_format__": 2, "payload": payload}))
    return path


def stacks(status: str) -> dict[str, object]:
    return {"stacks": {"data": {"0\0us-east-1\0'model'": {"StackName": "model", "StackStatus": status}}}}


@pytest.mark.parametrize(
    ("left", "becomes"),
    [
        ("CREATE_IN_PROGRESS", "ROLLBACK_COMPLETE"),
        ("UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"),
        ("DELETE_IN_PROGRESS", "DELETE_FAILED"),
        ("CREATE_COMPLETE", "CREATE_COMPLETE"),
    ],
)
def test_no_operation_is_under_way_when_nobody_works_on_it(tmp_path: Path, left: str, becomes: str) -> None:
    path = save(tmp_path / "state", "cloudformation", stacks(left))
    saved_state.mend(tmp_path / "state", tmp_path / "s3", SAME_PORT)
    assert json.loads(path.read_text())["payload"] == stacks(becomes)


def test_a_bucket_that_nothing_knows_is_dropped_and_the_others_stay(tmp_path: Path) -> None:
    save(tmp_path / "state", "s3", {"buckets_meta": {"data": {"000000000000\0'known'": {}}}})
    for bucket in ("known", "unknown"):
        (tmp_path / "s3" / "000000000000" / bucket).mkdir(parents=True)
        (tmp_path / "s3" / "000000000000" / bucket / "object").write_text("content")
    saved_state.mend(tmp_path / "state", tmp_path / "s3", SAME_PORT)
    assert [path.name for path in (tmp_path / "s3" / "000000000000").iterdir()] == ["known"]
    assert (tmp_path / "s3" / "000000000000" / "known" / "object").read_text() == "content"


def test_what_is_deployed_moves_to_the_new_port(tmp_path: Path) -> None:
    config = {"ImageUri": "localhost:4566/model@sha256:1", "RevisionId": "first"}
    path = save(tmp_path / "state", "lambda", {"functions": {"data": {"model": {"config": config}}}})
    other = save(
        tmp_path / "state", "apigateway", {"url": "http://id.execute-api.localhost:4566", "not": "localhost:45660"}
    )
    saved_state.mend(tmp_path / "state", tmp_path / "s3", (4566, 4570))
    moved = json.loads(path.read_text())["payload"]["functions"]["data"]["model"]["config"]
    assert moved["ImageUri"] == "localhost:4570/model@sha256:1"
    assert moved["RevisionId"] != "first", "a version of it could not be published"
    assert json.loads(other.read_text())["payload"] == {
        "url": "http://id.execute-api.localhost:4570",
        "not": "localhost:45660",
    }


def test_a_first_start_and_unreadable_state_are_no_failure(tmp_path: Path) -> None:
    saved_state.mend(tmp_path / "state", tmp_path / "s3", SAME_PORT)
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "cloudformation.json").write_text('{"payload": ')
    saved_state.mend(tmp_path / "state", tmp_path / "s3", SAME_PORT)
