"""--all and --changed: several models in one command. A repository of three small ones stands in for this one."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline_runs import ROOT, Home, Run, copy_of

NAMES = ("alpha-example", "beta-example", "gamma-example")


class Repository:
    def __init__(self, path: Path, home: Home) -> None:
        self.path, self.home = path, home
        for part in ("lib", "tools", "serving", "building"):
            shutil.copytree(ROOT / part, path / part, ignore=shutil.ignore_patterns("__pycache__"))
        for file in ("pipeline.sh", "registry.yaml", "caller.yaml", "stack.yaml", "defaults.env"):
            shutil.copy(ROOT / file, path)
        for name in NAMES:
            copy_of(ROOT / "xgboost-example", path / name)
        self.git("init", "--quiet")
        self.commit()

    def git(self, *arguments: str) -> None:
        who = ["-c", "user.name=a", "-c", "user.email=a@b"]
        subprocess.run(["git", *who, *arguments], cwd=self.path, check=True)

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "as it is")

    def has(self, commit: str) -> bool:
        """Whether it is in the history of what is checked out."""
        asked = ["git", "merge-base", "--is-ancestor", commit, "HEAD"]
        return subprocess.run(asked, cwd=self.path, check=False).returncode == 0

    def change(self, name: str, text: str) -> None:
        with (self.path / name / "app" / "main.py").open("a") as handler:
            handler.write(f"\n{text}\n")

    def run(self, *arguments: str) -> Run:
        done = subprocess.run(
            ["bash", "pipeline.sh", "-s", "local", *arguments],
            cwd=self.path, env=self.home.environment(), capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
        return Run(done.returncode, done.stdout, done.stderr)


def results(run: Run) -> dict[str, str]:
    """By model, from the table."""
    lines = run.stderr.partition("MODEL ")[2].splitlines()[1:]
    return {line.split()[0]: line.split()[1] for line in lines if line.startswith(NAMES)}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    with Home(tmp_path_factory.mktemp("fleet") / "home") as home:
        yield Repository(tmp_path_factory.mktemp("repository"), home)


def test_all_models_are_deployed_by_one_command(repository: Repository) -> None:
    run = repository.run("-r", "-p", "-d", "-t", "--all").checked()
    assert results(run) == dict.fromkeys(NAMES, "done")
    addresses = [line.split() for line in run.stdout.splitlines()]
    assert [name for name, _ in addresses] == list(NAMES)
    assert len({address for _, address in addresses}) == len(NAMES)


def test_only_what_changed_is_built(repository: Repository) -> None:
    repository.change("beta-example", "# another image")
    run = repository.run("-p", "-d", "--all", "--changed").checked()
    assert "beta-example: " in run.stderr
    assert "beta-example:           built" in run.stderr
    for name in ("alpha-example", "gamma-example"):
        assert f"{name}:           {name} is what stage local runs" in run.stderr
    assert len(run.stdout.splitlines()) == len(NAMES)


def test_what_changed_may_be_since_a_commit(repository: Repository) -> None:
    repository.commit()
    repository.change("gamma-example", "# another image")
    run = repository.run("-p", "-d", "--all", "--changed", "HEAD").checked()
    assert "gamma-example:           built" in run.stderr
    assert "beta-example:           beta-example is as it was at HEAD" in run.stderr
    unknown = repository.run("-p", "-d", "-m", "alpha-example", "--changed", "nowhere")
    assert (unknown.status, "git does not know nowhere" in unknown.stderr) == (1, True)


def test_one_that_fails_neither_stops_nor_hides_another(repository: Repository) -> None:
    repository.change("alpha-example", "raise RuntimeError('broken on purpose')")
    repository.change("gamma-example", "# and yet another")
    run = repository.run("-p", "-d", "--all")
    assert run.status == 1
    assert results(run) == {"alpha-example": "FAILED", "beta-example": "done", "gamma-example": "done"}
    assert "error: 1 of 3 models failed" in run.stderr
    assert "alpha-example: error: version" in run.stderr


def test_what_a_merged_pull_request_left_is_published_again(repository: Repository) -> None:
    """Else --promote would refuse it for ever: once squashed, the commit that was tried is in no history."""
    one = ("-r", "-p", "-d", "-m", "beta-example")
    repository.git("stash", "--quiet")
    repository.git("checkout", "--quiet", "-b", "tried")
    repository.change("beta-example", "# of the pull request")
    repository.commit()
    repository.run(*one).checked()
    repository.git("checkout", "--quiet", "-")
    repository.git("merge", "--quiet", "--squash", "tried")
    repository.commit()
    assert not repository.has(live_commit(repository.home))

    again = repository.run(*one).checked()
    assert "is made from a commit that is not in what is checked out: another one is published" in again.stderr
    assert re.findall(r"^(image|live) .*\n +(\w+)", again.stderr, re.MULTILINE) == [
        ("image", "unchanged"),
        ("live", "live"),
    ]
    assert repository.has(live_commit(repository.home))
    assert repository.run(*one).checked().stderr.count("unchanged") == 3


def live_commit(home: Home) -> str:
    about = home.aws("lambda", "get-function", "--function-name", "beta-example-local", "--qualifier", "live")
    return str(about["Configuration"]["Description"]).partition(" by ")[0]
