"""A new version on trial: its share of real requests, its figures beside the old one's, and the decision."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from pipeline.faults import assert_explained
from pipeline.versions import Model
from pipeline_runs import Home

pytestmark = pytest.mark.alone

SLOW = "if calls > 8:\n    import time\n    time.sleep(0.05)"
FAILING = "if calls > 8:\n    raise RuntimeError('broken on purpose')"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    with Home(tmp_path_factory.mktemp("canary") / "home") as home:
        made = Model.new(home, tmp_path_factory.mktemp("model"), "canary-example")
        made.deploy().checked()
        yield made


def test_a_canary_that_does_no_worse_becomes_all(model: Model) -> None:
    live = model.live()
    model.change()
    run = model.deploy("--canary", "50", "--for", "0.4").checked()
    assert "no worse" in run.stderr
    assert model.live() == model.aliases()["candidate"] != live
    aliases = model.home.aws("lambda", "list-aliases", "--function-name", f"{model.name}-local")
    assert "RoutingConfig" not in json.dumps(aliases)
    assert model.drift() == "IN_SYNC"


@pytest.mark.parametrize(("fault", "says"), [(SLOW, "p99: "), (FAILING, "errors: ")], ids=["slow", "failing"])
def test_a_canary_that_does_worse_is_sent_back(model: Model, fault: str, says: str) -> None:
    live = model.live()
    model.change(fault)
    run = model.deploy("--canary", "50", "--for", "1")
    assert_explained(run, "does worse", says, "--logs")
    assert model.live() == live
    outputs = dict(line.split("=", 1) for line in model.run("-o").checked().stdout.splitlines())
    assert (outputs["CANARY_VERSION"], outputs["LIVE_VERSION"]) == ("none", live)
    assert model.drift() == "IN_SYNC"
