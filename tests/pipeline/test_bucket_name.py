"""What to type next where a registry could not be made, by what stood in its way."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.faults import assert_explained
from pipeline.shell import shell
from pipeline_runs import Run

# As CloudFormation hands on what S3 says.
ABORTED = (
    "Bucket: A conflicting conditional operation is currently in progress against this resource. Please try again. "
    "(Service: S3, Status Code: 409, Request ID: 1)"
)


def refused(folder: Path, reason: str) -> Run:
    script = f"""
        STAGE=dev MODEL=./x PROJECT_LAMBDA=x BUCKET=x-dev-1 READERS_LAMBDA='' TEMPLATE_REGISTRY=x-dev-registry
        say::again() {{ echo again; }}
        stack::release() {{ :; }}; stack::is() {{ false; }}; stack::settle() {{ :; }}; stack::deploy() {{ false; }}
        cloudformation::reasons() {{ printf '%s\\n' "{reason}"; }}
        : >"$RUN_DIR/log"
        registry::apply
    """
    return shell(script, folder)


@pytest.mark.parametrize("reason", [ABORTED, "Bucket: OperationAborted"])
def test_a_name_that_s3_has_not_given_back_is_waited_for(tmp_path: Path, reason: str) -> None:
    run = refused(tmp_path, reason)
    assert_explained(run, "stack x-dev-registry could not be made", reason, "up to an hour: wait, then again")
    assert " -x" not in run.stderr


def test_what_is_left_from_before_is_deleted(tmp_path: Path) -> None:
    run = refused(tmp_path, "Bucket: x-dev-1 already exists")
    assert_explained(run, "stack x-dev-registry could not be made", "already exists", "-s dev -m ./x -x, then again")
