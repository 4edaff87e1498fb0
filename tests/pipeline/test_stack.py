"""stack.yaml with what a folder has beyond it: printed, deployed by the pipeline, deployed by sam alone."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from clients import aws_at
from pipeline.faults import assert_explained, path_without, steps
from pipeline.versions import ask
from pipeline_runs import FOLDERS, ROOT, Home, copy_of

NOBODY = {
    "PATH": "",
    "AWS_PROFILE": "nobody",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    "DOCKER_HOST": "tcp://127.0.0.1:1",
}


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A model that has all that a folder can have of its own."""
    folder = copy_of(ROOT / "xgboost-example", tmp_path / "own-example")
    (folder / "template.yaml").write_text("""
Parameters:
  Greeting: {Type: String, Default: hello}
Resources:
  Function:
    Properties:
      Environment:
        Variables: {GREETING: !Ref Greeting}
  Extra:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: !Sub "${Project}-${Stage}-extra"
      Namespace: AWS/Lambda
      MetricName: Errors
      Statistic: Sum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 9
      ComparisonOperator: GreaterThanThreshold
Outputs:
  Greeting: {Value: !Ref Greeting}
""")
    return folder


def printed(home: Home, folder: Path, stage: str = "dev", **env: str) -> str:
    run = home.run("-s", stage, "-m", str(folder), "--template", env=env).checked()
    return run.stdout


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_template_is_printed_without_an_engine_or_an_account(home: Home, folder: Path, tmp_path: Path) -> None:
    path = path_without(tmp_path / "bin", "docker", "dockerd", "podman")
    text = printed(home, folder, **NOBODY | {"PATH": path})
    assert text.startswith(f"# The stack of {folder.name} at stage dev")
    assert f"Default: {folder.name}\n" in text
    assert "Default: 1769\n" in text


def test_what_is_set_stands_in_the_printed_template(home: Home, own: Path) -> None:
    (own / "model.env").write_text("GREETING=good day\nMEMORY_LAMBDA=512\nMODEL_S3_URI=s3://${BUCKET}/models\n")
    text = printed(home, own)
    assert "Default: good day\n" in text
    assert "Default: 512\n" in text
    assert "Default: s3://own-example-dev-account-region/models\n" in text
    assert 'put the number of the account for "account", and the region for "region"' in text
    assert "Default: hi\n" in printed(home, own, GREETING="hi")


def test_a_fragment_that_cannot_be_used_is_refused_before_anything_is_changed(
    home: Home, deployed: str, own: Path
) -> None:
    (own / "template.yaml").write_text("Resources:\n  Function:\n    Type: AWS::Lambda::Function\n")
    for options in (["-r", "-p", str(own), "-d"], ["-m", str(own), "--template"]):
        run = home.run("-s", "local", *options)
        assert_explained(
            run, "template.yaml cannot be used", "line 3: Resources.Function.Type: in stack.yaml", "mend it"
        )
        assert steps(run) == []


def test_a_folders_own_parameter_and_resource_are_deployed_and_go_back_to_their_defaults(home: Home, own: Path) -> None:
    def outputs(**env: str) -> dict[str, str]:
        run = home.run("-s", "local", "-r", "-p", str(own), "-d", "-o", env=env).checked()
        return dict(line.split("=", 1) for line in run.stdout.splitlines())

    assert outputs(GREETING='good "day"')["GREETING"] == 'good "day"'
    assert outputs()["GREETING"] == "hello"
    function = home.aws("lambda", "get-function-configuration", "--function-name", "own-example-local")
    assert function["Environment"]["Variables"]["GREETING"] == "hello"
    found = home.aws("cloudformation", "describe-stack-resources", "--stack-name", "own-example-local-lambda")
    assert {"Function", "Extra", "Live", "Api"} <= {item["LogicalResourceId"] for item in found["StackResources"]}
    home.run("-s", "local", "-m", str(own), "-x", "-y").checked()


def test_the_printed_template_is_deployed_by_sam_alone_as_its_head_says(
    home: Home, deployed: str, tmp_path: Path
) -> None:
    """With the image of another stack, under a name of its own, and no pipeline."""
    file = tmp_path / "template.yaml"
    names = {"PROJECT_LAMBDA": "alone-example"}
    # With the first call of whoever deploys it, caller.yaml is deployed, as its head asks.
    home.run("-s", "local", "-r", "-m", "xgboost-example", env=names).checked()
    file.write_text(printed(home, ROOT / "xgboost-example", "local", **names))
    head = "".join(line[1:] for line in file.read_text().splitlines() if line.startswith("#   ")).replace("\\", "")
    lines = home.run("-s", "local", "-m", "xgboost-example", "-o").checked().stdout.splitlines()
    image = dict(line.split("=", 1) for line in lines)["IMAGE_URI"]
    command = head.replace("REPOSITORY@sha256:…", image).replace("REPOSITORY", image.partition("@")[0])
    words = command.replace("FILE", str(file)).split()
    # As the head says of the local AWS, whose transform sees no values but these.
    file.write_text(file.read_text().replace("Default: none\n", f"Default: {image}\n", 1))
    surroundings = aws_at(f"http://127.0.0.1:{home.port}") | {"SAM_CLI_TELEMETRY": "0", "SAM_CLI_POLL_DELAY": "0.1"}
    for more in ([], ["LiveVersion=1"]):
        done = subprocess.run([*words, *more], env=surroundings, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    described = home.aws("cloudformation", "describe-stacks", "--stack-name", "alone-example-local-lambda")
    outputs = {item["OutputKey"]: item["OutputValue"] for item in described["Stacks"][0]["Outputs"]}
    assert outputs["FunctionVersion"].endswith(":1")
    assert ask(outputs["ApiUrl"]) == (200, {"message": "Succesful Prediction", "prediction": 14.73906})
    home.run("-s", "local", "-m", "xgboost-example", "-x", "-y", env=names).checked()


def test_a_log_group_that_was_left_is_taken_over_with_what_is_in_it(home: Home, deployed: str, tmp_path: Path) -> None:
    folder, group = copy_of(ROOT / "xgboost-example", tmp_path / "left-example"), "/aws/lambda/left-example-local"
    stream = ("--log-group-name", group, "--log-stream-name", "late")
    home.aws("logs", "create-log-group", "--log-group-name", group)
    home.aws("logs", "create-log-stream", *stream)
    home.aws("logs", "put-log-events", *stream, "--log-events", f"timestamp={int(time.time() * 1000)},message=late")

    run = home.run("-s", "local", "-r", "-p", str(folder), "-d").checked()

    assert f"taking over the log group {group}" in run.stderr
    assert ask(run.api_url)[0] == 200
    [found] = home.aws("logs", "describe-log-groups", "--log-group-name-prefix", group)["logGroups"]
    assert found["retentionInDays"] == 30
    assert [event["message"] for event in home.aws("logs", "get-log-events", *stream)["events"]] == ["late"]
    home.run("-s", "local", "-m", str(folder), "-x", "-y").checked()
    assert home.aws("logs", "describe-log-groups", "--log-group-name-prefix", group)["logGroups"] == []
