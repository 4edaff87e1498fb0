"""The files for CI/CD: they parse, they type what pipeline.sh takes, they start when they should, they hold no key."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from ci.workflow import EVENTS, JOBS, PATH, WORKFLOW, commands, runs
from pipeline_runs import ROOT

GITLAB = ROOT / "docs" / "ci" / "gitlab.yml"
BUILDSPEC = ROOT / "docs" / "ci" / "buildspec.yml"
GUIDE = ROOT / "docs" / "ci" / "README.md"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FILES = [PATH, GITLAB, BUILDSPEC, GUIDE, ROOT / "ci-role.yaml"]

CHANGED = "bash pipeline.sh -s dev -r -p -d -t --all --changed -y"
ALL = "bash pipeline.sh -s dev -r -p -d -t --all -y"
PROMOTE = "bash pipeline.sh -s prod -r --promote dev -t --all -y"

# A copy of the repository that is set up, what happens to it, and who did it.
READY = {"vars.AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/ci/x", "github.repository": "acme/models"}
PUSH = READY | {"github.event_name": "push"}
PULL_REQUEST = READY | {
    "github.event_name": "pull_request",
    "github.event.pull_request.head.repo.full_name": "acme/models",
}
FROM_A_FORK = PULL_REQUEST | {"github.event.pull_request.head.repo.full_name": "someone/models"}


def typed(path: Path) -> list[list[str]]:
    """The arguments of every call of pipeline.sh in a file."""
    return [shlex.split(line) for line in re.findall(r"bash pipeline\.sh ([^`#;|)\n]+)", path.read_text())]


def options_in_help() -> set[str]:
    head = (ROOT / "pipeline.sh").read_text().split("\n\n")[0]
    return set(re.findall(r"^#   (-[a-z]|--[a-z0-9-]+)\b", head, re.MULTILINE))


def parse(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    """The pipeline's own parser, and nothing after it."""
    script = (
        "ROOT=$1; shift; for file in say option_table options option_rules; "
        'do source "$ROOT/lib/command/$file.sh"; done; options::parse "$@"'
    )
    command = ["bash", "-uc", script, "parse", str(ROOT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "path",
    [*FILES, ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_what_is_typed_consists_of_options_that_the_help_knows(path: Path) -> None:
    words = {word for arguments in typed(path) for word in arguments if word.startswith("-")}
    single = {"-" + letter for word in words if re.fullmatch("-[a-z]{2,}", word) for letter in word[1:]}
    whole = {word for word in words if not re.fullmatch("-[a-z]{2,}", word)}
    assert (whole | single) - options_in_help() == set()


@pytest.mark.parametrize("path", [PATH, GITLAB, BUILDSPEC], ids=lambda path: path.name)
def test_a_file_types_the_three_commands_and_no_other(path: Path) -> None:
    assert sorted(typed(path)) == sorted(shlex.split(line)[2:] for line in (CHANGED, ALL, PROMOTE))


@pytest.mark.parametrize("line", [CHANGED, ALL, PROMOTE])
def test_the_pipeline_takes_what_is_typed(line: str) -> None:
    run = parse(shlex.split(line)[2:])
    assert (run.returncode, run.stderr) == (0, "")


def test_a_pull_request_deploys_what_it_changes_to_dev() -> None:
    assert commands(PULL_REQUEST) == [CHANGED]


def test_a_push_deploys_all_to_dev_and_then_promotes_it() -> None:
    assert commands(PUSH) == [ALL, PROMOTE]
    assert JOBS["prod"]["needs"] == "dev"
    assert JOBS["prod"]["environment"] == "prod"


def test_a_pull_request_from_a_fork_starts_nothing() -> None:
    assert commands(FROM_A_FORK) == []
    assert not any(runs(name, FROM_A_FORK) for name in JOBS)


@pytest.mark.parametrize("event", [PUSH, PULL_REQUEST], ids=["push", "pull_request"])
def test_nothing_starts_before_there_is_a_role(event: dict[str, str]) -> None:
    assert not any(runs(name, event | {"vars.AWS_ROLE_ARN": ""}) for name in JOBS)


def test_no_event_runs_a_strangers_code_with_the_rights_of_main() -> None:
    assert EVENTS == {"pull_request": {"branches": ["main"]}, "push": {"branches": ["main"]}}


def test_the_workflow_may_identify_itself_and_read_and_no_more() -> None:
    assert WORKFLOW["permissions"] == {"id-token": "write", "contents": "read"}
    assert not any("permissions" in job for job in JOBS.values())


def test_a_deployment_is_never_cancelled_and_ends_within_its_session() -> None:
    groups = [job["concurrency"]["group"] for job in JOBS.values()]
    assert len(set(groups)) == len(JOBS)
    for job in JOBS.values():
        assert job["concurrency"]["cancel-in-progress"] is False
        assert job["timeout-minutes"] < 60


def test_what_arrives_on_main_is_not_pushed_out_of_the_queue_to_dev() -> None:
    assert JOBS["dev"]["concurrency"]["queue"] == "max"


def test_actions_are_pinned_to_commits() -> None:
    used = re.findall(r"uses: (.*)", PATH.read_text())
    assert len(used) == sum("uses" in step for job in JOBS.values() for step in job["steps"])
    for line in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)


@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS)
def test_a_job_takes_a_role_and_leaves_no_token_behind(job: dict[str, Any]) -> None:
    given = {step["uses"].split("@")[0]: step["with"] for step in job["steps"] if "uses" in step}
    assert given["actions/checkout"] == {"fetch-depth": 0, "persist-credentials": False}
    credentials = given["aws-actions/configure-aws-credentials"]
    assert credentials["role-to-assume"] == "${{ vars.AWS_ROLE_ARN }}"
    assert credentials["aws-region"] == "${{ vars.AWS_REGION }}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_file_names_a_long_lived_key(path: Path) -> None:
    text = path.read_text().lower().replace("_", "-")
    for name in ("access-key", "secret", "session-token", "akia", "aws-profile"):
        assert name not in text


def jobs_of_gitlab() -> dict[str, dict[str, Any]]:
    content = yaml.safe_load(GITLAB.read_text())
    return {name: content[".deploy"] | job for name, job in content.items() if isinstance(job, dict) and name[0] != "."}


def test_gitlabs_jobs_have_a_stage_and_type_one_command() -> None:
    assert {name: (job["stage"], job["script"]) for name, job in jobs_of_gitlab().items()} == {
        "changed": ("dev", [CHANGED]),
        "dev": ("dev", [ALL]),
        "prod": ("prod", [PROMOTE]),
    }


def test_gitlab_asks_before_prod_and_lets_deployments_end() -> None:
    jobs = jobs_of_gitlab()
    assert (jobs["prod"]["environment"], jobs["prod"]["needs"]) == ("prod", ["dev"])
    assert [rule["when"] for rule in jobs["prod"]["rules"]] == ["manual"]
    for job in jobs.values():
        assert job["resource_group"] == job["stage"] == job["environment"]
        assert job["interruptible"] is False
        assert job["id_tokens"] == {"AWS_ID_TOKEN": {"aud": "sts.amazonaws.com"}}


def test_gitlab_leaves_merge_requests_from_forks_out() -> None:
    [rule] = jobs_of_gitlab()["changed"]["rules"]
    assert rule["if"].endswith("&& $CI_MERGE_REQUEST_SOURCE_PROJECT_PATH == $CI_PROJECT_PATH")


def buildspec() -> dict[str, Any]:
    content = yaml.safe_load(BUILDSPEC.read_text())
    assert isinstance(content, dict)
    return content


def test_the_buildspec_is_one() -> None:
    assert buildspec()["version"] == 0.2
    assert set(buildspec()["phases"]) == {"install", "build"}


@pytest.mark.parametrize(
    ("stage", "event", "types"),
    [
        ("dev", "PULL_REQUEST_CREATED", CHANGED),
        ("dev", "PULL_REQUEST_UPDATED", CHANGED),
        ("dev", "PUSH", ALL),
        ("dev", "", ALL),
        ("prod", "", PROMOTE),
        ("prod", "PUSH", None),
        ("prod", "PULL_REQUEST_CREATED", None),
        ("dev", "PULL_REQUEST_MERGED", None),
    ],
)
def test_a_build_types_what_its_stage_and_event_ask_for(
    tmp_path: Path, stage: str, event: str, types: str | None
) -> None:
    (tmp_path / "pipeline.sh").write_text('echo "bash pipeline.sh $*"\n')
    [script] = buildspec()["phases"]["build"]["commands"]
    environment = {"PATH": "/usr/bin:/bin", "STAGE": stage} | ({"CODEBUILD_WEBHOOK_EVENT": event} if event else {})
    run = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert run.stdout == (f"{types}\n" if types else "")
    assert run.returncode == (0 if types else 1)
