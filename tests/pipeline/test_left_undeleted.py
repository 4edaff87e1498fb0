"""What AWS answers 200 to and has not deleted ends the run with its reason, and is not asked for again and again."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

import made_up_aws
from clients import aws_at
from made_up_aws import Answer, Call
from pipeline.faults import assert_explained
from pipeline.shell import shell
from pipeline_runs import Run

LISTED = "<Version><Key>kept</Key><VersionId>v</VersionId></Version>"
DENIED = "<Error><Key>kept</Key><VersionId>v</VersionId><Code>AccessDenied</Code><Message>not you</Message></Error>"


class Keeper:
    """A bucket and a repository of which nothing goes; `failure` says why of an image."""

    def __init__(self, failure: dict[str, str] | None = None) -> None:
        self.calls: Counter[str] = Counter()
        self.failures = [failure] if failure else []

    def __call__(self, call: Call) -> Answer:
        self.calls[call.action] += 1
        if call.action == "ecr:BatchDeleteImage":
            return 200, json.dumps({"imageIds": [], "failures": self.failures})
        if call.action == "s3:DeleteObjectVersion":
            return 200, f"<DeleteResult>{DENIED}</DeleteResult>"
        # who asks for ever is let go
        listed = LISTED if self.calls[call.action] < 4 else ""
        return 200, f"<ListVersionsResult>{listed}</ListVersionsResult>"


def run(keeper: Keeper, script: str, folder: Path) -> Run:
    with made_up_aws.answered_by(keeper) as address:
        again = "say::again() { echo again; }"
        return shell(f"{again}; aws::open; {script}", folder, aws_at(address) | {"AWS_REGION": "us-east-1"})


def test_a_bucket_that_keeps_an_object_says_which_and_why(tmp_path: Path) -> None:
    keeper = Keeper()
    done = run(keeper, "s3::delete_bucket kept", tmp_path)
    assert_explained(done, "cannot empty bucket kept", "AccessDenied\tnot you", "again")
    assert keeper.calls == {"s3:ListBucketVersions": 1, "s3:DeleteObjectVersion": 1}


def test_an_image_that_stays_says_why(tmp_path: Path) -> None:
    failure = {"failureCode": "ImageReferencedByManifestList", "failureReason": "an index has it"}
    done = run(Keeper(failure), "ecr::delete_image kept sha256:1", tmp_path)
    assert_explained(done, "cannot delete image sha256:1", "an index has it", "again")


@pytest.mark.parametrize("failure", [None, {"failureCode": "ImageNotFound", "failureReason": "there is none"}])
def test_an_image_that_is_gone_is_deleted(tmp_path: Path, failure: dict[str, str] | None) -> None:
    run(Keeper(failure), "ecr::delete_image kept sha256:1", tmp_path).checked()
