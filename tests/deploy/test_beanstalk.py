"""-e against moto: the real aws, moto's CloudFormation, registry, bucket and Elastic Beanstalk, and what
tests/moto_beanstalk.py adds to the last. Nothing runs there; tests/deploy/test_nginx.py runs the container."""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
import time
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

import moto_beanstalk
from clients import client
from moto_beanstalk import REGION, Server, World, environment
from permissions import CALLER, SERVERS, actions, allowed, document, needed_by, permits
from pipeline.faults import assert_explained, start
from pipeline_runs import FOLDERS, ROOT, Home, Run
from recorder import Recorder
from tools.images import context
from tools.stacks import api_path, model, template

FOLDER = ROOT / "xgboost-example"
NAME = "xgboost-example-dev"
BUCKET = f"{NAME}-{moto_beanstalk.ACCOUNT}-{moto_beanstalk.REGION}"
TEMPLATE = template.read(SERVERS)
BASE = "python:3.11-bookworm"
# Of changes, what CloudFormation and the tools before it do not show.
CHANGES = {"elasticbeanstalk:CreateApplicationVersion", "cloudformation:ExecuteChangeSet", "s3:PutObject"}

# What is needed for a reason that neither a recorded call nor a schema shows.
ALSO_NEEDED = {
    "elasticbeanstalk:DescribeEvents": "what Elastic Beanstalk warned of, when a version does not get healthy",
    "elasticbeanstalk:AddTags": "what is made carries tags",
    "ec2:DescribeVpcs": "--doctor, see test_servers",
}


class Account:
    """An account in moto's AWS with a registry, and the pipeline at work in it."""

    def __init__(self, home: Home, server: Server) -> None:
        self.home, self.server = home, server
        self.actions: set[str] = set()
        # as an administrator has made it, with caller.yaml
        boundary = document("ServersBoundary", project=FOLDER.name)
        name = f"{NAME}-{REGION}-servers-boundary"
        self.client("iam").create_policy(PolicyName=name, PolicyDocument=json.dumps(boundary))
        self.run("-r").checked()

    def run(self, *arguments: str, env: dict[str, str] | None = None) -> Run:
        with Recorder(self.server.port) as recorder:
            surroundings = self.environment(recorder.port) | (env or {})
            done = self.home.run("-s", "dev", "-m", str(FOLDER), *arguments, env=surroundings)
        assert recorder.unknown == []
        self.last, self.actions = recorder.actions, self.actions | recorder.actions
        return done

    def kill_at(self, action: str, *arguments: str) -> None:
        """A run that ends at once when it has called for that."""
        with Recorder(self.server.port) as recorder:
            started = start(self.home, "-s", "dev", "-m", str(FOLDER), *arguments, env=self.environment(recorder.port))
            while action not in recorder.actions:
                assert started.process.poll() is None, started.finish()
                time.sleep(0.002)
            started.signal(signal.SIGKILL)
            assert started.finish().status == -signal.SIGKILL

    def environment(self, port: int) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "not-a-secret",
            "AWS_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "BASE_IMAGE": BASE,
        }

    def client(self, service: str) -> Any:
        return client(self.server.port, service, REGION)

    def push(self, tag: str) -> str:
        """An image that the registry knows, and nobody else."""
        layer = {"digest": f"sha256:{hashlib.sha256(tag.encode()).hexdigest()}", "size": 1}
        manifest = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
            "config": layer,
            "layers": [layer],
        }
        pushed = self.client("ecr").put_image(repositoryName=NAME, imageTag=tag, imageManifest=json.dumps(manifest))
        return str(pushed["image"]["imageId"]["imageDigest"])

    def dockerrun(self, label: str) -> dict[str, Any]:
        source = World.versions[label]["SourceBundle"]
        content = self.client("s3").get_object(Bucket=source["S3Bucket"], Key=source["S3Key"])["Body"].read()
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return dict(json.loads(archive.read("Dockerrun.aws.json")))


def label() -> str:
    """Of the version that runs."""
    return str(environment(NAME).version_label)


@pytest.fixture(scope="module")
def account(home: Home) -> Iterator[Account]:
    with Server() as server:
        yield Account(home, server)


def tag_of_folder() -> str:
    arguments = [f"BASE_IMAGE={BASE}", "RUN_IMAGE=python:3.11-slim-bookworm", "BACKEND=fast", "ARCHITECTURE=x86_64"]
    arguments.append(f"MODEL_NAME={FOLDER.name}")
    return context.tag(FOLDER, arguments)


@pytest.fixture(scope="module")
def first(account: Account) -> str:
    """The digest of the first image that is deployed."""
    digest = account.push(tag_of_folder())
    account.server.add_platform("64bit Amazon Linux 2023 v4.10.1 running Docker")
    planned = account.run("-n", "-p", str(FOLDER), "-e").checked().stdout
    for change in ("s3 cp", "elasticbeanstalk create-application-version", "cloudformation deploy"):
        assert f"aws {change}" in planned
    assert moto_beanstalk.backend().applications == {}
    run = account.run("-p", str(FOLDER), "-e").checked()
    assert run.stdout == "API_URL=http://awseb-made-up.elb.localhost:1/predict\n"
    return digest


def test_the_environment_runs_the_image_by_its_digest(account: Account, first: str) -> None:
    assert label().startswith(first.removeprefix("sha256:")[:12])
    assert account.dockerrun(label())["Image"]["Name"] == (
        f"{moto_beanstalk.ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{NAME}@{first}"
    )
    tags = {"Project": "xgboost-example", "Stage": "dev"}
    assert environment(NAME).tags == tags
    assert {tag["Key"]: tag["Value"] for tag in World.versions[label()]["Tags"]} == tags


def test_a_new_environment_is_made_on_the_newest_platform_for_docker(first: str) -> None:
    assert environment(NAME).solution_stack_name == "64bit Amazon Linux 2023 v4.10.1 running Docker"


def test_the_same_again_changes_nothing(account: Account, first: str) -> None:
    before = dict(World.versions)
    run = account.run("-r", "-p", str(FOLDER), "-e").checked()
    assert run.stderr.count("unchanged") == 3
    assert World.versions == before
    assert not CHANGES & account.last


def test_another_image_is_another_version_on_the_platform_that_is_there(account: Account, first: str) -> None:
    old = label()
    account.server.add_platform("64bit Amazon Linux 2023 v4.11.0 running Docker")
    digest = account.push("another")
    account.run("-e").checked()
    new = label()
    assert account.dockerrun(new)["Image"]["Name"].endswith(digest)
    assert new != old
    assert {old, new} <= World.versions.keys()
    assert environment(NAME).solution_stack_name.endswith("v4.10.1 running Docker")


def test_sizes_come_from_the_folder_or_the_caller(account: Account, first: str) -> None:
    account.run("-e", env={"INSTANCE_BEANSTALK": "c7i.large", "MIN_BEANSTALK": "2"}).checked()
    assert World.options["aws:ec2:instances", "InstanceTypes"] == "c7i.large"
    assert World.options["aws:autoscaling:asg", "MinSize"] == "2"
    assert World.options["aws:autoscaling:asg", "MaxSize"] == "4"


def test_outputs_are_those_of_the_servers_and_the_address_comes_last(account: Account, first: str) -> None:
    lines = account.run("-e", "-o").checked().stdout.splitlines()
    assert f"ENVIRONMENT_NAME={NAME}" in lines
    assert f"VERSION_LABEL={label()}" in lines
    assert [line for line in lines if line.startswith("API_URL=")] == [lines[-1]]


def test_prune_leaves_what_the_servers_run(account: Account, first: str) -> None:
    """Of a function beside them, of which moto knows all but its template."""
    unneeded = account.push("nobody-runs-it")
    served = account.push("servers-run-it")
    account.run("-e").checked()
    live = account.push("the-function-runs-it")
    function(account, live)
    account.run("--prune").checked()
    left = {
        image["imageDigest"] for image in account.client("ecr").describe_images(repositoryName=NAME)["imageDetails"]
    }
    assert {served, live} <= left
    assert unneeded not in left


def function(account: Account, digest: str) -> None:
    role = account.client("iam").create_role(RoleName="function", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    image = f"{moto_beanstalk.ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{NAME}@{digest}"
    functions = account.client("lambda")
    made = functions.create_function(FunctionName=NAME, PackageType="Image", Code={"ImageUri": image}, Role=role)
    functions.publish_version(FunctionName=NAME)
    account.client("iam").delete_role(RoleName="function")
    outputs = dict.fromkeys(("PreviousVersion", "CanaryVersion"), "none") | {
        "ApiUrl": "http://function.localhost/predict",
        "FunctionName": NAME,
        "FunctionVersion": f"{made['FunctionArn']}:1",
        "LiveVersion": "1",
    }
    template = {
        "Resources": {"Api": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {key: {"Value": value} for key, value in outputs.items()},
    }
    account.client("cloudformation").create_stack(StackName=f"{NAME}-lambda", TemplateBody=json.dumps(template))


def test_the_events_are_sent_to_the_servers(account: Account, first: str) -> None:
    run = account.run("-e", "-t")
    assert run.stderr.count("no answer: ") == len(list((FOLDER / "events").glob("*.json")))
    assert "xgboost-example does not answer as expected at stage dev" in run.stderr


def test_a_version_that_does_not_get_healthy_is_told_and_the_same_command_waits_again(
    account: Account, first: str
) -> None:
    account.push("unhealthy")
    World.health = "Red"
    try:
        run = account.run("-e", env={"PIPELINE_HEALTHY_WITHIN": "0"})
    finally:
        World.health = "Green"
    unhealthy = label()
    assert_explained(run, f"is not healthy on version {unhealthy}", "Ready\tRed", "/aws/elasticbeanstalk/" + NAME)
    assert "from Ok to Severe" in run.stderr
    environment(NAME).health = "Green"
    run = account.run("-e").checked()
    assert "unchanged" in run.stderr
    assert label() == unhealthy


@pytest.mark.parametrize(
    "action",
    [
        "s3:PutObject",
        "elasticbeanstalk:CreateApplicationVersion",
        "cloudformation:CreateChangeSet",
        "cloudformation:ExecuteChangeSet",
        "elasticbeanstalk:DescribeEnvironments",
    ],
)
def test_a_run_killed_there_is_mended_by_the_same_command(account: Account, first: str, action: str) -> None:
    digest = account.push(action.replace(":", "-"))
    account.kill_at(action, "-e")
    account.run("-e").checked()
    assert account.dockerrun(label())["Image"]["Name"].endswith(digest)


@pytest.mark.parametrize(
    ("setting", "value", "says"),
    [
        ("MODEL_S3_URI", "s3://${BUCKET}/models", "-e needs the model in the image"),
        ("INSTANCE_BEANSTALK", "large", "INSTANCE_BEANSTALK=large cannot be used"),
        ("MIN_BEANSTALK", "5", "MIN_BEANSTALK=5 is more than MAX_BEANSTALK=4"),
    ],
)
def test_what_cannot_be_is_told_before_anything_is_changed(
    account: Account, first: str, setting: str, value: str, says: str
) -> None:
    run = account.run("-e", env={setting: value})
    assert_explained(run, says, following="model.env")
    assert not CHANGES & account.last


def test_what_is_not_for_everybody_does_not_go_to_servers(account: Account, first: str) -> None:
    run = account.run("-e", env={"AUTH_LAMBDA": "iam"})
    assert_explained(run, "is not for everybody", "AUTH_LAMBDA=iam", "AUTH_LAMBDA=none")
    assert not CHANGES & account.last


def test_a_name_that_only_a_function_may_have_is_refused(account: Account, first: str) -> None:
    run = account.run("-e", env={"PROJECT_LAMBDA": "one-more-example-model"})
    assert_explained(run, "cannot be called that", following="rename the folder")
    assert not CHANGES & account.last


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["-s", "local", "-e"], "stage local has no Elastic Beanstalk"),
        (["-s", "dev", "-e", "--rollback"], "--rollback builds and deploys nothing"),
        (["-s", "dev", "-pe", "--changed"], "it stands without -e"),
        (["-s", "dev", "-xe", "-y"], "-x stands alone"),
    ],
)
def test_wrong_usage_of_e_is_told(home: Home, arguments: list[str], says: str) -> None:
    run = home.run(*arguments)
    assert_explained(run, says, status=2)


def test_x_deletes_servers_versions_and_roles(account: Account, first: str) -> None:
    account.run("-x", "-y").checked()
    assert moto_beanstalk.backend().applications == {}
    assert World.versions == {}
    assert account.client("iam").list_roles()["Roles"] == []
    assert account.client("cloudformation").describe_stacks()["Stacks"] == []
    assert "servers" not in account.run("-x", "-y").checked().stderr


def test_a_first_run_that_was_killed_is_mended_by_the_same_command(account: Account, first: str) -> None:
    account.run("-r").checked()
    account.push("after-the-end")
    account.kill_at("s3:PutObject", "-e")
    assert moto_beanstalk.backend().applications[NAME].environments == {}
    account.run("-e").checked()
    assert environment(NAME).health == "Green"


def test_the_callers_policies_allow_every_call_of_a_life_on_servers(account: Account, first: str) -> None:
    needed = (account.actions | needed_by(SERVERS)) - {"sts:GetCallerIdentity"}
    assert "elasticbeanstalk:CreateApplicationVersion" in account.actions
    assert {name for name in needed if not permits(allowed(*CALLER, "ServersCaller"), name)} == set()


def test_the_policy_for_servers_allows_nothing_else(account: Account, first: str) -> None:
    needed = account.actions | needed_by(SERVERS) | set(ALSO_NEEDED)
    assert {name for name in allowed("ServersCaller") if not any(permits({name}, one) for one in needed)} == set()


def test_a_server_may_pull_its_image_and_write_logs_and_no_more() -> None:
    [policy] = TEMPLATE["Resources"]["InstanceRole"]["Properties"]["Policies"]
    found = policy["PolicyDocument"]["Statement"]
    assert set(actions(found)) == {
        "ecr:GetAuthorizationToken",
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:GetDownloadUrlForLayer",
        "logs:CreateLogStream",
        "logs:DescribeLogStreams",
        "logs:PutLogEvents",
        # What Beanstalk's own programs do there: fetch the bundle, hand over logs that are asked for, say how it is.
        "s3:GetObject",
        "s3:PutObject",
        "elasticbeanstalk:PutInstanceStatistics",
    }
    assert [statement["Sid"] for statement in found if statement["Resource"] == "*"] == ["Login"]
    assert "ManagedPolicyArns" not in TEMPLATE["Resources"]["InstanceRole"]["Properties"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_models_path_is_known_from_its_template(folder: Any) -> None:
    whole = model.read(folder)
    url = whole["Outputs"]["ApiUrl"]["Value"].value
    path = api_path.path(whole)
    assert path.startswith("/")
    assert url == "${Api.ApiEndpoint}" + path
