"""Where AWS counts the calls, the pipeline looks less and less often, and no call too many ends a run."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from pipeline.shell import shell
from pipeline.throttling import throttling
from pipeline_runs import Home

LOOKS = 'for ((n = 0; n < 14; n++)); do polling::milliseconds "$n"; echo; done'


def waits(folder: Path, script: str = LOOKS) -> list[int]:
    return [int(line) for line in shell(script, folder).checked().stdout.split()]


def test_it_waits_longer_and_longer_and_never_longer_than_ten_seconds(tmp_path: Path) -> None:
    found = waits(tmp_path)
    for number, wait in enumerate(found):
        most = min(500 * 1.5**number, 10_000)
        assert most / 2 - 10 <= wait <= most
    assert max(found) > 5_000


def test_two_runs_do_not_look_at_the_same_time(tmp_path: Path) -> None:
    again = "for n in 20 20 20 20 20 20; do polling::milliseconds 20; echo; done"
    assert len(set(waits(tmp_path, again))) > 1


def test_stage_local_has_no_limits_and_is_looked_at_as_often_as_ever(home: Home, tmp_path: Path) -> None:
    enter = (
        "STAGE=local MODEL_S3_URI='' PROJECT_LAMBDA=x REPOSITORY=x TEMPLATE_REGISTRY=x TEMPLATE_LAMBDA=x REGION=x; "
        "local_aws::up() { LOCAL_PORT=1; }; stage::caller() { ACCOUNT=1; }; s3::bucket_of() { :; }"
    )
    assert max(waits(tmp_path, f"{enter}; stage::enter; {LOOKS}")) <= 500


def test_a_stack_on_aws_is_asked_with_more_patience_unless_the_caller_says_how_much(tmp_path: Path) -> None:
    enter = (
        "STAGE=dev MODEL_S3_URI='' PROJECT_LAMBDA=x REPOSITORY=x; "
        "stage::caller() { ACCOUNT=1 REGION=r; }; s3::bucket_of() { :; }"
    )
    tell = 'echo "$AWS_RETRY_MODE $AWS_MAX_ATTEMPTS"'
    assert shell(f"{enter}; stage::enter; {tell}", tmp_path).checked().stdout == "adaptive 6\n"
    own = {"AWS_RETRY_MODE": "standard", "AWS_MAX_ATTEMPTS": "2"}
    assert shell(f"{enter}; stage::enter; {tell}", tmp_path, own).checked().stdout == "standard 2\n"


def test_a_question_that_fails_is_no_answer(home: Home, deployed: str, tmp_path: Path) -> None:
    """A condition would take it for a no, and the bucket that may not be looked at for one that is not there."""
    env = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{home.port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    asked = "if s3::has_bucket 'no bucket can be called that'; then echo there; else echo 'not there'; fi"
    run = shell(asked, tmp_path, env)
    assert (run.status, run.stdout) == (1, "")
    assert "error: aws s3api head-bucket failed" in run.stderr


def test_calls_that_are_refused_for_being_too_many_end_no_run(home: Home, deployed: str) -> None:
    """Each is refused at once, without the AWS CLI's own patience: what is left is the pipeline's."""
    refused: Counter[str] = Counter()
    with throttling(home.port, refused) as port:
        env = {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "REGISTRY_HOST": f"localhost:{home.port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "AWS_MAX_ATTEMPTS": "1",
            "PROJECT_LAMBDA": "throttled",
        }
        assert (
            "repository throttled-dev" in home.run("-s", "dev", "-m", "xgboost-example", "-r", env=env).checked().stderr
        )
        home.run("-s", "dev", "-m", "xgboost-example", "-x", "-y", env=env).checked()
    assert refused["sts:GetCallerIdentity"] == 2
    for name in (
        "cloudformation:DescribeStacks",
        "cloudformation:DeleteStack",
        "ecr:DeleteRepository",
        "s3:DeleteBucket",
    ):
        assert refused[name] >= 1, refused
