"""Killed in the middle of a release, callers are answered by a version that has passed, and the same command ends it.

The twenty points are spread over gate, canary, rollback, promotion and clean-up, four each. All of them share one
home and one model; each makes the versions that it needs.

`bash tests/kill.sh` takes all twenty; else one of each command is taken, others each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from clients import client
from pipeline.faults import Started, start
from pipeline.kill_points import Phase, Point, kill, of, seeded, some
from pipeline.test_aws_stages import surroundings
from pipeline.versions import Model, ask
from pipeline_runs import Home, Run
from tools.releases import gate_records, prune

# What a clean-up keeps, and what it has to delete at least.
KEPT, SUPERFLUOUS = 2, 3

GATE = Phase("gate", "gate ", "          live, after", 0.65, (0.1, 0.3, 0.6, 0.9))
CANARY = Phase("canary", "canary ", "live ", 18.5, (0.03, 0.1, 0.5, 0.9))
ROLLBACK = Phase("rollback", "rollback ", "          version", 0.14, (0.1, 0.35, 0.6, 0.95))
PROMOTE = Phase("promote", "promote ", "live ", 2.6, (0.05, 0.3, 0.6, 0.9))
PRUNE = Phase("prune", "prune ", "          ", 0.5, (0.2, 0.4, 0.6, 0.8))
PHASES = (GATE, CANARY, ROLLBACK, PROMOTE, PRUNE)
POINTS = of(*PHASES)
SOME = some(3, *((phase,) for phase in PHASES))


@dataclass(frozen=True)
class Command:
    """What is typed, at which stage, and how it is known that it has done its work."""

    arguments: tuple[str, ...]
    stage: str
    done: Callable[[], bool]


@dataclass
class Releases:
    """A model at stages local, dev and prod of one local AWS."""

    model: Model

    def client(self, service: str) -> Any:
        return client(self.model.home.port, service)

    def surroundings(self, stage: str) -> dict[str, str]:
        if stage == "local":
            return {}
        # Another region would be another place: what the tests ask the local AWS goes to this one.
        return surroundings(self.model.home.port, stage, self.model.name) | {"AWS_REGION": "us-east-1"}

    def run(self, stage: str, *arguments: str) -> Run:
        return self.model.run(*arguments, stage=stage, env=self.surroundings(stage))

    def start(self, command: Command) -> Started:
        where = ("-s", command.stage, "-m", str(self.model.folder))
        return start(self.model.home, *where, *command.arguments, env=self.surroundings(command.stage))

    def new_version(self, stage: str = "local") -> str:
        self.model.change()
        self.run(stage, "-r", "-p", str(self.model.folder), "-d").checked()
        return self.model.live(stage)

    # --- what is ----------------------------------------------------------------------------------

    def called(self, stage: str) -> set[str]:
        """The versions that callers may get at this moment: that of `live`, and the one on trial beside it."""
        functions = self.client("lambda")
        try:
            live = functions.get_alias(FunctionName=f"{self.model.name}-{stage}", Name="live")
        except functions.exceptions.ResourceNotFoundException:
            return set()
        return {live["FunctionVersion"], *live.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})}

    def passed(self, version: str, stage: str) -> bool:
        published = self.client("lambda").get_function_configuration(
            FunctionName=f"{self.model.name}-{stage}", Qualifier=version
        )["LastModified"]
        bucket = f"{self.model.name}-{stage}-000000000000-us-east-1"
        record = gate_records.find(self.client("s3"), bucket, version, published)
        return record is not None and record.passed

    def assert_called_ones_have_passed(self, stage: str) -> None:
        called = self.called(stage)
        assert {version for version in called if not self.passed(version, stage)} == set()

    def images(self, stage: str) -> set[str]:
        found = self.client("ecr").describe_images(repositoryName=f"{self.model.name}-{stage}")["imageDetails"]
        return {image["imageDigest"] for image in found}

    # --- the commands, each with what must be there before it -------------------------------------

    def gate(self) -> Command:
        new = str(int(self.model.versions()[-1]) + 1)
        self.model.change()
        arguments = ("-p", str(self.model.folder), "-d")
        return Command(arguments, "local", lambda: self.called("local") == {new})

    def canary(self) -> Command:
        """Nearly all requests go to the version on trial, so that few of them say enough."""
        gate = self.gate()
        return Command((*gate.arguments, "--canary", "90", "--for", "0.3"), "local", gate.done)

    def rollback(self) -> Command:
        before = self.model.live()
        self.new_version()
        return Command(("--rollback",), "local", lambda: self.called("local") == {before})

    def promote(self) -> Command:
        """The first that is killed finds nothing at stage prod, the others a version that is live."""
        self.new_version("dev")
        digest = self.model.digest(stage="dev")
        live = self.called("prod")

        def done() -> bool:
            return self.called("prod") not in (live, set()) and self.model.digest(stage="prod") == digest

        return Command(("-r", "--promote", "dev"), "prod", done)

    def prune(self) -> Command:
        while len(self.model.versions()) < KEPT + SUPERFLUOUS:
            self.new_version()
        functions, function = self.client("lambda"), f"{self.model.name}-local"
        kept = self.model.versions()[-KEPT:]
        kept += [version for version in prune.pointed(functions, function) if version not in kept]
        images = {self.model.digest(version) for version in kept}

        def done() -> bool:
            return set(self.model.versions()) == set(kept) and self.images("local") == images

        return Command(("--prune", str(KEPT)), "local", done)


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Releases]:
    with Home(tmp_path_factory.mktemp("killed") / "home") as home:
        model = Model.new(home, tmp_path_factory.mktemp("model"), "killed-example")
        model.deploy().checked()
        made = Releases(model)
        made.new_version()
        yield made
        for stage in ("prod", "dev", "local"):
            made.run(stage, "-x", "-y")


def kill_and_repeat(releases: Releases, point: Point) -> None:
    command: Command = getattr(releases, point.phase.name)()
    kill(releases.start(command), point)
    releases.assert_called_ones_have_passed(command.stage)

    again = releases.run(command.stage, *command.arguments).checked()
    print(again.stderr)
    assert command.done()
    releases.assert_called_ones_have_passed(command.stage)
    assert releases.model.drift(command.stage) == "IN_SYNC"
    url = releases.run(command.stage, "-o").checked().api_url
    status, answer = ask(url)
    assert status == 200
    assert 14.7 <= answer["prediction"] < 14.8


@pytest.mark.every_kill_point
@pytest.mark.parametrize("point", POINTS, ids=str)
def test_the_same_command_ends_a_release_killed_at_every_point(releases: Releases, point: Point) -> None:
    kill_and_repeat(releases, point)


@pytest.mark.parametrize("point", SOME, ids=seeded)
def test_the_same_command_ends_a_release_killed_at_some_point(releases: Releases, point: Point) -> None:
    kill_and_repeat(releases, point)


def test_there_are_twenty_points_in_five_commands() -> None:
    assert [len(phase.parts) for phase in PHASES] == [4] * 5
