"""What AWS answers in pages is read whole: over a hundred images, hundreds of events, thousands of objects."""

from __future__ import annotations

from pathlib import Path

from pipeline.paged_aws import PagedAws, digest, serving
from pipeline.shell import shell
from pipeline_runs import Run
from tools.images import pushed_bytes
from tools.stacks import failures

IMAGES = 250
STACK = {"StackName": "s", "StackId": "arn:s"}


def ask(aws: PagedAws, script: str, folder: Path) -> Run:
    with serving(aws) as endpoint:
        env = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_CONFIG_FILE": "/dev/null",
        }
        run = shell(f"aws::open\n{script}", folder, env).checked()
    assert aws.refused == []
    return run


def event(number: int, resource: str, status: str, reason: str = "", kind: str = "AWS::S3::Bucket") -> dict[str, str]:
    said = {"ResourceStatusReason": reason} if reason else {}
    own = {"LogicalResourceId": resource, "ResourceType": kind, "ResourceStatus": status}
    physical = "arn:s" if resource == "s" else resource
    return STACK | own | {"EventId": str(number), "PhysicalResourceId": physical} | said


def stack_event(number: int, status: str) -> dict[str, str]:
    return event(number, "s", status, kind=failures.STACK)


def history() -> list[dict[str, str]]:
    """Newest first: an operation that failed at one of many resources and was taken back, after an older failure."""
    back = [event(number, f"Part{number}", "DELETE_COMPLETE") for number in range(240)]
    return [
        stack_event(900, "ROLLBACK_COMPLETE"),
        *back,
        event(500, "Second", "CREATE_FAILED", "Resource creation cancelled"),
        event(400, "First", "CREATE_FAILED", "there is no room"),
        stack_event(300, "CREATE_IN_PROGRESS"),
        event(200, "Old", "DELETE_FAILED", "long ago"),
        stack_event(100, "DELETE_IN_PROGRESS"),
    ]


def test_the_newest_of_many_images_is_one(tmp_path: Path) -> None:
    aws = PagedAws(images=IMAGES)
    newest = max(aws.images, key=lambda image: float(str(image["imagePushedAt"])))["imageDigest"]
    assert newest not in (digest(0), digest(IMAGES - 1))
    assert ask(aws, "ecr::newest_digest any", tmp_path).stdout == newest


def test_of_no_images_none_is_the_newest(tmp_path: Path) -> None:
    assert ask(PagedAws(), "ecr::newest_digest any", tmp_path).stdout == ""


def test_a_push_is_compared_with_all_images_that_were_there(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    ask(PagedAws(images=IMAGES), f'ecr::manifests any "{before}"', tmp_path)
    ask(PagedAws(images=IMAGES + 1), f'ecr::manifests any "{after}"', tmp_path)
    assert len(pushed_bytes.blobs(before)) == 2 * IMAGES
    assert pushed_bytes.added(before, after) == 11


def test_a_push_to_an_empty_repository_adds_all_of_it(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    ask(PagedAws(), f'ecr::manifests any "{before}"', tmp_path)
    ask(PagedAws(images=1), f'ecr::manifests any "{after}"', tmp_path)
    assert pushed_bytes.added(before, after) == 11


def test_the_reason_of_a_failure_is_found_behind_hundreds_of_events(tmp_path: Path) -> None:
    assert ask(PagedAws(events=history()), "cloudformation::reasons s", tmp_path).stdout == "First: there is no room\n"


def test_the_resources_at_which_an_operation_failed_are_those_of_all_pages(tmp_path: Path) -> None:
    events = [
        event(number, f"Part{number}", "DELETE_FAILED", "in use") | {"ClientRequestToken": "mine"}
        for number in range(150)
    ]
    other = event(999, "Other", "DELETE_FAILED", "in use") | {"ClientRequestToken": "theirs"}
    said = ask(PagedAws(events=[*events, other]), "cloudformation::failures s mine", tmp_path).stdout
    assert sorted(said.splitlines()) == sorted(f"Part{number}: in use" for number in range(150))


def test_a_bucket_of_thousands_of_versions_and_markers_is_emptied(tmp_path: Path) -> None:
    aws = PagedAws(objects=2500)
    ask(aws, "s3::delete_bucket any", tmp_path)
    assert aws.objects == []


def test_a_stack_that_is_refused_before_it_comes_to_its_resources_says_why_itself() -> None:
    refused = event(2, "s", "CREATE_FAILED", "Validation failed", failures.STACK)
    assert failures.causes([refused, stack_event(1, "CREATE_IN_PROGRESS")]) == {"s": "Validation failed"}


def test_what_was_cancelled_is_told_if_there_is_nothing_else() -> None:
    events = [event(2, "A", "CREATE_FAILED", "Resource creation cancelled"), stack_event(1, "CREATE_IN_PROGRESS")]
    assert failures.causes(events) == {"A": "Resource creation cancelled"}
