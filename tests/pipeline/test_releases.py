"""Which version answers: gate, rollback, promotion, clean-up; with real containers, at stage local."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.faults import STAND_IN, assert_explained, docker_that_cannot
from pipeline.versions import Model, ask
from pipeline_runs import Home

WRONG = "return Answer('Succesful Prediction', prediction=1.0)"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with Home(tmp_path_factory.mktemp("releases") / "home") as made:
        yield made


@pytest.fixture(scope="module")
def model(own: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    """With two versions, of which the second is live."""
    made = Model.new(own, tmp_path_factory.mktemp("model"), "released-example")
    made.deploy().checked()
    made.change()
    made.deploy().checked()
    yield made
    made.run("-x", "-y").checked()


# --- versions and the gate ------------------------------------------------------------------------


def test_a_deploy_publishes_a_version_of_a_digest_and_makes_it_live(model: Model) -> None:
    before = model.versions()
    model.change()
    run = model.deploy().checked()
    assert model.versions() == [*before, model.live()]
    assert model.digest()[:19] in run.stderr
    assert model.digest().startswith("sha256:")
    assert ask(run.api_url)[0] == 200
    assert model.drift() == "IN_SYNC"


def test_a_version_that_answers_otherwise_takes_no_request(model: Model) -> None:
    live = model.live()
    model.change(WRONG)
    run = model.deploy()
    assert_explained(run, "does not answer as expected", f"version {live} stays live", "mend the model")
    assert "body.prediction: expected 14.73906 within 1e-05 of it, got 1.0" in run.stderr
    assert model.live() == live
    assert model.gate_records()[model.aliases()["candidate"]] is False
    assert ask(model.run("-o").checked().api_url)[1]["prediction"] == pytest.approx(14.73906, rel=1e-5)
    assert model.drift() == "IN_SYNC"
    # And no other command lets it in.
    assert model.run("-d").status == 1
    assert model.live() == live


def test_why_a_version_fails_is_told_once_where_it_is_asked(model: Model) -> None:
    model.change('raise ValueError("these columns are others")')
    run = model.deploy()
    assert_explained(run, "does not answer as expected")
    assert run.stderr.count("ValueError: these columns are others") == 1
    assert "/app/main.py" in run.stderr
    run = model.run("--record", "-y")
    assert_explained(run, "cannot be asked")
    assert "a failure is nothing to expect" in run.stderr


def test_the_very_first_version_is_compared_too(own: Home, tmp_path: Path) -> None:
    made = Model.new(own, tmp_path, "first-example")
    made.change(WRONG)
    run = made.deploy()
    assert_explained(run, "does not answer as expected", "nothing is live yet")
    assert "live" not in made.aliases()
    url = made.run("-o").checked().api_url
    assert ask(url)[0] == 404
    made.change()
    assert ask(made.deploy().checked().api_url)[0] == 200
    made.run("-x", "-y").checked()


# --- rollback -------------------------------------------------------------------------------------


def test_a_rollback_takes_a_moment_and_twice_is_where_one_was(model: Model) -> None:
    before = model.live()
    model.change()
    model.deploy().checked()
    live, digest = model.live(), model.digest()
    began = time.monotonic()
    run = model.run("--rollback").checked()
    took = time.monotonic() - began
    assert (model.live(), f"version {before} is live" in run.stderr) == (before, True)
    assert took < 10
    assert model.drift() == "IN_SYNC"
    model.run("--rollback").checked()
    assert (model.live(), model.digest()) == (live, digest)


def test_what_was_rolled_back_does_not_come_back_by_itself(model: Model) -> None:
    model.run("--rollback").checked()
    live = model.live()
    run = model.run("-d")
    assert_explained(run, "has been rolled back", following="--rollback")
    assert model.live() == live
    model.run("--rollback").checked()


def test_nor_does_it_come_back_with_another_setting_unless_one_insists(model: Model) -> None:
    model.run("--rollback").checked()
    live, versions = model.live(), model.versions()
    run = model.run("-d", env={"MEMORY_LAMBDA": "2048"})
    assert_explained(run, "has been rolled back", f"version {live} stays live", following="-d -y")
    assert (model.live(), model.versions()) == (live, versions)
    model.run("-d", "-y", env={"MEMORY_LAMBDA": "2048"}).checked()
    assert model.live() not in versions
    # Which is not what was rolled back any more.
    model.run("-d").checked()


def test_a_rollback_that_was_killed_after_it_had_moved_is_not_undone(model: Model) -> None:
    """The intent that such a run leaves is in the bucket."""
    live = model.live()
    model.run("--rollback").checked()
    moved = model.live()
    intent = model.folder.parent / "intent"
    intent.write_text(f"{live} to {moved}\n")
    bucket = f"{model.name}-local-000000000000-us-east-1"
    model.home.aws("s3api", "put-object", "--bucket", bucket, "--key", "releases/rollback", "--body", str(intent))
    run = model.run("--rollback").checked()
    assert "an earlier run had done that" in run.stderr
    assert model.live() == moved
    model.run("--rollback").checked()
    assert model.live() == live


def test_a_version_that_answers_otherwise_by_now_is_not_gone_back_to_unless_one_insists(model: Model) -> None:
    """As when what it depends on has changed: it is asked the events that it passed."""
    live = model.live()
    [before] = {outputs(model)["PREVIOUS_VERSION"]}
    where = ["--bucket", f"{model.name}-local-000000000000-us-east-1", "--key", f"events/{before}.json"]
    kept = model.folder.parent / "kept.json"
    model.home.aws("s3api", "get-object", *where, str(kept))
    passed = kept.read_text()
    kept.write_text(passed.replace("14.73906", "15.73906"))
    model.home.aws("s3api", "put-object", *where, "--body", str(kept))
    refused = model.run("--rollback")
    assert_explained(refused, "does not answer", f"version {live} stays live", following="--rollback -y")
    assert model.live() == live
    model.run("--rollback", "-y").checked()
    assert model.live() == before
    kept.write_text(passed)
    model.home.aws("s3api", "put-object", *where, "--body", str(kept))
    model.run("--rollback").checked()
    assert model.live() == live


def outputs(model: Model) -> dict[str, str]:
    return dict(line.split("=", 1) for line in model.run("-o").checked().stdout.splitlines())


def test_a_model_with_one_version_has_none_to_go_back_to(own: Home, tmp_path: Path) -> None:
    made = Model.new(own, tmp_path, "single-example")
    made.deploy().checked()
    assert_explained(made.run("--rollback"), "no version", following="--versions")
    made.run("-x", "-y").checked()


def test_versions_say_what_they_are(model: Model) -> None:
    lines = model.run("--versions").checked().stdout.splitlines()
    assert lines[0].split() == ["VERSION", "STATE", "DIGEST", "COMMIT", "PUBLISHED", "BY", "GATE"]
    live = next(line for line in lines if " live " in line)
    assert live.split()[0] == model.live()
    assert model.digest()[:19] in live
    assert f"user/{model.name}-local" in live
    assert "passed (5)" in live
    assert any("failed (" in line for line in lines)


# --- promotion and clean-up -----------------------------------------------------------------------


def at(model: Model, stage: str) -> dict[str, str]:
    """Stages on AWS, of which only the place differs here, and who deploys there."""
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{model.home.port}",
        "REGISTRY_HOST": f"localhost:{model.home.port}",
        "AWS_ACCESS_KEY_ID": f"pipeline-{model.name}-{stage}",
        "AWS_SECRET_ACCESS_KEY": "pipeline",
        "AWS_REGION": "us-east-1",
        "BASE_IMAGE": STAND_IN,
    }


def test_what_runs_at_one_stage_is_promoted_to_the_next_unbuilt(model: Model, tmp_path: Path) -> None:
    env = at(model, "stage")
    no_building = {**env, "PATH": docker_that_cannot(tmp_path / "bin", "build", "must not build")}
    run = model.run("-r", "--promote", "local", stage="stage", env=no_building).checked()
    assert model.digest(stage="stage") == model.digest()
    assert f"version {model.live('stage')} answers" in run.stderr
    assert ask(run.api_url)[0] == 200
    again = model.run("-r", "--promote", "local", stage="stage", env=no_building).checked()
    assert again.stderr.count("unchanged") == 3
    assert model.drift("stage") == "IN_SYNC"


def test_what_differs_is_not_let_in_by_a_promotion_either(model: Model) -> None:
    """The events are those of the folder here, which may have moved on."""
    live = model.live("stage")
    model.change()
    model.deploy().checked()
    event = model.folder / "events" / "one-row.json"
    before = event.read_text()
    event.write_text(before.replace("14.73906", "15.73906"))
    run = model.run("--promote", "local", stage="stage", env=at(model, "stage"))
    event.write_text(before)
    assert_explained(run, "does not answer as expected", f"version {live} stays live")
    assert model.live("stage") == live


def test_a_promotion_needs_something_to_promote(model: Model) -> None:
    run = model.run("--promote", "dev", stage="stage", env=at(model, "stage"))
    assert_explained(run, "no version of released-example is live at stage dev", following="-s dev")


def test_pruning_spares_what_anybody_needs(model: Model) -> None:
    registry, function = f"{model.name}-local", f"{model.name}-local"
    model.run("--promote", "local", stage="stage", env=at(model, "stage")).checked()
    # Another stage runs an image of this registry; an alias of somebody's points at an old version.
    borrowed, old = model.digest(model.versions()[0]), model.versions()[1]
    role = model.home.aws("lambda", "get-function-configuration", "--function-name", function)["Role"]
    function_at_dev = [
        "lambda", "create-function", "--function-name", f"{model.name}-dev", "--package-type", "Image",
        "--role", role,
        "--code", f"ImageUri=localhost:{model.home.port}/{registry}@{borrowed}",
    ]  # fmt: skip
    model.home.aws(*function_at_dev)
    model.home.aws("lambda", "create-alias", "--function-name", function, "--name", "mine", "--function-version", old)
    live, before = model.live(), len(model.versions())
    assert before > 5
    needed = {model.digest(version) for version in (live, old)} | {borrowed}

    plan = model.run("-n", "--prune", "1").checked().stdout
    assert "delete-function" in plan
    assert len(model.versions()) == before

    run = model.run("--prune", "1").checked()
    assert f"{before - 4} versions" in run.stderr or f"{before - 3} versions" in run.stderr
    assert {live, old} <= set(model.versions())
    listed = model.home.aws("ecr", "describe-images", "--repository-name", registry)["imageDetails"]
    assert needed <= {image["imageDigest"] for image in listed}
    assert {model.digest(version) for version in model.versions()} <= {image["imageDigest"] for image in listed}
    assert ask(model.run("-o").checked().api_url)[0] == 200
    assert "0 versions and 0 images" in model.run("--prune", "1").checked().stderr
    model.run("--rollback").checked()
    model.run("--rollback").checked()
    assert (model.live(), model.drift()) == (live, "IN_SYNC")
    model.home.aws("lambda", "delete-function", "--function-name", f"{model.name}-dev")


def test_prod_is_deleted_by_its_name_only(model: Model) -> None:
    env = at(model, "prod")
    model.run("-r", "--promote", "stage", stage="prod", env=env).checked()
    for answer in ("", "y\n", "released\n"):
        run = model.home.run("-s", "prod", "-m", str(model.folder), "-x", "-y", env=env, stdin=answer)
        assert (run.status, "nothing deleted" in run.stderr) == (1, True)
    assert model.live("prod")
    model.home.run("-s", "prod", "-m", str(model.folder), "-x", env=env, stdin=f"{model.name}\n").checked()
    stacks = model.home.aws("cloudformation", "describe-stacks")["Stacks"]
    left = {stack["StackName"] for stack in stacks if stack["StackStatus"] != "DELETE_COMPLETE"}
    # What the administrator has made stays.
    assert {name for name in left if name.startswith(f"{model.name}-prod")} == {f"{model.name}-prod-us-east-1-caller"}
    assert {f"{model.name}-local-lambda", f"{model.name}-stage-lambda"} <= left
    buckets = {bucket["Name"] for bucket in model.home.aws("s3api", "list-buckets")["Buckets"]}
    assert f"{model.name}-prod-000000000000-us-east-1" not in buckets
    assert ask(model.run("-o").checked().api_url)[0] == 200
    model.run("-x", "-y", stage="stage", env=at(model, "stage")).checked()
